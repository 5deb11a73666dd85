"""Flat label weights: centred at a quantile, and clipped at one, so that no label counts for more than most others.

A radius is about gap / (2 x the largest weights): flat weights certify, spiky ones do not. Neither step looks at
labels, so the classifier stays label-linear, and its radius exact. Some clean accuracy is the price.

Clipping bounds every a_i by tau(x), a quantile of |a(x)|. Centring subtracts a quantile t(x) from every a_i, and so
t n_c from the score of a class of n_c rows: no gap changes where classes are equally frequent. But rows on
both sides of t then add to the gaps, those below it by speaking against their classes, and clipping preserves that.
"""

import math

import numpy as np

from .._utils import compiled


def center_weights(weights, quantile):
    """Subtract from each row of label weights, in place, its weight at a quantile.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights.
    quantile : float in [0, 1]
        The share of weights, smallest first, that end at 0 or below; at least one does.
    """
    _center_rows(weights, _rank(quantile, weights.shape[1]))


def clip_weights(weights, quantile):
    """Clip each row of label weights, in place, at a quantile of its absolute values.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights.
    quantile : float in (0, 1]
        The share of weights, smallest absolute value first, that stay as they are; at least one does. Where the weight
        at this quantile is 0, the bound is the smallest nonzero absolute value, so that no row is set to 0.
    """
    _clip_rows(weights, _rank(quantile, weights.shape[1]))


def _rank(quantile, n):
    """Position of the quantile among n sorted values: an order statistic, not a mean of two."""
    return max(math.ceil(quantile * n) - 1, 0)


@compiled
def _center_rows(weights, rank):
    for t in range(weights.shape[0]):
        row = weights[t]
        centre = np.partition(row, rank)[rank]
        for i in range(row.shape[0]):
            row[i] -= centre


@compiled
def _clip_rows(weights, rank):
    for t in range(weights.shape[0]):
        row = weights[t]
        sizes = np.abs(row)
        bound = np.partition(sizes, rank)[rank]
        if bound == 0.0 and sizes.max() > 0.0:
            bound = sizes[sizes > 0.0].min()
        for i in range(row.shape[0]):
            row[i] = min(max(row[i], -bound), bound)
