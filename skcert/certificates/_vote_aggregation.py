"""Certificates of partition aggregation: a plurality vote whose voters sit on disjoint training rows.

A flipped label touches one voter. With ``costs[p, c]``, the least flips inside partition p after which
it votes c, the least flips after which class c comes before class j is a multiple-choice knapsack: the
attacker gains 2 by moving a vote from j to c, 1 by moving it from j elsewhere or from elsewhere to c,
and needs ``N_j - N_c + [c > j]``. All costs 1 is the black-box certificate (Levine & Feizi 2021); costs
from a certificate of each voter are the white-box one (EnsembleCert, Mohgaonkar et al. 2026).

Gains of at most 2 make the knapsack a matter of sorting. Let w1 <= w2 be what a partition asks for gains 1
and 2. If w2 >= 2 w1, its two steps w1 and w2 - w1 are independent *unit* items. Otherwise it is a *whole*
item, gain 2 for w2: of two such partitions used for gain 1 each, one used for gain 2 is cheaper, so an
optimum uses at most one of them for gain 1. Sort both kinds, take prefix sums, try every number of whole
items with and without that one exception: O(P log P).
"""

import numpy as np
from numba import njit

from ._unbounded import UNBOUNDED

NO_VOTE = -1
"""Marks an empty partition in ``votes``: it casts no vote and offers the attacker nothing."""

_NEVER = np.int64(2**62)  # a sum of costs that is out of reach


def count_votes(votes, n_classes):
    """Votes for each class.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_partitions)
        Class indices; ``NO_VOTE`` (-1) where a partition is empty.
    n_classes : int
        Number of classes.

    Returns
    -------
    counts : ndarray of shape (n_test, n_classes), int64
        The prediction is ``counts.argmax(axis=1)``: the smallest class index among equals.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import count_votes
    >>> count_votes(np.array([[0, 2, 2, -1]]), 3)
    array([[1, 0, 2]])
    """
    counts = np.empty((votes.shape[0], n_classes), dtype=np.int64)
    for c in range(n_classes):
        counts[:, c] = (votes == c).sum(axis=1)
    return counts


def black_box_costs(votes, n_classes):
    """Costs when nothing is known of a voter: one flip inside its partition makes it vote anything.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_partitions)
        Class indices; ``NO_VOTE`` (-1) where a partition is empty.
    n_classes : int
        Number of classes.

    Returns
    -------
    costs : ndarray of shape (n_test, n_partitions, n_classes), int32
        0 at the vote, 1 elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import black_box_costs
    >>> black_box_costs(np.array([[0, 1]]), 2).tolist()
    [[[0, 1], [1, 0]]]
    """
    return (votes[:, :, None] != np.arange(n_classes)).astype(np.int32)


def certify_votes(votes, costs):
    """Radius and flips to each class of a plurality vote over disjoint partitions.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_partitions)
        Class index that each partition votes for; ``NO_VOTE`` (-1) where it is empty.
    costs : ndarray of shape (n_test, n_partitions, n_classes)
        Lower bounds, in label flips, on what makes a partition vote each class: 0 at its vote,
        `UNBOUNDED` where no number of flips does it.

    Returns
    -------
    prediction : ndarray of shape (n_test,), int64
        Class with the most votes, the smallest index among equals.
    radius : ndarray of shape (n_test,), int64
        Label flips that cannot change the prediction; `UNBOUNDED` if no number can. The largest such
        number that the costs allow for: exact if they are exact and the classes are two.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips after which the prediction is that class.

    Examples
    --------
    Three votes against none, each of which costs 4 flips to turn: two of them have to turn.

    >>> import numpy as np
    >>> from skcert.certificates import certify_votes
    >>> certify_votes(np.array([[0, 0, 0]]), np.array([[[0, 4], [0, 4], [0, 4]]]))
    (array([0]), array([7]), array([[0, 8]]))
    """
    n_test, _, n_classes = costs.shape
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    _certify_rows(votes, costs, count_votes(votes, n_classes), prediction, radius, flips_to_class)
    return prediction, radius, flips_to_class


@njit(cache=True, nogil=True)
def _certify_rows(votes, costs, counts, prediction, radius, flips_to_class):
    n_test, n_partitions, n_classes = costs.shape
    cheapest_change = np.empty(n_partitions, np.int64)
    for t in range(n_test):
        for p in range(n_partitions):
            cheapest_change[p] = UNBOUNDED
            for c in range(n_classes):
                if c != votes[t, p]:
                    cheapest_change[p] = min(cheapest_change[p], costs[t, p, c])
        predicted = np.argmax(counts[t])
        prediction[t] = predicted
        fewest = UNBOUNDED
        for target in range(n_classes):
            flips_to_class[t, target] = 0
            if target == predicted:
                continue
            for loser in range(n_classes):
                if loser == target:
                    continue
                gain = counts[t, loser] - counts[t, target] + (1 if target > loser else 0)
                flips = _flips_to_gain(votes[t], costs[t], cheapest_change, loser, target, gain)
                flips_to_class[t, target] = max(flips_to_class[t, target], flips)
                if loser == predicted:
                    fewest = min(fewest, flips)
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED


@njit(cache=True, nogil=True)
def _flips_to_gain(votes, costs, cheapest_change, loser, target, gain):
    """Least total cost of moving votes so that `target` gains `gain` on `loser`."""
    if gain <= 0:
        return 0
    units, _, whole_1, whole_2, _ = _items(votes, costs, cheapest_change, loser, target)
    units = np.sort(units)
    return _cheapest_gain(units, whole_1, whole_2, np.argsort(whole_2), gain)[0]


@njit(cache=True, nogil=True)
def cheapest_moves(votes, costs, cheapest_change, loser, target, gain):
    """The votes to move at least total cost so that `target` gains `gain` on `loser`.

    Returns the cost, and per partition 0 (stay), 1 (away from `loser`) or 2 (to `target`).
    """
    moves = np.zeros(votes.shape[0], np.int64)
    if gain <= 0:
        return 0, moves
    units, unit_owners, whole_1, whole_2, whole_owners = _items(votes, costs, cheapest_change, loser, target)
    unit_order, whole_order = np.argsort(units), np.argsort(whole_2)
    cost, n_whole, exception, n_units = _cheapest_gain(units[unit_order], whole_1, whole_2, whole_order, gain)
    if cost == UNBOUNDED:
        return cost, moves
    for h in range(n_whole):
        moves[whole_owners[whole_order[h]]] = 2
    if exception >= 0:
        moves[whole_owners[exception]] = 1
    for u in range(n_units):
        p = unit_owners[unit_order[u]]
        # both steps of a partition make a vote for `target`, and so does the one of a vote for a third class
        moves[p] = 2 if votes[p] != loser else moves[p] + 1
    return cost, moves


@njit(cache=True, nogil=True)
def _items(votes, costs, cheapest_change, loser, target):
    """Unit items and whole items of the knapsack, with the partitions that they belong to."""
    n_partitions = votes.shape[0]
    units = np.empty(2 * n_partitions, np.int64)
    unit_owners = np.empty(2 * n_partitions, np.int64)
    whole_1 = np.empty(n_partitions, np.int64)  # what a whole item asks for gain 1 ...
    whole_2 = np.empty(n_partitions, np.int64)  # ... and for gain 2
    whole_owners = np.empty(n_partitions, np.int64)
    n_units, n_whole = 0, 0
    for p in range(n_partitions):
        vote = votes[p]
        if vote == NO_VOTE or vote == target:
            continue
        to_target = np.int64(costs[p, target])
        if vote != loser:
            if to_target < UNBOUNDED:
                units[n_units], unit_owners[n_units] = to_target, p
                n_units += 1
            continue
        away = np.int64(cheapest_change[p])
        if away >= UNBOUNDED:
            continue
        if to_target >= 2 * away:
            units[n_units], unit_owners[n_units] = away, p
            n_units += 1
            if to_target < UNBOUNDED:
                units[n_units], unit_owners[n_units] = to_target - away, p
                n_units += 1
        else:
            whole_1[n_whole], whole_2[n_whole], whole_owners[n_whole] = away, to_target, p
            n_whole += 1
    return units[:n_units], unit_owners[:n_units], whole_1[:n_whole], whole_2[:n_whole], whole_owners[:n_whole]


@njit(cache=True, nogil=True)
def _cheapest_gain(units, whole_1, whole_2, order, gain):
    """Least cost of gain `gain` from sorted unit items and whole items, `order` sorting the latter by `whole_2`.

    Returns the cost (`UNBOUNDED` if out of reach) and what it buys: how many of the cheapest whole items, the whole
    item used for gain 1 (-1 for none; it may be among the former, and then replaces its gain 2), and how many units.
    """
    n_units, n_whole = units.shape[0], whole_2.shape[0]
    unit_sum = np.zeros(n_units + 1, np.int64)
    for u in range(n_units):
        unit_sum[u + 1] = unit_sum[u] + units[u]
    whole_sum = np.zeros(n_whole + 1, np.int64)
    for h in range(n_whole):
        whole_sum[h + 1] = whole_sum[h] + whole_2[order[h]]
    # cheapest_beyond[h]: the item with the least gain-1 cost among those that are not among the h cheapest
    cheapest_beyond = np.full(n_whole + 1, -1)
    for h in range(n_whole - 1, -1, -1):
        other = cheapest_beyond[h + 1]
        cheapest_beyond[h] = order[h] if other < 0 or whole_1[order[h]] < whole_1[other] else other
    best, best_whole, best_exception, best_units = _NEVER, 0, -1, 0
    saver = -1  # of the h + 1 cheapest, the item that saves most when used for gain 1 instead of 2
    for h in range(n_whole + 1):
        rest = max(gain - 2 * h, 0)
        if rest <= n_units and whole_sum[h] + unit_sum[rest] < best:
            best, best_whole, best_exception, best_units = whole_sum[h] + unit_sum[rest], h, -1, rest
        if h < n_whole:
            item = order[h]
            if saver < 0 or whole_2[item] - whole_1[item] > whole_2[saver] - whole_1[saver]:
                saver = item
            rest = max(gain - 2 * h - 1, 0)
            if rest <= n_units:
                one_inside = whole_sum[h + 1] - whole_2[saver] + whole_1[saver] + unit_sum[rest]
                if one_inside < best:
                    best, best_whole, best_exception, best_units = one_inside, h + 1, saver, rest
                one_beyond = whole_sum[h] + whole_1[cheapest_beyond[h]] + unit_sum[rest]
                if one_beyond < best:
                    best, best_whole, best_exception, best_units = one_beyond, h, cheapest_beyond[h], rest
        if 2 * h >= gain:
            break
    return min(best, UNBOUNDED), best_whole, best_exception, best_units
