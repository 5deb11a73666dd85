"""What rounding can do to scores, and where it does nothing.

Sums of label weights are rounded, and a gap within the margin of being closed counts as closed. Whole numbers add up
exactly. Whether weights are whole is stated separately from the margin, because a margin can be rounded to 0.

With u the unit roundoff, S = sum |a_i| and n terms, sums are off by less than n u S (Higham 2002, section 4.2). The
gap now and the gap after the attack are two such sums. What flips take off the gap is kept in two parts (see
`_overtaking`), of at most n + 1 and 2 n additions with values of at most 2 S and 3 S: less than 8 (n + 1) u S.
12 (n + 4) u S covers them all, also with the computed S for S.

Rows of weights so small that the margin would be rounded to nothing are multiplied by a power of two first, which is
exact and changes no comparison.
"""

import numpy as np

from ..._utils import compiled
from .._weight_blocks import absolute_sum

EPS = float(np.finfo(np.float64).eps)
_LARGEST_EXACT_SUM = 2.0**50
_TINY_SUM = 2.0**-512  # below it, the margin comes near the smallest numbers there are
_NO_TINY_SUM = 2.0**512  # what such rows are multiplied by


@compiled
def with_margin(row):
    """A row of weights, or an exact multiple of it, and what rounding can do to it.

    Returns the row; the sum of its absolute values; the margin: how far a computed gap and what flips take off it may
    together be from the truth; and whether the weights are whole numbers that add up exactly. The margin is then 0.
    """
    total = absolute_sum(row)
    if 0.0 < total < _TINY_SUM:
        larger = np.empty(row.shape[0])
        for i in range(row.shape[0]):
            larger[i] = row[i] * _NO_TINY_SUM
        row, total = larger, total * _NO_TINY_SUM
    whole, i = total < _LARGEST_EXACT_SUM, 0
    while whole and i < row.shape[0]:  # most rows have a fraction at once
        whole = row[i] == np.floor(row[i])
        i += 1
    return row, total, 0.0 if whole else 6.0 * (row.shape[0] + 4) * EPS * total, whole
