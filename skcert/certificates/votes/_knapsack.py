"""What moving votes costs: the multiple-choice knapsack of `_disjoint`, for one pair of classes.

Gains of at most 2 make the knapsack a matter of sorting. Let w1 <= w2 be what a partition asks for gains 1
and 2. If w2 >= 2 w1, its two steps w1 and w2 - w1 are independent *unit* items. Otherwise it is a *whole*
item, gain 2 for w2: of two such partitions used for gain 1 each, one used for gain 2 is cheaper, so an
optimum uses at most one of them for gain 1. Sort both kinds, take prefix sums, try every number of whole
items with and without that one exception: O(P log P).
"""

import numpy as np
from numba import njit

from ...results import UNBOUNDED
from .._no_vote import NO_VOTE

_NEVER = np.int64(2**62)  # a sum of costs that is out of reach


@njit(cache=True, nogil=True)
def fill_prices(votes, costs, known, prices, cheapest_change):
    """What each voter's vote for each class costs, and the least that any other vote costs.

    That is what `costs` say, if they are `known`, and 1 otherwise; 0 for its own vote, and no less than 1 for others.
    """
    for p in range(votes.shape[0]):
        least = np.int64(UNBOUNDED)
        for c in range(prices.shape[1]):
            if c == votes[p]:
                prices[p, c] = 0
            else:
                prices[p, c] = max(np.int64(costs[p, c]), 1) if known else 1
                least = min(least, prices[p, c])
        cheapest_change[p] = least


@njit(cache=True, nogil=True)
def flips_to_gain(votes, costs, cheapest_change, loser, target, gain):
    """Least total cost of moving votes so that `target` gains `gain` on `loser`."""
    movable = ascending_movable(votes, costs, target)
    return flips_from_movable(votes, costs, cheapest_change, movable, loser, target, gain)


@njit(cache=True, nogil=True)
def flips_from_movable(votes, costs, cheapest_change, movable, loser, target, gain):
    if gain <= 0:
        return 0
    units, _, whole_1, whole_2, _ = _items(votes, costs, cheapest_change, movable, loser, target, gain)
    return _cheapest_gain(units, whole_1, whole_2, gain)[0]


@njit(cache=True, nogil=True)
def cheapest_moves(votes, costs, cheapest_change, loser, target, gain):
    """The votes to move at least total cost so that `target` gains `gain` on `loser`.

    Returns the cost, and per partition 0 (stay), 1 (away from `loser`) or 2 (to `target`).
    """
    moves = np.zeros(votes.shape[0], np.int64)
    if gain <= 0:
        return 0, moves
    movable = ascending_movable(votes, costs, target)
    units, unit_owners, whole_1, whole_2, whole_owners = _items(
        votes, costs, cheapest_change, movable, loser, target, gain
    )
    cost, n_whole, exception, n_units = _cheapest_gain(units, whole_1, whole_2, gain)
    if cost == UNBOUNDED:
        return cost, moves
    for h in range(n_whole):
        moves[whole_owners[h]] = 2
    if exception >= 0:
        moves[whole_owners[exception]] = 1
    for u in range(n_units):
        p = unit_owners[u]
        # both steps of a partition make a vote for `target`, and so does the one of a vote for a third class
        moves[p] = 2 if votes[p] != loser else moves[p] + 1
    return cost, moves


@njit(cache=True, nogil=True)
def ascending_movable(votes, costs, target):
    """Partitions whose vote can be moved to `target`, by ascending cost of that."""
    movable = np.empty(votes.shape[0], np.int64)
    price = np.empty(votes.shape[0], np.int64)
    n = 0
    for p in range(votes.shape[0]):
        if votes[p] != NO_VOTE and votes[p] != target and costs[p, target] < UNBOUNDED:
            movable[n], price[n] = p, costs[p, target]
            n += 1
    return movable[:n][_ascending(price[:n])]


@njit(cache=True, nogil=True)
def _ascending(values):
    """Order of whole numbers, by counting where they span a range that is not much longer than they are many."""
    n = values.shape[0]
    if n == 0:
        return np.empty(0, np.int64)
    least = values.min()
    span = values.max() - least + 1
    if span > 2 * n + 64:
        return np.argsort(values)
    places = np.zeros(span + 1, np.int64)
    for i in range(n):
        places[values[i] - least + 1] += 1
    for v in range(span):
        places[v + 1] += places[v]
    order = np.empty(n, np.int64)
    for i in range(n):
        v = values[i] - least
        order[places[v]] = i
        places[v] += 1
    return order


@njit(cache=True, nogil=True)
def _items(votes, costs, cheapest_change, movable, loser, target, gain):
    """Unit items, the `gain` cheapest in ascending order, and whole items by ascending cost of gain 2.

    Returned with the partitions that they belong to. ``movable`` are the partitions that can vote for `target`, by
    ascending cost of that.
    """
    n_partitions = votes.shape[0]
    steps = np.empty(2 * n_partitions, np.int64)  # unit items of the loser's votes
    step_owners = np.empty(2 * n_partitions, np.int64)
    whole_1 = np.empty(n_partitions, np.int64)  # what a whole item asks for gain 1 ...
    whole_2 = np.empty(n_partitions, np.int64)  # ... and for gain 2
    whole_owners = np.empty(n_partitions, np.int64)
    n_steps, n_whole = 0, 0
    for p in movable:
        if votes[p] != loser:
            continue
        to_target, away = np.int64(costs[p, target]), cheapest_change[p]
        if to_target < 2 * away:
            whole_1[n_whole], whole_2[n_whole], whole_owners[n_whole] = away, to_target, p
            n_whole += 1
        else:
            steps[n_steps], step_owners[n_steps] = away, p
            steps[n_steps + 1], step_owners[n_steps + 1] = to_target - away, p
            n_steps += 2
    for p in range(n_partitions):
        # votes that can be moved away, but not to the target
        if votes[p] == loser and costs[p, target] >= UNBOUNDED and cheapest_change[p] < UNBOUNDED:
            steps[n_steps], step_owners[n_steps] = cheapest_change[p], p
            n_steps += 1
    step_order = _ascending(steps[:n_steps])
    units = np.empty(gain, np.int64)
    unit_owners = np.empty(gain, np.int64)
    n_units, s, m = 0, 0, 0
    while n_units < gain:
        while m < movable.shape[0] and votes[movable[m]] == loser:
            m += 1
        by_step = steps[step_order[s]] if s < n_steps else _NEVER
        by_third = np.int64(costs[movable[m], target]) if m < movable.shape[0] else _NEVER
        if by_step == _NEVER and by_third == _NEVER:
            break
        if by_third < by_step:
            units[n_units], unit_owners[n_units] = by_third, movable[m]
            m += 1
        else:
            units[n_units], unit_owners[n_units] = by_step, step_owners[step_order[s]]
            s += 1
        n_units += 1
    return units[:n_units], unit_owners[:n_units], whole_1[:n_whole], whole_2[:n_whole], whole_owners[:n_whole]


@njit(cache=True, nogil=True)
def _cheapest_gain(units, whole_1, whole_2, gain):
    """Least cost of gain `gain` from unit items, ascending, and whole items, ascending by `whole_2`.

    Returns the cost (`UNBOUNDED` if out of reach) and what it buys: how many of the cheapest whole items, the whole
    item used for gain 1 (-1 for none; it may be among the former, and then replaces its gain 2), and how many units.
    """
    n_units, n_whole = units.shape[0], whole_2.shape[0]
    unit_sum = np.zeros(n_units + 1, np.int64)
    for u in range(n_units):
        unit_sum[u + 1] = unit_sum[u] + units[u]
    # cheapest_beyond[h]: the item with the least gain-1 cost among those that are not among the h cheapest
    cheapest_beyond = np.empty(n_whole, np.int64)
    for h in range(n_whole - 1, -1, -1):
        other = cheapest_beyond[h + 1] if h + 1 < n_whole else h
        cheapest_beyond[h] = h if whole_1[h] < whole_1[other] else other
    best, best_whole, best_exception, best_units = _NEVER, 0, -1, 0
    whole_sum = np.int64(0)  # of the h cheapest whole items
    saver = -1  # of the h + 1 cheapest, the item that saves most when used for gain 1 instead of 2
    for h in range(n_whole + 1):
        rest = max(gain - 2 * h, 0)
        if rest <= n_units and whole_sum + unit_sum[rest] < best:
            best, best_whole, best_exception, best_units = whole_sum + unit_sum[rest], h, -1, rest
        if h == n_whole or 2 * h >= gain:
            break
        if saver < 0 or whole_2[h] - whole_1[h] > whole_2[saver] - whole_1[saver]:
            saver = h
        rest = max(gain - 2 * h - 1, 0)
        if rest <= n_units:
            one_inside = whole_sum + whole_2[h] - whole_2[saver] + whole_1[saver] + unit_sum[rest]
            if one_inside < best:
                best, best_whole, best_exception, best_units = one_inside, h + 1, saver, rest
            one_beyond = whole_sum + whole_1[cheapest_beyond[h]] + unit_sum[rest]
            if one_beyond < best:
                best, best_whole, best_exception, best_units = one_beyond, h, cheapest_beyond[h], rest
        whole_sum += whole_2[h]
    return min(best, UNBOUNDED), best_whole, best_exception, best_units
