"""How many flips it takes each class to overtake one class that leads: a single walk down the order of |a|.

For target c to overtake the class that is to lose, the gap ``f_loser - f_c`` has to close. Relabelling row i closes
it by ``2 |a_i|`` ("double") if the row is of the loser with a_i > 0 or of c with a_i < 0, by ``|a_i|`` ("single") if
it is of a third class, and by nothing otherwise. The least number of flips takes these amounts from the largest down.

All targets share one walk, because they share nearly all amounts. Doubles of the loser close every gap; a single
closes every gap but that of its own class; a double of class c closes the gap of c alone. So one sum holds what is
common to all, and each target keeps ``remaining``: what the common sum has to reach. Nothing is compared until it
reaches the least of them. Where there are many rows, the walk goes down their order of |a|, once for doubles and once
for singles at the same time. Where there are few, the largest amount is searched for each time.
"""

import numpy as np
from numba import njit

from ...results import UNBOUNDED
from ._order import SORTED, extend_order

FEW_ROWS = 64
"""Up to so many rows, the walk searches for the largest amount instead of going down an order."""


@njit(cache=True, nogil=True)
def new_overtaking(n_classes, n_rows, paired):
    """Arrays that `overtake` fills in, and its workspace; without `also_closed` if not `paired`.

    ``flips[c]``: flips after which c has overtaken, `UNBOUNDED` if none do; ``closed[c]``: by how much they close the
    gap; ``also_closed[c, j]``: by how much the same number of flips closes the gap between j and c, at least;
    ``steps[c]``: how far the walk had come; ``walk``: ``2 * row`` for each step, plus 1 if it was a double.
    """
    return (
        np.empty(n_classes, np.int64),
        np.empty(n_classes),
        np.empty((n_classes if paired else 0, n_classes)),
        np.empty(n_classes, np.int64),
        np.empty(2 * n_rows, np.int64),
        np.empty(n_classes),
        np.empty(n_classes, np.int64),
        np.empty(n_classes),
        np.empty(n_classes, np.bool_),
        np.empty(n_classes, np.int64),
        np.empty(FEW_ROWS),
    )


@njit(cache=True, nogil=True)
def overtake(order, row, labels, flippable, loser, targets, needed, strict, overtaking):
    """Least flips, at least one, that close ``needed[c]`` (more than it, where ``strict[c]``), for all c in `targets`.

    Parameters
    ----------
    order : tuple of ndarrays
        Order of |a|, started by `start_order`, and sorted further here; not used for few rows.
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
    keys, rows, tags, _, state = order[:5]
    flips, closed, also_closed, steps, walk, remaining, own, net, racing, racers, amounts = overtaking
    n, n_sorted = flippable.shape[0], state[SORTED]
    few = n <= FEW_ROWS
    if few:
        _amounts_of_few(row, labels, flippable, loser, amounts)
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
    single, double, n_steps = 0, 0, 0
    while n_racers > 0 and n > 0:
        if few:
            p = _largest_of_few(amounts, n)
            amount, i = amounts[p], flippable[p]
            label, negative, size = labels[i], row[i] < 0.0, abs(float(row[i]))
            is_double = label == loser or amount > size
            # the double of another class closes its own gap, and comes again as a single for all others
            amounts[p] = size if is_double and label != loser else 0.0
            if is_double and label != loser and not racing[label]:
                continue
        else:
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
            is_double = by_double > 0.0
            p = double if is_double else single
            amount, i, label, negative = 0.0, 0, 0, False
            if is_double or by_single > 0.0:
                amount, i = by_double if is_double else by_single, rows[p]
                label, negative = tags[p] >> 1, tags[p] & 1 == 1
            double += is_double
            single += not is_double
        if amount == 0.0:
            break  # nothing is left that closes any gap
        walk[n_steps] = 2 * i + is_double
        n_steps += 1
        if is_double and label != loser:
            remaining[label] -= amount
            own[label] += 1
            least = min(least, remaining[label])
        else:
            common += amount
            n_common += 1
            if is_double:
                from_loser += 0.5 * amount
            else:
                remaining[label] += amount
                own[label] -= 1
                net[label] += -amount if negative else amount
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
                steps[c] = n_steps
                for j in range(needed.shape[0] if also_closed.shape[0] > 0 else 0):
                    also_closed[c, j] = closed[c] - from_loser + net[j]
    # what needs nothing closed, a tie but for rounding or a class whose first row puts it ahead, takes any one flip
    for r in range(n_racers):
        c = racers[r]
        if needed[c] < 0.0 or (needed[c] == 0.0 and not strict[c]):
            flips[c], closed[c], steps[c] = 1, 0.0, 0
            if also_closed.shape[0] > 0:
                also_closed[c] = -np.inf


@njit(nogil=True, inline="always")
def _amounts_of_few(row, labels, flippable, loser, amounts):
    """What the first use of each row closes: 2 |a| as a double, |a| as a single, or nothing."""
    for p in range(flippable.shape[0]):
        a, of_loser = float(row[flippable[p]]), labels[flippable[p]] == loser
        amounts[p] = (2.0 * a if a > 0.0 else 0.0) if of_loser else (a if a > 0.0 else -2.0 * a)


@njit(nogil=True, inline="always")
def _largest_of_few(amounts, n):
    """Position of the largest amount; the bits of non-negative numbers are in the order of the numbers."""
    bits = amounts.view(np.int64)
    largest = np.int64(0)
    for p in range(n):
        largest = max(largest, bits[p])
    place = n - 1
    for p in range(n):
        place = min(place, p if bits[p] == largest else n)
    return place
