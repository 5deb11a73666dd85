"""Certificates of partition aggregation: a plurality vote whose voters sit on disjoint training rows.

A flipped label touches one voter. With ``costs[p, c]``, the least flips inside partition p after which
it votes c, the least flips after which class c comes before class j is a multiple-choice knapsack: the
attacker gains 2 by moving a vote from j to c, 1 by moving it from j elsewhere or from elsewhere to c,
and needs ``N_j - N_c + [c > j]``. All costs 1 is the black-box certificate (Levine & Feizi 2021); costs
from a certificate of each voter are the white-box one (EnsembleCert, Mohgaonkar et al. 2026).

Class c wins once it comes before every other class, so that the most expensive of these knapsacks counts. Not all K
classes need to be looked at (`classes_to_overtake`), at most P + 1 of them: time is O(K P) knapsacks at worst, and
memory O(K P), never K times K.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..._utils import compiled, compiled_part, read_only
from ...results import UNBOUNDED
from .._door import check_n_classes, check_votes, check_votes_and_costs
from .._no_vote import NO_VOTE
from ._knapsack import fill_ballot, find_movable, flips_to_gain, gain_needed, new_ballot, new_market


def count_votes(votes: NDArray[np.integer], n_classes: int) -> NDArray[np.int64]:
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

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import count_votes
    >>> count_votes(np.array([[0, 2, 2, -1]]), 3)
    array([[1, 0, 2]])
    """
    n_classes = check_n_classes(n_classes)
    return count_votes_unchecked(check_votes(votes, n_classes), n_classes)


def count_votes_unchecked(votes, n_classes):
    n_test = votes.shape[0]
    places = votes + np.arange(0, n_test * n_classes, n_classes, dtype=np.int64)[:, None]
    counts = np.bincount(places[votes != NO_VOTE], minlength=n_test * n_classes)
    return counts.reshape(n_test, n_classes).astype(np.int64, copy=False)


def black_box_costs(votes: NDArray[np.integer], n_classes: int) -> NDArray[np.int64]:
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

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import black_box_costs
    >>> black_box_costs(np.array([[0, 1]]), 2).tolist()
    [[[0, 1], [1, 0]]]
    """
    n_classes = check_n_classes(n_classes)
    votes = check_votes(votes, n_classes)
    costs = np.ones((*votes.shape, n_classes), dtype=np.int32)
    rows, voters = np.nonzero(votes != NO_VOTE)
    costs[rows, voters, votes[rows, voters]] = 0
    return costs


def certify_votes(
    votes: NDArray[np.integer], costs: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Radius and flips to each class of a plurality vote over disjoint partitions.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_partitions)
        Class index that each partition votes for; ``NO_VOTE`` (-1) where it is empty.
    costs : ndarray of shape (n_test, n_partitions, n_classes)
        Lower bounds, in label flips, on what makes a partition vote each class; `UNBOUNDED` where no number
        of flips does it. What stands at the partition's own vote is not used, and 0 elsewhere counts as 1: no
        flip, no change.

    Returns
    -------
    prediction : ndarray of shape (n_test,), int64
        Class with the most votes, the smallest index among equals.
    radius : ndarray of shape (n_test,), int64
        Label flips that cannot change the prediction; `UNBOUNDED` if no number can. The largest such
        number that the costs allow for: exact if they are exact and the classes are two.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips after which the prediction is that class.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    Three votes against none, each of which costs 4 flips to turn: two of them have to turn.

    >>> import numpy as np
    >>> from skcert.certificates import certify_votes
    >>> certify_votes(np.array([[0, 0, 0]]), np.array([[[0, 4], [0, 4], [0, 4]]]))
    (array([0]), array([7]), array([[0, 8]]))
    """
    return certify_votes_unchecked(*check_votes_and_costs(votes, costs))


def certify_votes_unchecked(votes, costs):
    n_test, n_voters, n_classes = costs.shape
    counts = count_votes_unchecked(votes, n_classes)
    prediction = counts.argmax(axis=1).astype(np.int64, copy=False)
    radius = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    ballot, market = new_ballot(n_voters, n_classes), new_market(n_voters)
    sums, losers = np.zeros(n_voters + 1, dtype=np.int64), np.empty(n_classes, dtype=np.int64)
    outcome = prediction, radius, flips_to_class
    _certify_rows(read_only(votes), read_only(costs), counts, ballot, market, sums, losers, *outcome)
    return prediction, radius, flips_to_class


@compiled
def _certify_rows(votes, costs, counts, ballot, market, sums, losers, prediction, radius, flips_to_class):
    for t in range(votes.shape[0]):
        fill_ballot(votes[t], costs[t], True, ballot)
        predicted = prediction[t]
        n_losers = classes_to_overtake(counts[t], losers)
        fewest = np.int64(UNBOUNDED)
        for target in range(counts.shape[1]):
            flips_to_class[t, target] = 0
            if target == predicted:
                continue
            n_movable = find_movable(ballot, target, market)
            gain = gain_needed(counts[t], predicted, target)
            flips = flips_to_gain(ballot, n_movable, predicted, target, gain, market)
            fewest = flips if flips < fewest else fewest
            add_up(ballot, n_movable, target, sums)
            for k in range(n_losers):
                loser = losers[k]
                gain = gain_needed(counts[t], loser, target)
                if loser == target or loser == predicted or gain <= 0:
                    continue
                # the sums bound what this class demands from above, which spares most of the knapsacks
                if gain > n_movable or sums[gain] > flips:
                    demanded = flips_to_gain(ballot, n_movable, loser, target, gain, market)
                    flips = demanded if demanded > flips else flips
            flips_to_class[t, target] = flips
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED


@njit(inline="always")
def add_up(ballot, n_movable, target, sums):
    """Costs of the cheapest votes moved to `target`, each of which gains at least 1 on any other class."""
    for m in range(n_movable):
        sums[m + 1] = sums[m] + ballot.prices[ballot.movable[m], target]


@compiled_part
def classes_to_overtake(counts, losers):
    """List the classes that can be hardest to come before, whatever the target, in ascending order; returns how many.

    These are all that have votes, and the first that has none. Let j be another without votes. A target c with votes
    or with c < j is ahead of j already: the gain ``N_j - N_c + [c > j]`` that it needs is 0 or less. Otherwise c has
    no votes and comes after j, and so after the first class i < j without votes: it needs a gain of 1 on i as on j.
    No voter votes for i, j or c, so that what each can add to that gain is the same on both: 1, at its price for c.
    """
    n_listed = np.int64(0)
    found_empty = False
    for c in range(counts.shape[0]):
        if counts[c] > 0 or not found_empty:
            losers[n_listed] = c
            n_listed += 1
        found_empty |= counts[c] == 0
    return n_listed
