"""What moving votes costs: the multiple-choice knapsack of `_disjoint`, for one pair of classes.

Gains of at most 2 make the knapsack a matter of sorting. Let w1 <= w2 be what a partition asks for gains 1
and 2. If w2 >= 2 w1, its two steps w1 and w2 - w1 are independent *unit* items. Otherwise it is a *whole*
item, gain 2 for w2: of two such partitions used for gain 1 each, one used for gain 2 is cheaper, so an
optimum uses at most one of them for gain 1. Sort both kinds, take prefix sums, try every number of whole
items with and without that one exception: O(P log P).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled, compiled_part
from ...results import UNBOUNDED
from .._no_vote import NO_VOTE

_NEVER = np.int64(2**62)  # a sum of costs that is out of reach
_DIGIT_BITS = 11  # of a digit in `sort_values`
_DIGIT = 2**_DIGIT_BITS - 1
_ITEM = np.dtype([("cost", np.int64), ("owner", np.int64)])
_WHOLE = np.dtype([("for_1", np.int64), ("for_2", np.int64), ("owner", np.int64), ("cheapest_beyond", np.int64)])
_PURCHASE = np.dtype([("n_whole", np.int64), ("exception", np.int64), ("n_units", np.int64)])


class Ballot(NamedTuple):
    """The votes on one test row, and what it costs to move them."""

    votes: np.ndarray
    """(n_voters,): class that each voter votes for, or `NO_VOTE`."""
    prices: np.ndarray
    """(n_voters, n_classes): flips that make a voter vote a class; 0 for its own vote, at least 1 elsewhere."""
    cheapest_change: np.ndarray
    """(n_voters,): the least flips for any other vote."""
    movable: np.ndarray
    """(n_voters,): voters whose vote can be moved to the target at hand, by ascending cost of that."""


class Market(NamedTuple):
    """Workspace of `flips_to_gain`, which shows what the least cost buys."""

    steps: np.ndarray
    """(2 n_voters,): unit items of the loser's votes."""
    units: np.ndarray
    """(2 n_voters,): unit items, the cheapest first."""
    whole: np.ndarray
    """(n_voters,): whole items by ascending cost of gain 2: costs of gain 1 and 2, owner, and which item has the least
    cost of gain 1 among those that are not cheaper."""
    unit_sums: np.ndarray
    """(2 n_voters + 1,): costs of the cheapest units."""
    purchase: np.ndarray
    """(1,): how many of the cheapest whole items are bought; the whole item used for gain 1, -1 for none (it may be
    among the former, and then replaces its gain 2); how many units."""
    values: np.ndarray
    """(2 n_voters,), like ``order`` and ``other_order``: workspace of `sort_values`, like ``places``."""
    order: np.ndarray
    other_order: np.ndarray
    places: np.ndarray


def new_ballot(n_voters, n_classes):
    """Arrays for a `Ballot`."""
    return Ballot(
        votes=np.empty(n_voters, dtype=np.int64),
        prices=np.empty((n_voters, n_classes), dtype=np.int64),
        cheapest_change=np.empty(n_voters, dtype=np.int64),
        movable=np.empty(n_voters, dtype=np.int64),
    )


def new_market(n_voters):
    """Arrays for a `Market`."""
    return Market(
        steps=np.empty(2 * n_voters, dtype=_ITEM),
        units=np.empty(2 * n_voters, dtype=_ITEM),
        whole=np.empty(n_voters, dtype=_WHOLE),
        unit_sums=np.zeros(2 * n_voters + 1, dtype=np.int64),
        purchase=np.empty(1, dtype=_PURCHASE),
        values=np.empty(2 * n_voters, dtype=np.int64),
        order=np.empty(2 * n_voters, dtype=np.int64),
        other_order=np.empty(2 * n_voters, dtype=np.int64),
        places=np.empty(_DIGIT + 2, dtype=np.int64),
    )


@compiled_part
def fill_ballot(votes, costs, known, ballot):
    """Enter the votes on one test row, with the costs if they are ``known``, and 1 otherwise."""
    for p in range(votes.shape[0]):
        ballot.votes[p] = votes[p]
        least = np.int64(UNBOUNDED)
        for c in range(ballot.prices.shape[1]):
            price = np.int64(0)
            if c != votes[p]:
                price = np.int64(costs[p, c]) if known else np.int64(1)
                price = price if price > 1 else np.int64(1)
                least = price if price < least else least
            ballot.prices[p, c] = price
        ballot.cheapest_change[p] = least


@compiled_part
def find_movable(ballot, target, market):
    """Fill in ``ballot.movable`` for a target; returns how many voters that are."""
    votes, prices, movable = ballot.votes, ballot.prices, ballot.movable
    n = np.int64(0)
    for p in range(votes.shape[0]):
        if votes[p] != NO_VOTE and votes[p] != target and prices[p, target] < UNBOUNDED:
            market.values[n] = prices[p, target]
            market.steps[n].owner = p
            n += 1
    sort_values(n, market)
    for m in range(n):
        movable[m] = market.steps[market.order[m]].owner
    return n


@njit(inline="always")
def gain_needed(counts, loser, target):
    """By how many votes `target` has to gain on `loser` to come before it."""
    return counts[loser] - counts[target] + (1 if target > loser else 0)


@compiled_part
def flips_to_gain(ballot, n_movable, loser, target, gain, market):
    """Least total cost of moving votes so that `target` gains `gain` on `loser`; `UNBOUNDED` if nothing does.

    ``ballot.movable`` is that of the target.
    """
    if gain <= 0:
        return 0
    n_steps, n_whole = _list_items(ballot, n_movable, loser, target, market)
    n_units = _list_units(ballot, n_movable, n_steps, loser, target, gain, market)
    return _cheapest_gain(n_units, n_whole, gain, market)


@njit(inline="always")
def _list_items(ballot, n_movable, loser, target, market):
    """Fill in the loser's votes, as steps in ascending order or as whole items; returns how many of each there are."""
    votes, prices, cheapest, movable = ballot.votes, ballot.prices, ballot.cheapest_change, ballot.movable
    steps, values, n_steps, n_whole = market.steps, market.values, np.int64(0), np.int64(0)
    for m in range(n_movable):
        p = movable[m]
        if votes[p] != loser:
            continue
        to_target, away = prices[p, target], cheapest[p]
        if to_target < 2 * away:
            item = market.whole[n_whole]
            item.for_1 = away
            item.for_2 = to_target
            item.owner = p
            n_whole += 1
        else:
            values[n_steps], values[n_steps + 1] = away, to_target - away
            steps[n_steps].owner = p
            steps[n_steps + 1].owner = p
            n_steps += 2
    for p in range(votes.shape[0]):
        # votes that can be moved away, but not to the target
        if votes[p] == loser and prices[p, target] >= UNBOUNDED and cheapest[p] < UNBOUNDED:
            values[n_steps] = cheapest[p]
            steps[n_steps].owner = p
            n_steps += 1
    sort_values(n_steps, market)
    return n_steps, n_whole


@njit(inline="always")
def _list_units(ballot, n_movable, n_steps, loser, target, gain, market):
    """Merge steps with votes for third classes: the `gain` cheapest unit items, and their sums; returns how many."""
    votes, prices, movable, units = ballot.votes, ballot.prices, ballot.movable, market.units
    n_units, s, m = 0, 0, 0
    market.unit_sums[0] = 0
    while n_units < gain:
        while m < n_movable and votes[movable[m]] == loser:
            m += 1
        by_step = market.values[market.order[s]] if s < n_steps else _NEVER
        by_third = prices[movable[m], target] if m < n_movable else _NEVER
        if by_step == _NEVER and by_third == _NEVER:
            break
        unit = units[n_units]
        if by_third < by_step:
            unit.cost = by_third
            unit.owner = movable[m]
            m += 1
        else:
            unit.cost = by_step
            unit.owner = market.steps[market.order[s]].owner
            s += 1
        market.unit_sums[n_units + 1] = market.unit_sums[n_units] + unit.cost
        n_units += 1
    return n_units


@njit(inline="always")
def _cheapest_gain(n_units, n_whole, gain, market):
    """Least cost of gain `gain` from the items listed, `UNBOUNDED` if out of reach; what it buys is entered."""
    whole, unit_sums, purchase = market.whole, market.unit_sums, market.purchase[0]
    for h in range(n_whole - 1, -1, -1):
        other = whole[h + 1].cheapest_beyond if h + 1 < n_whole else h
        whole[h].cheapest_beyond = h if whole[h].for_1 < whole[other].for_1 else other
    best, whole_sum = _NEVER, np.int64(0)  # whole_sum: of the h cheapest whole items
    saver = np.int64(-1)  # of the h + 1 cheapest, the item that saves most when used for gain 1 instead of 2
    for h in range(n_whole + 1):
        rest = gain - 2 * h if gain > 2 * h else 0
        if rest <= n_units and whole_sum + unit_sums[rest] < best:
            best = whole_sum + unit_sums[rest]
            _enter(purchase, h, -1, rest)
        if h == n_whole or 2 * h >= gain:
            break
        if saver < 0 or whole[h].for_2 - whole[h].for_1 > whole[saver].for_2 - whole[saver].for_1:
            saver = h
        rest = gain - 2 * h - 1
        if rest <= n_units:
            inside = whole_sum + whole[h].for_2 - whole[saver].for_2 + whole[saver].for_1 + unit_sums[rest]
            if inside < best:
                best = inside
                _enter(purchase, h + 1, saver, rest)
            beyond = whole_sum + whole[whole[h].cheapest_beyond].for_1 + unit_sums[rest]
            if beyond < best:
                best = beyond
                _enter(purchase, h, whole[h].cheapest_beyond, rest)
        whole_sum += whole[h].for_2
    return best if best < UNBOUNDED else np.int64(UNBOUNDED)


@njit(inline="always")
def _enter(purchase, n_whole, exception, n_units):
    purchase.n_whole = n_whole
    purchase.exception = exception
    purchase.n_units = n_units


@compiled_part
def sort_values(n, market):
    """Fill in the ascending order of the first `n` of the ``values``: counting sort, digit by digit."""
    values, order, other, places = market.values, market.order, market.other_order, market.places
    least = most = values[0] if n > 0 else 0
    for i in range(n):
        least = values[i] if values[i] < least else least
        most = values[i] if values[i] > most else most
        order[i] = i
    shift = 0
    while (most - least) >> shift > 0:
        largest = (most - least) >> shift if (most - least) >> shift < _DIGIT else _DIGIT
        for v in range(largest + 2):
            places[v] = 0
        for i in range(n):
            places[((values[i] - least) >> shift & _DIGIT) + 1] += 1
        for v in range(largest):
            places[v + 1] += places[v]
        for i in range(n):
            other[i] = order[i]
        for i in range(n):
            v = (values[other[i]] - least) >> shift & _DIGIT
            order[places[v]] = other[i]
            places[v] += 1
        shift += _DIGIT_BITS


def cheapest_moves(ballot, counts, loser, target, market):
    """The votes to move at least total cost so that `target` comes before `loser`.

    Returns the cost, and per voter 0 (stay), 1 (away from `loser`) or 2 (to `target`).
    """
    moves = np.zeros(ballot.votes.shape[0], dtype=np.int64)
    cost = _flips_to_overtake(ballot, counts, loser, target, market)
    if cost == UNBOUNDED or cost == 0:
        return cost, moves
    purchase = market.purchase[0]
    moves[market.whole["owner"][: purchase["n_whole"]]] = 2
    if purchase["exception"] >= 0:
        moves[market.whole["owner"][purchase["exception"]]] = 1
    for p in market.units["owner"][: purchase["n_units"]]:
        # both steps of a voter make a vote for `target`, and so does the one of a vote for a third class
        moves[p] = 2 if ballot.votes[p] != loser else moves[p] + 1
    return cost, moves


@compiled
def _flips_to_overtake(ballot, counts, loser, target, market):
    n_movable = find_movable(ballot, target, market)
    return flips_to_gain(ballot, n_movable, loser, target, gain_needed(counts, loser, target), market)
