"""From the flips that overtake the predicted class to the flips that come before all classes.

A target has to come before all classes. Most of them it overtakes with no more flips than it takes to overtake the
predicted class, which can be seen without a walk of their own: the same flips close the gap. A pair dropped wrongly
could only lower a lower bound.
"""

from typing import NamedTuple

import numpy as np

from ..._utils import compiled_part
from ...results import UNBOUNDED


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


def new_rivalry(classes, paired):
    """Arrays for pairs of classes; there are none unless `paired`."""
    n_classes = classes.shape[0] if paired else 0
    return Rivalry(
        behind=np.empty((n_classes, n_classes), dtype=bool),
        waiting=np.empty(n_classes, dtype=np.int64),
        scores=np.empty(n_classes),
        to_vanish=classes["to_vanish"][:n_classes].copy(),
    )


@compiled_part
def find_pairs(margin, predicted, race, rivalry, flips_to_class):
    """Start with the pairs that ``flips_to_class``, the flips that get a class past the predicted one, leave open.

    ``race.also_closed`` is that of the race past the predicted class, and ``-inf`` in the rows of classes that reach
    ``flips_to_class`` in another way. A class without rows is in nobody's way, and one that so many flips can empty is
    no longer in the way either.
    """
    classes, also_closed, behind, waiting = race.classes, race.also_closed, rivalry.behind, rivalry.waiting
    scores, to_vanish = rivalry.scores, rivalry.to_vanish
    for j in range(classes.shape[0]):
        waiting[j] = 0
        scores[j] = classes[j].score if classes[j].n_rows > 0 and j != predicted else -np.inf
    for c in range(classes.shape[0]):
        own, flips = classes[c].score, flips_to_class[c]
        possible = c != predicted and flips < UNBOUNDED
        for j in range(classes.shape[0]):
            gap = scores[j] - own
            ahead = ((gap > 0.0) | ((gap == 0.0) & (c > j))) & (to_vanish[j] > flips)
            behind[c, j] = ahead & possible & (also_closed[c, j] <= gap - margin)
            waiting[j] += behind[c, j]


@compiled_part
def leader_waited_for(rivalry):
    """The class with the largest score that some class is behind, -1 if there is none."""
    best = np.int64(-1)
    for j in range(rivalry.waiting.shape[0]):
        if rivalry.waiting[j] > 0 and (best < 0 or rivalry.scores[j] > rivalry.scores[best]):
            best = j
    return best


@compiled_part
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
