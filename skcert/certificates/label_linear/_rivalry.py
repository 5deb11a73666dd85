"""From the flips that overtake the predicted class to the flips that come before all classes.

A target has to come before all classes. Most of them it overtakes with no more flips than it takes to overtake the
predicted class, which can be seen without a walk of their own: because the same flips close the gap, or because as
many of the largest weights of the class to overtake do. A pair dropped wrongly could only lower a lower bound.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled
from ...results import UNBOUNDED
from ._order import SORTED

_N_STRONGEST = 8


class Rivalry(NamedTuple):
    """Which pairs of classes still have to be looked at."""

    behind: np.ndarray
    """(n_classes, n_classes), bool: whether class c may need more flips to overtake class j than is known yet."""
    waiting: np.ndarray
    """(n_classes,): how many classes are behind class j."""
    scores: np.ndarray
    """(n_classes,): scores of the classes that have to be overtaken, -inf for the others."""
    to_vanish: np.ndarray
    """(n_classes,): flips that leave a class no row."""
    strongest: np.ndarray
    """``strongest[r, j]``: no more than the sum of the r largest positive weights of class j."""


def new_rivalry(classes, paired):
    """Arrays for pairs of classes; there are none unless `paired`."""
    n_classes = classes.shape[0] if paired else 0
    return Rivalry(
        behind=np.empty((n_classes, n_classes), dtype=bool),
        waiting=np.empty(n_classes, dtype=np.int64),
        scores=np.empty(n_classes),
        to_vanish=classes["to_vanish"][:n_classes].copy(),
        strongest=np.empty((_N_STRONGEST + 1, n_classes)),
    )


@compiled
def find_pairs(order, margin, predicted, race, rivalry, flips_to_class):
    """Start with the pairs that ``flips_to_class``, the flips that get a class past the predicted one, leave open.

    ``race.also_closed`` is that of the race past the predicted class, and ``-inf`` in the rows of classes that reach
    ``flips_to_class`` in another way.
    """
    if _find_behind(margin, predicted, flips_to_class, race, rivalry) > 0:
        _find_strongest(order, race.classes, rivalry.strongest)
        _drop_by_strongest(margin, flips_to_class, race.classes, rivalry)


@njit(inline="always")
def _find_behind(margin, predicted, flips, race, rivalry):
    """Start with the pairs whose gap is not closed yet by the flips that overtake the predicted class.

    A class without rows is in nobody's way, and one whose rows so many flips can take all away no longer either.
    Returns how many pairs there are.
    """
    classes, also_closed, behind, waiting = race.classes, race.also_closed, rivalry.behind, rivalry.waiting
    scores, to_vanish = rivalry.scores, rivalry.to_vanish
    for j in range(classes.shape[0]):
        waiting[j] = 0
        scores[j] = classes[j].score if classes[j].n_rows > 0 and j != predicted else -np.inf
    n_waiting = 0
    for c in range(classes.shape[0]):
        own, possible = classes[c].score, c != predicted and flips[c] < UNBOUNDED
        for j in range(classes.shape[0]):
            gap = scores[j] - own
            ahead = ((gap > 0.0) | ((gap == 0.0) & (c > j))) & (to_vanish[j] > flips[c])
            behind[c, j] = ahead & possible & (also_closed[c, j] <= gap - margin)
            waiting[j] += behind[c, j]
            n_waiting += behind[c, j]
    return n_waiting


@njit(inline="always")
def _find_strongest(order, classes, strongest):
    """Fill in ``strongest``, as far as the order is sorted."""
    for j in range(classes.shape[0]):
        strongest[0, j] = 0.0
        classes[j].n_strongest = 0
    for p in range(order.state[SORTED]):
        j = order.tags[p] >> 1
        r = classes[j].n_strongest + 1
        if not order.tags[p] & 1 and r <= _N_STRONGEST:
            classes[j].n_strongest = r
            strongest[r, j] = strongest[r - 1, j] + order.keys[p]
    for j in range(classes.shape[0]):
        for r in range(classes[j].n_strongest + 1, _N_STRONGEST + 1):
            strongest[r, j] = strongest[r - 1, j]


@njit(inline="always")
def _drop_by_strongest(margin, flips, classes, rivalry):
    """Drop pairs whose gap as many flips close among the largest weights of the class to overtake, all doubles."""
    behind, waiting, strongest = rivalry.behind, rivalry.waiting, rivalry.strongest
    for j in range(classes.shape[0]):
        for c in range(classes.shape[0] if waiting[j] > 0 else 0):
            r = flips[c] if flips[c] < _N_STRONGEST else _N_STRONGEST
            gap = classes[j].score - classes[c].score
            if behind[c, j] and 2.0 * strongest[r, j] > gap - margin:
                behind[c, j] = False
                waiting[j] -= 1


@compiled
def leader_waited_for(rivalry):
    """The class with the largest score that some class is behind, -1 if there is none."""
    best = np.int64(-1)
    for j in range(rivalry.waiting.shape[0]):
        if rivalry.waiting[j] > 0 and (best < 0 or rivalry.scores[j] > rivalry.scores[best]):
            best = j
    return best


@compiled
def raise_flips(margin, loser, race, rivalry, flips_to_class):
    """Raise ``flips_to_class`` after a race past `loser`, and drop the pairs that are settled by it."""
    classes, also_closed, behind, scores = race.classes, race.also_closed, rivalry.behind, rivalry.scores
    for c in range(classes.shape[0]):
        if not classes[c].runs:
            continue
        by_race, by_vanishing = classes[c].flips, classes[loser].to_vanish
        flips = by_race if by_race < by_vanishing else by_vanishing
        if flips < flips_to_class[c]:
            flips = flips_to_class[c]
        flips_to_class[c] = flips
        for j in range(classes.shape[0]):
            too = (by_race <= flips) & (also_closed[c, j] > scores[j] - classes[c].score - margin)
            settled = (j == loser) | (rivalry.to_vanish[j] <= flips) | too
            rivalry.waiting[j] -= behind[c, j] & settled
            behind[c, j] &= not settled
