"""Score weights, and labels that rows may get: radii, flips to each class and attacks against exhaustive search."""

from fractions import Fraction

import numpy as np
import pytest

from skcert.certificates import (
    UNBOUNDED,
    certify_collective,
    certify_label_linear,
    class_scores,
    smallest_attack,
    targeted_attack,
    targeted_flips,
)
from tests.certificates.label_linear.test_rounding import near_ties
from tests.oracles import all_labelings, flips_to_each_class, radius_of

MOST_ROWS = {2: 7, 3: 7, 4: 6}


def tiny_case(rng, weighted, restricted):
    """Whole numbers, ties and negative scores among them: weights, labels, number of classes, and what is known."""
    n_classes = int(rng.integers(2, 5))
    n = int(rng.integers(1, MOST_ROWS[n_classes] + 1))
    weights = rng.integers(-3, 4, n).astype(float)
    if rng.random() < 0.3:
        weights = np.abs(weights)
    labels = rng.integers(0, n_classes, n)
    known = {}
    if weighted:
        known["score_weight"] = rng.integers(1, 5, n_classes).astype(float)
    if restricted:
        known["candidates"] = rng.random((n, n_classes)) < rng.choice([0.3, 0.6, 0.9])
        known["candidates"][np.arange(n), labels] = True
    if rng.random() < 0.3:
        known["trusted"] = rng.random(n) < 0.3
    return weights, labels, n_classes, known


def labelings_within(labels, n_classes, known):
    """All labelings that the attacker may write."""
    labelings = all_labelings(labels.size, n_classes)
    if "candidates" in known:
        labelings = labelings[known["candidates"][np.arange(labels.size), labelings].all(axis=1)]
    if "trusted" in known:
        labelings = labelings[(labelings == labels)[:, known["trusted"]].all(axis=1)]
    return labelings


def weighted_predictions(weights, labelings, n_classes, known):
    """Predictions on every labeling, without rounding for whole numbers; a class without rows is never predicted."""
    rows = np.stack([labelings == c for c in range(n_classes)], axis=2)
    scores = np.einsum("lic,i->lc", rows, weights) * known.get("score_weight", np.ones(n_classes))
    return np.where(rows.any(axis=1), scores, -np.inf).argmax(axis=1), rows.any(axis=1)


@pytest.mark.parametrize("n_cases", [150, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("weighted", "restricted"), [(True, False), (False, True), (True, True)])
def test_against_exhaustive_search(weighted, restricted, n_cases):
    """0 overclaims, and equal wherever no class loses its last row on the way."""
    rng = np.random.default_rng(10 * weighted + restricted)
    n_equal, n_comparable, n_unbounded = 0, 0, 0
    for _ in range(n_cases):
        weights, labels, n_classes, known = tiny_case(rng, weighted, restricted)
        labelings = labelings_within(labels, n_classes, known)
        predictions, present = weighted_predictions(weights, labelings, n_classes, known)
        truth = flips_to_each_class(predictions, labelings, labels, n_classes)
        answer = certify_label_linear(weights[None, :], labels, n_classes, **known)
        predicted, radius, upper, flips = (part[0] for part in answer)
        true_radius = radius_of(truth, predicted)
        assert truth[predicted] == 0
        assert radius <= true_radius <= upper
        assert (flips <= truth).all()
        n_unbounded += radius == UNBOUNDED
        n_equal += radius == true_radius
        distance = (labelings != labels).sum(axis=1)
        if present[distance <= true_radius + 1].all():
            n_comparable += 1
            assert radius == true_radius
        _assert_attacks_hold(rng, weights, labels, n_classes, known, predicted, upper, truth)
    assert n_equal > 0.95 * n_cases
    assert n_comparable > 0.1 * n_cases
    assert n_unbounded > 0.02 * n_cases


def _assert_attacks_hold(rng, weights, labels, n_classes, known, predicted, upper, truth):
    rows, new_labels = smallest_attack(weights, labels, n_classes, **known)
    assert rows.size == (upper + 1 if upper < UNBOUNDED else 0)
    if rows.size:
        assert _after(weights, labels, n_classes, known, rows, new_labels) != predicted
    lower, found_upper = (part[0] for part in targeted_flips(weights[None, :], labels, n_classes, **known))
    assert (lower <= truth).all() and (found_upper >= truth).all()
    target = int(rng.integers(n_classes))
    rows, new_labels, found, least = targeted_attack(weights, labels, n_classes, target, **known)
    assert least == lower[target] and (rows.size if found else UNBOUNDED) == found_upper[target]
    if found:
        assert _after(weights, labels, n_classes, known, rows, new_labels) == target


def _after(weights, labels, n_classes, known, rows, new_labels):
    """The prediction after an attack, which has to be one that the rules allow."""
    attacked = labels.copy()
    attacked[rows] = new_labels
    assert (attacked != labels).sum() == rows.size
    assert "candidates" not in known or known["candidates"][rows, new_labels].all()
    assert "trusted" not in known or not known["trusted"][rows].any()
    return weighted_predictions(weights, attacked[None, :], n_classes, known)[0][0]


@pytest.mark.parametrize("n_cases", [15, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("weighted", "restricted"), [(True, False), (False, True), (True, True)])
def test_collective_bounds_against_exhaustive_search(weighted, restricted, n_cases):
    rng = np.random.default_rng(10 * weighted + restricted)
    n_met = 0
    for _ in range(n_cases):
        weights, labels, n_classes, known = tiny_case(rng, weighted, restricted)
        weights = np.concatenate([weights[None, :], rng.integers(-3, 4, (3, labels.size))])
        labelings = labelings_within(labels, n_classes, known)
        predictions = np.stack([weighted_predictions(row, labelings, n_classes, known)[0] for row in weights], axis=1)
        distance = (labelings != labels).sum(axis=1)
        changed = (predictions != predictions[distance == 0]).sum(axis=1)
        budget = int(rng.integers(1, labels.size + 1))
        truth = changed[distance <= budget].max()
        for method in ("lp", "milp"):
            bound = certify_collective(weights, labels, n_classes, budget, method=method, **known)
            assert bound.n_changed_lower <= truth <= bound.n_changed_upper
            assert "candidates" not in known or known["candidates"][bound.attack_rows, bound.attack_labels].all()
        n_met += bound.n_changed_upper == truth
    assert n_met > 0.6 * n_cases  # classes without rows are left out of none of the inequalities


def rational_radius_by_rules(weights, labels, n_classes, predicted, score_weight, candidates):
    """Radius of `predicted` in exact arithmetic on the numbers as stored; -1 if it is not even the prediction."""
    exact, worth = [Fraction(float(a)) for a in weights], [Fraction(float(w)) for w in score_weight]
    scores = [worth[c] * sum((a for a, j in zip(exact, labels) if j == c), Fraction(0)) for c in range(n_classes)]
    flippable = candidates.sum(axis=1) > 1
    own = labels == predicted
    fewest = int(own.sum()) if flippable[own].all() else UNBOUNDED
    for rival in range(n_classes):
        if rival == predicted or (not (labels == rival).any() and not candidates[flippable, rival].any()):
            continue
        gap, wins_ties = scores[predicted] - scores[rival], rival < predicted
        if gap < 0 or (gap == 0 and wins_ties):
            if (labels == rival).any():
                return -1
            fewest = min(fewest, 1)
        closes = [
            max(_change(a, j, k, predicted, rival, worth) for k in np.flatnonzero(allowed))
            for a, j, allowed in zip(exact, labels, candidates)
        ]
        closed = Fraction(0)
        for flips, amount in enumerate(sorted(closes, reverse=True), start=1):
            closed += amount
            if amount == 0:
                break
            if closed > gap or (closed == gap and wins_ties):
                fewest = min(fewest, flips)
                break
    return fewest - 1 if fewest < UNBOUNDED else UNBOUNDED


def _change(a, old, new, loser, target, worth):
    """What relabelling takes off the gap between two classes."""
    of_class = {loser: worth[loser], target: -worth[target]}
    return a * (of_class.get(old, Fraction(0)) - of_class.get(new, Fraction(0)))


@pytest.mark.parametrize("n_cases", [500, pytest.param(2_500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_never_above_the_rational_radius(dtype, n_cases):
    """Constructed near-ties in each precision, 0 overclaims."""
    rng = np.random.default_rng(0)
    n_decided_by_margin = 0
    for _ in range(n_cases):
        weights, labels, n_classes = near_ties(rng, dtype)
        score_weight = rng.choice([0.1, 1 / 3, 0.7, 1.0, 2.0, 1e-3, 1e5], n_classes)
        candidates = rng.random((labels.size, n_classes)) < rng.choice([0.5, 1.0])
        candidates[np.arange(labels.size), labels] = True
        known = {"score_weight": score_weight, "candidates": candidates}
        prediction, radius, upper, _ = certify_label_linear(weights[None, :], labels, n_classes, **known)
        truth = rational_radius_by_rules(weights, labels, n_classes, int(prediction[0]), score_weight, candidates)
        assert radius[0] <= max(truth, 0), (weights, labels)
        assert upper[0] >= truth
        n_decided_by_margin += radius[0] < truth
        rows, new_labels = smallest_attack(weights, labels, n_classes, **known)
        attacked = labels.copy()
        attacked[rows] = new_labels
        computed = class_scores(weights[None, :], attacked, n_classes, score_weight=score_weight)[0]
        assert rows.size == 0 or computed.argmax() != prediction[0]
    assert n_decided_by_margin > n_cases / 200  # the cases are as near to ties as they are meant to be


@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e-160, 1e280])
def test_extreme_weights(scale):
    """Products that underflow are ties to the certificate, too; the prediction is that of the scores."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        n_classes = int(rng.integers(2, 4))
        labels = rng.integers(0, n_classes, 6)
        weights = rng.integers(-3, 4, 6) * scale
        score_weight = rng.choice([1e-10, 0.3, 1.0, 7.0], n_classes)
        answer = certify_label_linear(weights[None, :], labels, n_classes, score_weight=score_weight)
        predicted, radius, *_ = (part[0] for part in answer)
        labelings = all_labelings(6, n_classes)
        predictions = (
            np.array(
                [
                    class_scores(weights[None], new, n_classes, score_weight=score_weight)[0].argmax()
                    for new in labelings
                ]
            )
            if n_classes == 2
            else None
        )
        if predictions is not None:
            truth = flips_to_each_class(predictions, labelings, labels, n_classes)
            assert truth[predicted] == 0 and radius <= radius_of(truth, predicted)


def fewest_by_sorting(row, labels, loser, target, score_weight, candidates):
    """Flips with which the target overtakes, from the sorted amounts, or that take all rows of the loser."""
    of_target, of_loser = (score_weight[c] * (labels == c) for c in (target, loser))
    stays = row * (of_loser - of_target)
    # to the target, to the loser, to any third class
    options = [candidates[:, target], candidates[:, loser]]
    options.append(np.delete(candidates, [target, loser], axis=1).any(axis=1))
    changed = (-score_weight[target] * row, score_weight[loser] * row, np.zeros(len(row)))
    amounts = np.max([np.where(may, stays - after, 0.0) for may, after in zip(options, changed)], axis=0)
    scores = np.bincount(labels, weights=row, minlength=len(score_weight)) * score_weight
    closed = np.cumsum(np.sort(amounts)[::-1])
    enough = np.flatnonzero(closed > scores[loser] - scores[target])
    fewest = int(enough[0]) + 1 if enough.size else UNBOUNDED
    of_loser = labels == loser
    return min(fewest, int(of_loser.sum())) if (candidates[of_loser].sum(axis=1) > 1).all() else fewest


@pytest.mark.parametrize("n_cases", [10, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("spread", "most"), [(0.02, 300), (0.3, 60), (0.3, 4000), (3.0, 4000), (40.0, 4000)])
def test_many_rows_against_sorting(spread, most, n_cases):
    """Weights of one size up to weights of all sizes, some of them equal; score weights, candidates, and both.

    Where rows are few, or nearly equal, it decides which of them come first: there are 20 times as many such cases.
    """
    rng = np.random.default_rng(int(spread))
    for case in range(n_cases * (20 if most < 1000 else 1)):
        n, n_classes = int(rng.integers(most // 8, most)), int(rng.choice([2, 3, 6, 30]))
        row = rng.choice([-1.0, 1.0], n, p=[0.3, 0.7]) * np.exp(spread * rng.normal(size=n))
        row = np.clip(row, *np.quantile(row, [0.1, rng.choice([0.8, 1.0])]))
        labels = rng.integers(0, n_classes, n)
        score_weight = rng.uniform(0.3, 3.0, n_classes) if case % 3 else np.ones(n_classes)
        candidates = rng.random((n, n_classes)) < (rng.choice([0.05, 0.3, 0.9]) if (case + 1) % 3 else 1.0)
        candidates[np.arange(n), labels] = True
        known = {"score_weight": score_weight, "candidates": candidates}
        prediction, radius, _, flips = (a[0] for a in certify_label_linear(row[None, :], labels, n_classes, **known))
        rest = score_weight, candidates
        others = [c for c in range(n_classes) if c != prediction]
        truth = np.array([fewest_by_sorting(row, labels, prediction, c, *rest) for c in others])
        if spread > 5:  # most weights are less than what rounding could do
            assert radius < truth.min() or truth.min() == UNBOUNDED
            continue
        assert radius == (truth.min() - 1 if truth.min() < UNBOUNDED else UNBOUNDED)
        if case % 5 == 0:
            present = np.unique(labels)
            for c in np.setdiff1d(present, prediction):
                assert flips[c] == max(fewest_by_sorting(row, labels, j, c, *rest) for j in present if j != c)


def test_many_classes():
    """Fewer and wider bins; memory is linear in the classes."""
    rng, n_classes = np.random.default_rng(0), 20_000
    for weighted in (True, False):
        row, labels = rng.exponential(size=300), rng.integers(0, 40, 300)
        score_weight = rng.uniform(0.5, 2.0, n_classes) if weighted else np.ones(n_classes)
        candidates = np.zeros((300, n_classes), dtype=bool)
        candidates[:, :60] = rng.random((300, 60)) < (1.0 if weighted else 0.5)
        candidates[np.arange(300), labels] = True
        known = {"score_weight": score_weight, "candidates": candidates}
        prediction, radius, _, flips = (a[0] for a in certify_label_linear(row[None, :], labels, n_classes, **known))
        others = [c for c in range(60) if c != prediction]
        truth = [fewest_by_sorting(row, labels, prediction, c, score_weight, candidates) for c in others]
        assert radius == min(truth) - 1 and np.array_equal(flips[others], truth)
        assert (flips[60:] == UNBOUNDED).all()


def test_rules_that_say_nothing_change_nothing():
    """Weights of 1, and candidates that are all labels: the same bits, targeted bounds included."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        n, n_classes = int(rng.integers(1, 60)), int(rng.integers(2, 6))
        weights = rng.normal(size=(2, n)) + rng.integers(-1, 2, n)
        labels = rng.integers(0, n_classes, n)
        plain = certify_label_linear(weights, labels, n_classes)
        for known in (
            {"candidates": np.ones((n, n_classes), dtype=bool)},
            {"score_weight": np.ones(n_classes)},
            {"score_weight": np.full(n_classes, 4.0)},
        ):
            for part, expected in zip(certify_label_linear(weights, labels, n_classes, **known), plain):
                assert np.array_equal(part, expected)
            for part, expected in zip(
                targeted_flips(weights, labels, n_classes, **known), targeted_flips(weights, labels, n_classes)
            ):
                assert np.array_equal(part, expected)


def test_candidates_that_are_the_label_are_trust():
    rng = np.random.default_rng(4)
    for _ in range(100):
        n, n_classes = int(rng.integers(1, 30)), int(rng.integers(2, 5))
        weights, labels = rng.normal(size=(3, n)), rng.integers(0, n_classes, n)
        trusted = rng.random(n) < 0.5
        candidates = np.ones((n, n_classes), dtype=bool)
        candidates[trusted] = labels[trusted, None] == np.arange(n_classes)
        as_candidates = certify_label_linear(weights, labels, n_classes, candidates=candidates)
        as_trust = certify_label_linear(weights, labels, n_classes, trusted=trusted)
        assert all(np.array_equal(one, other) for one, other in zip(as_candidates, as_trust))


def test_targeted_bounds_of_the_smallest_weights():
    """Slack that multiplication would round to nothing is not nothing."""
    weights = np.array([[0.3, 1 / 3, 0.1, 0.3, -0.3]], dtype=np.float32)
    labels, score_weight = np.zeros(5, dtype=int), np.full(2, 5e-324)
    candidates = np.ones((5, 2), dtype=bool)
    candidates[[1, 4], 1] = False
    lower, _ = targeted_flips(weights, labels, 2, score_weight=score_weight, candidates=candidates)
    predictions = [
        class_scores(weights, new, 2, score_weight=score_weight)[0].argmax()
        for new in labelings_within(labels, 2, {"candidates": candidates})
    ]
    labelings = labelings_within(labels, 2, {"candidates": candidates})
    assert (lower[0] <= flips_to_each_class(np.array(predictions), labelings, labels, 2)).all()


def test_a_class_that_no_row_may_get_is_never_predicted():
    candidates = np.array([[True, True, False]] * 4)
    _, radius, _, flips = certify_label_linear(np.ones((1, 4)), np.array([0, 0, 0, 1]), 3, candidates=candidates)
    assert radius[0] == 1 and flips[0].tolist() == [0, 2, UNBOUNDED]
