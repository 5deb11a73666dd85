"""Randomised smoothing over training labels: the classifier that most noisy copies of the labels agree on.

The noise replaces each training label, independently and with probability q, by one of the K - 1 other
classes, all equally likely. The smoothed classifier g(x) is the class that the base classifier predicts with
probability above 1/2 when it is trained on noisy labels; it abstains if no class is that likely. Two steps certify
it, both without sampling.

1. For a label-linear base with weights a and predicted class c, the margin over a rival k on noisy labels z is
   ``f_c - f_k = sum_i a_i ([z_i = c] - [z_i = k])``, a sum of independent terms, each a_i, -a_i or 0. Chernoff:
   ``P(margin <= 0) <= prod_i E exp(-t margin_i)`` for every t >= 0. The sum over the rivals bounds the probability
   that the base predicts anything but c. Newton's method searches for the best t; wherever it stops, the bound holds.
2. Let the labels y and y' differ in r places. Noise around y and noise around y' have the likelihood ratio
   ``((1 - q) / s) ** S`` with s = q / (K - 1) and S the number of those places where z agrees with y minus the number
   where it agrees with y'. By the lemma of Neyman and Pearson, among all events with probability at least 1/2 around
   y', the one least likely around y holds the smallest S. As long as its probability around y is above the bound of
   step 1, the base errs with probability below 1/2 around y' too.

Rounding. Margins within rounding of 0 count as errors, and every sum is moved to the safe side by its
rounding error, as annotated below.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from .._utils import compiled, compiled_part

_EPS = float(np.finfo(np.float64).eps)
_LARGEST_EXPONENT = 600.0  # exp of it, and of its negative, is a normal number with room to spare
_NEWTON_STEPS = 60
_NEWTON_DECREMENT = 1e-6  # twice what a further step can take off the logarithm of the bound


def smoothing_radius(log_error: ArrayLike, flip_probability: float, n_classes: int, n_train: int) -> NDArray[np.int64]:
    """The largest number of label flips after which the smoothed classifier is provably the same.

    Parameters
    ----------
    log_error : array-like of shape (n_test,)
        Natural logarithm of (an upper bound on) the probability that the base, trained on noisy labels, predicts
        anything but the class in question.
    flip_probability : float
        Probability that the noise replaces a label, above 0 and below ``(n_classes - 1) / n_classes``.
    n_classes : int
        Number of classes, at least 2.
    n_train : int
        Number of training labels, an upper limit on the radius.

    Returns
    -------
    radius : ndarray of shape (n_test,), int64
        Label flips. The class keeps a probability above 1/2 on all labels within the radius, whatever the
        base classifier is; with one flip more there is a base for which it does not. 0 also where the
        probability of an error is 1/2 or more, and nothing is proved.

    Raises
    ------
    ValueError
        If ``log_error`` contains NaN, or ``flip_probability`` is out of range.

    Notes
    -----
    Worst case by the lemma of Neyman and Pearson, from the exact distribution of the likelihood ratio of the noise
    around two labelings that differ in r places; for discrete inputs the technique is that of Lee et al. 2019 (arXiv
    1906.04948).

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.baselines import smoothing_radius
    >>> smoothing_radius(np.log([0.5, 0.05, 1e-9]), flip_probability=0.1, n_classes=2, n_train=100)
    array([ 0,  1, 10])
    """
    log_error = _check_log_error(log_error)
    check_flip_probability(flip_probability, n_classes)
    lowest = float(log_error.min(initial=0.0))
    thresholds = _log_error_thresholds(flip_probability, n_classes, lowest, n_train)
    # thresholds fall; the radius is the number of them that lie above log_error
    return np.searchsorted(-thresholds, -log_error, side="left").astype(np.int64)


def check_flip_probability(flip_probability, n_classes):
    if not 0 < flip_probability < (n_classes - 1) / n_classes:
        raise ValueError(
            f"flip_probability={flip_probability!r} must be above 0 and below (n_classes - 1) / n_classes = "
            f"{(n_classes - 1) / n_classes:.6g} for n_classes={n_classes}; with more noise a label carries no "
            "information, or misleads. Lower flip_probability."
        )


def _check_log_error(log_error):
    log_error = np.asarray(log_error, dtype=np.float64)
    if np.isnan(log_error).any():
        raise ValueError("log_error has NaN; give logarithms of probabilities, for instance from log_error_bound.")
    return log_error


def log_error_bounds(weights, labels, predicted, flip_probability, n_classes):
    """Logarithm of an upper bound on the probability that noise lets any rival overtake `predicted`."""
    per_rival = np.empty((weights.shape[0], n_classes))
    _log_overtaking_bounds(weights, labels, predicted, float(flip_probability), per_rival)
    return np.minimum(logsumexp(per_rival, axis=1), 0.0)


@compiled
def _log_overtaking_bounds(weights, labels, predicted, flip_probability, log_bounds):
    """Chernoff bounds, per test row and rival, on the logarithm of P(the rival overtakes); -inf at `predicted`."""
    n_test, n_train = weights.shape
    n_classes = log_bounds.shape[1]
    scaled = np.empty(n_train)
    for t in range(n_test):
        largest = 0.0
        for i in range(n_train):
            largest = max(largest, abs(float(weights[t, i])))
        for i in range(n_train):
            # which class overtakes does not depend on the scale
            scaled[i] = float(weights[t, i]) / largest if largest > 0.0 else 0.0
        for rival in range(n_classes):
            if rival == predicted[t]:
                log_bounds[t, rival] = -np.inf
            else:
                log_bounds[t, rival] = _log_overtaking_bound(
                    scaled, labels, predicted[t], rival, flip_probability, n_classes
                )


@compiled_part
def _log_overtaking_bound(row, labels, predicted, rival, flip_probability, n_classes):
    """Logarithm of the smallest Chernoff bound found on P(f_predicted - f_rival <= rounding) under noise."""
    exponent = _chernoff_exponent(row, labels, predicted, rival, flip_probability, n_classes)
    log_bound, total = 0.0, 0.0
    for i in range(row.shape[0]):
        up, down, none = _margin_probabilities(labels[i], predicted, rival, flip_probability, n_classes)
        power = np.exp(-exponent * row[i])
        log_bound += np.log(up * power + down / power + none)
        total += abs(row[i])
    # Each logarithm is off by at most (|exponent a_i| + 10) eps, their sum by n eps times their sizes, and none is
    # larger than |exponent a_i|; the sum over the rivals adds at most n_classes eps. The factor 2 is a safety margin.
    n = row.shape[0]
    log_bound += 2.0 * (n + n_classes + 16) * _EPS * (n + exponent * total)
    # Two computed scores and the scaling are off by at most n eps total together, which the margin has to exceed.
    log_bound += exponent * 2.0 * (n + 4) * _EPS * total
    return min(log_bound, 0.0)


@compiled_part
def _chernoff_exponent(row, labels, predicted, rival, flip_probability, n_classes):
    """An exponent t >= 0 that nearly minimises ``sum_i log E exp(-t margin_i)``, a convex function of t."""
    low, high = 0.0, _LARGEST_EXPONENT
    exponent = 0.0
    for _ in range(_NEWTON_STEPS):
        slope, curvature = 0.0, 0.0
        for i in range(row.shape[0]):
            up, down, none = _margin_probabilities(labels[i], predicted, rival, flip_probability, n_classes)
            power = np.exp(-exponent * row[i])
            up *= power
            down /= power
            total = up + down + none
            mean = (down - up) / total
            slope += row[i] * mean
            curvature += row[i] * row[i] * ((up + down) / total - mean * mean)
        if slope < 0.0:
            low = exponent
        else:
            high = exponent
        if slope * slope <= _NEWTON_DECREMENT * curvature or high <= low:
            break
        exponent = exponent - slope / curvature if curvature > 0.0 else high
        if not low < exponent < high:
            exponent = 0.5 * (low + high)
    return exponent


@compiled_part
def _margin_probabilities(label, predicted, rival, flip_probability, n_classes):
    """Probabilities that a row adds its weight to the margin of `predicted` over `rival`, subtracts it, or neither."""
    swap = flip_probability / (n_classes - 1)
    if label == predicted:
        return 1.0 - flip_probability, swap, swap * (n_classes - 2)
    if label == rival:
        return swap, 1.0 - flip_probability, swap * (n_classes - 2)
    return swap, swap, 1.0 - 2.0 * swap


@compiled
def _log_error_thresholds(flip_probability, n_classes, lowest, n_train):
    """For r = 1, 2, ..., the logarithm of the error probability at which r flips can no longer be certified.

    It is the least probability around y of an event that has probability 1/2 around y', r labels away. Continues until
    a threshold is at most `lowest`, or to `n_train`.

    With D the places, among the r, that agree with y' minus those that agree with y: around y', D is a sum of
    r independent terms 1, -1 and 0 with probabilities 1 - q, s and q - s; around y, D = d is ``ratio ** d`` times
    less likely, ratio = (1 - q) / s. The event takes the largest D, and a share of the last.
    """
    swap = flip_probability / (n_classes - 1)
    stay, neither = 1.0 - flip_probability, swap * (n_classes - 2)
    ratio = stay / swap
    log_ratio = np.log(ratio)
    thresholds = np.empty(n_train)
    probability = np.zeros(2 * n_train + 3)  # of D = d at index n_train + 1 + d
    origin = n_train + 1
    probability[origin] = 1.0
    previous = np.log(0.5)
    for r in range(1, n_train + 1):
        below = 0.0  # of d - 1, before this round
        for d in range(-r, r + 1):
            here = probability[origin + d]
            probability[origin + d] = stay * below + neither * here + swap * probability[origin + d + 1]
            below = here
        # A probability is off by at most 3 eps of itself per round, a sum by one eps per term, and a power of the
        # ratio by 3 eps per factor. 16 (r + 1) eps covers these together; it is subtracted on both sides.
        slack = 16.0 * (r + 1) * _EPS
        wanted = 0.5 * (1.0 - slack)
        mass = 0.0  # of the event around y'
        tail = 0.0  # of the event around y, times ratio ** d
        d = r
        while mass + probability[origin + d] < wanted and d > -r:
            mass += probability[origin + d]
            tail = tail / ratio + probability[origin + d]
            d -= 1
        tail = tail / ratio + max(wanted - mass, 0.0)
        threshold = np.log(tail) - d * log_ratio - slack * (1.0 + log_ratio)
        previous = min(previous, threshold)  # more flips are never harder to detect
        thresholds[r - 1] = previous
        if previous <= lowest:
            return thresholds[:r]
    return thresholds
