"""What turns a run-off election if a voter, once changed, says whatever the attacker likes: exact numbers of voters.

The theorem is in `_run_off`: another class wins if and only if two classes come ahead of the winner in the first round
(`voters_for_two`), or one comes ahead of all others but the winner, and beats it head to head (`voters_for_one`).

*Two classes a and b*, which lack the gains g_a and g_b on the winner. A voter of the winner is changed best: to a it
gains 2 and 1, to b 1 and 2. So T of them are enough if and only if T is at least g_a / 2, g_b / 2 and (g_a + g_b) / 3.
If there are too few of them, h, all change; then voters for third classes, which gain 1 for either; then those for b,
which gain 1 for a at the expense of b, or the reverse. On top of h it takes ``max(g_a + g_b - 3 h, g_a - 2 h,
g_b - 2 h)`` voters, and is possible as long as third voters cover the first of these, and the voters of b, or of a,
what the others need beyond third voters.

*One class c.* Whoever changes, changes to a ranking topped by c. With T changed voters, class j is passed in the first
round if at least ``req_j = G_j - T`` of its voters are among them, and the winner p is beaten if at least half of the
lead are among them that rank p above c. Take these first among the req_j of each class, then wherever they are left.
More voters only help, so that the least T is found by bisection.
"""

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ...results import UNBOUNDED
from ._knapsack import gain_needed


@compiled_part
def voters_for_two(tally, n_movable, winner, a, b):
    """The least number of voters whose change brings both classes ahead of the winner in the first round."""
    gain_a, gain_b = gain_needed(tally.counts, winner, a), gain_needed(tally.counts, winner, b)
    movable = tally.movable_counts
    of_winner = movable[winner]
    changed = max(_half(gain_a), _half(gain_b), -(-(gain_a + gain_b) // 3))
    if changed <= of_winner:
        return max(changed, np.int64(1))
    of_third = n_movable - of_winner - movable[a] - movable[b]
    both, more_a, more_b = gain_a + gain_b - 3 * of_winner, gain_a - 2 * of_winner, gain_b - 2 * of_winner
    if both > of_third or more_a - of_third > movable[b] or more_b - of_third > movable[a]:
        return np.int64(UNBOUNDED)
    return of_winner + max(both, more_a, more_b)


@compiled_part
def voters_for_one(tally, n_listed, n_movable, winner, c):
    """The least number of voters whose change lets `c` be the other front runner, or better, and beat the winner."""
    to_turn = turned_voters(tally, winner, c)
    too_few, enough = np.int64(0), n_movable - tally.movable_counts[c]
    if enough == 0 or not _are_enough(tally, n_listed, winner, c, to_turn, enough):
        return np.int64(UNBOUNDED)
    while enough - too_few > 1:
        changed = (too_few + enough) // 2
        if _are_enough(tally, n_listed, winner, c, to_turn, changed):
            enough = changed
        else:
            too_few = changed
    return enough


@compiled_part
def turned_voters(tally, winner, c):
    """How many voters that rank the winner above `c` have to rank it below, for `c` to beat it."""
    return _half(tally.lead[c] + (1 if c > winner else 0))


@njit(inline="always")
def _half(gain):
    """Half of it, rounded up."""
    return -(-gain // 2)


@compiled_part
def _are_enough(tally, n_listed, winner, c, to_turn, changed):
    """Whether so many changed voters are enough; they are for classes without votes, since they are at least one."""
    required, turned, left_to_turn = np.int64(0), np.int64(0), np.int64(0)
    for place in range(n_listed):
        j = tally.voted[place]
        if j == c:
            continue
        turning, here = np.int64(tally.turning[place, c]), np.int64(0)
        if j != winner:
            here = max(gain_needed(tally.counts, j, c) - changed, np.int64(0))
            if here > tally.movable_counts[j]:
                return False
        required += here
        turned += min(turning, here)
        left_to_turn += max(turning - here, np.int64(0))
    return required <= changed and turned + min(changed - required, left_to_turn) >= to_turn
