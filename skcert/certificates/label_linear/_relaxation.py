"""Bounds from below by Lagrangian relaxation, and the attacks that they suggest.

Any multipliers lambda_j >= 0 with sum 1 turn "f_c comes before every f_j" into one condition,
``sum_j lambda_j (f_j - f_c) <= 0``, to which rows contribute independently. With score weights w, a label weight of
class j counts ``p_j = lambda_j w_j`` in it, one of class c ``p_c = -w_c``, so relabelling row i from y to k takes off
``D_i = a_i (p_y - p_k)``: most for the target where a_i > 0, and for the class of the largest p otherwise, unless the
row may only get others. The least r for which the r largest D_i close ``sum_j lambda_j (f_j - f_c)`` is a
lower bound for every lambda; all weight on one class gives back the bound of `certify_label_linear`.

A class that the attack leaves without rows is in nobody's way. So a combination of conditions holds only for attacks
of fewer flips than any of its classes has rows (never, if one of these rows cannot be flipped).
"""

import numpy as np

from ..._utils import compiled_part
from .._heap import make_heap, pop_largest
from .._rules import may_get
from ._target_problem import add_flip, start_attack


@compiled_part
def relaxed_attack(problem, attack, keys, heap):
    """The fewest flips that close the combined gap, or all rows if even they do not; returns the lower bound."""
    row, labels, flippable, classes = problem.row, problem.labels, problem.flippable, problem.classes
    target, needed, heaviest = problem.target, -problem.slack, np.int64(0)
    for j in range(classes.shape[0]):
        needed += classes[j].multiplier * (classes[j].score - classes[target].score)
        factor = -1.0 if j == target else classes[j].multiplier
        classes[j].coefficient = factor * problem.rules.score_weight[j]
        if classes[j].coefficient > classes[heaviest].coefficient:
            heaviest = j
    size, restricted = np.int64(0), problem.rules.allowed.shape[0] > 0
    for p in range(flippable.shape[0]):
        i = flippable[p]
        new_label = target if row[i] > 0.0 else heaviest
        if restricted:
            new_label = _label_that_takes_off_most(problem, i, heaviest)
        keys[p] = row[i] * (classes[labels[i]].coefficient - classes[new_label].coefficient)
        if keys[p] > 0.0:
            heap[size] = p
            size += 1
    make_heap(heap, keys, size)
    start_attack(problem, attack)
    closed = 0.0
    while size > 0 and closed < needed:
        p = pop_largest(heap, keys, size)
        size -= 1
        closed += keys[p]
        add_flip(problem, attack, flippable[p], _label_that_takes_off_most(problem, flippable[p], heaviest))
    lower = attack.size[0]
    for j in range(classes.shape[0]):
        if classes[j].multiplier > 0.0 and classes[j].to_vanish < lower:
            lower = classes[j].to_vanish
    return lower


@compiled_part
def _label_that_takes_off_most(problem, i, heaviest):
    """The label of least coefficient where the weight is positive, else of the largest, among those it may get."""
    positive = problem.row[i] > 0.0
    best = problem.target if positive else heaviest
    if may_get(problem.rules, i, best):
        return best
    best = problem.labels[i]
    for j in range(problem.classes.shape[0]):
        more = problem.classes[best].coefficient - problem.classes[j].coefficient
        if may_get(problem.rules, i, j) and (more > 0.0 if positive else more < 0.0):
            best = j
    return best


@compiled_part
def step_multipliers(problem, attack, stride):
    """A subgradient step: more weight on the classes that still lead after the relaxed attack.

    Returns False where there is nowhere to go.
    """
    classes, largest = problem.classes, 0.0
    for j in range(classes.shape[0]):
        matters = j != problem.target and classes[j].n_rows > 0
        lead = attack.standing[j].score - attack.standing[problem.target].score if matters else 0.0
        classes[j].lead = lead
        largest = abs(lead) if abs(lead) > largest else largest
    if largest == 0.0:
        return False
    length = 0.0
    for j in range(classes.shape[0]):
        classes[j].lead /= largest  # whose squares neither overflow nor underflow
        length += classes[j].lead * classes[j].lead
    stride /= np.sqrt(length)
    total = 0.0
    for j in range(classes.shape[0]):
        multiplier = classes[j].multiplier + stride * classes[j].lead
        classes[j].multiplier = multiplier if multiplier > 0.0 and j != problem.target else 0.0
        total += classes[j].multiplier
    if total == 0.0:
        return False
    for j in range(classes.shape[0]):
        classes[j].multiplier /= total
    return True
