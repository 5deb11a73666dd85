"""Forcing a given class on a label-linear classifier: attacks, and lower bounds that meet them more often.

The target has to come before every other class at once, which in general takes an integer program. Two answers bound
the least number of flips, and for two classes, and most of the time for more, they are equal.

*From above*, an attack: close, flip by flip, the gap to whichever class leads the target most, by the flip that closes
most of it; then take back flips that later ones made superfluous (`_mending`).

*From below*, Lagrangian relaxation (`_relaxation`): a few subgradient steps look for the combination of conditions
that demands most, and each relaxed solution, mended as above, is another attack to try.

*In between*, where the two still differ, a search decides whether the lower bound's number of flips is enough
(`_target_search`). It leaves aside the classes that so many flips could empty, because a class without rows is in
nobody's way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..._utils import compiled, compiled_part
from ...results import UNBOUNDED
from .._door import check_label_linear, check_target
from .._rules import plain_rules
from .._weight_blocks import double_blocks
from ._classes import new_classes, predict
from ._mending import mend
from ._radius import certify_label_linear_unchecked
from ._relaxation import relaxed_attack, step_multipliers
from ._rounding import EPS, LOST_BELOW, with_margin
from ._target_problem import Attack, TargetProblem, leader_over, new_attack, start_attack
from ._target_search import IMPOSSIBLE, POSSIBLE, Search, new_search, search_attack
from ._training_rows import training_rows

_STEPS = 12  # subgradient steps


class TargetWorkspace(NamedTuple):
    """Arrays that are used again from target to target."""

    classes: np.ndarray
    best: Attack
    """The smallest attack so far."""
    tried: Attack
    search: Search
    flipped: np.ndarray
    keys: np.ndarray
    heap: np.ndarray


def _new_workspace(training, n_classes):
    n_flippable = training.flippable.shape[0]
    return TargetWorkspace(
        classes=new_classes(training, n_classes),
        best=new_attack(n_classes, n_flippable),
        tried=new_attack(n_classes, n_flippable),
        search=new_search(n_classes, n_flippable),
        flipped=np.empty(training.labels.shape[0], dtype=bool),
        keys=np.empty(n_flippable),
        heap=np.empty(n_flippable, dtype=np.int64),
    )


def targeted_attack(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    target: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
    score_weight: NDArray[np.floating] | None = None,
    candidates: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool, int]:
    """Label flips after which a label-linear classifier predicts `target` at one test row.

    Parameters
    ----------
    weights : ndarray of shape (n_train,)
        Label weights of the test row.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    target : int
        Class index to force.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class is multiplied by, above 0; ``None`` multiplies by nothing.
    candidates : ndarray of shape (n_train, n_classes), bool, default=None
        Labels that a row may get, its own among them; ``None`` allows every label for every row.

    Returns
    -------
    rows : ndarray of shape (n_flips,), int64
        Training rows to relabel.
    new_labels : ndarray of shape (n_flips,), int64
        Their new class indices.
    found : bool
        Whether the flips lead to `target`; where False, both arrays are empty.
    lower : int
        Lower bound on the flips of any such attack; `UNBOUNDED` if there is none.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import targeted_attack
    >>> targeted_attack(np.array([3.0, 2.0, 1.0, 1.0]), np.array([0, 0, 1, 2]), 3, 2)
    (array([0]), array([2]), True, 1)
    """
    weights, labels, n_classes, trusted, rules = check_label_linear(
        weights, labels, n_classes, trusted, score_weight=score_weight, candidates=candidates, one_row=True
    )
    return targeted_attack_unchecked(
        weights, labels, n_classes, check_target(target, n_classes), trusted=trusted, rules=rules
    )


def targeted_attack_unchecked(weights, labels, n_classes, target, *, trusted=None, rules=None):
    return next(
        targeted_attacks_unchecked(weights[None, :], labels, n_classes, [target], trusted=trusted, rules=rules)
    )


def targeted_attacks_unchecked(weights, labels, n_classes, targets, *, trusted=None, rules=None):
    """The attack on each of many test rows, one after the other; `targets` has one class index for each."""
    lower = certify_label_linear_unchecked(weights, labels, n_classes, trusted=trusted, rules=rules)[3]
    upper = np.zeros_like(lower)
    training = training_rows(labels, trusted)
    workspace, rules = _new_workspace(training, n_classes), rules or plain_rules(n_classes)
    for test, block in double_blocks(weights):
        for t in range(test.start, test.stop):
            row, one = slice(t, t + 1), block[t - test.start : t - test.start + 1]
            _attack_targets(one, training, rules, np.array([targets[t]]), workspace, lower[row], upper[row])
            size = workspace.best.size[0]
            flips = workspace.best.flips[: max(size, 0)]
            yield flips["row"].copy(), flips["label"].copy(), bool(size >= 0), int(lower[t, targets[t]])


def targeted_flips(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
    score_weight: NDArray[np.floating] | None = None,
    candidates: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lower and upper bounds on the flips that force each class, for many test rows.

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
    lower, upper : ndarrays of shape (n_test, n_classes), int64
        No fewer flips than ``lower`` lead to a class, and `targeted_attack` does it with ``upper``. 0 at the
        prediction; `UNBOUNDED` where there is no attack, or none was found. ``lower`` is no less than the
        bound of `certify_label_linear`.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import targeted_flips
    >>> targeted_flips(np.array([[3.0, 2.0, 1.0, 1.0]]), np.array([0, 0, 1, 2]), 3)
    (array([[0, 1, 1]]), array([[0, 1, 1]]))
    """
    weights, labels, n_classes, trusted, rules = check_label_linear(
        weights, labels, n_classes, trusted, score_weight=score_weight, candidates=candidates
    )
    return targeted_flips_unchecked(weights, labels, n_classes, trusted=trusted, rules=rules)


def targeted_flips_unchecked(weights, labels, n_classes, *, trusted=None, rules=None):
    lower = certify_label_linear_unchecked(weights, labels, n_classes, trusted=trusted, rules=rules)[3]
    upper = np.zeros_like(lower)
    TargetedFlips(labels, n_classes, trusted, rules).fill(weights, np.arange(n_classes), lower, upper)
    return lower, upper


class TargetedFlips:
    """Flips that force some of the classes, under one set of labels; arguments as in `targeted_flips_unchecked`."""

    def __init__(self, labels, n_classes, trusted, rules):
        self._training = training_rows(labels, trusted)
        self._rules = rules or plain_rules(n_classes)
        self._workspace = _new_workspace(self._training, n_classes)

    def fill(self, weights, targets, lower, upper):
        """Raise the lower bounds of the targets, and set their upper ones; both of shape (n_test, n_classes)."""
        for test, block in double_blocks(weights):
            _attack_targets(block, self._training, self._rules, targets, self._workspace, lower[test], upper[test])


@compiled
def _attack_targets(block, training, rules, targets, workspace, lower, upper):
    """Raise the lower bounds that single rivals imply, and fill in the flips of the attacks found.

    The last attack stays in ``workspace.best``.
    """
    labels, flippable = training
    classes, best = workspace.classes, workspace.best
    for t in range(block.shape[0]):
        row, total, margin, whole = with_margin(block[t], rules)
        predicted = predict(row, labels, classes, rules)
        slack = 4.0 * (row.shape[0] + classes.shape[0] + 8) * EPS * total + (row.shape[0] + 8) * LOST_BELOW
        for target in targets:
            problem = TargetProblem(row, labels, rules, flippable, classes, target, margin, whole, slack)
            start_attack(problem, best)
            if target != predicted and labels.shape[0] == 0:
                best.size[0] = -1  # nothing can be predicted but what is
            elif target != predicted:
                lower[t, target] = _attack_target(problem, lower[t, target], workspace)
            upper[t, target] = best.size[0] if best.size[0] >= 0 else UNBOUNDED


@njit(inline="always")
def _attack_target(problem, lower, workspace):
    """Lower bound for one target; the attack is in ``workspace.best``."""
    mend(problem, workspace.best, workspace.flipped, workspace.keys, workspace.heap)
    if lower < _fewest(problem, workspace.best):
        lower = _relax(problem, lower, workspace)
    if lower < _fewest(problem, workspace.best):
        lower = _search(problem, lower, workspace)
    return lower if workspace.best.size[0] >= 0 or lower <= problem.flippable.shape[0] else UNBOUNDED


@compiled_part
def _fewest(problem, attack):
    """Flips of an attack; without one, one more than there are rows to flip, as there may be no attack at all."""
    return attack.size[0] if attack.size[0] >= 0 else problem.flippable.shape[0] + 1


@compiled_part
def _keep_if_better(problem, attack, best):
    """Replace the best attack by a smaller one."""
    if 0 <= attack.size[0] < _fewest(problem, best):
        best.size[0] = attack.size[0]
        for p in range(attack.size[0]):
            best.flips[p].row = attack.flips[p].row
            best.flips[p].label = attack.flips[p].label


@njit(inline="always")
def _relax(problem, lower, workspace):
    """Raise the lower bound, and better the attack, in some subgradient steps."""
    tried, best = workspace.tried, workspace.best
    start_attack(problem, tried)
    leader = leader_over(problem, tried)
    for c in range(problem.classes.shape[0]):
        problem.classes[c].multiplier = 1.0 if c == leader else 0.0
    for step in range(_STEPS):
        by_relaxation = relaxed_attack(problem, tried, workspace.keys, workspace.heap)
        lower = by_relaxation if by_relaxation > lower else lower
        goes_on = step_multipliers(problem, tried, 0.5 / np.sqrt(step + 1.0))
        mend(problem, tried, workspace.flipped, workspace.keys, workspace.heap)
        _keep_if_better(problem, tried, best)
        if _fewest(problem, best) <= lower or not goes_on:
            break
    return lower


@njit(inline="always")
def _search(problem, lower, workspace):
    """Raise the lower bound flip by flip, as long as a search says that so many flips are not enough."""
    while lower < _fewest(problem, workspace.best):
        # leads that count as closed: 0 but for rounding; whole numbers are exact, and a tie is lost to a smaller index
        for j in range(problem.classes.shape[0]):
            at_tie = -0.5 if j < problem.target else 0.0
            rival = problem.classes[j]
            rival.closed_at = np.inf if rival.to_vanish <= lower else at_tie if problem.whole else problem.slack
        answer = search_attack(problem, lower, workspace.search, workspace.tried)
        if answer == IMPOSSIBLE:
            lower += 1
            continue
        if answer == POSSIBLE and leader_over(problem, workspace.tried) == problem.target:  # surely, not to rounding
            _keep_if_better(problem, workspace.tried, workspace.best)
        break
    return lower
