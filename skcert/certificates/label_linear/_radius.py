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

A class without rows is never predicted, as scikit-learn's classifiers have it, whatever ``classes=`` of a refit says.
So class c also comes before class j when j loses its last row, which takes as many flips as j has rows, and an attack
counts as one only if the class that it lets overtake has a row in the end.

Rounding. Scores are sums of rounded additions, and so are the scores after an attack. A gap within
``margin`` (see `rounding_margin`) of being closed counts as closed, which makes every count a lower bound
for the numbers that ``class_scores`` computes on any labels. Whole-number weights add up without
rounding; there the margin is 0, and ties are decided exactly. Rows of weights so small that the margin would be
rounded to nothing are multiplied by a power of two first, which is exact and changes no comparison.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...results import UNBOUNDED
from .._door import check_label_linear
from ._order import new_order, start_order
from ._overtaking import FEW_ROWS, new_overtaking, overtake
from ._rivalry import (
    drop_by_also_closed,
    drop_by_strongest,
    find_behind,
    find_strongest,
    leader_waited_for,
    new_rivalry,
)
from ._rounding import absolute_sum_of, enlarged_if_tiny, rounding_margin

_MOST_PAIRED = 4096  # classes that are compared pair by pair, which takes n_classes**2 numbers


def class_scores(weights: NDArray[np.floating], labels: NDArray[np.integer], n_classes: int) -> NDArray[np.float64]:
    """Scores ``f_c = sum_i a_i [y_i = c]``, the sums that the certificates are about; -inf for classes without rows.

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
        Scores in double precision; the prediction is ``scores.argmax(axis=1)``. A class without rows has -inf: it
        is never predicted.

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
    scores[:, np.bincount(labels, minlength=n_classes) == 0] = -np.inf
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
        where a gap closes to within rounding, or where the flips that close it take the last row of the class that
        is to overtake; the radius may then be lower than it need be, never higher.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips after which the prediction is that class: the most flips that
        it takes to overtake, or to take all rows from, any single other class. 0 at the prediction, `UNBOUNDED` where
        no number of flips does it. Exact, but for rounding, for two classes that keep a row. Of more than 4,096
        classes, only the predicted one is compared with.

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
def rows_of_classes(labels, flippable, n_classes):
    """Rows of each class, and the flips that leave it none; `UNBOUNDED` if a row of it cannot be flipped."""
    counts = np.zeros(n_classes, np.int64)
    to_vanish = np.zeros(n_classes, np.int64)
    for label in labels:
        counts[label] += 1
    for i in flippable:
        to_vanish[labels[i]] += 1
    for c in range(n_classes):
        if to_vanish[c] < counts[c] or labels.shape[0] == 0:
            to_vanish[c] = UNBOUNDED
    return counts, to_vanish


@njit(cache=True, nogil=True)
def best_class(scores, counts):
    """The class with the largest score among those that have a row, the smallest index among equals; 0 of no rows."""
    best = 0
    for c in range(scores.shape[0]):
        if counts[c] > 0 and (counts[best] == 0 or scores[c] > scores[best]):
            best = c
    return best


@njit(cache=True, nogil=True)
def _certify_rows(weights, labels, flippable, prediction, radius, radius_upper, flips_to_class):
    n_classes = flips_to_class.shape[1]
    classes = rows_of_classes(labels, flippable, n_classes)
    order = new_order(flippable.shape[0])
    paired = n_classes <= _MOST_PAIRED
    overtaking = new_overtaking(n_classes, flippable.shape[0], paired)
    rivalry = new_rivalry(n_classes if paired else 0)
    for t in range(weights.shape[0]):
        row, absolute_sum = enlarged_if_tiny(weights[t], absolute_sum_of(weights[t]))
        rounding = rounding_margin(row, absolute_sum)
        prediction[t], radius[t], radius_upper[t] = _certify_row(
            row, labels, flippable, classes, rounding, order, overtaking, rivalry, flips_to_class[t]
        )


@njit(cache=True, nogil=True)
def _certify_row(row, labels, flippable, classes, rounding, order, overtaking, rivalry, flips_to_class):
    """Prediction, radius and its upper bound for one row of weights; fills in the flips to each class."""
    counts, to_vanish = classes
    n_classes = counts.shape[0]
    scores, needed = np.empty(n_classes), np.empty(n_classes)
    strict, targets = np.empty(n_classes, np.bool_), np.empty(n_classes, np.bool_)
    flips, closed, also_closed = overtaking[:3]
    margin, whole = rounding
    _score_row(row, labels, scores)
    if flippable.shape[0] > FEW_ROWS:
        start_order(order, row, flippable)
    predicted = best_class(scores, counts)
    _gaps_to(predicted, scores, -margin, whole, needed, strict)
    for c in range(n_classes):
        targets[c] = c != predicted
    overtake(order, row, labels, flippable, predicted, targets, needed, strict, overtaking)
    for c in range(n_classes):
        if flippable.shape[0] == 0:
            flips[c] = UNBOUNDED  # there are no flips
    fewest, fewest_sure, n_unsure = to_vanish[predicted], to_vanish[predicted], 0
    for c in range(n_classes):
        flips_to_class[c] = 0 if c == predicted else min(flips[c], to_vanish[predicted])
        if c != predicted:
            fewest = min(fewest, flips[c])
            targets[c] = not whole and flips[c] < UNBOUNDED and closed[c] <= needed[c] + 3.0 * margin
            n_unsure += targets[c]
            if (
                not targets[c]
                and flips[c] < fewest_sure
                and _keeps_a_row(c, row, labels, counts, predicted, overtaking)
            ):
                fewest_sure = flips[c]
            if rivalry[1].shape[0] > 0 and flips[c] > to_vanish[predicted]:
                also_closed[c] = -np.inf  # it takes fewer flips to make the predicted class vanish
    if rivalry[1].shape[0] > 0:
        find_behind(scores, margin, predicted, flips_to_class, also_closed, counts, to_vanish, rivalry)
    if n_unsure > 0:
        _gaps_to(predicted, scores, margin, True, needed, strict)
        overtake(order, row, labels, flippable, predicted, targets, needed, strict, overtaking)
        for c in range(n_classes):
            if targets[c] and flips[c] < fewest_sure and _keeps_a_row(c, row, labels, counts, predicted, overtaking):
                fewest_sure = flips[c]
    if rivalry[1].any():
        find_strongest(order, row, labels, flippable, rivalry)
        drop_by_strongest(scores, margin, flips_to_class, rivalry)
    while rivalry[1].any():
        loser = leader_waited_for(scores, rivalry)
        for c in range(n_classes):
            targets[c] = rivalry[0][c, loser]
        _gaps_to(loser, scores, -margin, whole, needed, strict)
        overtake(order, row, labels, flippable, loser, targets, needed, strict, overtaking)
        for c in range(n_classes):
            if targets[c]:
                flips_to_class[c] = max(flips_to_class[c], min(flips[c], to_vanish[loser]))
                if flips[c] > flips_to_class[c]:
                    also_closed[c] = -np.inf
                drop_by_also_closed(scores, margin, c, loser, flips_to_class[c], also_closed[c], to_vanish, rivalry)
    return (
        predicted,
        fewest - 1 if fewest < UNBOUNDED else UNBOUNDED,
        fewest_sure - 1 if fewest_sure < UNBOUNDED else UNBOUNDED,
    )


@njit(cache=True, nogil=True)
def _gaps_to(loser, scores, more, ties_count, needed, strict):
    """What each class has to close to come before `loser`: the gap and `more`, and, if `ties_count`, more than a tie
    where `loser` has the smaller index."""
    for c in range(scores.shape[0]):
        needed[c] = scores[loser] - scores[c] + more
        strict[c] = ties_count and c > loser


@njit(cache=True, nogil=True)
def _keeps_a_row(rival, row, labels, counts, loser, overtaking):
    """Whether `rival` has a row after the flips with which it has overtaken `loser`."""
    flips, steps, walk = overtaking[0], overtaking[3], overtaking[4]
    if flips[rival] < counts[rival]:
        return True
    n_left = counts[rival]
    for s in range(steps[rival]):
        i = walk[s] >> 1
        if _is_flip(walk[s], labels[i], rival, loser):
            if row[i] > 0.0:
                return True
            n_left -= labels[i] == rival
    return n_left > 0


@njit(cache=True, nogil=True)
def _is_flip(step, label, rival, loser):
    """Whether a step of the walk is for `rival`: doubles of other classes and singles of its own close other gaps."""
    return label == loser or label == rival if step & 1 == 1 else label != rival


@njit(cache=True, nogil=True)
def _smallest_attack(weights, labels, flippable, n_classes):
    row, absolute_sum = enlarged_if_tiny(weights, absolute_sum_of(weights))
    margin, _ = rounding_margin(row, absolute_sum)
    scores = np.empty(n_classes)
    _score_row(row, labels, scores)
    counts, to_vanish = rows_of_classes(labels, flippable, n_classes)
    order = new_order(flippable.shape[0])
    if flippable.shape[0] > FEW_ROWS:
        start_order(order, row, flippable)
    predicted = best_class(scores, counts)
    needed = np.empty(n_classes)
    strict = np.empty(n_classes, np.bool_)
    overtaking = new_overtaking(n_classes, flippable.shape[0], False)
    flips, _, _, steps, walk = overtaking[:5]
    _gaps_to(predicted, scores, margin, True, needed, strict)
    others = np.arange(n_classes) != predicted
    overtake(order, row, labels, flippable, predicted, others, needed, strict, overtaking)
    rival, fewest = -1, to_vanish[predicted]
    for c in range(n_classes):
        better = c != predicted and flips[c] < UNBOUNDED and flips[c] <= fewest and (rival < 0 or flips[c] < fewest)
        if better and _keeps_a_row(c, row, labels, counts, predicted, overtaking):
            rival, fewest = c, flips[c]
    if fewest == UNBOUNDED:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows = np.empty(fewest, np.int64)
    new_labels = np.empty(fewest, np.int64)
    n_taken = 0
    if rival < 0:  # all rows of the predicted class, to any other
        for i in flippable:
            if labels[i] == predicted:
                rows[n_taken] = i
                new_labels[n_taken] = 1 if predicted == 0 else 0
                n_taken += 1
        return rows, new_labels
    for step in walk[: steps[rival]]:
        i = step >> 1
        if _is_flip(step, labels[i], rival, predicted):
            rows[n_taken] = i
            new_labels[n_taken] = rival if row[i] > 0.0 else predicted
            n_taken += 1
    return rows, new_labels
