"""Which classes a target still has to be compared with, once it is known how many flips overtake the predicted one.

A target has to come before all classes. Most of them it overtakes with no more flips than it takes to overtake the
predicted class, which can be seen without a walk of their own: because the same flips close the gap, or because as
many of the largest weights of the class to overtake do. A pair dropped wrongly could only lower a lower bound.

The state is a tuple of arrays, made by `new_rivalry`:

- ``behind[c, j]``: whether class c may need more flips to overtake class j than is known yet;
- ``waiting[j]``: how many targets are behind j;
- ``strongest[r, j]``: no more than the sum of the r largest positive weights of class j;
- ``n_strongest[j]``: how many such weights it has, as far as that is known.

The functions are written into their caller: to hand over the arrays takes as long as what is done with them.
"""

import numpy as np
from numba import njit

from ...results import UNBOUNDED
from ._order import SORTED
from ._overtaking import FEW_ROWS

_N_STRONGEST = 8


@njit(nogil=True, inline="always")
def new_rivalry(n_classes):
    return (
        np.empty((n_classes, n_classes), np.bool_),
        np.empty(n_classes, np.int64),
        np.empty((_N_STRONGEST + 1, n_classes)),
        np.empty(n_classes, np.int64),
    )


@njit(nogil=True, inline="always")
def find_behind(scores, margin, predicted, flips, also_closed, counts, to_vanish, rivalry):
    """Start with the pairs whose gap is not closed yet by the flips that overtake the predicted class.

    A class without rows is in nobody's way, and one whose rows so many flips can take all away no longer either.
    """
    behind, waiting = rivalry[:2]
    waiting[:] = 0
    for c in range(scores.shape[0]):
        possible = c != predicted and flips[c] < UNBOUNDED
        for j in range(scores.shape[0]):
            gap = scores[j] - scores[c]
            ahead = ((gap > 0.0) | ((gap == 0.0) & (c > j))) & (counts[j] > 0) & (to_vanish[j] > flips[c])
            behind[c, j] = ahead & (also_closed[c, j] <= gap - margin) & possible & (j != predicted)
            waiting[j] += behind[c, j]


@njit(nogil=True, inline="always")
def find_strongest(order, row, labels, flippable, rivalry):
    """Fill in ``strongest``; by averages where rows are few, and not in order."""
    _, _, strongest, n_strongest = rivalry
    keys, _, tags, _, state = order[:5]
    strongest[:] = 0.0
    n_strongest[:] = 0
    if flippable.shape[0] <= FEW_ROWS:
        for i in flippable:
            if row[i] > 0.0:
                n_strongest[labels[i]] += 1
                strongest[_N_STRONGEST, labels[i]] += row[i]
        for j in range(strongest.shape[1]):
            mean = strongest[_N_STRONGEST, j] / max(n_strongest[j], 1)
            for r in range(_N_STRONGEST + 1):
                strongest[r, j] = min(r, n_strongest[j]) * mean
        return
    for p in range(state[SORTED]):
        j = tags[p] >> 1
        if not tags[p] & 1 and n_strongest[j] < _N_STRONGEST:
            n_strongest[j] += 1
            strongest[n_strongest[j], j] = strongest[n_strongest[j] - 1, j] + keys[p]
    for j in range(strongest.shape[1]):
        for r in range(n_strongest[j] + 1, _N_STRONGEST + 1):
            strongest[r, j] = strongest[r - 1, j]


@njit(nogil=True, inline="always")
def drop_by_strongest(scores, margin, flips, rivalry):
    """Drop pairs whose gap as many flips close among the largest weights of the class to overtake, all doubles."""
    behind, waiting, strongest, _ = rivalry
    for j in range(scores.shape[0]):
        if waiting[j] == 0:
            continue
        for c in range(scores.shape[0]):
            r = min(flips[c], _N_STRONGEST)
            if behind[c, j] and 2.0 * strongest[r, j] > scores[j] - scores[c] - margin:
                behind[c, j] = False
                waiting[j] -= 1


@njit(nogil=True, inline="always")
def leader_waited_for(scores, rivalry):
    """The class with the largest score that some target is behind."""
    waiting = rivalry[1]
    best = -1
    for j in range(scores.shape[0]):
        if waiting[j] > 0 and (best < 0 or scores[j] > scores[best]):
            best = j
    return best


@njit(nogil=True, inline="always")
def drop_by_also_closed(scores, margin, target, loser, flips, also_closed, to_vanish, rivalry):
    """Drop the pairs of a target that has overtaken `loser`, and those whose gap these flips close, too."""
    behind, waiting = rivalry[:2]
    for j in range(scores.shape[0]):
        done = j == loser or to_vanish[j] <= flips or also_closed[j] > scores[j] - scores[target] - margin
        waiting[j] -= behind[target, j] & done
        behind[target, j] &= not done
