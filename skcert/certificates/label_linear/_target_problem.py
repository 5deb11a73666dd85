"""One target at one test row, and attacks on it: flips, and what they make of scores and classes."""

from typing import NamedTuple

import numpy as np

from ..._utils import compiled_part
from .._rules import Rules

FLIP = np.dtype([("row", np.int64), ("label", np.int64)])
STANDING = np.dtype([("score", np.float64), ("n_rows", np.int64)])


class TargetProblem(NamedTuple):
    """Which class is to come before all others, and with what."""

    row: np.ndarray
    """(n_train,): label weights of the test row."""
    labels: np.ndarray
    rules: Rules
    flippable: np.ndarray
    classes: np.ndarray
    """(n_classes,): records of `CLASS`, with the scores now."""
    target: int
    margin: float
    """What rounding can do to a gap and to what flips take off it."""
    whole: bool
    """Whether nothing is rounded."""
    slack: float
    """What rounding can do to sums of conditions, also where the margin is 0: multipliers are not whole numbers."""


class Attack(NamedTuple):
    """Flips, and what they lead to."""

    flips: np.ndarray
    """(n_flippable,): rows to relabel and their new labels, the first ``size[0]`` of which count."""
    size: np.ndarray
    """(1,): how many flips there are; -1 for no attack."""
    standing: np.ndarray
    """(n_classes,): scores and rows of classes after the flips."""


def new_attack(n_classes, n_flippable):
    """Arrays for an `Attack`."""
    return Attack(
        flips=np.empty(n_flippable, dtype=FLIP), size=np.full(1, -1), standing=np.empty(n_classes, dtype=STANDING)
    )


@compiled_part
def start_attack(problem, attack):
    """An attack without flips."""
    attack.size[0] = 0
    for c in range(problem.classes.shape[0]):
        attack.standing[c].score = problem.classes[c].score
        attack.standing[c].n_rows = problem.classes[c].n_rows


@compiled_part
def add_flip(problem, attack, i, label):
    """Relabel one more row."""
    attack.flips[attack.size[0]].row = i
    attack.flips[attack.size[0]].label = label
    attack.size[0] += 1
    relabel(problem, attack, problem.labels[i], label, problem.row[i])


@compiled_part
def relabel(problem, attack, old, new, weight):
    """What it makes of the standing that a row of this weight gets another label."""
    attack.standing[old].score -= problem.rules.score_weight[old] * weight
    attack.standing[new].score += problem.rules.score_weight[new] * weight
    attack.standing[old].n_rows -= 1
    attack.standing[new].n_rows += 1


@compiled_part
def leader_over(problem, attack):
    """The class most ahead of the target among those with rows; the target if it surely comes before all others."""
    target, leader, lead = problem.target, problem.target, 0.0
    own = attack.standing[target]
    for c in range(attack.standing.shape[0]):
        if c == target or attack.standing[c].n_rows == 0:
            continue
        ahead = attack.standing[c].score - own.score + problem.margin
        behind = own.n_rows > 0 and (ahead < 0.0 or (ahead == 0.0 and problem.whole and target < c))
        if not behind and (leader == target or ahead > lead):
            leader, lead = c, ahead
    return leader
