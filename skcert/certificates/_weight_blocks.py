"""Label weights and labels as compiled code takes them: one kind of array, whatever the caller's is.

Every function is then compiled once, for double precision.
"""

import numpy as np

from .._utils import compiled

_BLOCK = 2**17  # weights converted at a time, which then stay in a cache


def double_blocks(weights):
    """Rows of weights in blocks: ``(rows, block)``, float64, C-contiguous; all at once if they are such already.

    Nobody writes to a block, although Numba could. A block is valid until the next one is asked for: converted weights
    take the place of the last ones, which a cache then still holds.
    """
    n_rows = weights.shape[0]
    if weights.dtype == np.float64 and weights.flags.c_contiguous and weights.flags.writeable:
        yield slice(0, n_rows), weights
        return
    height = min(max(1, _BLOCK // max(1, weights.shape[1])), n_rows)
    converted = np.empty((height, weights.shape[1]))
    for first in range(0, n_rows, max(1, height)):
        rows = slice(first, min(first + height, n_rows))
        block = converted[: rows.stop - first]
        np.copyto(block, weights[rows])
        yield rows, block


def largest_absolute_sum(weights):
    """The largest sum of the absolute values of a row, NaN if any is: one pass that finds NaN, inf and overflow."""
    return float(np.max([_largest_absolute_sum(block) for _, block in double_blocks(weights)], initial=0.0))


@compiled
def _largest_absolute_sum(block):
    largest = 0.0
    for t in range(block.shape[0]):
        total = absolute_sum(block[t])
        if not total <= largest:
            largest = total
            if np.isnan(total):
                break
    return largest


@compiled
def absolute_sum(row):
    """Sum of |a_i|, four sums at a time, because additions that wait for each other are slow."""
    n = row.shape[0]
    part_0, part_1, part_2, part_3 = 0.0, 0.0, 0.0, 0.0
    for i in range(0, n - 3, 4):
        part_0 += abs(row[i])
        part_1 += abs(row[i + 1])
        part_2 += abs(row[i + 2])
        part_3 += abs(row[i + 3])
    for i in range(n - n % 4, n):
        part_0 += abs(row[i])
    return part_0 + part_1 + part_2 + part_3
