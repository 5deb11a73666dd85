"""What it takes a label-linear classifier to prefer one class to another: exact flips for any pair of classes.

It orders classes by ``(-score, index)``, those without rows last. The flips with which class c comes before class j
are those of `_radius` for this pair: c overtakes j, or j loses its last row.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..._utils import compiled, read_only
from ...results import UNBOUNDED
from .._door import check_label_linear, check_preferred
from .._weight_blocks import double_blocks
from ._classes import predict
from ._overtaking import overtake, start_race
from ._radius import new_workspace
from ._rounding import with_margin
from ._training_rows import training_rows


def preference_flips(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    preferred: NDArray[np.integer],
    *,
    trusted: NDArray[np.bool_] | None = None,
    score_weight: NDArray[np.floating] | None = None,
    candidates: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Flips after which a label-linear classifier scores each class above a given one, for many test rows.

    Unlike `certify_label_linear`, it does not ask which class is predicted: for votes in which second choices count,
    such as `certify_run_off`.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights, float32 or float64, finite.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    preferred : ndarray of shape (n_test,)
        Class index to come before, at each test row.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class is multiplied by, above 0; ``None`` multiplies by nothing.
    candidates : ndarray of shape (n_train, n_classes), bool, default=None
        Labels that a row may get, its own among them; ``None`` allows every label for every row.

    Returns
    -------
    flips : ndarray of shape (n_test, n_classes), int64
        The least label flips after which the class comes before ``preferred``: its score is larger, or equal with a
        smaller index, or ``preferred`` has no rows left. 0 where it does already, and at ``preferred``; `UNBOUNDED`
        where no number of flips does it. Lower bounds, exact but for rounding and classes that lose their last row.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    Class 2 is predicted; class 0 is to come before class 1, which has a third of the weight.

    >>> import numpy as np
    >>> from skcert.certificates import preference_flips
    >>> preference_flips(np.array([[1.0, 1.0, 3.0, 1.0]]), np.array([1, 1, 2, 2]), 3, np.array([1]))
    array([[1, 0, 0]])
    """
    weights, labels, n_classes, trusted, rules = check_label_linear(
        weights, labels, n_classes, trusted, score_weight=score_weight, candidates=candidates
    )
    preferred = check_preferred(preferred, weights.shape[0], n_classes)
    return preference_flips_unchecked(weights, labels, n_classes, preferred, trusted=trusted, rules=rules)


def preference_flips_unchecked(weights, labels, n_classes, preferred, *, trusted=None, rules=None):
    flips = np.empty((weights.shape[0], n_classes), dtype=np.int64)
    training = training_rows(labels, trusted)
    workspace = new_workspace(training, rules, n_classes, paired=False)
    for test, block in double_blocks(weights):
        _prefer_rows(block, training, rules, workspace, read_only(preferred[test]), flips[test])
    return flips


@compiled
def _prefer_rows(block, training, rules, workspace, preferred, flips):
    order, race, _ = workspace
    classes = race.classes
    for t in range(block.shape[0]):
        row, _, margin, whole = with_margin(block[t], rules)
        predict(row, training.labels, classes, rules)
        start_race(order, row, training, rules, race)
        leader = preferred[t]
        for c in range(classes.shape[0]):
            classes[c].runs, classes[c].known = _comes_before(classes, leader, c), 0
        overtake(order, row, training, rules, leader, -margin, whole, race, None)
        for c in range(classes.shape[0]):
            flips[t, c] = _flips_past(classes, leader, c, training, rules) if classes[c].runs else 0


@njit(inline="always")
def _comes_before(classes, c, other):
    """Whether `c` is above `other`, by scores or because `other` has no rows."""
    if c == other or classes[c].n_rows == 0 or classes[other].n_rows == 0:
        return c != other and (classes[c].n_rows > 0 or (classes[other].n_rows == 0 and c < other))
    return classes[c].score > classes[other].score or (classes[c].score == classes[other].score and c < other)


@njit(inline="always")
def _flips_past(classes, leader, c, training, rules):
    """The flips that class `c`, which has run, takes to come before the leader."""
    if classes[leader].n_rows > 0:
        return min(classes[c].flips, classes[leader].to_vanish)
    # neither has rows, and any row will do
    attainable = training.flippable.shape[0] > 0
    if rules is not None:
        attainable = attainable and rules.attainable[c]
    return np.int64(1) if attainable else np.int64(UNBOUNDED)
