"""A heap of positions: the largest key first, and only as many as somebody asks for."""

import numpy as np
from numba import njit

from .._utils import compiled_part


@compiled_part
def make_heap(heap, keys, size):
    """Arrange the first `size` positions in `heap` by their keys; among equals, the smallest position comes first."""
    for start in range(size // 2 - 1, -1, -1):
        _sift_down(heap, keys, start, size)


@compiled_part
def pop_largest(heap, keys, size):
    """Take out the position with the largest key, which leaves a heap of `size` - 1."""
    largest = heap[0]
    heap[0] = heap[size - 1]
    _sift_down(heap, keys, np.int64(0), size - 1)
    return largest


@compiled_part
def _sift_down(heap, keys, start, size):
    parent = start
    while 2 * parent + 1 < size:
        child = 2 * parent + 1
        if child + 1 < size and _comes_first(heap[child + 1], heap[child], keys):
            child += 1
        if not _comes_first(heap[child], heap[parent], keys):
            return
        heap[parent], heap[child] = heap[child], heap[parent]
        parent = child


@njit(inline="always")
def _comes_first(p, q, keys):
    return keys[p] > keys[q] or (keys[p] == keys[q] and p < q)
