"""What it takes to prefer one class to another, against all labelings."""

import numpy as np
import pytest

from skcert.certificates import UNBOUNDED, certify_label_linear, preference_flips
from tests.oracles import all_labelings, summed_scores


def _comes_before(scores, c, other):
    """On each labeling; classes without rows have -inf."""
    return (scores[:, c] > scores[:, other]) | ((scores[:, c] == scores[:, other]) & (c < other))


def _allowed(labelings, labels, trusted, candidates):
    kept = (labelings == labels)[:, trusted].all(axis=1)
    return labelings[kept & candidates[np.arange(len(labels)), labelings].all(axis=1)]


@pytest.mark.parametrize("n_cases", [150, pytest.param(1_500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rules", [False, True])
def test_never_exceeds_all_labelings(n_cases, rules):
    """Exact where weights are whole numbers, but for classes that lose their last row; sound where sums nearly tie."""
    rng, n_exact, n_whole = np.random.default_rng(rules), 0, 0
    for case in range(n_cases):
        n_rows, n_classes = rng.integers(1, 6), rng.integers(2, 4)
        labels = rng.choice(n_classes, n_rows, p=rng.dirichlet(np.ones(n_classes)))
        weights = rng.integers(-2, 5, n_rows) * (1.0 if case % 2 else 0.1)
        trusted = rng.random(n_rows) < 0.3 * rules
        candidates = rng.random((n_rows, n_classes)) < (0.7 if rules else 1.0)
        candidates[np.arange(n_rows), labels] = True
        score_weight = rng.choice([0.5, 1.0, 3.0], n_classes) if rules else np.ones(n_classes)
        known = {"trusted": trusted, "candidates": candidates, "score_weight": score_weight} if rules else {}
        labelings = _allowed(all_labelings(n_rows, n_classes), labels, trusted, candidates)
        distance = (labelings != labels).sum(axis=1)
        scores = summed_scores(weights, labelings, n_classes) * score_weight
        for preferred in range(n_classes):
            flips = preference_flips(weights[None], labels, n_classes, np.array([preferred]), **known)[0]
            assert flips[preferred] == 0
            for c in range(n_classes):
                if c != preferred:
                    truth = distance[_comes_before(scores, c, preferred)].min(initial=UNBOUNDED)
                    assert flips[c] <= truth and (flips[c] == 0) == (truth == 0)
                    n_exact += (flips[c] == truth) * (case % 2)
                    n_whole += case % 2
    assert n_exact > 0.9 * n_whole


def test_for_the_predicted_class_it_is_the_radius():
    rng = np.random.default_rng(2)
    weights, labels = rng.normal(size=(30, 200)).astype(np.float32), rng.integers(0, 4, 200)
    prediction, radius, _, to_class = certify_label_linear(weights, labels, 4)
    flips = preference_flips(weights, labels, 4, prediction)
    others = np.arange(4) != prediction[:, None]
    assert np.array_equal(np.where(others, flips, UNBOUNDED).min(axis=1), radius + 1)
    assert (flips <= to_class).all()


def test_nothing_to_flip():
    """A class without rows can come before another one only if some row may become it."""
    labels, one = np.array([0, 0]), np.array([1])
    weights = np.ones((1, 2))
    assert preference_flips(weights, labels, 4, one).tolist() == [[0, 0, 1, 1]]
    assert preference_flips(weights, labels, 4, one, trusted=np.ones(2, dtype=bool))[0, 2] == UNBOUNDED
    candidates = np.array([[True, False, False, True]] * 2)
    assert preference_flips(weights, labels, 4, one, candidates=candidates)[0, 2:].tolist() == [UNBOUNDED, 1]
    assert preference_flips(np.empty((1, 0)), labels[:0], 4, one)[0].tolist() == [0, 0, UNBOUNDED, UNBOUNDED]
