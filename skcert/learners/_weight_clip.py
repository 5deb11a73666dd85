"""Influence-bounded label weights: no label counts for more than a quantile of all.

A radius is about gap / (2 x the largest weights): flat weights certify, spiky ones do not. Clipping every a_i to
+-tau(x), tau a quantile of |a(x)|, looks at no label, so the clipped classifier is label-linear, too, and its radius
exact. Some clean accuracy is the price.
"""

import math

import numpy as np
from numba import njit


def clip_weights(weights, quantile):
    """Clip each row of label weights, in place, at a quantile of its absolute values.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights.
    quantile : float in (0, 1]
        The share of weights, smallest first, that stay as they are; at least one does.
    """
    _clip_rows(weights, max(math.ceil(quantile * weights.shape[1]) - 1, 0))


@njit(cache=True, nogil=True)
def _clip_rows(weights, rank):
    for t in range(weights.shape[0]):
        row = weights[t]
        bound = np.partition(np.abs(row), rank)[rank]
        for i in range(row.shape[0]):
            row[i] = min(max(row[i], -bound), bound)
