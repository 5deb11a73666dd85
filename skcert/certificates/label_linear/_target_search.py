"""Whether a number of flips is enough to force a class: depth-first search with a limited number of nodes.

Of b flips that close a lead L, one has to close L / b of it, so only the few rows that do need be tried first.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part
from .._rules import closes
from ._target_problem import FLIP, add_flip, start_attack

_NODES = 400  # of one search; a node costs O(n K)
_DEEPEST = 200  # flips: every one takes a call inside a call, and threads can have small stacks

IMPOSSIBLE, POSSIBLE, UNDECIDED = 0, 1, 2


class Search(NamedTuple):
    """Where a search stands."""

    scores_at: np.ndarray
    """(depth + 1, n_classes): scores after the flips of each depth."""
    flips: np.ndarray
    """(depth,): rows relabelled on the way down, and their new labels."""
    tried_at: np.ndarray
    """(n_flippable,): depth at which a row was first tried, -1 if it was not. Attacks with its flip end there, so it
    is not tried again further down."""
    numbers: np.ndarray
    """Nodes so far, and flips of the attack found."""


def new_search(n_classes, n_flippable):
    """Arrays for `search_attack`."""
    depth = min(n_flippable, _DEEPEST)
    return Search(
        scores_at=np.empty((depth + 1, n_classes)),
        flips=np.empty(depth, dtype=FLIP),
        tried_at=np.empty(n_flippable, dtype=np.int64),
        numbers=np.empty(2, dtype=np.int64),
    )


@compiled_part
def search_attack(problem, budget, search, attack):
    """Whether `budget` flips can bring every lead over the target down to ``closed_at``; the attack, if they can."""
    search.numbers[0] = 0
    for p in range(search.tried_at.shape[0]):
        search.tried_at[p] = -1
    for c in range(problem.classes.shape[0]):
        search.scores_at[0, c] = problem.classes[c].score
    answer = _search_below(problem, search, budget, np.int64(0))
    start_attack(problem, attack)
    if answer == POSSIBLE:
        for p in range(search.numbers[1]):
            add_flip(problem, attack, search.flips[p].row, search.flips[p].label)
    return answer


@compiled_part
def _search_below(problem, search, budget, depth):
    """The answer once `depth` flips are made and `budget` are left."""
    row, labels, flippable, target = problem.row, problem.labels, problem.flippable, problem.target
    score_weight, allowed = problem.rules.score_weight, problem.rules.allowed
    anything = allowed.shape[0] == 0
    rival, lead, n_rows = _hardest_rival(problem, search, budget, depth)
    if rival < 0:
        search.numbers[1] = depth
        return POSSIBLE
    if n_rows == 0:
        return IMPOSSIBLE
    search.numbers[0] += 1
    if search.numbers[0] > _NODES or depth == _DEEPEST:
        return UNDECIDED
    for p in range(flippable.shape[0]):
        i = flippable[p]
        may_win, may_lose = anything or allowed[i, target], anything or allowed[i, rival]
        share = closes(row[i], labels[i], rival, target, score_weight[rival], score_weight[target], may_win, may_lose)
        if search.tried_at[p] >= 0 or share * budget < lead:
            continue
        search.tried_at[p] = depth
        for label in range(problem.classes.shape[0]):
            if label == labels[i] or not (anything or allowed[i, label]):
                continue
            # a positive weight does best with the target, if it may; where others do best, has to be tried
            if (label == target) != (row[i] > 0.0 and may_win):
                continue
            search.flips[depth].row = i
            search.flips[depth].label = label
            for c in range(problem.classes.shape[0]):
                search.scores_at[depth + 1, c] = search.scores_at[depth, c]
            search.scores_at[depth + 1, labels[i]] -= score_weight[labels[i]] * row[i]
            search.scores_at[depth + 1, label] += score_weight[label] * row[i]
            answer = _search_below(problem, search, budget - 1, depth + 1)
            if answer != IMPOSSIBLE:
                return answer
    for p in range(flippable.shape[0]):
        if search.tried_at[p] == depth:
            search.tried_at[p] = -1
    return IMPOSSIBLE


@njit(inline="always")
def _hardest_rival(problem, search, budget, depth):
    """The class whose lead the fewest rows can take their share of, its lead, and how many rows can.

    The class is -1 if no lead is left to close.
    """
    row, labels, flippable, target = problem.row, problem.labels, problem.flippable, problem.target
    score_weight, allowed = problem.rules.score_weight, problem.rules.allowed
    anything = allowed.shape[0] == 0
    hardest, hardest_lead, fewest = -1, 0.0, 0
    for j in range(problem.classes.shape[0]):
        lead = search.scores_at[depth, j] - search.scores_at[depth, target] - problem.classes[j].closed_at
        if j == target or lead <= 0.0:
            continue
        n_rows = 0
        if budget > 0:
            for p in range(flippable.shape[0]):
                i = flippable[p]
                may_win, may_lose = anything or allowed[i, target], anything or allowed[i, j]
                share = closes(row[i], labels[i], j, target, score_weight[j], score_weight[target], may_win, may_lose)
                n_rows += search.tried_at[p] < 0 and share * budget >= lead
        if hardest < 0 or n_rows < fewest:
            hardest, hardest_lead, fewest = j, lead, n_rows
    return hardest, hardest_lead, fewest
