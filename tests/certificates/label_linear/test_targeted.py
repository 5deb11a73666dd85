import numpy as np
import pytest

from skcert.certificates import UNBOUNDED, certify_label_linear, class_scores, targeted_attack, targeted_flips
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, summed_scores


def _cases(n_cases, seed, whole):
    rng = np.random.default_rng(seed)
    for _ in range(n_cases):
        n, n_classes = rng.integers(2, 8), rng.integers(2, 5)
        weights = rng.integers(-4, 8, n).astype(float) if whole else rng.normal(size=n) + 0.3
        yield rng, weights, rng.integers(0, n_classes, n), n_classes


@pytest.mark.parametrize("whole", [True, False])
def test_bounds_enclose_exhaustive_search(whole):
    """Lower and upper bounds of the targeted flips: 0 violations, and both meet the truth nearly always."""
    met, total = 0, 0
    for rng, weights, labels, n_classes in _cases(600, 0, whole):
        trusted = rng.random(labels.size) < 0.2
        labelings = all_labelings(labels.size, n_classes)
        labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
        truth = flips_to_each_class(linear_predictions(weights, labelings, n_classes), labelings, labels, n_classes)
        lower, upper = targeted_flips(weights[None, :], labels, n_classes, trusted=trusted)
        assert (lower[0] <= truth).all() and (truth <= upper[0]).all()
        assert (lower >= certify_label_linear(weights[None, :], labels, n_classes, trusted=trusted)[3]).all()
        met += (lower[0] == upper[0]).sum() - 1
        total += n_classes - 1
    assert met > 0.9 * total


def test_attacks_lead_to_their_target():
    rng = np.random.default_rng(1)
    for _ in range(20):
        labels, n_classes = rng.integers(0, 6, 150), 6
        weights = rng.normal(size=150) + 0.5 * (labels == rng.integers(6))
        for target in range(n_classes):
            rows, new_labels, found, lower = targeted_attack(weights, labels, n_classes, target)
            attacked = labels.copy()
            attacked[rows] = new_labels
            assert found and np.unique(rows).size == rows.size and (new_labels != labels[rows]).all()
            assert class_scores(weights[None, :], attacked, n_classes)[0].argmax() == target
            assert lower <= rows.size


def test_unreachable_target():
    trusted = np.array([True, False, False])
    rows, new_labels, found, lower = targeted_attack(np.zeros(3), np.array([0, 1, 2]), 3, 2, trusted=trusted)
    assert rows.size == new_labels.size == 0 and not found and lower == UNBOUNDED
    assert targeted_attack(np.ones(3), np.array([1, 1, 0]), 2, 1)[2:] == (True, 0)


def test_subnormal_weights_are_no_whole_numbers():
    weights, labels = np.array([1e-323, -1.5e-323, 1.5e-323, 1e-323]), np.array([3, 0, 0, 4])
    rows, new_labels, found, lower = targeted_attack(weights, labels, 6, 5)
    assert found and lower == rows.size == 1
    attacked = labels.copy()
    attacked[rows] = new_labels
    assert class_scores(weights[None], attacked, 6)[0].argmax() == 5


@pytest.mark.parametrize("unit", [5e-324, 1e-310, 1e-165, 1e160, 1e290])
def test_bounds_hold_at_all_magnitudes(unit):
    """Squares of leads overflow from 1e155 on, and underflow below 1e-162."""
    for _, weights, labels, n_classes in _cases(150, 7, whole=True):
        weights = weights * unit
        labelings = all_labelings(labels.size, n_classes)
        predictions = summed_scores(weights, labelings, n_classes).argmax(axis=1)
        truth = flips_to_each_class(predictions, labelings, labels, n_classes)
        lower, upper = targeted_flips(weights[None], labels, n_classes)
        assert (lower[0] <= truth).all() and (truth <= upper[0]).all()
