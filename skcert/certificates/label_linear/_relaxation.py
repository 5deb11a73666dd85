"""Bounds from below by Lagrangian relaxation, and the attacks that they suggest.

Any weights lambda_j >= 0 with sum 1 turn "f_c comes before every f_j" into one condition,
``sum_j lambda_j (f_j - f_c) <= 0``, to which rows contribute independently: relabelling row i takes off at most
``D_i = a_i (1 - p_i)`` if a_i > 0 and ``|a_i| (p_i + max_j lambda_j)`` otherwise, with p_i = 1 for rows of class c and
``-lambda_j`` for rows of class j. The least r for which the r largest D_i close ``sum_j lambda_j (f_j - f_c)`` is a
lower bound for every lambda; all weight on one class gives back the bound of `certify_label_linear`.

A class that the attack leaves without rows is in nobody's way. So a combination of conditions holds only for attacks
of fewer flips than any of its classes has rows (never, if one of these rows cannot be flipped).
"""

import numpy as np

from ..._utils import compiled
from .._heap import make_heap, pop_largest
from ._target_problem import add_flip, start_attack


@compiled
def relaxed_attack(problem, attack, keys, heap):
    """The fewest flips that close the combined gap, or all rows if even they do not; returns the lower bound."""
    row, labels, flippable, classes = problem.row, problem.labels, problem.flippable, problem.classes
    target, needed, heaviest = problem.target, -problem.slack, 0
    for j in range(classes.shape[0]):
        needed += classes[j].multiplier * (classes[j].score - classes[target].score)
        if classes[j].multiplier > classes[heaviest].multiplier or heaviest == target:
            heaviest = j
    size = np.int64(0)
    for p in range(flippable.shape[0]):
        a, label = row[flippable[p]], labels[flippable[p]]
        own = 1.0 if label == target else -classes[label].multiplier
        keys[p] = a * (1.0 - own) if a > 0.0 else -a * (own + classes[heaviest].multiplier)
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
        add_flip(problem, attack, flippable[p], target if row[flippable[p]] > 0.0 else heaviest)
    lower = attack.size[0]
    for j in range(classes.shape[0]):
        if classes[j].multiplier > 0.0 and classes[j].to_vanish < lower:
            lower = classes[j].to_vanish
    return lower


@compiled
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
