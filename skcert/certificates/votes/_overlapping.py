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
not all cheap is not cheap. It holds for every choice of prices. Good ones are found by a fixed number of
subgradient steps.

Prices are rounded to whole multiples of 2**-26; with them, everything is computed in whole numbers, without rounding.
"""

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from ...results import UNBOUNDED
from .._door import check_bags, check_counts, check_n_classes, check_votes
from .._no_vote import NO_VOTE
from ._disjoint import classes_to_overtake, count_votes_unchecked
from ._knapsack import fill_prices, flips_to_gain

_PRICE_UNIT = 2**26  # with costs below 2**31, products of the two stay below 2**58
_PRICE_LEVELS = 4
_PRICE_STEPS = 40
_STEP = 0.03  # of the price level, on average over the bags, in the first step


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
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    counts = count_votes_unchecked(votes, n_classes)
    occupied = rows_in_bucket > 0
    _certify_rows(
        votes,
        costs,
        white_box,
        counts,
        np.ascontiguousarray(bags_of_bucket[occupied]),
        rows_in_bucket[occupied].astype(np.int64),
        prediction,
        radius,
        flips_to_class,
    )
    return prediction, radius, flips_to_class


@njit(cache=True, nogil=True)
def _certify_rows(votes, costs, white_box, counts, bags_of_bucket, rows_in_bucket, prediction, radius, flips_to_class):
    n_test, n_bags = votes.shape
    n_classes = counts.shape[1]
    bag_costs = np.empty((n_bags, n_classes), np.int64)
    cheapest_change = np.empty(n_bags, np.int64)
    for t in range(n_test):
        fill_prices(votes[t], costs[t], white_box, bag_costs, cheapest_change)
        predicted = np.argmax(counts[t])
        prediction[t] = predicted
        losers = classes_to_overtake(counts[t])
        fewest = UNBOUNDED
        for target in range(n_classes):
            flips_to_class[t, target] = 0
            if target == predicted:
                continue
            for loser in losers:
                if loser == target:
                    continue
                gain = counts[t, loser] - counts[t, target] + (1 if target > loser else 0)
                flips = 0
                if gain > 0:
                    for_one, for_two = _flips_for_gains(votes[t], bag_costs, cheapest_change, loser, target)
                    flips = _flips_by_buckets(for_one, for_two, bags_of_bucket, gain)
                    flips = max(flips, _flips_by_single_bags(for_one, for_two, gain))
                    if white_box and flips < UNBOUNDED:
                        in_bags = flips_to_gain(votes[t], bag_costs, cheapest_change, loser, target, gain)
                        by_all_bags = _flips_by_all_bags(in_bags, for_one, bags_of_bucket, rows_in_bucket)
                        flips = max(flips, by_all_bags)
                    if white_box and flips < UNBOUNDED and loser == predicted:
                        rate = gain / in_bags
                        by_prices = _flips_by_prices(for_one, for_two, bags_of_bucket, rows_in_bucket, gain, rate)
                        flips = max(flips, by_prices)
                flips_to_class[t, target] = max(flips_to_class[t, target], flips)
                if loser == predicted:
                    fewest = min(fewest, flips)
        radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED


@njit(cache=True, nogil=True)
def _flips_for_gains(votes, bag_costs, cheapest_change, loser, target):
    """Flips inside each bag that gain `target` 1 on `loser`, and 2; `UNBOUNDED` where none do."""
    n_bags = votes.shape[0]
    for_one = np.full(n_bags, UNBOUNDED, np.int64)
    for_two = np.full(n_bags, UNBOUNDED, np.int64)
    for b in range(n_bags):
        if votes[b] == loser:
            for_one[b], for_two[b] = cheapest_change[b], bag_costs[b, target]
        elif votes[b] != target and votes[b] != NO_VOTE:
            for_one[b] = bag_costs[b, target]
    return for_one, for_two


@njit(cache=True, nogil=True)
def _flips_by_buckets(for_one, for_two, bags_of_bucket, gain):
    """The least number of buckets whose largest gains sum to `gain`: Wang et al., whatever flips cost."""
    n_buckets, d = bags_of_bucket.shape
    buckets_that_gain = np.zeros(2 * d + 1, np.int64)
    for j in range(n_buckets):
        most = 0
        for s in range(d):
            b = bags_of_bucket[j, s]
            most += (for_one[b] < UNBOUNDED) + (for_two[b] < UNBOUNDED)
        buckets_that_gain[most] += 1
    return _fewest_terms(buckets_that_gain, gain)


@njit(cache=True, nogil=True)
def _flips_by_single_bags(for_one, for_two, gain):
    """The least number of flips that, put into every bag, gain `gain`; `UNBOUNDED` if none do."""
    too_few, enough = 0, UNBOUNDED
    while enough - too_few > 1:
        flips = (too_few + enough) // 2
        gained = 0
        for b in range(for_one.shape[0]):
            gained += (for_one[b] <= flips) + (for_two[b] <= flips)
        if gained >= gain:
            enough = flips
        else:
            too_few = flips
    return enough


@njit(cache=True, nogil=True)
def _flips_by_all_bags(in_bags, for_one, bags_of_bucket, rows_in_bucket):
    """The least number of rows that count `in_bags` times in bags where there is something to gain."""
    n_buckets, d = bags_of_bucket.shape
    rows_that_count = np.zeros(d + 1, np.int64)
    for j in range(n_buckets):
        times = 0
        for s in range(d):
            times += for_one[bags_of_bucket[j, s]] < UNBOUNDED
        rows_that_count[times] += rows_in_bucket[j]
    return _fewest_terms(rows_that_count, in_bags)


@njit(cache=True, nogil=True)
def _fewest_terms(n_terms, total):
    """The least number of terms that sum to `total`, given n_terms[k] terms of each size k."""
    terms = 0
    for size in range(n_terms.shape[0] - 1, 0, -1):
        if total <= 0:
            break
        used = min(n_terms[size], (total + size - 1) // size)
        terms += used
        total -= used * size
    return min(terms, UNBOUNDED) if total <= 0 else UNBOUNDED


@njit(cache=True, nogil=True)
def _flips_by_prices(for_one, for_two, bags_of_bucket, rows_in_bucket, gain, rate):
    """Lower bound on the flips by the best prices found, starting from levels near `rate` (gain per flip)."""
    n_bags = for_one.shape[0]
    # more than this price, at which a bag is not worth any flips, only makes its buckets dearer
    highest = np.zeros(n_bags)
    for b in range(n_bags):
        if for_one[b] < UNBOUNDED:
            highest[b] = 1.0 / for_one[b]
        if for_two[b] < UNBOUNDED:
            highest[b] = max(highest[b], 2.0 / for_two[b])
    best, level = 0, rate
    for step in range(_PRICE_LEVELS):
        tried = rate * 2.0 ** (0.5 * (1 - step))
        flips, _ = _flips_at_prices(np.minimum(highest, tried), for_one, for_two, bags_of_bucket, rows_in_bucket, gain)
        if flips > best:
            best, level = flips, tried
    prices = np.minimum(highest, level)
    slope = np.empty(n_bags)
    for step in range(_PRICE_STEPS):
        flips, dearest = _flips_at_prices(prices, for_one, for_two, bags_of_bucket, rows_in_bucket, gain)
        best = max(best, flips)
        if best >= UNBOUNDED:
            return UNBOUNDED
        # A subgradient of what `best` flips can gain at most at these prices. To bring it below `gain`, lower the
        # price of a bag that they put more flips into than the bag would take at its price, and raise it else.
        for b in range(n_bags):
            slope[b] = -_flips_worth_it(prices[b], for_one[b], for_two[b])
        left = best
        for j in dearest:
            used = min(left, rows_in_bucket[j])
            for b in bags_of_bucket[j]:
                slope[b] += used
            left -= used
            if left == 0:
                break
        size = 0.0
        for b in range(n_bags):
            if highest[b] > 0.0:
                size += abs(slope[b])
        if size == 0.0:
            break
        stride = _STEP * level * n_bags / (size * np.sqrt(step + 1.0))
        for b in range(n_bags):
            prices[b] = min(max(prices[b] - stride * slope[b], 0.0), highest[b])
    return best


@njit(cache=True, nogil=True)
def _flips_worth_it(price, for_one, for_two):
    """The flips that a bag takes if each costs `price`: none, those for gain 1, or those for gain 2."""
    surplus, flips = 0.0, 0
    if for_one < UNBOUNDED and 1.0 - price * for_one > surplus:
        surplus, flips = 1.0 - price * for_one, for_one
    if for_two < UNBOUNDED and 2.0 - price * for_two > surplus:
        flips = for_two
    return flips


@njit(cache=True, nogil=True)
def _flips_at_prices(prices, for_one, for_two, bags_of_bucket, rows_in_bucket, gain):
    """Lower bound on the flips by these prices, and the buckets from dear to cheap.

    Rounds the prices down to whole multiples of ``1 / _PRICE_UNIT``; the rest is exact.
    """
    n_bags = prices.shape[0]
    n_buckets, d = bags_of_bucket.shape
    whole_prices = np.empty(n_bags, np.int64)
    to_pay = np.int64(gain) * _PRICE_UNIT
    for b in range(n_bags):
        whole_prices[b] = np.int64(prices[b] * _PRICE_UNIT)
        surplus = np.int64(0)
        if for_one[b] < UNBOUNDED:
            surplus = max(surplus, _PRICE_UNIT - whole_prices[b] * for_one[b])
        if for_two[b] < UNBOUNDED:
            surplus = max(surplus, 2 * _PRICE_UNIT - whole_prices[b] * for_two[b])
        to_pay -= surplus
    bucket_prices = np.zeros(n_buckets, np.int64)
    for j in range(n_buckets):
        for s in range(d):
            bucket_prices[j] += whole_prices[bags_of_bucket[j, s]]
    dearest = np.argsort(-bucket_prices)
    flips = 0
    for j in dearest:
        if to_pay <= 0 or bucket_prices[j] == 0:
            break
        used = min(rows_in_bucket[j], (to_pay + bucket_prices[j] - 1) // bucket_prices[j])
        flips += used
        to_pay -= used * bucket_prices[j]
    return (min(flips, UNBOUNDED) if to_pay <= 0 else UNBOUNDED), dearest
