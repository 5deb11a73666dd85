"""Descending order of a row of numbers, found only as far down as somebody asks.

A certificate needs the largest few hundred of n weights. ``sort_further`` is incremental quicksort
(Paredes & Navarro 2006): positions below ``n_sorted`` are final; behind them stand segments, each no
smaller than the next, whose ends are kept in ``stack``. Reaching position k costs O(n + k log k).
"""

from numba import njit

_SHORT = 24  # segments of this length or less are sorted by insertion


@njit(cache=True, nogil=True)
def sort_further(keys, order, n_sorted, stack, top):
    """Sort the next segment; ``order`` is permuted along with ``keys``.

    ``stack[top]`` is the end of the segment that starts at ``n_sorted``; at the start ``top`` is 0 and
    ``stack[0]`` is ``len(keys)``. Returns the new ``n_sorted`` and ``top``.
    """
    end = stack[top]
    while end - n_sorted > _SHORT:
        end = _partition(keys, order, n_sorted, end)
        top += 1
        stack[top] = end
    _insertion_sort(keys, order, n_sorted, end)
    return end, top - 1


@njit(cache=True, nogil=True)
def _partition(keys, order, first, end):
    """Split ``[first, end)`` in two non-empty parts, the larger keys in front; return where the second starts."""
    middle, last = (first + end) // 2, end - 1
    if keys[middle] > keys[first]:
        _swap(keys, order, middle, first)
    if keys[last] > keys[first]:
        _swap(keys, order, last, first)
    if keys[last] > keys[middle]:
        _swap(keys, order, last, middle)
    _swap(keys, order, middle, first)  # the median of the three is the pivot
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
        _swap(keys, order, left, right)


@njit(cache=True, nogil=True)
def _insertion_sort(keys, order, first, end):
    for i in range(first + 1, end):
        key, place = keys[i], order[i]
        j = i - 1
        while j >= first and keys[j] < key:
            keys[j + 1], order[j + 1] = keys[j], order[j]
            j -= 1
        keys[j + 1], order[j + 1] = key, place


@njit(inline="always")
def _swap(keys, order, i, j):
    keys[i], keys[j] = keys[j], keys[i]
    order[i], order[j] = order[j], order[i]
