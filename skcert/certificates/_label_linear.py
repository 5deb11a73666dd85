"""Certificates of label-linear classifiers: exact radius, flips to each class, smallest attack.

A classifier is label-linear if its score of class c at x is ``f_c = sum_i a_i [y_i = c]`` with *label
weights* a(x) that do not depend on the labels y: kernel regression, and with it infinitely wide
networks, k nearest neighbours, and others. It predicts the class with the largest score, the smallest
index among equals. Everything here needs only the weights and the labels.

For class c to overtake class j the attacker has to close the gap ``f_j - f_c``. Relabelling row i closes
it by at most ``d_i = |a_i| + a_i ([y_i = j] - [y_i = c])``: nothing, |a_i| ("single"), or 2 |a_i|
("double"). Rows act independently, so the least number of flips is the least r for which the r largest
``d_i`` close the gap. One descending order of |a| serves all pairs of classes.

Rounding. Scores are sums of rounded additions, and so are the scores after an attack. A gap within
``margin`` (see `_rounding_margin`) of being closed counts as closed, which makes every count a lower bound
for the numbers that ``class_scores`` computes on any labels. Whole-number weights add up without
rounding; there the margin is 0, and ties are decided exactly.
"""

import numpy as np
from numba import njit

from ._descending_order import sort_further
from ._unbounded import UNBOUNDED

_EPS = float(np.finfo(np.float64).eps)
_LARGEST_EXACT_SUM = 2.0**53


def class_scores(weights, labels, n_classes):
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

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import class_scores
    >>> class_scores(np.array([[0.5, 0.25, 0.25]]), np.array([1, 0, 1]), 2)
    array([[0.25, 0.75]])
    """
    scores = np.empty((weights.shape[0], n_classes))
    _score_rows(weights, labels, scores)
    return scores


def certify_label_linear(weights, labels, n_classes, *, trusted=None):
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
    n_test = weights.shape[0]
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    radius_upper = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    flippable = _flippable_rows(labels, trusted)
    _certify_rows(weights, labels, flippable, prediction, radius, radius_upper, flips_to_class)
    return prediction, radius, radius_upper, flips_to_class


def smallest_attack(weights, labels, n_classes, *, trusted=None):
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

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import smallest_attack
    >>> smallest_attack(np.array([3.0, 2.0, 1.0, 1.0]), np.array([0, 0, 0, 1]), 2)
    (array([0]), array([1]))
    """
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
def _rounding_margin(row):
    """How far a computed gap and what flips take off it may together be from the truth.

    With u the unit roundoff, S = sum |a_i| and n terms, sums are off by less than n u S (Higham 2002,
    section 4.2). Four such sums meet in one comparison: the gap now, the gap after the attack, and the
    flips' share, which is at most 2 S. 4 (n + 4) u S covers them, also with the computed S for S.
    """
    total = 0.0
    whole = True
    for i in range(row.shape[0]):
        a = abs(float(row[i]))
        total += a
        whole = whole and a == np.floor(a)
    if whole and total < _LARGEST_EXACT_SUM:
        return 0.0
    return 2.0 * (row.shape[0] + 4) * _EPS * total


@njit(cache=True, nogil=True)
def _certify_rows(weights, labels, flippable, prediction, radius, radius_upper, flips_to_class):
    n_classes = flips_to_class.shape[1]
    scores = np.empty(n_classes)
    keys, order, stack = _workspace(flippable)
    for t in range(weights.shape[0]):
        row = weights[t]
        _score_row(row, labels, scores)
        margin = _rounding_margin(row)
        n_sorted, top = _start_order(row, flippable, keys, order, stack)
        predicted = np.argmax(scores)
        prediction[t] = predicted
        fewest, fewest_sure = UNBOUNDED, UNBOUNDED
        for target in range(n_classes):
            flips_to_class[t, target] = 0
            if target == predicted:
                continue
            for loser in range(n_classes):
                if loser == target:
                    continue
                gap = scores[loser] - scores[target]
                if gap < 0.0 or (gap == 0.0 and target < loser):
                    continue  # comes before it already
                strict = margin == 0.0 and target > loser
                flips, closed, _, _, n_sorted, top = _close_gap(
                    row, labels, loser, target, gap - margin, strict, keys, order, n_sorted, stack, top
                )
                flips_to_class[t, target] = max(flips_to_class[t, target], flips)
                if loser == predicted:
                    fewest = min(fewest, flips)
                    if margin > 0.0 and closed <= gap + margin:
                        flips, _, _, _, n_sorted, top = _close_gap(
                            row, labels, loser, target, gap + margin, True, keys, order, n_sorted, stack, top
                        )
                    fewest_sure = min(fewest_sure, flips)
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED
        radius_upper[t] = fewest_sure - 1 if fewest_sure < UNBOUNDED else UNBOUNDED


@njit(cache=True, nogil=True)
def _smallest_attack(row, labels, flippable, n_classes):
    scores = np.empty(n_classes)
    _score_row(row, labels, scores)
    margin = _rounding_margin(row)
    keys, order, stack = _workspace(flippable)
    n_sorted, top = _start_order(row, flippable, keys, order, stack)
    predicted = np.argmax(scores)
    fewest, rival, n_singles, n_doubles = UNBOUNDED, predicted, 0, 0
    for target in range(n_classes):
        if target == predicted:
            continue
        gap = scores[predicted] - scores[target]
        flips, _, single, double, n_sorted, top = _close_gap(
            row,
            labels,
            predicted,
            target,
            gap + margin,
            margin > 0.0 or target > predicted,
            keys,
            order,
            n_sorted,
            stack,
            top,
        )
        if flips < fewest:
            fewest, rival, n_singles, n_doubles = flips, target, single, double
    if fewest == UNBOUNDED:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    rows = np.empty(fewest, np.int64)
    new_labels = np.empty(fewest, np.int64)
    n_taken = 0
    for p in range(max(n_singles, n_doubles)):
        i = order[p]
        third = labels[i] != predicted and labels[i] != rival
        if (third and p < n_singles) or (p < n_doubles and _is_double(row[i], labels[i], predicted, rival)):
            rows[n_taken] = i
            new_labels[n_taken] = rival if row[i] > 0.0 else predicted
            n_taken += 1
    return rows, new_labels


@njit(cache=True, nogil=True)
def _workspace(flippable):
    n = flippable.shape[0]
    return np.empty(n), np.empty(n, np.int64), np.empty(n + 1, np.int64)


@njit(cache=True, nogil=True)
def _start_order(row, flippable, keys, order, stack):
    """Prepare `sort_further` for the |a| of the rows that can be flipped."""
    for p in range(flippable.shape[0]):
        keys[p] = abs(row[flippable[p]])
        order[p] = flippable[p]
    stack[0] = flippable.shape[0]
    return 0, 0


@njit(inline="always")
def _is_double(a, label, loser, target):
    return (label == loser and a > 0.0) or (label == target and a < 0.0)


@njit(cache=True, nogil=True)
def _close_gap(row, labels, loser, target, needed, strict, keys, order, n_sorted, stack, top):
    """Fewest flips that take at least `needed` (more than it, if `strict`) off the lead of `loser` over `target`.

    At least one. Merges the doubles and the singles of this pair, each met in descending order of |a|, and takes
    whichever closes more. Returns the flips, how much they close, the positions in `order` below which the
    singles and the doubles are used, and how far `keys` is sorted by now.
    """
    n = keys.shape[0]
    closed = 0.0
    flips = 0
    single, double = 0, 0
    while True:
        # the next single: a row of a third class
        while single < n:
            if single >= n_sorted:
                n_sorted, top = sort_further(keys, order, n_sorted, stack, top)
            label = labels[order[single]]
            if label != loser and label != target:
                break
            single += 1
        by_single = keys[single] if single < n else 0.0
        # the next double, unless the single closes more than any double from here on
        by_double = 0.0
        while double < n:
            if double >= n_sorted:
                n_sorted, top = sort_further(keys, order, n_sorted, stack, top)
            if 2.0 * keys[double] <= by_single:
                break
            i = order[double]
            if _is_double(row[i], labels[i], loser, target):
                by_double = 2.0 * keys[double]
                break
            double += 1
        if by_double > 0.0:
            closed += by_double
            double += 1
        elif by_single > 0.0:
            closed += by_single
            single += 1
        else:
            return UNBOUNDED, closed, single, double, n_sorted, top
        flips += 1
        if closed > needed or (closed == needed and not strict):
            return flips, closed, single, double, n_sorted, top
