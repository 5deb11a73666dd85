"""Certificates of label-linear classifiers: exact radius, flips to each class, smallest attack.

A classifier is label-linear if its score of class c at x is ``f_c = sum_i a_i [y_i = c]`` with *label
weights* a(x) that do not depend on the labels y: kernel regression, and with it infinitely wide
networks, k nearest neighbours, and others. It predicts the class with the largest score, the smallest
index among equals. Everything here needs only the weights and the labels.

For class c to overtake class j the attacker has to close the gap ``f_j - f_c``. Relabelling row i closes
it by at most ``d_i = |a_i| + a_i ([y_i = j] - [y_i = c])``: nothing, |a_i| ("single"), or 2 |a_i|
("double"). Rows act independently, so the least number of flips is the least r for which the r largest
``d_i`` close the gap. One descending order of |a| serves all pairs of classes, one walk down it all targets that are
to overtake the same class, and pairs that cannot decide the answer are skipped.

Rounding. Scores are sums of rounded additions, and so are the scores after an attack. A gap within
``margin`` (see `_rounding_margin`) of being closed counts as closed, which makes every count a lower bound
for the numbers that ``class_scores`` computes on any labels. Whole-number weights add up without
rounding; there the margin is 0, and ties are decided exactly.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ._descending_order import new_order, start_order
from ._door import check_label_linear
from ._overtaking import FEW_ROWS, new_overtaking, overtake
from ._rivalry import (
    drop_by_also_closed,
    drop_by_strongest,
    find_behind,
    find_strongest,
    leader_waited_for,
    new_rivalry,
)
from ._unbounded import UNBOUNDED

_EPS = float(np.finfo(np.float64).eps)
_LARGEST_EXACT_SUM = 2.0**50


def class_scores(weights: NDArray[np.floating], labels: NDArray[np.integer], n_classes: int) -> NDArray[np.float64]:
    """Scores ``f_c = sum_i a_i [y_i = c]``, the sums that the certificates are about.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights, float32 or float64, finite.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes.

    Returns
    -------
    scores : ndarray of shape (n_test, n_classes)
        Scores in double precision; the prediction is ``scores.argmax(axis=1)``.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import class_scores
    >>> class_scores(np.array([[0.5, 0.25, 0.25]]), np.array([1, 0, 1]), 2)
    array([[0.25, 0.75]])
    """
    weights, labels, n_classes, _ = check_label_linear(weights, labels, n_classes)
    return class_scores_unchecked(weights, labels, n_classes)


def class_scores_unchecked(weights, labels, n_classes):
    scores = np.empty((weights.shape[0], n_classes))
    _score_rows(weights, labels, scores)
    return scores


def certify_label_linear(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Exact untargeted radius and targeted flip costs of a label-linear classifier.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights, float32 or float64, finite.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.

    Returns
    -------
    prediction : ndarray of shape (n_test,), int64
        Class index with the largest score, the smallest among equals.
    radius : ndarray of shape (n_test,), int64
        The largest number of label flips that cannot change the prediction, no matter which labels
        they change; `UNBOUNDED` if no number can.
    radius_upper : ndarray of shape (n_test,), int64
        An attack of ``radius_upper + 1`` flips is known (`smallest_attack`). Equal to ``radius`` except
        where a gap closes to within rounding; the radius may then be one lower than it need be, never
        higher.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips after which the prediction is that class: the most flips that
        it takes to overtake any single other class. 0 at the prediction, `UNBOUNDED` where no number of
        flips does it. Exact, but for rounding, for two classes.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Notes
    -----
    The radius is Algorithm ScaLabelCert of Mohgaonkar et al. 2026 (arXiv 2604.11416). The targeted cost
    takes the maximum over all rivals of the target, which is at least as good as looking at the
    predicted class alone.

    Examples
    --------
    Four of five equal votes: class 1 needs two more, and loses ties.

    >>> import numpy as np
    >>> from skcert.certificates import certify_label_linear
    >>> certify_label_linear(np.ones((1, 5)), np.array([0, 0, 0, 0, 1]), 2)
    (array([0]), array([1]), array([1]), array([[0, 2]]))
    """
    weights, labels, n_classes, trusted = check_label_linear(weights, labels, n_classes, trusted)
    return certify_label_linear_unchecked(weights, labels, n_classes, trusted=trusted)


def certify_label_linear_unchecked(weights, labels, n_classes, *, trusted=None):
    n_test = weights.shape[0]
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    radius_upper = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    flippable = _flippable_rows(labels, trusted)
    _certify_rows(weights, labels, flippable, prediction, radius, radius_upper, flips_to_class)
    return prediction, radius, radius_upper, flips_to_class


def smallest_attack(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The label flips that change the prediction at one test point: a proof that its radius is exact.

    Parameters
    ----------
    weights : ndarray of shape (n_train,)
        Label weights of the test point.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.

    Returns
    -------
    rows : ndarray of shape (radius_upper + 1,), int64
        Training rows to relabel.
    new_labels : ndarray of shape (radius_upper + 1,), int64
        Their new class indices. Both are empty where no number of flips changes the prediction.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import smallest_attack
    >>> smallest_attack(np.array([3.0, 2.0, 1.0, 1.0]), np.array([0, 0, 0, 1]), 2)
    (array([0]), array([1]))
    """
    weights, labels, n_classes, trusted = check_label_linear(weights, labels, n_classes, trusted, one_row=True)
    return smallest_attack_unchecked(weights, labels, n_classes, trusted=trusted)


def smallest_attack_unchecked(weights, labels, n_classes, *, trusted=None):
    return _smallest_attack(weights, labels, _flippable_rows(labels, trusted), n_classes)


def _flippable_rows(labels, trusted):
    return np.arange(labels.shape[0]) if trusted is None else np.flatnonzero(~trusted)


@njit(cache=True, nogil=True)
def _score_row(row, labels, scores):
    scores[:] = 0.0
    for i in range(row.shape[0]):
        scores[labels[i]] += row[i]


@njit(cache=True, nogil=True)
def _score_rows(weights, labels, scores):
    for t in range(weights.shape[0]):
        _score_row(weights[t], labels, scores[t])


@njit(cache=True, nogil=True)
def _absolute_sum(row):
    """Sum of |a_i|, four sums at a time, because additions that wait for each other are slow."""
    n = row.shape[0]
    part_0, part_1, part_2, part_3 = 0.0, 0.0, 0.0, 0.0
    for i in range(0, n - 3, 4):
        part_0 += abs(float(row[i]))
        part_1 += abs(float(row[i + 1]))
        part_2 += abs(float(row[i + 2]))
        part_3 += abs(float(row[i + 3]))
    for i in range(n - n % 4, n):
        part_0 += abs(float(row[i]))
    return part_0 + part_1 + part_2 + part_3


@njit(cache=True, nogil=True)
def _rounding_margin(row):
    """How far a computed gap and what flips take off it may together be from the truth.

    With u the unit roundoff, S = sum |a_i| and n terms, sums are off by less than n u S (Higham 2002, section 4.2).
    The gap now and the gap after the attack are two such sums. What flips take off the gap is kept in two parts (see
    `overtake`), of at most n + 1 and 2 n additions with values of at most 2 S and 3 S: less than 8 (n + 1) u S.
    12 (n + 4) u S covers them all, also with the computed S for S.
    """
    absolute_sum = _absolute_sum(row)
    whole = absolute_sum < _LARGEST_EXACT_SUM
    for i in range(row.shape[0]):
        if not whole:
            break
        whole = row[i] == np.floor(row[i])
    return 0.0 if whole else 6.0 * (row.shape[0] + 4) * _EPS * absolute_sum


@njit(cache=True, nogil=True)
def _certify_rows(weights, labels, flippable, prediction, radius, radius_upper, flips_to_class):
    n_classes = flips_to_class.shape[1]
    scores, needed = np.empty(n_classes), np.empty(n_classes)
    strict, targets = np.empty(n_classes, np.bool_), np.empty(n_classes, np.bool_)
    order = new_order(flippable.shape[0])
    overtaking = new_overtaking(n_classes, flippable.shape[0])
    rivalry = new_rivalry(n_classes)
    flips, closed, also_closed = overtaking[:3]
    for t in range(weights.shape[0]):
        row = weights[t]
        _score_row(row, labels, scores)
        margin = _rounding_margin(row)
        if flippable.shape[0] > FEW_ROWS:
            start_order(order, row, flippable)
        predicted = np.argmax(scores)
        prediction[t] = predicted
        _gaps_to(predicted, scores, -margin, margin == 0.0, needed, strict)
        for c in range(n_classes):
            targets[c] = c != predicted
        overtake(order, row, labels, flippable, predicted, targets, needed, strict, overtaking)
        fewest, fewest_sure, n_unsure = UNBOUNDED, UNBOUNDED, 0
        for c in range(n_classes):
            flips_to_class[t, c] = 0 if c == predicted else flips[c]
            if c != predicted:
                fewest = min(fewest, flips[c])
                targets[c] = margin > 0.0 and flips[c] < UNBOUNDED and closed[c] <= needed[c] + 3.0 * margin
                n_unsure += targets[c]
                if not targets[c]:
                    fewest_sure = min(fewest_sure, flips[c])
        find_behind(scores, margin, predicted, flips_to_class[t], also_closed, rivalry)
        if n_unsure > 0:
            _gaps_to(predicted, scores, margin, True, needed, strict)
            overtake(order, row, labels, flippable, predicted, targets, needed, strict, overtaking)
            for c in range(n_classes):
                if targets[c]:
                    fewest_sure = min(fewest_sure, flips[c])
        if rivalry[1].any():
            find_strongest(order, row, labels, flippable, rivalry)
            drop_by_strongest(scores, margin, flips_to_class[t], rivalry)
        while rivalry[1].any():
            loser = leader_waited_for(scores, rivalry)
            for c in range(n_classes):
                targets[c] = rivalry[0][c, loser]
            _gaps_to(loser, scores, -margin, margin == 0.0, needed, strict)
            overtake(order, row, labels, flippable, loser, targets, needed, strict, overtaking)
            for c in range(n_classes):
                if targets[c]:
                    flips_to_class[t, c] = max(flips_to_class[t, c], flips[c])
                    drop_by_also_closed(scores, margin, c, loser, flips[c], also_closed[c], rivalry)
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED
        radius_upper[t] = fewest_sure - 1 if fewest_sure < UNBOUNDED else UNBOUNDED


@njit(cache=True, nogil=True)
def _gaps_to(loser, scores, more, ties_count, needed, strict):
    """What each class has to close to come before `loser`: the gap and `more`, and, if `ties_count`, more than a tie
    where `loser` has the smaller index."""
    for c in range(scores.shape[0]):
        needed[c] = scores[loser] - scores[c] + more
        strict[c] = ties_count and c > loser


@njit(cache=True, nogil=True)
def _smallest_attack(row, labels, flippable, n_classes):
    scores = np.empty(n_classes)
    _score_row(row, labels, scores)
    margin = _rounding_margin(row)
    order = new_order(flippable.shape[0])
    if flippable.shape[0] > FEW_ROWS:
        start_order(order, row, flippable)
    predicted = np.argmax(scores)
    needed = np.empty(n_classes)
    strict = np.empty(n_classes, np.bool_)
    overtaking = new_overtaking(n_classes, flippable.shape[0])
    flips, _, _, steps, walk = overtaking[:5]
    _gaps_to(predicted, scores, margin, True, needed, strict)
    others = np.arange(n_classes) != predicted
    overtake(order, row, labels, flippable, predicted, others, needed, strict, overtaking)
    flips[predicted] = UNBOUNDED
    rival = np.argmin(flips)
    fewest = flips[rival]
    if fewest == UNBOUNDED:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows = np.empty(fewest, np.int64)
    new_labels = np.empty(fewest, np.int64)
    n_taken = 0
    for step in walk[: steps[rival]]:
        i, is_double = step >> 1, step & 1 == 1
        # doubles of other classes and singles of the rival's own close other gaps
        if labels[i] != rival if not is_double else labels[i] == predicted or labels[i] == rival:
            rows[n_taken] = i
            new_labels[n_taken] = rival if row[i] > 0.0 else predicted
            n_taken += 1
    return rows, new_labels
