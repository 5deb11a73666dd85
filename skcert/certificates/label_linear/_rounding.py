"""What rounding can do to scores, and where it does nothing.

Sums of label weights are rounded, and a gap within the margin of being closed counts as closed. Whole numbers add up
exactly. Whether weights are whole is stated separately from the margin, because a margin can be rounded to 0.

With u the unit roundoff, S = sum |a_i| and n terms, sums are off by less than n u S (Higham 2002, section 4.2). The
gap now and the gap after the attack are two such sums. What flips take off the gap is kept in two parts (see
`_overtaking`), of at most n + 1 and 2 n additions with values of at most 2 S and 3 S: less than 8 (n + 1) u S.
12 (n + 4) u S covers them all, also with the computed S for S.

By rules (`_overtaking_by_rules`), what flips take off the gap is made of sums over bins, at most three that a row can
be in: less than 3 n u times 2 S. They are subtracted and added up, a value of at most 2 S at each of at most 2 n
steps: 4 n u S. With the two gaps that is 12 n u S, and the 48 u S that are left cover what is of the order of u S.

In bulk (`_overtaking_in_bulk`), it is made of sums over cells: each row is added to its cell, and what cells hold is
added up bin by bin, for all classes together also class by class. Nothing is rounded where nothing is added, so there
are at most n steps of each kind: less than 3 n u S for all classes together, and less than 2 n u S for the loser and
the target, which are subtracted once and count twice: 9 n u S. Rows that are selected are in none of these sums, and
cost 2 u S each. With the two gaps that is 11 n u S, and n u S and the 48 u S that are left cover what is of the order
of u S.

Rows of weights so small that the margin would be rounded to nothing are multiplied by a power of two first, which is
exact and changes no comparison.

With score weights of at most W, sums are multiplied, and so are the terms of what flips take off the gap: the first
cost u W S more for each of four scores, the second 2 u for each term, 4 u W S in all. 12 (n + 8) u W S covers that.
Products of tiny numbers can also lose up to 2^-1075 each; the margin has n + 8 times 32 times as much for them, and
such rows are left as they are, because what `class_scores` computes has to be certified.
"""

import numpy as np

from ..._utils import compiled, compiled_part
from .._weight_blocks import absolute_sum

EPS = float(np.finfo(np.float64).eps)
_LARGEST_EXACT_SUM = 2.0**50
_TINY_SUM = 2.0**-512  # below it, the margin comes near the smallest numbers there are
_NO_TINY_SUM = 2.0**512  # what such rows are multiplied by
LOST_BELOW = 2.0**-1070  # more than what any product loses where there are no smaller numbers


@compiled
def with_margin(row, rules):
    """A row of weights, or an exact multiple of it, and what rounding can do to it.

    Returns the row; the sum of its absolute values, times the largest score weight; the margin: how far a computed gap
    and what flips take off it may together be from the truth; and whether all weights are whole numbers that add up
    exactly. The margin is then 0.
    """
    if rules is not None:
        if not _are_one(rules.score_weight):
            return _with_margin_by_rules(row, rules.score_weight)
    total = absolute_sum(row)
    if 0.0 < total < _TINY_SUM:
        larger = np.empty(row.shape[0])
        for i in range(row.shape[0]):
            larger[i] = row[i] * _NO_TINY_SUM
        row, total = larger, total * _NO_TINY_SUM
    whole = total < _LARGEST_EXACT_SUM and _are_whole(row)
    return row, total, 0.0 if whole else 6.0 * (row.shape[0] + 4) * EPS * total, whole


@compiled_part
def _with_margin_by_rules(row, score_weight):
    largest = 0.0
    for weight in score_weight:
        largest = max(largest, weight)
    total, n = largest * absolute_sum(row), row.shape[0]
    whole = total < _LARGEST_EXACT_SUM and _are_whole(score_weight) and _are_whole(row)
    return row, total, 0.0 if whole else weighted_margin(n, total), whole


@compiled_part
def weighted_margin(n, total):
    """The margin with score weights, for `n` terms whose absolute values sum to `total` times the largest weight."""
    return 6.0 * (n + 8) * EPS * total + (n + 8) * LOST_BELOW


@compiled_part
def _are_one(numbers):
    for number in numbers:
        if number != 1.0:
            return False
    return True


@compiled_part
def _are_whole(numbers):
    for number in numbers:  # most rows have a fraction at once
        if number != np.floor(number):
            return False
    return True
