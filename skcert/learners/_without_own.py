"""Label weights of training rows without their own labels: those of a fit that leaves the row out, in closed form.

Kernel ridge regression: with S the smoother of `ridge_smoother`, the label weights of the training rows are
``H = I - alpha S``, with intercept or without, and those of a fit without row i are ``H_ij / (1 - H_ii)``, which is
``- S_ij / S_ii`` (for instance Rasmussen & Williams 2006, section 5.4.2). No kernel is needed, and nothing is divided
by what rounding has left of 1 - H_ii.

The limit ``alpha -> inf``: without intercept, ``H_ij`` itself. With one, H is a doubly centred kernel; centred without
row i it is ``(H_ij + H_ii / (n - 1)) n / (n - 1)``.
"""

import numpy as np

from ..kernels import ordered_product
from ._smoother import SpectralSmoother


def ridge_without_own(smoother, rows):
    """Kernel ridge regression fitted without each of some rows, at that row.

    Parameters
    ----------
    smoother : ndarray of shape (n, n), or SpectralSmoother
        As in `Smoothing`.
    rows : ndarray of shape (n_rows,)
        Training rows.

    Returns
    -------
    weights : ndarray of shape (n_rows, n)
        A new array, with 0 for the row itself.
    """
    if isinstance(smoother, SpectralSmoother):
        weights = ordered_product(smoother.vectors[rows] * smoother.factors, smoother.vectors.T, 1)
    else:
        weights = smoother[rows]
    own = _take_out_own(weights, rows)
    weights *= np.divide(-1.0, own, out=np.zeros_like(own), where=own > 0.0)[:, None]  # 0 where there is no other row
    return weights


def limit_without_own(weights, rows, centre):
    """The limit of infinite ridge fitted without each of some rows, from its label weights at these; in place."""
    n = weights.shape[1]
    own = _take_out_own(weights, rows)
    if centre and n > 1:
        weights += own[:, None] / (n - 1)
        weights *= n / (n - 1)
        _take_out_own(weights, rows)
    return weights


def without_own(weights, rows):
    """Label weights of training rows, with the row's own set to 0; in place."""
    _take_out_own(weights, rows)
    return weights


def change_others(change, weights, rows):
    """Let ``change(others)`` work in place on the label weights of all rows but each row itself; in place."""
    n_rows, n = weights.shape
    if n < 2:
        return
    others = np.ones(weights.shape, dtype=bool)
    others[np.arange(n_rows), rows] = False
    compact = weights[others].reshape(n_rows, n - 1)
    change(compact)
    weights[others] = compact.ravel()


def _take_out_own(weights, rows):
    """Set each row's own weight to 0, and return what it was."""
    places = np.arange(weights.shape[0]), rows
    own = weights[places].copy()
    weights[places] = 0.0
    return own
