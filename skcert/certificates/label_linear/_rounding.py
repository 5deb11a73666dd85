"""What rounding can do to scores, and where it does nothing.

Sums of label weights are rounded, and a gap within the margin of being closed counts as closed. Whole numbers add up
exactly; whether weights are such is said besides the margin, and not read off it: a margin can be rounded to 0.
"""

import numpy as np
from numba import njit

EPS = float(np.finfo(np.float64).eps)
_LARGEST_EXACT_SUM = 2.0**50
_TINY_SUM = 2.0**-512  # below it, the margin comes near the smallest numbers there are
_NO_TINY_SUM = 2.0**512  # what such rows are multiplied by


@njit(cache=True, nogil=True)
def absolute_sum_of(row):
    """Sum of |a_i|, four sums at a time, because additions that wait for each other are slow."""
    n = row.shape[0]
    part_0, part_1, part_2, part_3 = 0.0, 0.0, 0.0, 0.0
    for i in range(0, n - 3, 4):
        part_0 += abs(float(row[i]))
        part_1 += abs(float(row[i + 1]))
        part_2 += abs(float(row[i + 2]))
        part_3 += abs(float(row[i + 3]))
    for i in range(n - n % 4, n):
        part_0 += abs(float(row[i]))
    return part_0 + part_1 + part_2 + part_3


@njit(cache=True, nogil=True)
def rounding_margin(row, absolute_sum):
    """How far a computed gap and what flips take off it may together be from the truth; whether nothing is rounded.

    With u the unit roundoff, S = sum |a_i| and n terms, sums are off by less than n u S (Higham 2002, section 4.2).
    The gap now and the gap after the attack are two such sums. What flips take off the gap is kept in two parts (see
    `overtake`), of at most n + 1 and 2 n additions with values of at most 2 S and 3 S: less than 8 (n + 1) u S.
    12 (n + 4) u S covers them all, also with the computed S for S.

    Returns the margin, and whether the weights are whole numbers that add up exactly; the margin is then 0.
    """
    whole = absolute_sum < _LARGEST_EXACT_SUM
    for i in range(row.shape[0]):
        if not whole:
            break
        whole = row[i] == np.floor(row[i])
    return 0.0 if whole else 6.0 * (row.shape[0] + 4) * EPS * absolute_sum, whole


@njit(cache=True, nogil=True)
def enlarged_if_tiny(row, absolute_sum):
    """A row of weights, or an exact multiple of it whose margin is a normal number, and its sum."""
    if not 0.0 < absolute_sum < _TINY_SUM:
        return row, absolute_sum
    larger = np.empty_like(row)
    for i in range(row.shape[0]):
        larger[i] = row[i] * _NO_TINY_SUM
    return larger, absolute_sum * _NO_TINY_SUM
