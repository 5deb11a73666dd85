"""Radii by smoothing never exceed the truth, and come close to it."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar
from scipy.special import logsumexp
from scipy.stats import binom
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skcert import LabelLinearClassifierMixin
from skcert._utils._label_encoding import encode_labels
from skcert.baselines import LabelFlipSmoothing, smoothing_radius
from tests.oracles import all_labelings, summed_scores


class RowsAreWeights(LabelLinearClassifierMixin, BaseEstimator):
    """Takes each test row for its own label weights."""

    def __init__(self, classes=None):
        self.classes = classes

    def fit(self, X, y):
        X, y = validate_data(self, X, y)
        self.classes_, self.label_codes_ = encode_labels(y, self.classes)
        return self

    def _label_weights(self, X):
        return X


def _smoothing(labels, n_classes, flip_probability):
    """Smoothing of a classifier whose label weights are its test rows."""
    n = labels.size
    smoothing = LabelFlipSmoothing(RowsAreWeights(), flip_probability=flip_probability, classes=np.arange(n_classes))
    return smoothing.fit(np.zeros((n, n)), labels)


def _noise_probabilities(distance, n, n_classes, flip_probability):
    """Probability of noise that changes `distance` given labels of n, and no other."""
    return (1 - flip_probability) ** (n - distance) * (flip_probability / (n_classes - 1)) ** distance


@lru_cache
def _pairwise_distances(n, n_classes):
    """In how many places any two labelings differ."""
    labelings = all_labelings(n, n_classes)
    return (labelings[:, None] != labelings[None]).sum(axis=2)


def _smoothed_probabilities(predictions, predicted, n, n_classes, flip_probability):
    """P(the base predicts `predicted`) under noise around every labeling, from all noise patterns."""
    of_distance = _noise_probabilities(np.arange(n + 1), n, n_classes, flip_probability)
    return of_distance[_pairwise_distances(n, n_classes)] @ (predictions == predicted)


def _tiny_case(rng):
    """Real weights, or multiples of 0.1 that tie; labels lean to a class, so that radii are often positive."""
    n, n_classes = int(rng.choice([2, 3, 4, 5, 6, 6])), int(rng.integers(2, 4))
    weights = rng.uniform(0.5, 1.3, n) * rng.choice([1, -1], n, p=[0.95, 0.05]) * 10.0 ** rng.integers(-3, 4)
    if rng.random() < 0.3:
        weights = rng.integers(3, 9, n) / 10
    labels = np.where(rng.random(n) < 0.92, rng.integers(n_classes), rng.integers(0, n_classes, n))
    return weights, labels, n_classes, float(rng.choice([1e-4, 0.001, 0.003, 0.01, 0.1]))


@pytest.mark.parametrize("n_cases", [30, pytest.param(450, marks=pytest.mark.slow)])
def test_never_overclaims_by_all_noise_patterns_and_all_labelings(n_cases):
    """The bar: 450 cases. Every labeling within the radius, every noise pattern around each of them."""
    rng = np.random.default_rng(0)
    positive, proved = 0, 0
    for _ in range(n_cases):
        weights, labels, n_classes, flip_probability = _tiny_case(rng)
        n = labels.size
        smoothing = _smoothing(labels, n_classes, flip_probability)
        result = smoothing.certify(weights[None])
        log_error = smoothing.log_error_bound(weights[None])[0]
        labelings = all_labelings(n, n_classes)
        # scored by the code, so that ties fall as they do there
        predictions = summed_scores(weights, labelings, n_classes).argmax(axis=1)
        probability = _smoothed_probabilities(predictions, result.prediction[0], n, n_classes, flip_probability)
        distance = (labelings != labels).sum(axis=1)
        assert result.prediction[0] == predictions[distance == 0][0]
        true_probability = probability[distance == 0][0]
        assert -np.expm1(log_error) <= true_probability + 1e-12
        if log_error < np.log(0.5):
            assert (probability[distance <= result.radius[0]] > 0.5).all()
            proved += 1
        else:
            assert result.radius[0] == 0
        positive += result.radius[0] > 0
    assert proved >= 0.85 * n_cases
    assert positive >= 0.4 * n_cases


def test_smoothing_radius_holds_for_any_base():
    """The Neyman-Pearson step on its own: random and monotone base classifiers, with exact error probabilities."""
    rng = np.random.default_rng(1)
    tight, positive = 0, 0
    for _ in range(300):
        n, n_classes = int(rng.integers(2, 6)), int(rng.integers(2, 4))
        flip_probability = rng.uniform(0.01, 0.95) * (n_classes - 1) / n_classes
        labelings = all_labelings(n, n_classes)
        labels = rng.integers(0, n_classes, n)
        distance = (labelings != labels).sum(axis=1)
        # errs mostly far from the labels
        errs = distance + rng.normal(size=len(labelings)) * rng.choice([0.0, 0.5, 1.0]) > rng.integers(1, n + 1)
        correct = _smoothed_probabilities(~errs, True, n, n_classes, flip_probability)
        error = _noise_probabilities(distance, n, n_classes, flip_probability) @ errs
        if error == 0:
            continue
        radius = smoothing_radius(np.log([error]), flip_probability, n_classes, n)[0]
        if error < 0.5:
            assert (correct[distance <= radius] > 0.5).all()
        positive += radius > 0
        tight += radius > 0 and (correct[distance == radius + 1] <= 0.5).any()
    assert positive >= 100
    assert tight >= 10


@pytest.mark.parametrize("n_classes", [2, 3, 4])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_thresholds_equal_a_linear_program_over_all_bases(n_classes, share):
    """The least error probability that r flips can raise to 1/2: over all randomised bases on r labels."""
    flip_probability = share * (n_classes - 1) / n_classes
    for r in range(1, 6):
        labelings = all_labelings(r, n_classes)
        here = _noise_probabilities((labelings != 0).sum(axis=1), r, n_classes, flip_probability)
        there = _noise_probabilities((labelings != 1).sum(axis=1), r, n_classes, flip_probability)
        least = linprog(here, A_ub=-there[None], b_ub=[-0.5], bounds=(0, 1)).fun
        just_below, just_above = np.log(least) - 1e-6, np.log(least) + 1e-6
        radius = smoothing_radius([just_below, just_above], flip_probability, n_classes, r)
        assert radius[0] == r > radius[1]


def test_equal_weights_of_many_rows():
    """Two classes, 201 equal votes: the worst labels and their exact probability, by the binomial distribution."""
    n = 201
    for flip_probability in [0.01, 0.1, 0.3]:
        radii = []
        for n_against in range(0, 100, 3):
            labels = (np.arange(n) < n_against).astype(int)
            smoothing = _smoothing(labels, 2, flip_probability)
            result = smoothing.certify(np.ones((1, n)))
            radius = result.radius[0]
            flipped = n_against + radius
            votes = np.arange(n - flipped + 1)  # that stay with class 0; then P(fewer than 101 in all)
            losing = binom.pmf(votes, n - flipped, 1 - flip_probability)
            error = losing @ binom.cdf(100 - votes, flipped, flip_probability)
            assert radius == 0 or error < 0.5
            assert result.prediction[0] == 0
            radii.append(radius)
        assert radii[0] > 20
        # a smaller margin, a smaller radius
        assert (np.diff(radii) <= 0).all() and radii[-1] == 0


def test_smaller_margin_smaller_radius():
    rng = np.random.default_rng(2)
    n = 60
    labels = (np.arange(n) >= 50).astype(int)
    weights = rng.uniform(0.5, 1.0, n)
    shrinking = np.array([np.where(labels == 0, share, 1.0) * weights for share in np.linspace(1, 0.1, 12)])
    smoothing = _smoothing(labels, 2, 0.05)
    log_error = smoothing.log_error_bound(shrinking)
    radius = smoothing.certify(shrinking).radius
    assert radius[0] > 5 and (np.diff(radius) <= 0).all() and radius[-1] == 0
    # the bound is a probability, and knows no scale
    assert (log_error <= 0).all()
    for scale in [1e-300, 1e-12, 1e12]:
        np.testing.assert_allclose(smoothing.log_error_bound(scale * shrinking), log_error, rtol=1e-9, atol=1e-12)


def test_chernoff_bound_equals_the_known_form_for_equal_weights():
    """P(at most half of n labels are kept) <= exp(-n KL(1/2, 1 - q)) = (4 q (1 - q)) ** (n / 2)."""
    for flip_probability in [0.003, 0.1, 0.4]:
        smoothing = _smoothing(np.zeros(500, dtype=int), 2, flip_probability)
        expected = 250 * np.log(4 * flip_probability * (1 - flip_probability))
        bound = smoothing.log_error_bound(np.full((1, 500), 0.1))[0]
        assert expected <= bound <= expected + 1e-5


def _least_log_moment(margins, probability):
    """Minimum over t of ``log E exp(-t margin)``."""

    def log_moment(t):
        return logsumexp(-t * margins, b=probability)

    return minimize_scalar(log_moment, bounds=(0, 200), method="bounded", options={"xatol": 1e-9}).fun


def test_chernoff_bound_equals_the_least_over_the_enumerated_margins():
    """Labels of all classes alike: the moment generating function from every noise pattern, minimised by scipy."""
    rng = np.random.default_rng(4)
    informative = 0
    for _ in range(60):
        n, n_classes = int(rng.integers(2, 7)), int(rng.integers(2, 5))
        weights, labels = rng.normal(size=n), rng.integers(0, n_classes, n)
        flip_probability = rng.uniform(0.001, 0.3) * (n_classes - 1) / n_classes
        smoothing = _smoothing(labels, n_classes, flip_probability)
        predicted = smoothing.predict(weights[None])[0]
        labelings = all_labelings(n, n_classes)
        distance = (labelings != labels).sum(axis=1)
        probability = _noise_probabilities(distance, n, n_classes, flip_probability)
        total = 0.0
        for rival in set(range(n_classes)) - {predicted}:
            margins = ((labelings == predicted) * weights - (labelings == rival) * weights).sum(axis=1)
            total += np.exp(_least_log_moment(margins, probability))
        total += probability[(labelings != predicted).all(axis=1)].sum()  # without a row, it is not predicted
        expected = min(np.log(total), 0.0)
        np.testing.assert_allclose(smoothing.log_error_bound(weights[None])[0], expected, atol=1e-5)
        informative += expected < -0.1
    assert informative >= 20


def _closed_form(log_error, flip_probability, n_classes, n_train):
    """The largest r whose Kullback-Leibler divergence, of the noise around labelings r flips apart, is too small."""
    swap = flip_probability / (n_classes - 1)
    per_flip = (1 - flip_probability - swap) * np.log((1 - flip_probability) / swap)
    log_error = np.minimum(log_error, np.log(0.5))
    needed = -0.5 * (np.log(4.0) + log_error + np.log1p(-np.exp(log_error)))
    return np.clip(np.ceil(needed / per_flip - 1e-9) - 1, 0, n_train)


@pytest.mark.parametrize("n_classes", [2, 3, 10])
@pytest.mark.parametrize("flip_probability", [0.001, 0.1, 0.4])
def test_neyman_pearson_is_never_below_the_closed_form(n_classes, flip_probability):
    log_error = np.concatenate([np.log(np.linspace(0.01, 1, 50)), -np.geomspace(1, 1000, 300)])
    tight = smoothing_radius(log_error, flip_probability, n_classes, 7000)
    closed_form = _closed_form(log_error, flip_probability, n_classes, 7000)
    assert (tight >= closed_form).all() and tight.sum() > 1.1 * closed_form.sum()
    assert (tight[log_error >= np.log(0.5)] == 0).all() and (closed_form[log_error >= np.log(0.5)] == 0).all()


def test_closed_form_is_the_one_of_the_paper():
    """For two classes: flips below log(4 p (1 - p)) / (2 (1 - 2 q) log(q / (1 - q)))."""
    q = 0.2
    for error in [0.3, 0.01, 1e-8]:
        bound = np.log(4 * error * (1 - error)) / (2 * (1 - 2 * q) * np.log(q / (1 - q)))
        assert _closed_form(np.log([error]), q, 2, 100)[0] == int(bound)


@pytest.mark.parametrize("flip_probability", [1e-300, 1e-12, 0.5 - 1e-12])
def test_extreme_noise_and_weights_stay_finite(flip_probability):
    rng = np.random.default_rng(3)
    labels = (np.arange(40) >= 30).astype(int)
    smoothing = _smoothing(labels, 2, flip_probability)
    spiky = np.abs(rng.normal(size=(20, 40))) * 10.0 ** rng.uniform(-200, 100, (20, 40))
    weights = np.vstack([np.abs(rng.normal(size=(20, 40))), spiky])
    log_error = smoothing.log_error_bound(weights)
    radius = smoothing.certify(weights).radius
    assert np.isfinite(log_error).all() and (log_error <= 0).all()
    assert (radius <= 30).all()
    assert (radius[:20] > 0).any() == (flip_probability < 0.1)


def test_radius_is_at_most_the_number_of_rows_and_never_of_nothing():
    assert smoothing_radius([-np.inf, -1e6, 0.0], 0.1, 3, 7).tolist() == [7, 7, 0]
    assert smoothing_radius([], 0.1, 3, 7).shape == (0,)
    zero = _smoothing(np.array([0, 0, 1]), 2, 0.1)  # all scores tie, whatever the labels
    assert zero.certify(np.zeros((1, 3))).radius[0] == 0 and zero.log_error_bound(np.zeros((1, 3)))[0] == 0
