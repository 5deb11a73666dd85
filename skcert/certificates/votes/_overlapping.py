"""Certificates of Finite Aggregation: a plurality vote whose voters share training rows.

The rows are dealt into small disjoint *buckets*, and each bucket goes to d of the *bags*, one voter on each
(Wang, Levine & Feizi 2022). A flipped label touches the d voters whose bags hold its bucket. For class c
(`target`) to come before class j (`loser`) the attacker needs the gain ``G = N_j - N_c + [c > j]``: 2 for moving a
vote from j to c, 1 for moving it from j elsewhere or from elsewhere to c. Let w1(b) <= w2(b) be (lower bounds on)
the flips inside bag b that gain 1 and 2, `UNBOUNDED` where that gain cannot be had. An attack with f_j flips in
bucket j puts t_b flips into bag b, the sum of f_j over its buckets. The number of its flips, ``T = sum_j f_j``, is at
least each of these, and the largest counts:

*Buckets.* The flips in bucket j, however many, gain at most ``delta_j``, the sum over its bags of the most that
each can gain. So the delta_j of the T buckets where it is largest sum to G or more. With nothing known of the
voters ``delta_j = sum_b [vote_b = j] + [vote_b != c]``: the certificate of Wang et al. Which buckets gain most
together is maximum coverage, NP-hard; here two buckets can gain the same bag twice.

*Single bags.* No bag gets more than T flips, so it gains ``[w1 <= T] + [w2 <= T]`` at most, and these sum to G or
more: T is at least the G-th smallest of all w1 and w2. Exact where every bucket is in every bag.

*All bags.* The t_b pay for the gain, so their sum is at least the knapsack optimum K of `_knapsack`. In
that sum a flip counts u_j times, u_j being the number of its bucket's bags in which any gain can be had. So
the u_j of the T rows where it is largest sum to K or more; in short, ``T >= K / d``. Exact for d = 1.

*Prices.* Let a flip in bag b have any price ``p_b >= 0``. Bag b gains at most ``p_b t_b + s_b`` with
``s_b = max(0, 1 - p_b w1, 2 - p_b w2)``, because ``t_b >= w1`` where it gains 1 and ``t_b >= w2`` where it gains 2.
Summed over bags, ``G <= sum_b s_b + sum_j f_j P_j``, where P_j is the sum of the prices of bucket j's bags. So the
P_j of the T rows where it is largest sum to ``G - sum_b s_b`` or more. This is weak duality for the linear
relaxation of the attack, in which t_b is tied to f_j: unlike the knapsack it sees that a bucket whose bags are
not all cheap is not cheap. It holds for every choice of prices; `_bag_prices` looks for good ones.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from ..._utils import compiled, compiled_part, read_only
from ...results import UNBOUNDED
from .._door import check_bags, check_counts, check_n_classes, check_votes
from .._no_vote import NO_VOTE
from ._bag_prices import Buckets, flips_by_prices, new_pricing
from ._disjoint import classes_to_overtake, count_votes_unchecked
from ._knapsack import fill_ballot, find_movable, flips_to_gain, gain_needed, new_ballot, new_market


def certify_overlapping_votes(
    votes: ArrayLike,
    bags_of_bucket: ArrayLike,
    *,
    n_classes: int,
    costs: ArrayLike | None = None,
    rows_in_bucket: ArrayLike | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Radius and flips to each class of a plurality vote over overlapping bags of training rows.

    Every training row belongs to one bucket, every bucket to ``d`` bags, and each bag has one vote. Both
    are decided without the labels.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_bags), int
        Class index that each bag votes for; ``NO_VOTE`` (-1) where it has no rows.
    bags_of_bucket : ndarray of shape (n_buckets, d), int
        The d different bags that hold each bucket.
    n_classes : int
        Number of classes, at least 2.
    costs : ndarray of shape (n_test, n_bags, n_classes), int, default=None
        Lower bounds, in flips of labels inside the bag, on what makes a bag vote each class; `UNBOUNDED`
        where no number of flips does it. What stands at the bag's own vote is not used, and 0
        elsewhere counts as 1. ``None`` is the black-box certificate: one flip makes a bag vote anything.
    rows_in_bucket : ndarray of shape (n_buckets,), int, default=None
        Number of training rows in each bucket. An empty bucket offers the attacker nothing. ``None``
        takes every bucket for as large as an attacker could wish, which is sound, and less tight.

    Returns
    -------
    prediction : ndarray of shape (n_test,), int64
        Class with the most votes, the smallest index among equals.
    radius : ndarray of shape (n_test,), int64
        A number of label flips that cannot change the prediction; `UNBOUNDED` if no number can.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips after which the prediction is that class: the most that any
        single other class demands. 0 at the prediction, `UNBOUNDED` where no number of flips does it.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Notes
    -----
    Without ``costs`` and with every bucket occupied, the radius is that of Wang, Levine & Feizi 2022 (arXiv
    2202.02628), with d = 1 that of Levine & Feizi 2021. With ``costs`` it is never lower. It is then the largest of
    four bounds (proved at the top of this module): Wang et al.'s, the flips that single bags demand, the knapsack of
    EnsembleCert with d bags per flip, and the dual of the attack's linear relaxation. The last one is computed
    against the predicted class only; other pairs of classes, which concern ``flips_to_class``, have the rest.

    All of these are lower bounds. Even without costs the exact radius is NP-hard (maximum coverage): a bag
    in two flipped buckets can be gained once, and counts twice here.

    Examples
    --------
    Six bags, each bucket in two of them, five votes against one. Class 1 loses ties, so it needs a gain of 5.
    One flip turns two votes at most, a gain of 4: it takes two. If a bag turns after no less than 3 flips inside
    it, three bags take 9; a label flip counts in two bags, so it takes five.

    >>> import numpy as np
    >>> from skcert.certificates import certify_overlapping_votes
    >>> bags_of_bucket = (np.arange(6)[:, None] + [0, 1]) % 6
    >>> votes = np.array([[0, 0, 0, 0, 0, 1]])
    >>> certify_overlapping_votes(votes, bags_of_bucket, n_classes=2)
    (array([0]), array([1]), array([[0, 2]]))
    >>> costs = np.where(votes[:, :, None] == np.arange(2), 0, 3)
    >>> certify_overlapping_votes(votes, bags_of_bucket, n_classes=2, costs=costs)
    (array([0]), array([4]), array([[0, 5]]))
    """
    n_classes = check_n_classes(n_classes)
    votes = check_votes(votes, n_classes, voter="bag")
    n_test, n_bags = votes.shape
    bags_of_bucket = check_bags(bags_of_bucket, n_bags)
    n_buckets = bags_of_bucket.shape[0]
    white_box = costs is not None
    shape = (n_test, n_bags, n_classes)
    costs = check_counts("costs", costs, shape) if white_box else np.empty((n_test, 0, n_classes), dtype=np.int32)
    if rows_in_bucket is None:
        rows_in_bucket = np.full(n_buckets, UNBOUNDED)
    rows_in_bucket = check_counts("rows_in_bucket", rows_in_bucket, (n_buckets,))
    buckets = bags_of_bucket, rows_in_bucket
    return _certify_counted(votes, costs, white_box, count_votes_unchecked(votes, n_classes), *buckets)


def certify_counted_votes(votes, n_votes, counts, bags_of_bucket):
    """The black-box certificate where every bucket has rows, from votes that are counted for the first classes only.

    Votes are below `n_votes`; `counts`, of shape (n_test, n_classes), lack those for the last ``n_votes - n_classes``.
    """
    costs = np.empty((votes.shape[0], 0, n_votes), dtype=np.int32)
    return _certify_counted(votes, costs, False, counts, bags_of_bucket, np.full(bags_of_bucket.shape[0], UNBOUNDED))


def _certify_counted(votes, costs, white_box, counts, bags_of_bucket, rows_in_bucket):
    (n_test, n_bags), n_classes = votes.shape, counts.shape[1]
    prediction = counts.argmax(axis=1).astype(np.int64, copy=False)
    radius = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    occupied = rows_in_bucket > 0
    buckets = Buckets(np.ascontiguousarray(bags_of_bucket[occupied]), rows_in_bucket[occupied].astype(np.int64))
    losers = np.empty(n_classes, dtype=np.int64)
    ballot = new_ballot(n_bags, costs.shape[2])
    workspace = ballot, new_market(n_bags), new_pricing(n_bags, buckets.bags.shape[0]), losers
    outcome = prediction, radius, flips_to_class
    _certify_rows(read_only(votes), read_only(costs), white_box, counts, buckets, workspace, *outcome)
    return prediction, radius, flips_to_class


@compiled
def _certify_rows(votes, costs, white_box, counts, buckets, workspace, prediction, radius, flips_to_class):
    ballot, market, pricing, losers = workspace
    for t in range(votes.shape[0]):
        fill_ballot(votes[t], costs[t], white_box, ballot)
        predicted = prediction[t]
        n_losers = classes_to_overtake(counts[t], losers)
        fewest = np.int64(UNBOUNDED)
        for target in range(counts.shape[1]):
            flips_to_class[t, target] = 0
            n_movable = find_movable(ballot, target, market) if white_box else np.int64(0)
            for k in range(n_losers):
                loser = losers[k]
                if target == predicted or loser == target:
                    continue
                gain, flips = gain_needed(counts[t], loser, target), np.int64(0)
                if gain > 0:
                    flips = _black_box_flips(ballot, loser, target, gain, buckets, pricing)
                if gain > 0 and white_box and flips < UNBOUNDED:
                    in_bags = flips_to_gain(ballot, n_movable, loser, target, gain, market)
                    by_all_bags = _flips_by_all_bags(in_bags, pricing.bags, buckets)
                    flips = by_all_bags if by_all_bags > flips else flips
                    if flips < UNBOUNDED and loser == predicted:
                        by_prices = flips_by_prices(buckets, gain, gain / in_bags, pricing)
                        flips = by_prices if by_prices > flips else flips
                if flips > flips_to_class[t, target]:
                    flips_to_class[t, target] = flips
                if loser == predicted and flips < fewest:
                    fewest = flips
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED


@njit(inline="always")
def _black_box_flips(ballot, loser, target, gain, buckets, pricing):
    """The larger of the bounds by buckets and by single bags; enters what gains inside each bag take."""
    _enter_gains(ballot, loser, target, pricing.bags)
    by_buckets = _flips_by_buckets(pricing.bags, buckets.bags, gain)
    by_single_bags = _flips_by_single_bags(pricing.bags, gain)
    return by_single_bags if by_single_bags > by_buckets else by_buckets


@compiled_part
def _enter_gains(ballot, loser, target, bags):
    """Flips inside each bag that gain `target` 1 on `loser`, and 2; `UNBOUNDED` where none do."""
    for b in range(bags.shape[0]):
        vote, bag = ballot.votes[b], bags[b]
        bag.for_one = UNBOUNDED
        bag.for_two = UNBOUNDED
        if vote == loser:
            bag.for_one = ballot.cheapest_change[b]
            bag.for_two = ballot.prices[b, target]
        elif vote != target and vote != NO_VOTE:
            bag.for_one = ballot.prices[b, target]


@compiled_part
def _flips_by_buckets(bags, bags_of_bucket, gain):
    """The least number of buckets whose largest gains sum to `gain`: Wang et al., whatever flips cost."""
    n_buckets, d = bags_of_bucket.shape
    buckets_that_gain = np.zeros(2 * d + 1, np.int64)
    for j in range(n_buckets):
        most = 0
        for s in range(d):
            bag = bags[bags_of_bucket[j, s]]
            most += (bag.for_one < UNBOUNDED) + (bag.for_two < UNBOUNDED)
        buckets_that_gain[most] += 1
    return _fewest_terms(buckets_that_gain, gain)


@compiled_part
def _flips_by_single_bags(bags, gain):
    """The least number of flips that, put into every bag, gain `gain`; `UNBOUNDED` if none do."""
    too_few, enough = np.int64(0), np.int64(UNBOUNDED)
    while enough - too_few > 1:
        flips = (too_few + enough) // 2
        gained = 0
        for b in range(bags.shape[0]):
            gained += (bags[b].for_one <= flips) + (bags[b].for_two <= flips)
        if gained >= gain:
            enough = flips
        else:
            too_few = flips
    return enough


@compiled_part
def _flips_by_all_bags(in_bags, bags, buckets):
    """The least number of rows that count `in_bags` times in bags where there is something to gain."""
    n_buckets, d = buckets.bags.shape
    rows_that_count = np.zeros(d + 1, np.int64)
    for j in range(n_buckets):
        times = 0
        for s in range(d):
            times += bags[buckets.bags[j, s]].for_one < UNBOUNDED
        rows_that_count[times] += buckets.n_rows[j]
    return _fewest_terms(rows_that_count, in_bags)


@compiled_part
def _fewest_terms(n_terms, total):
    """The least number of terms that sum to `total`, given n_terms[k] terms of each size k."""
    terms, left = np.int64(0), np.int64(total)
    for size in range(n_terms.shape[0] - 1, 0, -1):
        if left > 0:
            used = (left + size - 1) // size
            if n_terms[size] < used:
                used = n_terms[size]
            terms += used
            left -= used * size
    return terms if left <= 0 and terms < UNBOUNDED else np.int64(UNBOUNDED)
