"""The integer program of the collective certificate, as the inequalities that every attack satisfies.

Its variables, all 0 or 1:

* ``x[i, k]``: training row i gets the new label k; at most one per row, at most r in all;
* ``z[t, c]``: at test row t, class c overtakes the predicted class v; at most one per test row.

With the gains g of `_pairs`, for every (t, c),

    ``sum g x >= needed z - M (1 - z)``,

where M is the most that r flips can widen the gap. The largest ``sum z`` is the number that we want.

The linear relaxation has the same inequalities, with variables anywhere between 0 and 1. On its own it is weak: with
``z = 1/2`` half an attack passes for half a changed prediction, at every test row at once. Two families of
inequalities that every attack satisfies make up for this: prices, in `_prices`, and the

*Count.* An attack that lets c overtake has at least ``radius + 1`` flips of positive gain at (t, c), with
that pair's own radius: ``sum_{g > 0} x >= (radius + 1) z``. Pairs with a radius of r or more are left
out; hence the bound is never above the number of test rows with a radius below r.

Scaled so that what z asks for is 1, gains above 1 are as good as 1, which tightens both kinds of inequalities in
weights. To keep attacks clear of a solver's tolerances, these inequalities are relaxed by more than the tolerances,
and have no tiny coefficients (see `well_scaled`).
"""

import numpy as np
from scipy import sparse

BOUND_TOLERANCE = 1e-6  # on a number of predictions
_RELAXATION = 1e-5  # of every inequality in weights; the solver's tolerances are 1e-7 and, for integers, 1e-6


class Program:
    """``maximise sum z subject to A (x, z) <= b, 0 <= (x, z) <= 1``, to which rows can be added."""

    def __init__(self, pairs, budget):
        n_pairs, n_options = pairs.gains.shape
        self.n_options = n_options
        self.objective = np.concatenate([np.zeros(n_options), np.ones(n_pairs)])
        widened = _most_widened(pairs.gains, pairs.row, budget)
        reach = pairs.needed + widened
        never_short = reach <= 0  # the rival overtakes with any flips
        reach[never_short] = np.inf
        gains = pairs.gains.copy()
        gains.data = well_scaled(gains.data, np.repeat(reach, np.diff(gains.indptr)))
        useful = pairs.gains.copy()
        useful.data = (useful.data > 0).astype(np.float64)
        useful.eliminate_zeros()
        # a gap that is within rounding of closed needs no flips of positive gain
        fewest = np.where(pairs.needed > 0, pairs.fewest, 0)
        each_row, each_point = _membership(pairs.row), _membership(pairs.point)
        no_x = sparse.csr_array((each_point.shape[0], n_options))
        no_z = sparse.csr_array((each_row.shape[0], n_pairs))
        self.matrix = sparse.vstack(
            [
                sparse.csr_array(np.concatenate([np.ones(n_options), np.zeros(n_pairs)])[None, :]),
                sparse.hstack([each_row, no_z]),
                sparse.hstack([no_x, each_point]),
                sparse.hstack([-gains, _diagonal(~never_short)]),
                sparse.hstack([-useful, _diagonal(fewest)]),
            ],
            format="csr",
        )
        one_each = np.ones(each_row.shape[0] + each_point.shape[0])
        self.limits = np.concatenate([[budget], one_each, widened / reach + _RELAXATION, np.zeros(n_pairs)])
        self.n_fixed = self.limits.size

    def add(self, rows):
        """Add inequalities ``row @ (x, z) <= 0``, relaxed."""
        self.matrix = sparse.vstack([self.matrix, *rows], format="csr")
        self.limits = np.concatenate([self.limits, np.full(len(rows), _RELAXATION)])

    def drop_slack(self, slack):
        """Drop added inequalities that do not bind."""
        keep = np.flatnonzero((np.arange(self.limits.size) < self.n_fixed) | (slack < BOUND_TOLERANCE))
        self.matrix, self.limits = self.matrix[keep], self.limits[keep]

    def bound(self, multipliers):
        """Weak duality: no 0-1 solution is above this, whatever the multipliers."""
        multipliers = np.maximum(multipliers, 0.0)
        reduced = self.objective - self.matrix.T @ multipliers
        return float(self.limits @ multipliers + np.maximum(reduced, 0.0).sum())


def well_scaled(gains, asked):
    """Gains as multiples of what their sum has to reach, in a form that a solver's tolerances cannot harm.

    A gain above 1 is as good as 1 for 0-1 variables. Tiny gains are raised and tiny losses dropped,
    which is a relaxation; otherwise the solver would take some for 0 and mistake others for its own errors.
    """
    gains = np.minimum(gains, asked) / asked
    tiny = np.abs(gains) < _RELAXATION
    return np.where(tiny, np.where(gains > 0, _RELAXATION, 0.0), gains)


def _diagonal(values):
    index = np.arange(values.size)
    return sparse.csr_array((values.astype(np.float64), (index, index)), shape=(values.size, values.size))


def _membership(group):
    """One row per distinct value in `group`, with ones at its members."""
    _, index = np.unique(group, return_inverse=True)
    members = np.arange(group.size)
    return sparse.csr_array((np.ones(group.size), (index, members)), shape=(int(index.max()) + 1, group.size))


def _most_widened(gains, row, budget):
    """The most that `budget` flips can widen each pair's gap."""
    _, index = np.unique(row, return_inverse=True)
    widened = np.zeros(gains.shape[0])
    for pair in range(gains.shape[0]):
        entries = slice(gains.indptr[pair], gains.indptr[pair + 1])
        of_row = np.zeros(int(index.max()) + 1)
        np.maximum.at(of_row, index[gains.indices[entries]], -gains.data[entries])
        widened[pair] = np.sort(of_row)[::-1][:budget].sum()
    return widened
