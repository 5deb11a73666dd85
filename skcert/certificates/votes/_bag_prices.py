"""The bound by prices on votes over overlapping bags: weak duality, at prices that subgradient steps look for.

The theorem is in `_overlapping`. Prices are rounded to whole multiples of 2**-26; with them, everything is computed in
whole numbers, without rounding.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ...results import UNBOUNDED
from .._heap import make_heap, pop_largest

_PRICE_UNIT = 2**26  # with costs below 2**31, products of the two stay below 2**58
_PRICE_LEVELS = 4
_PRICE_STEPS = 40
_STEP = 0.03  # of the price level, on average over the bags, in the first step

BAG = np.dtype(
    [
        ("for_one", np.int64),  # flips inside the bag that gain 1, UNBOUNDED if none do
        ("for_two", np.int64),  # ... and 2
        # the price at which a bag is not worth any flips; a higher one only makes its buckets dearer
        ("highest", np.float64),
        ("price", np.float64),
        ("whole_price", np.int64),  # the price in whole units
        ("slope", np.float64),
    ]
)


class Buckets(NamedTuple):
    """Which rows are in which bags."""

    bags: np.ndarray
    """(n_buckets, d): the bags that hold each bucket."""
    n_rows: np.ndarray
    """(n_buckets,): its training rows."""


class Pricing(NamedTuple):
    """What is known of the bags, and workspace."""

    bags: np.ndarray
    """(n_bags,): records of `BAG`."""
    bucket_prices: np.ndarray
    """(n_buckets,): prices of the buckets, in whole units."""
    heap: np.ndarray
    """(n_buckets,): buckets by price."""
    dearest: np.ndarray
    """(n_buckets,): the buckets taken from the heap, in order."""


def new_pricing(n_bags, n_buckets):
    """Arrays for a `Pricing`."""
    return Pricing(
        bags=np.empty(n_bags, dtype=BAG),
        bucket_prices=np.empty(n_buckets),
        heap=np.empty(n_buckets, dtype=np.int64),
        dearest=np.empty(n_buckets, dtype=np.int64),
    )


@compiled_part
def flips_by_prices(buckets, gain, rate, pricing):
    """Lower bound on the flips by the best prices found, starting from levels near `rate` (gain per flip)."""
    bags = pricing.bags
    for b in range(bags.shape[0]):
        by_one = 1.0 / bags[b].for_one if bags[b].for_one < UNBOUNDED else 0.0
        by_two = 2.0 / bags[b].for_two if bags[b].for_two < UNBOUNDED else 0.0
        bags[b].highest = by_one if by_one > by_two else by_two
    best, level = np.int64(0), rate
    for step in range(_PRICE_LEVELS):
        tried = rate * 2.0 ** (0.5 * (1 - step))
        _level_prices(bags, tried)
        flips, _ = _flips_at_prices(buckets, gain, pricing)
        if flips > best:
            best, level = flips, tried
    _level_prices(bags, level)
    for step in range(_PRICE_STEPS):
        flips, n_taken = _flips_at_prices(buckets, gain, pricing)
        best = flips if flips > best else best
        if best >= UNBOUNDED or not _step_prices(buckets, best, n_taken, level / np.sqrt(step + 1.0), pricing):
            break
    return best


@njit(inline="always")
def _level_prices(bags, level):
    """One price for all bags, as far as they are worth it."""
    for b in range(bags.shape[0]):
        bags[b].price = level if level < bags[b].highest else bags[b].highest


@compiled_part
def _flips_at_prices(buckets, gain, pricing):
    """Lower bound on the flips by the bags' prices, rounded down to whole units, and how many buckets were taken."""
    bags, bucket_prices, heap, dearest = pricing
    to_pay = np.int64(gain) * _PRICE_UNIT
    for b in range(bags.shape[0]):
        bag = bags[b]
        bag.whole_price = np.int64(bag.price * _PRICE_UNIT)
        surplus = np.int64(0)
        if bag.for_one < UNBOUNDED and _PRICE_UNIT - bag.whole_price * bag.for_one > surplus:
            surplus = _PRICE_UNIT - bag.whole_price * bag.for_one
        if bag.for_two < UNBOUNDED and 2 * _PRICE_UNIT - bag.whole_price * bag.for_two > surplus:
            surplus = 2 * _PRICE_UNIT - bag.whole_price * bag.for_two
        to_pay -= surplus
    n_buckets = buckets.bags.shape[0]
    for j in range(n_buckets):
        price = np.int64(0)
        for s in range(buckets.bags.shape[1]):
            price += bags[buckets.bags[j, s]].whole_price
        bucket_prices[j] = price
        heap[j] = j
    make_heap(heap, bucket_prices, n_buckets)
    flips, n_taken = np.int64(0), np.int64(0)
    while to_pay > 0 and n_taken < n_buckets and bucket_prices[heap[0]] > 0.0:
        j = pop_largest(heap, bucket_prices, n_buckets - n_taken)
        dearest[n_taken] = j
        n_taken += 1
        price = np.int64(bucket_prices[j])
        used = (to_pay + price - 1) // price
        if buckets.n_rows[j] < used:
            used = buckets.n_rows[j]
        flips += used
        to_pay -= used * price
    if to_pay > 0 or flips > UNBOUNDED:
        flips = np.int64(UNBOUNDED)
    return flips, n_taken


@njit(inline="always")
def _step_prices(buckets, flips, n_taken, level, pricing):
    """A subgradient step: what `flips` can gain at most at these prices is to fall below the gain needed.

    Lower the price of a bag that they put more flips into than the bag takes at its price, and raise it otherwise.
    Returns False where there is nowhere to go.
    """
    bags, bucket_prices, heap, dearest = pricing
    for b in range(bags.shape[0]):
        bags[b].slope = -_flips_worth_it(bags[b])
    taken, left, n_buckets = 0, flips, buckets.bags.shape[0]
    while left > 0 and taken < n_buckets:
        if taken == n_taken:
            dearest[n_taken] = pop_largest(heap, bucket_prices, n_buckets - n_taken)
            n_taken += 1
        j = dearest[taken]
        taken += 1
        used = left if left < buckets.n_rows[j] else buckets.n_rows[j]
        for s in range(buckets.bags.shape[1]):
            bags[buckets.bags[j, s]].slope += used
        left -= used
    size = 0.0
    for b in range(bags.shape[0]):
        if bags[b].highest > 0.0:
            size += abs(bags[b].slope)
    if size == 0.0:
        return False
    stride = _STEP * level * bags.shape[0] / size
    for b in range(bags.shape[0]):
        price = bags[b].price - stride * bags[b].slope
        price = price if price > 0.0 else 0.0
        bags[b].price = price if price < bags[b].highest else bags[b].highest
    return True


@njit(inline="always")
def _flips_worth_it(bag):
    """The flips that a bag takes at its price: none, those for gain 1, or those for gain 2."""
    surplus, flips = 0.0, 0
    if bag.for_one < UNBOUNDED and 1.0 - bag.price * bag.for_one > surplus:
        surplus, flips = 1.0 - bag.price * bag.for_one, bag.for_one
    if bag.for_two < UNBOUNDED and 2.0 - bag.price * bag.for_two > surplus:
        flips = bag.for_two
    return flips
