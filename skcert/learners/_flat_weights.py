"""Flat label weights, so that no label counts for more than most others.

A radius is about gap / (2 x the largest weights): flat weights certify, spiky ones do not. No step looks at labels, so
the classifier stays label-linear, and its radius exact. Some clean accuracy is the price. The steps, in this order:

- *Centre*: subtract a quantile t(x) from every a_i, and so t n_c from the score of a class of n_c rows. No gap changes
  where classes are equally frequent, but rows on both sides of t then add to the gaps, those below it by speaking
  against their classes. The *mean* as centre favours no class for its size, if it is taken off again at the end.
- *Power*: sign(a_i) |a_i|^p, from the weights as they are at p = 1 to their signs at p = 0.
- *Clip*: bound every a_i by tau(x), a quantile of |a(x)|.
"""

import math

import numpy as np

from .._utils import compiled


def flatten_weights(weights, center, power, clip):
    """Flatten each row of label weights, in place.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights.
    center : float in [0, 1], "mean" or None
        The level of the quantile to subtract; or subtract the mean, at the end once more; None does neither.
    power : float in [0, 1]
        The power of absolute values.
    clip : float in (0, 1] or None
        The level of the quantile to clip at; None does not clip.
    """
    if center == "mean":
        if power < 1.0 or clip is not None:
            _subtract_means(weights)
    elif center is not None:
        center_weights(weights, center)
    if power < 1.0:
        _raise_to_power(weights, power)
    if clip is not None:
        clip_weights(weights, clip)
    if center == "mean":
        _subtract_means(weights)


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


@compiled
def _subtract_means(weights):
    for t in range(weights.shape[0]):
        row = weights[t]
        total = 0.0
        for i in range(row.shape[0]):
            total += row[i]
        mean = total / row.shape[0]
        for i in range(row.shape[0]):
            row[i] -= mean


@compiled
def _raise_to_power(weights, power):
    for t in range(weights.shape[0]):
        row = weights[t]
        for i in range(row.shape[0]):
            if row[i] != 0.0:  # whose power 0 would be 1
                row[i] = math.copysign(abs(row[i]) ** power, row[i])
