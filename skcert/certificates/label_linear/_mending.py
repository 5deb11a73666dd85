"""Attacks from above: complete an attack, flip by flip, then take back the flips that later ones made superfluous."""

import numpy as np
from numba import njit

from ..._utils import compiled_part
from .._heap import make_heap, pop_largest
from .._rules import best_label, closes
from ._target_problem import add_flip, leader_over, relabel


@compiled_part
def mend(problem, attack, flipped, keys, heap):
    """Complete an attack until the target wins, and prune it; without any way to, its size becomes -1.

    ``flipped`` (n_train,), ``keys`` and ``heap`` (n_flippable,) are workspace.
    """
    for i in range(flipped.shape[0]):
        flipped[i] = False
    for p in range(attack.size[0]):
        flipped[attack.flips[p].row] = True
    leader = leader_over(problem, attack)
    while leader != problem.target:
        best = _best_flip(problem, attack.standing[problem.target].n_rows, flipped, leader)
        if best < 0:
            attack.size[0] = -1
            return
        flipped[best] = True
        new_label = problem.target
        if attack.standing[problem.target].n_rows > 0:
            new_label = best_label(
                problem.rules, problem.row[best], best, problem.labels[best], leader, problem.target
            )
        add_flip(problem, attack, best, new_label)
        leader = leader_over(problem, attack)
    _prune(problem, attack, keys, heap)


@njit(inline="always")
def _best_flip(problem, n_rows, flipped, leader):
    """The row whose flip takes most off the lead of `leader`, or, if the target has no row, the largest weight.

    -1 if there is none. The last row of the target stays.
    """
    row, labels, target, allowed = problem.row, problem.labels, problem.target, problem.rules.allowed
    of_leader, of_target = problem.rules.score_weight[leader], problem.rules.score_weight[target]
    anything = allowed.shape[0] == 0
    best, best_gain = np.int64(-1), 0.0
    for i in problem.flippable:
        if flipped[i]:
            continue
        may_win, may_lose = anything or allowed[i, target], anything or allowed[i, leader]
        if n_rows == 0:
            if may_win and (best < 0 or row[i] > best_gain):
                best, best_gain = i, row[i]
            continue
        gain = closes(row[i], labels[i], leader, target, of_leader, of_target, may_win, may_lose)
        if gain > best_gain and not (labels[i] == target and n_rows == 1):
            best, best_gain = i, gain
    return best


@njit(inline="always")
def _prune(problem, attack, keys, heap):
    """Take back the flips that the rest can do without, those of the smallest weights first."""
    n_flips = attack.size[0]
    for p in range(n_flips):
        heap[p] = p
        keys[p] = -abs(problem.row[attack.flips[p].row])
    make_heap(heap, keys, n_flips)
    for popped in range(n_flips):
        flip = attack.flips[pop_largest(heap, keys, n_flips - popped)]
        old, weight = problem.labels[flip.row], problem.row[flip.row]
        relabel(problem, attack, flip.label, old, weight)
        if leader_over(problem, attack) == problem.target:
            flip.row = -1
        else:
            relabel(problem, attack, old, flip.label, weight)
    kept = 0
    for p in range(n_flips):
        if attack.flips[p].row >= 0:
            attack.flips[kept].row = attack.flips[p].row
            attack.flips[kept].label = attack.flips[p].label
            kept += 1
    attack.size[0] = kept
