"""What turns a run-off election, given what it takes to change each voter: lower bounds on the flips.

Each of the two events of `_run_off` asks for several gains at once; each gain alone, and the sum of two, is a bound.

*Two classes a and b ahead of the winner*: the knapsack of `_knapsack` for each, and one for the sum of both gains, in
which a voter of the winner gains 3 by turning to a or b, 2 by turning elsewhere, and a third voter 1. The linear
relaxation of the last, rounded up, is a sort.

*One class c*: the knapsack against each class but the winner; and of the voters that rank the winner above c, as many
of the cheapest as have to rank it below.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ...results import UNBOUNDED
from .._no_vote import NO_VOTE
from ._disjoint import add_up, classes_to_overtake
from ._knapsack import (
    Ballot,
    Market,
    fill_ballot,
    find_movable,
    flips_to_gain,
    gain_needed,
    new_ballot,
    new_market,
    sort_values,
)
from ._run_off_events import turned_voters


class Prices(NamedTuple):
    """What changing voters costs at one test row, and what follows for each class."""

    ballot: Ballot
    market: Market
    costs: np.ndarray
    """(n_voters, n_classes): flips that bring a class to the top of a voter's ranking."""
    preferences: np.ndarray
    """(n_voters, n_classes): flips that bring a class above the winner; 0 where it is above."""
    past_winner: np.ndarray
    """(n_classes,): flips that bring a class ahead of the winner in the first round, at least."""
    sums: np.ndarray
    """(n_voters + 1,): workspace, like ``losers``."""
    losers: np.ndarray


def new_prices(n_voters, n_classes):
    """Arrays for `Prices`."""
    return Prices(
        ballot=new_ballot(n_voters, n_classes),
        market=new_market(n_voters),
        costs=np.empty((n_voters, n_classes), dtype=np.int32),
        preferences=np.empty((n_voters, n_classes), dtype=np.int64),
        past_winner=np.empty(n_classes, dtype=np.int64),
        sums=np.zeros(n_voters + 1, dtype=np.int64),
        losers=np.empty(n_classes, dtype=np.int64),
    )


@compiled_part
def enter_prices(scores, vote_costs, preference_costs, winner, tally, prices):
    """Fill in what changing each voter costs, and who can be moved at all.

    What brings a class to the top brings it above the winner, and what brings one above the winner takes that from the
    top: of two bounds on one thing, the larger counts.
    """
    votes, costs, preferences = tally.votes, prices.costs, prices.preferences
    for p in range(votes.shape[0]):
        at_winner, movable = scores[p, winner], False
        for c in range(costs.shape[1]):
            above = at_winner > scores[p, c] or (at_winner == scores[p, c] and winner < c)
            preference = max(np.int64(preference_costs[p, c]), np.int64(1)) if above else np.int64(0)
            preferences[p, c] = preference
            costs[p, c] = max(np.int64(vote_costs[p, c]), preference)
            movable = movable or (c != votes[p] and costs[p, c] < UNBOUNDED) or (above and preference < UNBOUNDED)
        tally.movable[p] = movable
    fill_ballot(votes, costs, True, prices.ballot)
    for p in range(votes.shape[0]):
        if votes[p] == winner:
            for c in range(costs.shape[1]):
                preferences[p, c] = max(preferences[p, c], prices.ballot.cheapest_change[p])


@compiled_part
def flips_for_one(tally, winner, c, prices):
    """Flips for `c` to come ahead of all but the winner, and to beat it, at least; fills in its ``past_winner``."""
    counts, ballot, market = tally.counts, prices.ballot, prices.market
    flips = _flips_to_turn(tally, c, turned_voters(tally, winner, c), prices)
    n_movable = find_movable(ballot, c, market)
    gain = gain_needed(counts, winner, c)
    prices.past_winner[c] = flips_to_gain(ballot, n_movable, winner, c, gain, market)
    add_up(ballot, n_movable, c, prices.sums)
    for k in range(classes_to_overtake(counts, prices.losers)):
        loser = prices.losers[k]
        gain = gain_needed(counts, loser, c)
        if loser == c or loser == winner or gain <= 0:
            continue
        # the sums bound what this class demands from above, which spares most of the knapsacks
        if gain > n_movable or prices.sums[gain] > flips:
            flips = max(flips, flips_to_gain(ballot, n_movable, loser, c, gain, market))
    return flips


@njit(inline="always")
def _flips_to_turn(tally, c, to_turn, prices):
    """The least sum of what turns so many voters to rank the winner below `c`."""
    if to_turn <= 0:
        return np.int64(0)
    values, n, total = prices.market.values, np.int64(0), np.int64(0)
    for p in range(tally.votes.shape[0]):
        if tally.votes[p] != NO_VOTE and 0 < prices.preferences[p, c] < UNBOUNDED:
            values[n] = prices.preferences[p, c]
            n += 1
    if n < to_turn:
        return np.int64(UNBOUNDED)
    sort_values(n, prices.market)
    for m in range(to_turn):
        total += values[prices.market.order[m]]
    return min(total, np.int64(UNBOUNDED))


@compiled_part
def flips_for_two(tally, winner, a, b, prices):
    """Flips with which `a` and `b` together gain what they need on the winner, at least."""
    votes, of_class, market = tally.votes, prices.ballot.prices, prices.market
    gain = gain_needed(tally.counts, winner, a) + gain_needed(tally.counts, winner, b)
    n = np.int64(0)
    for p in range(votes.shape[0]):
        if votes[p] == NO_VOTE or votes[p] == a or votes[p] == b:
            continue
        to_either = min(of_class[p, a], of_class[p, b])
        if votes[p] != winner:
            n = _offer(n, np.int64(1), to_either, market)
            continue
        away = prices.ballot.cheapest_change[p]
        if to_either < UNBOUNDED and 2 * to_either <= 3 * away:
            n = _offer(n, np.int64(3), to_either, market)
        else:
            n = _offer(n, np.int64(2), away, market)
            if to_either < UNBOUNDED:
                n = _offer(n, np.int64(1), to_either - away, market)
    sort_values(n, market)
    total = np.int64(0)
    for m in range(n):
        if gain <= 0:
            break
        item = market.steps[market.order[m]]
        bought = min(item.owner, gain)
        total += -(-item.cost * bought // item.owner)
        gain -= bought
    return min(total, np.int64(UNBOUNDED)) if gain <= 0 else np.int64(UNBOUNDED)


@njit(inline="always")
def _offer(n, gain, cost, market):
    """List an item, by its cost for gain 1 in sixths of a flip; returns how many there are."""
    if cost < UNBOUNDED:
        market.values[n] = cost * 6 // gain
        market.steps[n].cost = cost
        market.steps[n].owner = gain
        n += 1
    return n
