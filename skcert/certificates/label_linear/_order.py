"""Descending order of |a| in a row of label weights, found only as far down as somebody asks.

A certificate needs the largest few hundred of n weights. Rows are gathered band by band, from the largest |a| down,
each band in one scan of the row. The bands end at what a small sample of the row suggests are its largest tens, then
three times as many, and so on; a short row is one band. A band is split by incremental quicksort (Paredes & Navarro
2006), of which only the part that has been reached is sorted.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part

SHORT = 64  # segments of this length or less are sorted by counting
_SAMPLE = 32
_FIRST_BAND = 16  # rows wanted in the first band, where the sample is fine enough
_NEXT_BAND = 3  # growth from band to band

_OLD_ROW = np.dtype([("row", np.int64), ("n_equal", np.int64)])

SORTED, _GATHERED, _HEIGHT, _BANDS = 0, 1, 2, 3  # places in `Order.state`


class Order(NamedTuple):
    """Made once by `new_order`, and used again from row to row."""

    keys: np.ndarray
    """|a|, descending below ``state[SORTED]``."""
    rows: np.ndarray
    """The training rows that they belong to."""
    tags: np.ndarray
    """``2 * label``, plus 1 where a < 0; filled in below ``state[SORTED]`` only."""
    stack: np.ndarray
    """Ends of the segments that are gathered but not sorted, the first of them on top."""
    state: np.ndarray
    """How many positions are sorted, how many gathered, the height of the stack, the number of bands gathered."""
    bounds: np.ndarray
    """Band b holds |a| in ``[bounds[b + 1], bounds[b])``."""
    old_keys: np.ndarray
    """Workspace of `sort_short`, like ``old_rows``."""
    old_rows: np.ndarray


def new_order(n):
    """Arrays for the order of `n` rows."""
    return Order(
        keys=np.empty(max(n, _SAMPLE) + 1),  # one more, to write what is not kept
        rows=np.empty(max(n, _SAMPLE) + 1, dtype=np.int64),
        tags=np.empty(n, dtype=np.int64),
        stack=np.empty(n + 1, dtype=np.int64),
        state=np.zeros(4, dtype=np.int64),
        bounds=np.empty(_SAMPLE),
        old_keys=np.empty(SHORT),
        old_rows=np.empty(SHORT, dtype=_OLD_ROW),
    )


@compiled_part
def start_order(order, row, flippable):
    """Forget the row before, and choose bands for this one."""
    order.state[:] = 0
    n = flippable.shape[0]
    order.bounds[0] = np.inf
    band = 1
    if n > SHORT:
        for s in range(_SAMPLE):
            order.keys[s] = abs(row[flippable[s * n // _SAMPLE]])
        sort_short(order, order.state[_GATHERED], order.state[_GATHERED] + _SAMPLE)
        rank = _FIRST_BAND * _SAMPLE // n if n < _FIRST_BAND * _SAMPLE else 1
        while rank < _SAMPLE:
            order.bounds[band] = order.keys[rank]
            band += 1
            rank *= _NEXT_BAND
    order.bounds[band] = 0.0


@compiled_part
def extend_order(order, row, training):
    """Sort some more positions, of which there must be some left; returns how many are sorted now."""
    state = order.state
    while state[_HEIGHT] == 0:
        _gather_band(order, row, training.flippable)
    first, height = state[SORTED], state[_HEIGHT]
    end = order.stack[height - 1]
    while end - first > SHORT:
        end = partition(order.keys, order.rows, first, end)
        order.stack[height] = end
        height += 1
    sort_short(order, first, end)
    for p in range(first, end):
        order.tags[p] = 2 * training.labels[order.rows[p]] + (row[order.rows[p]] < 0.0)
    state[SORTED], state[_HEIGHT] = end, height - 1
    return end


@njit(inline="always")
def _gather_band(order, row, flippable):
    """Gather the rows of the next band, as one segment if there are any."""
    keys, rows, state = order.keys, order.rows, order.state
    upper, lower = order.bounds[state[_BANDS]], order.bounds[state[_BANDS] + 1]
    start = state[_GATHERED]
    place = np.uint64(start)  # an index that cannot count from the back takes no check whether it does
    for i in flippable:
        key = abs(row[i])
        # written in any case, kept if in the band: quicker than a branch that nobody can predict
        rows[place] = i
        place += np.uint64((lower <= key) & (key < upper))
    stop = np.int64(place)
    for p in range(start, stop):
        keys[p] = abs(row[rows[p]])
    if stop > start:
        order.stack[0] = stop
        state[_HEIGHT] = 1
    state[_GATHERED] = stop
    state[_BANDS] += 1


@njit(inline="always")
def partition(keys, rows, first, end):
    """Split ``[first, end)`` in two non-empty parts, the larger keys in front; return where the second starts."""
    # the median of the first, the middle and the last key is the pivot
    low, middle, high = keys[first], keys[(first + end) // 2], keys[end - 1]
    if low > middle:
        low, middle = middle, low
    pivot = middle if middle < high else high if high > low else low
    left, right = first, end - 1
    while True:
        while keys[left] > pivot:
            left += 1
        while keys[right] < pivot:
            right -= 1
        if left >= right:
            return max(left, first + 1)
        keys[left], keys[right] = keys[right], keys[left]
        rows[left], rows[right] = rows[right], rows[left]
        left += 1
        right -= 1


@compiled_part
def sort_short(order, first, end):
    """Sort at most `SHORT` positions: count for each key how many are larger, without a branch on any of them."""
    keys, rows, old_keys, old_rows = order.keys, order.rows, order.old_keys, order.old_rows
    n = end - first
    for p in range(n):
        old_keys[p] = keys[first + p]
        old_rows[p].row = rows[first + p]
        old_rows[p].n_equal = 0
    for p in range(n):
        key = old_keys[p]
        n_larger = 0
        for q in range(n):
            n_larger += old_keys[q] > key
        place = first + n_larger + old_rows[n_larger].n_equal
        old_rows[n_larger].n_equal += 1
        keys[place] = key
        rows[place] = old_rows[p].row
