"""The certificate of a label-linear classifier: exact radius, and flips to each class.

A classifier is label-linear if its score of class c at x is ``f_c = sum_i a_i [y_i = c]`` with *label
weights* a(x) that do not depend on the labels y: kernel regression, and with it infinitely wide
networks, k nearest neighbours, and others. It predicts the class with the largest score, the smallest
index among equals. Everything here needs only the weights and the labels.

For class c to overtake class j the attacker has to close the gap ``f_j - f_c``. Relabelling row i closes
it by at most ``d_i = |a_i| + a_i ([y_i = j] - [y_i = c])``: nothing, |a_i| ("single"), or 2 |a_i|
("double"). Rows act independently, so the least number of flips is the least r for which the r largest
``d_i`` close the gap. One descending order of |a| serves all pairs of classes, one walk down it all targets that are
to overtake the same class, and pairs that cannot decide the answer are skipped.

A class without rows is never predicted (see `_training_rows`). So class c also comes before class j when j loses its
last row, which takes as many flips as j has rows, and an attack counts as one only if the class that it lets overtake
has a row in the end.

A gap within the margin of being closed (see `_rounding`) counts as closed, which makes every count a lower bound for
the numbers that ``class_scores`` computes on any labels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..._utils import compiled
from ...results import UNBOUNDED
from .._door import check_label_linear
from .._weight_blocks import double_blocks
from ._classes import largest_score, new_classes, predict
from ._order import Order, new_order
from ._overtaking import Race, keeps_a_row, new_race, overtake, start_race
from ._overtaking_in_bulk import new_bulk, start_bulk
from ._rivalry import Rivalry, find_pairs, leader_waited_for, new_rivalry, raise_flips
from ._rounding import with_margin
from ._training_rows import training_rows

_MOST_PAIRED = 4096  # classes that are compared pair by pair, which takes n_classes**2 numbers


class Workspace(NamedTuple):
    """Arrays that are used again from test row to test row."""

    order: Order | None
    race: Race
    rivalry: Rivalry


def new_workspace(training, rules, n_classes, paired=True, bulk=None):
    """A `Workspace` for these training rows; without `paired`, classes are compared with the predicted one only."""
    classes = new_classes(training, n_classes)
    order = new_order(training.flippable.shape[0]) if bulk is None else None
    return Workspace(order, new_race(classes, training, rules, paired, bulk), new_rivalry(classes, paired))


def certify_label_linear(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
    score_weight: NDArray[np.floating] | None = None,
    candidates: NDArray[np.bool_] | None = None,
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
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class is multiplied by, above 0; ``None`` multiplies by nothing.
    candidates : ndarray of shape (n_train, n_classes), bool, default=None
        Labels that a row may get, its own among them; ``None`` allows every label for every row.

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
    weights, labels, n_classes, trusted, rules = check_label_linear(
        weights, labels, n_classes, trusted, score_weight=score_weight, candidates=candidates
    )
    return certify_label_linear_unchecked(weights, labels, n_classes, trusted=trusted, rules=rules)


def certify_label_linear_unchecked(weights, labels, n_classes, *, trusted=None, rules=None):
    training = training_rows(labels, trusted)
    bulk = new_bulk(training, n_classes) if rules is None else None
    certified, unclear = _certify(weights, training, n_classes, rules, bulk)
    if unclear.any():  # to the bulk, but not to the walk
        walked, _ = _certify(weights[unclear], training, n_classes, rules, None)
        for answers, of_unclear in zip(certified, walked):
            answers[unclear] = of_unclear
    return certified


def _certify(weights, training, n_classes, rules, bulk):
    """The answers, and for which test rows they are unclear."""
    n_test = weights.shape[0]
    unclear = np.zeros(n_test, dtype=bool)
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    radius_upper = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    workspace = new_workspace(training, rules, n_classes, n_classes <= _MOST_PAIRED, bulk)
    for test, block in double_blocks(weights):
        outcome = prediction[test], radius[test], radius_upper[test], flips_to_class[test], unclear[test]
        _certify_rows(block, training, rules, *workspace, bulk, *outcome)
    return (prediction, radius, radius_upper, flips_to_class), unclear


@compiled
def _certify_rows(
    block, training, rules, order, race, rivalry, bulk, prediction, radius, radius_upper, flips_to_class, unclear
):
    classes = race.classes
    for t in range(block.shape[0]):
        row, _, margin, whole = with_margin(block[t], rules)
        to_class = flips_to_class[t]
        if order is not None:
            predicted = predict(row, training.labels, classes, rules)
            start_race(order, row, training, rules, race)
        if bulk is not None:
            start_bulk(bulk, row, training.labels, classes)
            predicted = largest_score(classes)
        for c in range(classes.shape[0]):
            classes[c].runs, classes[c].known = c != predicted, 0
        overtake(order, row, training, rules, predicted, -margin, whole, race, bulk)
        fewest = _fewest_flips(predicted, classes, to_class)
        if rules is not None:
            for c in range(classes.shape[0]):
                if classes[c].n_rows == 0 and not rules.attainable[c] and c != predicted:
                    to_class[c] = UNBOUNDED
        surely, n_unsure = _fewest_seen_for_certain(row, training, rules, margin, whole, predicted, race)
        if rivalry.behind.shape[0] > 0:
            find_pairs(margin, predicted, race, rivalry, to_class)
            loser = leader_waited_for(rivalry)
            while loser >= 0:
                for c in range(classes.shape[0]):
                    classes[c].runs, classes[c].known = rivalry.behind[c, loser], to_class[c]
                overtake(order, row, training, rules, loser, -margin, whole, race, bulk)
                raise_flips(margin, loser, race, rivalry, to_class)
                loser = leader_waited_for(rivalry)
        if n_unsure > 0:
            for c in range(classes.shape[0]):
                classes[c].runs, classes[c].known = classes[c].unsure, 0
            overtake(order, row, training, rules, predicted, margin, whole, race, bulk)
            surely = _fewest_to_keep_a_row(surely, row, training, rules, predicted, race)
        prediction[t] = predicted
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED
        radius_upper[t] = surely - 1 if surely < UNBOUNDED else UNBOUNDED
        if bulk is not None:
            unclear[t] = bulk.unclear[0]


@njit(inline="always")
def _fewest_flips(predicted, classes, flips_to_class):
    """The least flips that change the prediction: some class overtakes, or the predicted one vanishes."""
    to_vanish = classes[predicted].to_vanish
    fewest = to_vanish
    for c in range(classes.shape[0]):
        flips_to_class[c] = 0
        if c != predicted:
            flips = classes[c].flips
            flips_to_class[c] = flips if flips < to_vanish else to_vanish
            fewest = flips if flips < fewest else fewest
    return fewest


@njit(inline="always")
def _fewest_seen_for_certain(row, training, rules, margin, whole, predicted, race):
    """The least flips that surely change the prediction, and how many classes are left to look at.

    These are marked as unsure: their gaps close by less than rounding could undo. For classes that need fewer flips to
    empty the predicted class than to overtake it, it is no longer known which other gaps these flips close.
    """
    classes, also_closed = race.classes, race.also_closed
    to_vanish = classes[predicted].to_vanish
    fewest, n_unsure = to_vanish, 0
    for c in range(classes.shape[0]):
        rival = classes[c]
        rival.unsure = False
        if c == predicted:
            continue
        if not whole and rival.flips < UNBOUNDED and rival.closed <= rival.needed + 3.0 * margin:
            rival.unsure = True
            n_unsure += 1
        elif rival.flips < fewest and keeps_a_row(c, row, training, rules, predicted, race):
            fewest = rival.flips
        if rival.flips > to_vanish:
            for j in range(also_closed.shape[0]):
                also_closed[c, j] = -np.inf
    return fewest, n_unsure


@njit(inline="always")
def _fewest_to_keep_a_row(fewest, row, training, rules, predicted, race):
    """The least flips with which a class that ran overtakes and has a row in the end, if less than `fewest`."""
    for c in range(race.classes.shape[0]):
        rival = race.classes[c]
        if rival.runs and rival.flips < fewest and keeps_a_row(c, row, training, rules, predicted, race):
            fewest = rival.flips
    return fewest
