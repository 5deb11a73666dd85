"""The smallest attack on one prediction: flips that change it, a proof that the radius is exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._utils import compiled
from ...results import UNBOUNDED
from .._door import check_label_linear
from .._rules import any_other_labels, best_labels
from .._weight_blocks import double_blocks
from ._classes import predict
from ._overtaking import keeps_a_row, overtake, start_race
from ._overtaking_by_rules import flipped_rows
from ._radius import new_workspace
from ._rounding import with_margin
from ._training_rows import training_rows


def smallest_attack(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
    score_weight: NDArray[np.floating] | None = None,
    candidates: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The label flips that change the prediction at one test row: a proof that its radius is exact.

    Parameters
    ----------
    weights : ndarray of shape (n_train,)
        Label weights of the test row.
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
    weights, labels, n_classes, trusted, rules = check_label_linear(
        weights, labels, n_classes, trusted, score_weight=score_weight, candidates=candidates, one_row=True
    )
    return smallest_attack_unchecked(weights, labels, n_classes, trusted=trusted, rules=rules)


def smallest_attack_unchecked(weights, labels, n_classes, *, trusted=None, rules=None):
    return next(smallest_attacks_unchecked(weights[None, :], labels, n_classes, trusted=trusted, rules=rules))


def smallest_attacks_unchecked(weights, labels, n_classes, *, trusted=None, rules=None):
    """The smallest attack on each of many test rows, one after the other."""
    training = training_rows(labels, trusted)
    order, race, _ = new_workspace(training, rules, n_classes, paired=False)
    for _, block in double_blocks(weights):
        for row in block:
            yield _smallest_attack(row, training, rules, order, race)


def _smallest_attack(row, training, rules, order, race):
    predicted, rival = _surely_overtaken(row, training, rules, order, race)
    if rival >= 0:
        if rules is None:
            return _flips_on_the_way(rival, row, training.labels, predicted, race)
        flipped = flipped_rows(order, row, training, rules, predicted, rival, race)
        return flipped, best_labels(rules, row, training.labels, flipped, predicted, rival)
    to_vanish = int(race.classes["to_vanish"][predicted])
    if to_vanish == UNBOUNDED:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    emptied = training.flippable[training.labels[training.flippable] == predicted]
    return emptied, any_other_labels(rules, emptied, predicted, race.classes.shape[0])


@compiled
def _surely_overtaken(weights_of_row, training, rules, order, race):
    """The predicted class, and the rival that surely overtakes it with the fewest flips and keeps a row.

    The rival is -1 if it takes fewer flips to empty the predicted class. By rules, it is the last class to run.
    """
    row, _, margin, whole = with_margin(weights_of_row, rules)
    classes = race.classes
    predicted = predict(row, training.labels, classes, rules)
    # a race past the predicted class, in which gaps have to close by more than rounding can undo
    start_race(order, row, training, rules, race)
    for c in range(classes.shape[0]):
        classes[c].runs = c != predicted
    overtake(order, row, training, rules, predicted, margin, whole, race, None)
    best, fewest = np.int64(-1), classes[predicted].to_vanish
    for c in range(classes.shape[0]):
        # the first of equals, and no more flips than empty the predicted class
        flips = classes[c].flips
        better = flips < fewest or (best < 0 and flips == fewest)
        if c != predicted and flips < UNBOUNDED and better and keeps_a_row(c, row, training, rules, predicted, race):
            best, fewest = c, flips
    if rules is not None:
        if best >= 0:
            for c in range(classes.shape[0]):
                classes[c].runs = c == best
            overtake(order, row, training, rules, predicted, margin, whole, race, None)
    return predicted, best


def _flips_on_the_way(rival, row, labels, predicted, race):
    """The flips with which `rival` has overtaken: rows and new labels."""
    walk = race.walk[: race.classes["steps"][rival]]
    flipped, double = walk >> 1, walk & 1 == 1
    # doubles of other classes and singles of its own close other gaps
    of_loser, of_rival = labels[flipped] == predicted, labels[flipped] == rival
    flipped = flipped[np.where(double, of_loser | of_rival, ~of_rival)]
    return flipped, np.where(row[flipped] > 0.0, rival, predicted)
