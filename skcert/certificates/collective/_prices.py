"""Inequalities in prices: every attack on a test set satisfies them, half an attack does not.

For any prices ``nu >= 0`` of a flip and ``mu_i >= 0`` of a row, in the notation of `_program`,

    ``sum (g[i, k] - nu - mu_i)^+ x[i, k] >= (needed - r nu - sum mu_i) z``.

At z = 1 the flips gain ``needed`` and cost no more than ``r nu + sum mu_i``; at z = 0 the left side is
not negative. Given a fractional x and z, the prices that are violated most come from a fractional
knapsack: of the flips in x, take those that gain most at (t, c), no more than ``r z`` in all and no more
than z from each row. Scaled to a right side of z, the inequalities of several rivals at one test row make
another, with the largest of their coefficients on the left and the sum of their z on the right, because
at most one of these is 1.
"""

import numpy as np
from scipy import sparse

from ..._utils import compiled
from ._program import well_scaled

_LEAST_NEEDED = 1e-6  # relative; below it, rounding could eat up the relaxation
_LEAST_VIOLATION = 1e-4


def violated_prices(program, pairs, budget, x, z):
    """Inequalities in prices that (x, z) violates: one for each pair, and one for all pairs of a test row."""
    violated = []

    def add_if_violated(coefficients, of_pairs):
        if z[of_pairs].sum() - coefficients @ x > _LEAST_VIOLATION:
            options = np.flatnonzero(coefficients)
            columns = np.concatenate([options, program.n_options + of_pairs])
            values = np.concatenate([-coefficients[options], np.ones(of_pairs.size)])
            start_and_end = np.array([0, columns.size])
            violated.append(sparse.csr_array((values, columns, start_and_end), shape=(1, program.objective.size)))

    in_use = z > _LEAST_VIOLATION
    for point in np.unique(pairs.point[in_use]):
        of_point = np.flatnonzero(in_use & (pairs.point == point))
        prices = [_priced_gains(program, pairs, pair, budget, x, z[pair]) for pair in of_point]
        of_point, prices = of_point[[p is not None for p in prices]], [p for p in prices if p is not None]
        for pair, coefficients in zip(of_point, prices):
            add_if_violated(coefficients, np.array([pair]))
        if len(prices) > 1:
            add_if_violated(np.max(prices, axis=0), of_point)
    return violated


def _priced_gains(program, pairs, pair, budget, x, z):
    """Coefficients p, shape (n_options,), of the inequality ``p @ x >= z`` that (x, z) violates most, if at all.

    None if the prices leave nothing needed.
    """
    useful = slice(pairs.starts[pair], pairs.starts[pair + 1])
    options, gains = pairs.useful[useful], pairs.useful_gains[useful]
    row_price = np.empty(int(pairs.row.max()) + 1)
    flip_price = _prices(options, gains, pairs.row, x, z, budget, row_price)
    paid = budget * flip_price + row_price.sum()
    needed = pairs.needed[pair] - paid
    if needed <= _LEAST_NEEDED * (pairs.needed[pair] + paid):
        return None
    coefficients = np.zeros(program.n_options)
    coefficients[options] = well_scaled(np.maximum(gains - flip_price - row_price[pairs.row[options]], 0.0), needed)
    return coefficients


@compiled
def _prices(options, gains, row, x, z, budget, row_price):
    """Multipliers of a fractional knapsack: the flips in x that gain most, `budget * z` in all, z of each row.

    Returns the price of a flip and writes those of the rows: the gain at which each ran full, above it.
    """
    row_price[:] = 0.0
    room = np.full(row_price.shape[0], z)
    flip_price = 0.0
    left = budget * z
    for k in range(options.shape[0]):
        i = row[options[k]]
        taken = min(x[options[k]], room[i])
        if room[i] > 0.0 and taken == room[i]:
            row_price[i] = gains[k]
        room[i] -= taken
        left -= taken
        if left <= 0.0:
            flip_price = gains[k]
            break
    for i in range(row_price.shape[0]):
        row_price[i] = max(row_price[i] - flip_price, 0.0)
    return flip_price
