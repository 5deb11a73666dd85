"""How many flips it takes each class to overtake one class that leads: a single walk down the order of |a|.

For target c to overtake the class that is to lose, the gap ``f_loser - f_c`` has to close. Relabelling row i closes
it by ``2 |a_i|`` ("double") if the row is of the loser with a_i > 0 or of c with a_i < 0, by ``|a_i|`` ("single") if
it is of a third class, and by nothing otherwise. The least number of flips takes these amounts from the largest down.

All targets share one walk, because they share nearly all amounts. Doubles of the loser close every gap; a single
closes every gap but that of its own class; a double of class c closes the gap of c alone. So one sum holds what is
common to all, and each target keeps ``remaining``: what the common sum has to reach. Nothing is compared until it
reaches the least of them.
"""

import numpy as np
from numba import njit

from ._descending_order import SORTED, extend_order
from ._unbounded import UNBOUNDED


@njit(cache=True, nogil=True)
def new_overtaking(n_classes):
    """Arrays that `overtake` fills in, and its workspace.

    ``flips[c]``: flips after which c has overtaken, `UNBOUNDED` if none do; ``closed[c]``: by how much they close the
    gap; ``singles[c]``, ``doubles[c]``: positions in the order below which they are found; ``also_closed[c, j]``: by
    how much the same number of flips closes the gap between j and c, at least.
    """
    return (
        np.empty(n_classes, np.int64),
        np.empty(n_classes),
        np.empty(n_classes, np.int64),
        np.empty(n_classes, np.int64),
        np.empty((n_classes, n_classes)),
        np.empty(n_classes),
        np.empty(n_classes, np.int64),
        np.empty(n_classes),
        np.empty(n_classes, np.bool_),
        np.empty(n_classes, np.int64),
    )


@njit(cache=True, nogil=True)
def overtake(order, row, labels, flippable, loser, targets, needed, strict, overtaking):
    """Least flips, at least one, that close ``needed[c]`` (more than it, where ``strict[c]``), for all c in `targets`.

    Parameters
    ----------
    order : tuple of ndarrays
        Order of |a|, started by `start_order`; sorted further here.
    row, labels : ndarrays of shape (n_train,)
        Label weights and class indices.
    flippable : ndarray of int
        Rows that the attacker can flip.
    loser : int
        Class to overtake.
    targets : ndarray of shape (n_classes,), bool
        Classes that are to overtake it; not `loser` itself.
    needed, strict : ndarrays of shape (n_classes,)
        What has to be closed.
    overtaking : tuple of ndarrays
        Made by `new_overtaking`; filled in for `targets`.
    """
    keys, _, tags, _, state = order[:5]
    flips, closed, singles, doubles, also_closed, remaining, own, net, racing, racers = overtaking
    n, n_sorted = keys.shape[0], state[SORTED]
    n_racers, least = 0, np.inf
    for c in range(needed.shape[0]):
        racing[c] = targets[c]
        net[c] = 0.0
        own[c] = 0
        remaining[c] = needed[c]
        if targets[c]:
            flips[c] = UNBOUNDED
            racers[n_racers] = c
            n_racers += 1
            least = min(least, needed[c])
    common, from_loser = 0.0, 0.0  # what common flips close, and the part of it that the loser's own rows make
    n_common = 0
    single, double = 0, 0
    while n_racers > 0:
        # the next single: a row of another class
        by_single = 0.0
        while True:
            if single >= n_sorted:
                if n_sorted >= n:
                    break
                n_sorted = extend_order(order, row, labels, flippable)
            if tags[single] >> 1 != loser:
                by_single = keys[single]
                break
            single += 1
        # the next double, unless the single closes more than any double from here on
        by_double = 0.0
        while True:
            if double >= n_sorted:
                if n_sorted >= n:
                    break
                n_sorted = extend_order(order, row, labels, flippable)
            if 2.0 * keys[double] <= by_single:
                break
            tag = tags[double]
            if (tag & 1) == (tag >> 1 != loser) and (tag >> 1 == loser or racing[tag >> 1]):
                by_double = 2.0 * keys[double]
                break
            double += 1
        if by_double > 0.0:
            label = tags[double] >> 1
            if label == loser:
                common += by_double
                from_loser += keys[double]
                n_common += 1
            else:
                remaining[label] -= by_double
                own[label] += 1
                least = min(least, remaining[label])
            double += 1
        elif by_single > 0.0:
            label = tags[single] >> 1
            common += by_single
            n_common += 1
            remaining[label] += by_single
            own[label] -= 1
            net[label] += -by_single if tags[single] & 1 else by_single
            single += 1
        else:
            return  # nothing is left that closes any gap
        if common >= least:
            least = np.inf
            r = 0
            while r < n_racers:
                c = racers[r]
                there = common > remaining[c] or (common == remaining[c] and not strict[c])
                if not there or n_common + own[c] == 0:
                    least = min(least, remaining[c])
                    r += 1
                    continue
                n_racers -= 1
                racers[r] = racers[n_racers]
                racing[c] = False
                flips[c] = n_common + own[c]
                closed[c] = needed[c] + (common - remaining[c])
                singles[c], doubles[c] = single, double
                for j in range(needed.shape[0]):
                    also_closed[c, j] = closed[c] - from_loser + net[j]
