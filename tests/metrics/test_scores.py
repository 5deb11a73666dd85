import warnings

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, recall_score

from skcert import (
    UNBOUNDED,
    CertificationResult,
)
from skcert.metrics import (
    area_under_certified_accuracy,
    certified_accuracy_curve,
    certified_accuracy_per_class,
    certified_accuracy_score,
    certified_accuracy_scorer,
    certified_area_scorer,
    median_certified_radius,
)


def result_of(radius, prediction=None, n_train=100):
    radius = np.array(radius, dtype=np.int64)
    prediction = np.zeros(len(radius), dtype=np.int64) if prediction is None else np.array(prediction)
    flips_to_class = np.zeros((len(radius), 2), dtype=np.int64)
    return CertificationResult(prediction, radius, flips_to_class, radius, np.arange(2), "white-box", n_train)


def test_certified_accuracy_at_flips_and_at_a_share():
    result = result_of([0, 3, 29, 30, UNBOUNDED], [0, 0, 0, 1, 0])
    y = np.zeros(5)
    assert certified_accuracy_score(y, result, flips=0) == 0.8
    assert certified_accuracy_score(y, result, flips=30) == 0.2
    assert certified_accuracy_score(y, result, flips=0.039) == certified_accuracy_score(y, result, flips=3) == 0.6


@pytest.mark.parametrize("kind", [float, np.float64, np.float32])
def test_a_share_is_what_is_written(kind):
    # 0.29 * 100 is 28.999999999999996, and one flip less would be an overclaim
    y, result = np.zeros(1), result_of([28])
    assert certified_accuracy_score(y, result, flips=kind(0.29)) == 0
    assert certified_accuracy_score(y, result, flips=kind(0.28)) == 1
    assert area_under_certified_accuracy(y, result_of([99]), max_flips=kind(0.29)) == 29
    assert all(area_under_certified_accuracy(y, result_of([99]), max_flips=kind(p / 100)) == p for p in range(1, 100))


def test_median():
    assert median_certified_radius([0, 0, 0], result_of([5, 9, 7])) == 7
    assert median_certified_radius([0, 0, 1, 0], result_of([5, 9, 70, 6])) == 5.5
    assert median_certified_radius([1, 1, 0], result_of([5, 9, 7])) == -1
    assert median_certified_radius([0, 0], result_of([5, UNBOUNDED])) == 5
    assert median_certified_radius([0, 0, 1], result_of([5, UNBOUNDED, UNBOUNDED])) == 5
    assert median_certified_radius([0, 0], result_of([UNBOUNDED, UNBOUNDED])) == UNBOUNDED


def test_curve_and_area_are_about_the_same_function():
    rng = np.random.RandomState(0)
    for _ in range(50):
        radius = rng.choice([0, 1, 2, 5, 9, 20, UNBOUNDED], size=rng.randint(1, 15))
        result, y = result_of(radius, rng.randint(2, size=len(radius)), n_train=20), np.zeros(len(radius))
        flips, accuracy = certified_accuracy_curve(y, result)
        everywhere = result.certified_accuracy(y, np.arange(30))
        assert flips[0] == 0 and (np.diff(flips) > 0).all() and (np.diff(accuracy) < 0).all()
        assert np.array_equal(accuracy[np.searchsorted(flips, np.arange(30), side="right") - 1], everywhere)
        for max_flips in (0, 1, 7, 20):
            area = area_under_certified_accuracy(y, result, max_flips=max_flips)
            assert area == pytest.approx(everywhere[1 : max_flips + 1].sum())
        assert area_under_certified_accuracy(y, result) == area


def random_result(rng):
    n = rng.randint(2, 25)
    radius = rng.choice([0, 1, 2, 5, 9, 20, UNBOUNDED], size=n)
    return rng.randint(3, size=n), result_of(radius, rng.randint(2, size=n), n_train=20)


def test_mean_and_worst_of_the_classes():
    rng = np.random.RandomState(0)
    for _ in range(50):
        y, result = random_result(rng)
        recall = recall_score(y, result.prediction, labels=np.unique(y), average=None)
        classes, accuracy = certified_accuracy_per_class(y, result, flips=np.arange(30))
        assert np.array_equal(classes, np.unique(y)) and np.allclose(accuracy[0], recall)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where y lacks a predicted class
            clean = balanced_accuracy_score(y, result.prediction)
        assert certified_accuracy_score(y, result, flips=0, per_class="mean") == pytest.approx(clean)
        for per_class, of_classes in (("mean", np.mean), ("worst", np.min)):
            everywhere = of_classes(accuracy, axis=1)
            assert np.array_equal(result.certified_accuracy(y, np.arange(30), per_class=per_class), everywhere)
            assert certified_accuracy_score(y, result, flips=0.1, per_class=per_class) == everywhere[2]
            flips, steps = certified_accuracy_curve(y, result, per_class=per_class)
            assert flips[0] == 0 and (np.diff(steps) < 0).all()
            assert np.array_equal(steps[np.searchsorted(flips, np.arange(30), side="right") - 1], everywhere)
            for max_flips in (0, 1, 7, 20):
                area = area_under_certified_accuracy(y, result, max_flips=max_flips, per_class=per_class)
                assert area == pytest.approx(everywhere[1 : max_flips + 1].sum())
            assert area_under_certified_accuracy(y, result, per_class=per_class) == area


def test_a_single_class_is_all_there_is():
    result = result_of([0, 3, UNBOUNDED], [0, 0, 1])
    for per_class in (None, "mean", "worst"):
        assert certified_accuracy_score([0, 0, 0], result, flips=1, per_class=per_class) == 1 / 3
        assert area_under_certified_accuracy([0, 0, 0], result, per_class=per_class) == pytest.approx(1)


@pytest.mark.parametrize(
    "score",
    [
        lambda y, result: certified_accuracy_per_class(y, result, flips=1),
        lambda y, result: certified_accuracy_score(y, result, flips=1, per_class="worst"),
        lambda y, result: certified_accuracy_curve(y, result, per_class="mean"),
        lambda y, result: area_under_certified_accuracy(y, result, per_class="mean"),
        lambda y, result: certified_accuracy_score(y, result, flips=1),
        median_certified_radius,
        certified_accuracy_curve,
        area_under_certified_accuracy,
    ],
)
def test_bad_labels_are_named(score):
    with pytest.raises(ValueError, match=r"y_true has shape \(1,\)"):
        score([0], result_of([1, 2]))
    with pytest.raises(ValueError, match="result is empty"):
        score([], result_of([]))
    with pytest.raises(ValueError, match="y_true holds text, but the predictions are numbers"):
        score(["0"], result_of([1]))
    score(np.array(["cat"], dtype=object), result_of([1], ["cat"]))


@pytest.mark.parametrize("flips", [-1, 0.0, 1.0, 1.5, np.nan, True, "3", None, [1]])
def test_bad_flips_are_named(flips):
    with pytest.raises(ValueError, match="flips="):
        certified_accuracy_score([0], result_of([1]), flips=flips)


@pytest.mark.parametrize(
    "score",
    [
        lambda per_class: certified_accuracy_score([0], result_of([1]), flips=0, per_class=per_class),
        lambda per_class: certified_accuracy_curve([0], result_of([1]), per_class=per_class),
        lambda per_class: area_under_certified_accuracy([0], result_of([1]), per_class=per_class),
        lambda per_class: certified_accuracy_scorer(3, per_class=per_class),
        lambda per_class: certified_area_scorer(per_class=per_class),
    ],
)
@pytest.mark.parametrize("per_class", ["macro", "each", True, ["mean"]])
def test_bad_per_class_is_named(score, per_class):
    with pytest.raises(ValueError, match="per_class=.* must be None"):
        score(per_class)
