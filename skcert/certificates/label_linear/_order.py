"""Descending order of |a| in a row of label weights, found only as far down as somebody asks.

A certificate needs the largest few hundred of n weights. Rows are gathered band by band, from the largest |a| down,
each band in one scan of the row. The bands end at what a small sample of the row suggests are its largest tens, then
three times as many, and so on. A band is split by incremental quicksort (Paredes & Navarro 2006), of which only the
part that has been reached is sorted.

An order is a tuple of arrays, made by `new_order` and used again from row to row:

- ``keys``: |a|, descending below ``state[SORTED]``;
- ``rows``: the training rows that they belong to;
- ``tags``: ``2 * label``, plus 1 where a < 0; filled in below ``state[SORTED]`` only;
- ``stack``: ends of the segments that are gathered but not sorted, the first of them on top;
- ``state``: how many positions are sorted, how many gathered, the height of the stack, the number of bands gathered;
- ``bounds``: band b holds |a| in ``[bounds[b + 1], bounds[b])``;
- ``old_keys``, ``old_rows``, ``n_equal``: workspace of `_sort_short`.
"""

import numpy as np
from numba import njit

_SHORT = 64  # segments of this length or less are sorted by counting
_SAMPLE = 32
_FIRST_BAND = 16  # rows wanted in the first band, where the sample is fine enough
_NEXT_BAND = 3  # growth from band to band

SORTED, _GATHERED, _HEIGHT, _BANDS = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def new_order(n):
    """Arrays for the order of `n` rows."""
    return (
        np.empty(n),
        np.empty(n + 1, np.int64),  # one more, to write what is not kept
        np.empty(n, np.int64),
        np.empty(n + 1, np.int64),
        np.zeros(4, np.int64),
        np.empty(_SHORT),
        np.empty(_SHORT),
        np.empty(_SHORT, np.int64),
        np.empty(_SHORT, np.int64),
    )


@njit(cache=True, nogil=True)
def start_order(order, row, flippable):
    """Forget the row before, and choose bands for this one, of more rows than the sample has."""
    keys, _, _, _, state, bounds = order[:6]
    state[:] = 0
    n = flippable.shape[0]
    for s in range(_SAMPLE):
        keys[s] = abs(float(row[flippable[s * n // _SAMPLE]]))
    _sort_short(order, 0, _SAMPLE)
    bounds[0] = np.inf
    band, rank = 1, max(1, _FIRST_BAND * _SAMPLE // n)
    while rank < _SAMPLE:
        bounds[band] = keys[rank]
        band += 1
        rank *= _NEXT_BAND
    bounds[band] = 0.0


@njit(cache=True, nogil=True)
def extend_order(order, row, labels, flippable):
    """Sort some more positions, of which there must be some left; returns how many are sorted now."""
    keys, rows, tags, stack, state = order[:5]
    while state[_HEIGHT] == 0:
        _gather_band(order, row, flippable)
    first, height = state[SORTED], state[_HEIGHT]
    end = stack[height - 1]
    while end - first > _SHORT:
        end = _partition(keys, rows, first, end)
        stack[height] = end
        height += 1
    _sort_short(order, first, end)
    for p in range(first, end):
        tags[p] = 2 * labels[rows[p]] + (row[rows[p]] < 0.0)
    state[SORTED], state[_HEIGHT] = end, height - 1
    return end


@njit(cache=True, nogil=True)
def _gather_band(order, row, flippable):
    """Gather the rows of the next band, as one segment if there are any."""
    keys, rows, _, stack, state, bounds = order[:6]
    upper, lower = bounds[state[_BANDS]], bounds[state[_BANDS] + 1]
    first = state[_GATHERED]
    end = np.uint64(first)  # an index that cannot count from the back takes no check whether it does
    for i in flippable:
        key = abs(float(row[i]))
        # written in any case, kept if in the band: quicker than a branch that nobody can predict
        rows[end] = i
        end += np.uint64((lower <= key) & (key < upper))
    last = np.int64(end)
    for p in range(first, last):
        keys[p] = abs(float(row[rows[p]]))
    if last > first:
        stack[0] = last
        state[_HEIGHT] = 1
    state[_GATHERED] = last
    state[_BANDS] += 1


@njit(cache=True, nogil=True)
def _partition(keys, rows, first, end):
    """Split ``[first, end)`` in two non-empty parts, the larger keys in front; return where the second starts."""
    middle, last = (first + end) // 2, end - 1
    if keys[middle] > keys[first]:
        _swap(keys, rows, middle, first)
    if keys[last] > keys[first]:
        _swap(keys, rows, last, first)
    if keys[last] > keys[middle]:
        _swap(keys, rows, last, middle)
    _swap(keys, rows, middle, first)  # the median of the three is the pivot
    pivot = keys[first]
    left, right = first - 1, end
    while True:
        left += 1
        while keys[left] > pivot:
            left += 1
        right -= 1
        while keys[right] < pivot:
            right -= 1
        if left >= right:
            return right + 1
        _swap(keys, rows, left, right)


@njit(cache=True, nogil=True)
def _sort_short(order, first, end):
    """Sort at most `_SHORT` positions: count for each key how many are larger, without a branch on any of them."""
    keys, rows = order[:2]
    old_keys, old_rows, n_equal = order[6:]
    n = end - first
    for p in range(n):
        old_keys[p], old_rows[p], n_equal[p] = keys[first + p], rows[first + p], 0
    for p in range(n):
        key = old_keys[p]
        n_larger = 0
        for q in range(n):
            n_larger += old_keys[q] > key
        place = first + n_larger + n_equal[n_larger]
        n_equal[n_larger] += 1
        keys[place], rows[place] = key, old_rows[p]


@njit(inline="always")
def _swap(keys, rows, i, j):
    keys[i], keys[j] = keys[j], keys[i]
    rows[i], rows[j] = rows[j], rows[i]
