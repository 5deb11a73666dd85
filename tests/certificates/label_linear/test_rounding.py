"""Radii on near-ties, against exact rational arithmetic: never one flip too many."""

import numpy as np
import pytest

from skcert.certificates import UNBOUNDED, certify_label_linear, class_scores, smallest_attack


def rational_radius(weights, labels, n_classes, predicted):
    """Radius of `predicted` in exact arithmetic on the weights as stored; -1 if it is not even the prediction.

    Floating-point numbers are whole multiples of one power of 2, and these multiples are added without rounding.
    """
    ratios = [float(a).as_integer_ratio() for a in weights]
    units = max(denominator for _, denominator in ratios)
    exact = [numerator * (units // denominator) for numerator, denominator in ratios]
    labels = labels.tolist()
    scores = [sum(a for a, label in zip(exact, labels) if label == c) for c in range(n_classes)]
    fewest = labels.count(predicted)  # flips after which the class has no row
    for rival in range(n_classes):
        if rival == predicted:
            continue
        gap = scores[predicted] - scores[rival]
        if rival in labels and (gap < 0 or (gap == 0 and rival < predicted)):
            return -1
        if rival not in labels and (gap < 0 or (gap == 0 and rival < predicted)):
            fewest = min(fewest, 1)  # with any row at all, it may come first
        closes = sorted(
            (abs(a) + a * ((label == predicted) - (label == rival)) for a, label in zip(exact, labels)),
            reverse=True,
        )
        closed, flips = 0, 0
        for amount in closes:
            if amount == 0:
                break
            closed += amount
            flips += 1
            if closed > gap or (closed == gap and rival < predicted):
                fewest = min(fewest, flips)
                break
    return fewest - 1 if fewest < UNBOUNDED else UNBOUNDED


def near_ties(rng, dtype):
    """Weights and labels whose scores tie or nearly do: duplicates, equal weights, sums that cancel."""
    n, n_classes = int(rng.integers(2, 14)), int(rng.integers(2, 5))
    labels = rng.integers(0, n_classes, n)
    kind = rng.integers(6)
    if kind == 0:  # tenths: ties on paper, not in binary
        weights = rng.integers(-9, 10, n) / 10
    elif kind == 1:  # equal weights
        weights = np.full(n, rng.choice([0.1, 1 / 3, 0.7, 1e-3])) * rng.choice([1, 1, 1, -1], n)
    elif kind == 2:  # duplicates with opposite labels
        half = rng.normal(size=(n + 1) // 2)
        weights = np.concatenate([half, half])[:n]
        labels[: n // 2] = 0
        labels[(n + 1) // 2 :] = 1
    elif kind == 3:  # large terms that cancel, small ones that decide
        weights = rng.choice([1e8, -1e8, 1.0, -1.0, 0.1, 1e-7], n)
    elif kind == 4:  # one unit in the last place apart
        weights = np.nextafter(np.full(n, 0.1, dtype), rng.choice([0, 1], n).astype(dtype))
    else:  # exact after doubling: a flip of 2a against two weights a
        a = rng.normal()
        weights = a * rng.choice([0.5, 1.0, 2.0], n)
    return weights.astype(dtype), labels, n_classes


@pytest.mark.parametrize("n_cases", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_never_above_the_rational_radius(dtype, n_cases):
    """The bar: 10,000 constructed near-ties per precision, 0 overclaims."""
    rng = np.random.default_rng(0)
    n_decided_by_margin = 0
    for _ in range(n_cases):
        weights, labels, n_classes = near_ties(rng, dtype)
        prediction, radius, upper, _ = certify_label_linear(weights[None, :], labels, n_classes)
        truth = rational_radius(weights, labels, n_classes, int(prediction[0]))
        assert radius[0] <= max(truth, 0), (weights, labels)
        assert upper[0] >= truth
        assert radius[0] >= min(truth, upper[0]) - 1  # a tie costs at most itself
        n_decided_by_margin += radius[0] < truth
    assert n_decided_by_margin > n_cases / 100  # the cases are as near to ties as they are meant to be


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_attacks_on_near_ties_change_the_computed_prediction(dtype):
    rng = np.random.default_rng(1)
    for _ in range(1_000):
        weights, labels, n_classes = near_ties(rng, dtype)
        predicted = class_scores(weights[None, :], labels, n_classes)[0].argmax()
        rows, new_labels = smallest_attack(weights, labels, n_classes)
        if rows.size:
            attacked = labels.copy()
            attacked[rows] = new_labels
            assert class_scores(weights[None, :], attacked, n_classes)[0].argmax() != predicted
