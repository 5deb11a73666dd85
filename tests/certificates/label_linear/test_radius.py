import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcert.certificates import LARGEST_SUM, UNBOUNDED, certify_label_linear, class_scores, smallest_attack
from tests.oracles import (
    all_labelings,
    flips_to_each_class,
    linear_predictions,
    milp_flips_to_overtake,
    pairwise_certificate,
    radius_of,
    summed_scores,
    table_flips_to_overtake,
)


def _tiny_case(rng):
    n, n_classes = rng.integers(1, 8), rng.integers(2, 5)
    weights = rng.integers(-5, 8, n).astype(rng.choice([np.float64, np.float32]))
    return weights, rng.integers(0, n_classes, n), n_classes


def test_whole_number_weights_equal_exhaustive_search():
    """The bar: 2,000 cases, ties and classes that vanish included. Nothing exceeds the truth, and where no class can
    lose its last row on the way, radii are equal to it."""
    rng = np.random.default_rng(0)
    targeted, reached, exact = 0, 0, 0
    for _ in range(2_000):
        weights, labels, n_classes = _tiny_case(rng)
        trusted = rng.random(labels.size) < rng.choice([0.0, 0.3])
        labelings = all_labelings(labels.size, n_classes)
        labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
        truth = flips_to_each_class(linear_predictions(weights, labelings, n_classes), labelings, labels, n_classes)
        prediction, radius, upper, flips = certify_label_linear(weights[None, :], labels, n_classes, trusted=trusted)
        assert truth[prediction[0]] == 0 == flips[0, prediction[0]]
        true_radius = radius_of(truth, prediction[0])
        assert radius[0] <= true_radius <= upper[0]
        assert (flips[0] <= truth).all()
        if true_radius + 1 < np.bincount(labels, minlength=n_classes).min():
            assert radius[0] == upper[0] == true_radius
        exact += radius[0] == upper[0]
        targeted += n_classes - 1
        reached += (flips[0] == truth).sum() - 1
    assert targeted >= 1_000
    assert exact > 1_900
    assert reached > 0.8 * targeted  # the lower bound is also useful


@pytest.mark.slow
def test_equals_an_integer_program():
    """The bar: 200 cases of n = 200, K = 10, each against the least flips for each rival, over all relabellings.

    By a table, which is an integer program's answer to every rival in a quarter of them.
    """
    rng = np.random.default_rng(1)
    n, n_classes = 200, 10
    for case in range(200):
        labels = rng.integers(0, n_classes, n)
        # a lean towards class 0, as at a test row that has a class
        weights = np.round(rng.normal(size=n) * 1000 + 400 * (labels == 0))
        prediction, radius, _, flips = certify_label_linear(weights[None, :], labels, n_classes)
        predicted = prediction[0]
        per_rival = np.delete(table_flips_to_overtake(weights, labels, n_classes, predicted), predicted)
        if case % 4 == 0:
            rivals = np.delete(np.arange(n_classes), predicted)
            programs = [milp_flips_to_overtake(weights, labels, n_classes, predicted, rival) for rival in rivals]
            assert per_rival.tolist() == programs
        n_own = (labels == predicted).sum()  # as many flips make the class vanish
        assert radius[0] == min(*per_rival, n_own) - 1
        assert (np.delete(flips[0], predicted) >= np.minimum(per_rival, n_own)).all()


def test_larger_cases_equal_a_full_sort_per_pair_of_classes():
    """Rivals that are skipped, bands of the order that are never gathered, and trusted rows change nothing."""
    rng = np.random.default_rng(4)
    for case in range(400):
        n, n_classes = int(rng.choice([5, 40, 64, 65, 130, 700])), int(rng.integers(2, 11))
        labels = rng.integers(0, n_classes, n)
        kind = case % 4
        if kind == 0:  # flat
            weights = rng.integers(90, 110, n)
        elif kind == 1:  # signed
            weights = np.round(1e4 * rng.normal(size=n))
        elif kind == 2:  # a few large ones, many ties
            weights = np.where(rng.random(n) < 0.05, 1000, rng.integers(-3, 8, n))
        else:  # all negative but for a class without rows
            weights = -rng.integers(1, 50, n)
        weights = weights.astype(np.float64)
        trusted = rng.random(n) < 0.3 if case % 3 == 0 else np.zeros(n, dtype=bool)
        prediction, radius, upper, flips = certify_label_linear(weights[None], labels, n_classes, trusted=trusted)
        true_radius, true_flips = pairwise_certificate(weights, labels, n_classes, ~trusted)
        assert radius[0] == true_radius <= upper[0]
        assert np.array_equal(flips[0], true_flips)
        rows, new_labels = smallest_attack(weights, labels, n_classes, trusted=trusted)
        if upper[0] < UNBOUNDED:
            attacked = labels.copy()
            attacked[rows] = new_labels
            assert rows.size == upper[0] + 1 and not trusted[rows].any()
            assert class_scores(weights[None], attacked, n_classes)[0].argmax() != prediction[0]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_real_weights_are_never_overclaimed(data):
    """Soundness for the numbers that the code computes: all labelings, with the very sums of `class_scores`.

    Multiples of 0.1 and repeated values make ties that rounding breaks this way or that.
    """
    n, n_classes = data.draw(st.integers(1, 6)), data.draw(st.integers(2, 4))
    tenths = st.integers(-9, 9).map(lambda k: k / 10)
    values = data.draw(st.lists(tenths | st.floats(-1, 1, allow_subnormal=False), min_size=n, max_size=n))
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    weights = np.array(values, dtype=dtype)
    labels = np.array(data.draw(st.lists(st.integers(0, n_classes - 1), min_size=n, max_size=n)))
    labelings = all_labelings(n, n_classes)
    predictions = summed_scores(weights, labelings, n_classes).argmax(axis=1)
    truth = flips_to_each_class(predictions, labelings, labels, n_classes)
    prediction, radius, upper, flips = certify_label_linear(weights[None, :], labels, n_classes)
    assert truth[prediction[0]] == 0
    true_radius = radius_of(truth, prediction[0])
    assert radius[0] <= true_radius
    assert (flips[0] <= truth).all()
    assert upper[0] >= true_radius
    if upper[0] < UNBOUNDED or true_radius == UNBOUNDED:
        rows, new_labels = smallest_attack(weights, labels, n_classes)
        if upper[0] == UNBOUNDED:
            assert rows.size == 0
        else:
            attacked = labels.copy()
            attacked[rows] = new_labels
            assert rows.size == upper[0] + 1
            assert class_scores(weights[None, :], attacked, n_classes)[0].argmax() != prediction[0]


def test_near_tie_costs_one_flip_and_is_marked():
    """0.1 + 0.2 against 0.3: equal on paper, and the computed scores differ in the last bit."""
    weights, labels = np.array([[0.1, 0.2, 0.3]]), np.array([0, 0, 1])
    prediction, radius, upper, _ = certify_label_linear(weights, labels, 2)
    assert prediction[0] == 0 and radius[0] == upper[0] == 0
    weights = np.array([[0.1, 0.2, 0.3, 0.3]])  # one flip of 0.3 ties, on paper
    _, radius, upper, _ = certify_label_linear(weights, np.array([0, 0, 0, 1]), 2)
    assert radius[0] == 0 and upper[0] <= 1


def test_wholly_zero_weights_are_attacked_through_the_rows_of_the_class():
    prediction, radius, upper, flips = certify_label_linear(np.zeros((1, 4)), np.array([1, 1, 2, 2]), 3)
    # class 0 has no row; with one, it comes first among equals
    assert prediction[0] == 1 and radius[0] == 0 and flips[0].tolist() == [1, 0, 2]
    prediction, radius, upper, flips = certify_label_linear(np.zeros((1, 4)), np.array([0, 0, 2, 2]), 3)
    assert prediction[0] == 0 and radius[0] == upper[0] == 1 and flips[0].tolist() == [0, 2, 2]
    rows, new_labels = smallest_attack(np.zeros(4), np.array([0, 0, 2, 2]), 3)
    assert rows.tolist() == [0, 1] and (new_labels != 0).all()
    trusted = np.array([True, False, False, False])
    _, radius, upper, _ = certify_label_linear(np.zeros((1, 4)), np.array([0, 0, 2, 2]), 3, trusted=trusted)
    assert radius[0] == upper[0] == UNBOUNDED


def test_class_without_training_rows_is_never_predicted_and_can_be_reached():
    weights, labels = np.array([[-2.0, -1.0]]), np.array([0, 2])
    prediction, radius, _, flips = certify_label_linear(weights, labels, 3)
    assert prediction[0] == 2 and radius[0] == 0
    assert flips[0].tolist() == [1, 1, 0]
    assert class_scores(weights, labels, 3).tolist() == [[-2.0, -np.inf, -1.0]]


def test_the_last_row_of_the_predicted_class_is_worth_one_flip():
    """The only row of class 1 wins by far; whoever takes it away changes the prediction, whatever its weight."""
    weights = np.array([[-1.0, -1.0, -1.0, -0.001]])
    prediction, radius, upper, _ = certify_label_linear(weights, np.array([0, 0, 0, 1]), 2)
    assert prediction[0] == 1 and radius[0] == upper[0] == 0


@pytest.mark.parametrize("unit", [5e-324, 1e-323, 1e-310, 1e-200, 1e-140, 1.0, 1e200, 1e290])
def test_magnitudes_change_nothing(unit):
    """Whole numbers of units, from the smallest number there is to nearly the largest."""
    rng = np.random.default_rng(9)
    for _ in range(200):
        weights, labels, n_classes = _tiny_case(rng)
        weights = weights.astype(np.float64) * unit
        labelings = all_labelings(labels.size, n_classes)
        predictions = summed_scores(weights, labelings, n_classes).argmax(axis=1)
        truth = flips_to_each_class(predictions, labelings, labels, n_classes)
        prediction, radius, upper, flips = certify_label_linear(weights[None], labels, n_classes)
        assert radius[0] <= radius_of(truth, prediction[0]) <= upper[0] and (flips[0] <= truth).all()
        assert radius[0] >= certify_label_linear(weights[None] / unit, labels, n_classes)[1][0] - 1


def test_scores_are_what_predictions_rest_on():
    rng = np.random.default_rng(2)
    weights, labels = rng.normal(size=(50, 30)), rng.integers(0, 4, 30)
    scores = class_scores(weights, labels, 4)
    np.testing.assert_allclose(scores, weights @ np.eye(4)[labels], atol=1e-13)
    prediction, *_ = certify_label_linear(weights, labels, 4)
    assert np.array_equal(prediction, scores.argmax(axis=1))


def test_sums_over_all_labelings_are_those_of_class_scores():
    """To the last bit: what other tests hold certificates against."""
    rng = np.random.default_rng(5)
    for dtype in (np.float64, np.float32):
        for _ in range(40):
            n, n_classes = int(rng.integers(1, 30)), int(rng.integers(2, 5))
            weights = (rng.integers(-9, 9, n) / 10 * 10.0 ** rng.integers(-20, 20, n)).astype(dtype)
            labelings = rng.integers(0, n_classes, (20, n))
            scores = np.concatenate([class_scores(weights[None], row, n_classes) for row in labelings])
            assert np.array_equal(summed_scores(weights, labelings, n_classes), scores)


def test_rows_do_not_depend_on_each_other():
    rng = np.random.default_rng(3)
    weights, labels = rng.normal(size=(20, 200)), rng.integers(0, 3, 200)
    together = certify_label_linear(weights, labels, 3)
    for t in range(20):
        alone = certify_label_linear(weights[t : t + 1], labels, 3)
        for a, b in zip(together, alone):
            assert np.array_equal(a[t], b[0])


def test_many_equal_weights():
    """k nearest neighbours: equal weights and zeros, more of them than one insertion-sorted segment."""
    weights = np.zeros((1, 1000))
    weights[0, 100:400] = 1.0
    labels = np.where(np.arange(1000) < 300, 0, 1)  # 200 votes against 100
    _, radius, upper, flips = certify_label_linear(weights, labels, 2)
    assert radius[0] == upper[0] == 50 and flips[0, 1] == 51  # 150:150 stays with class 0


def test_read_only_input():
    weights, labels = np.ones((1, 3)), np.array([0, 1, 0])
    weights.flags.writeable = labels.flags.writeable = False
    assert certify_label_linear(weights, labels, 2)[1][0] == 0


def test_very_many_classes_need_no_square_of_them():
    rng = np.random.default_rng(5)
    n_classes = 100_000
    weights, labels = rng.random((2, 300)), rng.integers(0, n_classes, 300)
    _, radius, _, flips = certify_label_linear(weights, labels, n_classes)
    assert (radius == 0).all() and flips.shape == (2, n_classes)


def test_huge_weights_come_to_an_end():
    for n in (6, 100):  # searched, and in order
        weights = np.full((1, n), -LARGEST_SUM / n)
        weights[0, ::2] = 1e283
        _, radius, _, _ = certify_label_linear(weights, np.arange(n) % 3, 3)
        assert radius[0] >= 0
