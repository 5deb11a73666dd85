"""Centred and clipped label weights, and far rows that vote against their class: radii stay exact."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.metrics import balanced_accuracy_score

from skcert import (
    UNBOUNDED,
    CertifiedKNeighborsClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.certificates import class_scores
from skcert.learners._flat_weights import center_weights, clip_weights, flatten_weights
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of


def assert_exact(model, X, x, labels, trusted, n_classes):
    """Radius, flips to each class and attack against every labeling of the untrusted rows; whole-number weights.

    Radii are exact but where a class may lose its last row on the way.
    """
    weights = model.label_weights(x)
    assert np.array_equal(weights, np.round(weights))
    labelings = all_labelings(labels.size, n_classes)
    labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
    truth = flips_to_each_class(linear_predictions(weights[0], labelings, n_classes), labelings, labels, n_classes)
    result, attack = model.certify(x), model.attack(x)
    predicted = result.prediction[0]
    assert predicted == model.predict(x)[0] and truth[predicted] == 0
    radius = radius_of(truth, predicted)
    assert result.radius[0] <= radius <= result.radius_upper[0]
    if radius + 1 < np.bincount(labels, minlength=n_classes).min():
        assert result.exact[0]
    assert (result.flips_to_class[0] <= truth).all()
    if result.radius_upper[0] < UNBOUNDED:
        assert not trusted[attack.rows[0]].any() and attack.rows[0].size == result.radius_upper[0] + 1
        refit = clone(model).fit(X, attack.relabel(labels, 0))
        assert refit.predict(x)[0] == attack.attacked_prediction[0] != predicted


@st.composite
def labeled_rows(draw):
    """Labels, often imbalanced or of one class only; which of them are trusted; the number of classes."""
    n, n_classes = draw(st.integers(2, 6)), draw(st.integers(2, 3))
    labels = draw(st.lists(st.integers(0, n_classes - 1), min_size=n, max_size=n))
    trusted = draw(st.lists(st.sampled_from([False, False, False, True]), min_size=n, max_size=n))
    return np.array(labels), np.array(trusted), n_classes


@settings(max_examples=150, deadline=None)
@given(
    labeled_rows(),
    st.data(),
    st.sampled_from([None, 0.0, 0.2, 0.5, 0.8, 1.0]),
    st.sampled_from([None, 1e-9, 0.3, 0.7, 1.0]),
    st.sampled_from([np.float32, np.float64]),
)
def test_radii_against_every_labeling(rows, data, center, clip, dtype):
    """Whole-number weights, so that ties are decided; a few values, so that they abound."""
    labels, trusted, n_classes = rows
    n = labels.size
    row = data.draw(st.lists(st.integers(-3, 5), min_size=n, max_size=n))
    model = KernelRegressorClassifier(
        kernel="precomputed",
        alpha=np.inf,
        fit_intercept=False,
        weight_center=center,
        weight_clip=clip,
        classes=np.arange(n_classes),
    )
    X, x = np.eye(n, dtype=dtype), np.array([row], dtype=dtype)
    model.fit(X, labels, trusted=trusted)
    assert model.label_weights(x).dtype == dtype and np.array_equal(x[0], row)
    assert_exact(model, X, x, labels, trusted, n_classes)


@settings(max_examples=15, deadline=None)
@given(labeled_rows(), st.data())
def test_far_rows_against_every_labeling(rows, data):
    labels, trusted, n_classes = rows
    n = labels.size
    k = data.draw(st.integers(1, n))
    X = np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), dtype=float)[:, None]
    model = CertifiedKNeighborsClassifier(k, far_weight=-1, classes=np.arange(n_classes))
    model.fit(X, labels, trusted=trusted)
    x = np.array([[2.0]])
    weights = model.label_weights(x)[0]
    assert (weights == 1).sum() == k and (weights == -1).sum() == n - k
    near = np.array([(weights[labels == c] > 0).sum() for c in range(n_classes)])
    scores = class_scores(weights[None], labels, n_classes)[0]
    counts = np.bincount(labels, minlength=n_classes)
    assert np.array_equal(scores, np.where(counts > 0, 2 * near - counts, -np.inf))
    assert_exact(model, X, x, labels, trusted, n_classes)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5), st.integers(1, 12), st.integers(0, 2**32 - 1), st.data())
def test_far_rows_double_the_radius_of_equally_frequent_classes(n_classes, per_class, seed, data):
    """The gap doubles and a flip's cost does not: flips to overtake go from floor(g / 2) + 1 to g + 1, or, where the
    rival wins ties, from ceil(g / 2) to g. So a radius of r becomes 2 r or 2 r + 1."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(n_classes), per_class))
    X, x = rng.integers(0, 4, (labels.size, 2)).astype(float), rng.integers(0, 4, (8, 2)).astype(float)
    k = data.draw(st.integers(1, labels.size))
    near, both = (CertifiedKNeighborsClassifier(k, far_weight=far).fit(X, labels) for far in (0, -1))
    scores, twice = (class_scores(model.label_weights(x), labels, n_classes) for model in (near, both))
    gaps, twice_gaps = (s[:, :, None] - s[:, None, :] for s in (scores, twice))
    assert np.array_equal(2 * gaps, twice_gaps)
    assert np.array_equal(near.predict(x), both.predict(x))
    twice_radius, radius = both.certify(x).radius, near.certify(x).radius
    assert (twice_radius >= radius).all()
    no_class_vanishes = twice_radius + 1 < per_class
    assert np.array_equal(twice_radius[no_class_vanishes] // 2, radius[no_class_vanishes])


@pytest.mark.parametrize(("dtype", "order"), [(np.float32, "C"), (np.float64, "C"), (np.float64, "F")])
def test_quantiles_are_order_statistics(dtype, order):
    weights = np.array(np.random.default_rng(0).normal(size=(5, 40)), dtype=dtype, order=order)
    for level in (0.0, 0.01, 0.5, 0.8, 0.999, 1.0):
        centred = weights.copy(order="K")
        center_weights(centred, level)
        centre = np.quantile(weights, level, axis=1, method="inverted_cdf", keepdims=True)
        assert centred.dtype == dtype and centred.flags == weights.flags
        assert np.array_equal(centred, weights - centre)
        assert ((centred <= 0).sum(axis=1) == max(np.ceil(level * 40), 1)).all()
        if level > 0:
            clipped = centred.copy(order="K")
            clip_weights(clipped, level)
            sizes = np.sort(np.abs(centred), axis=1)
            bound = np.maximum(np.quantile(sizes, level, axis=1, method="inverted_cdf"), sizes[:, 1])[:, None]
            assert clipped.dtype == dtype and np.array_equal(clipped, np.clip(centred, -bound, bound))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("center", [None, 0.8, "mean"])
@pytest.mark.parametrize("power", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("clip", [None, 0.5])
def test_steps_come_one_after_the_other(center, power, clip, dtype):
    weights = np.random.default_rng(0).normal(size=(5, 40)).astype(dtype)
    weights[:, 3] = 0.0
    expected = weights.copy()
    if center == "mean":
        expected -= expected.mean(axis=1, keepdims=True)
    elif center is not None:
        expected -= np.quantile(expected, center, axis=1, method="inverted_cdf", keepdims=True)
    expected = np.sign(expected) * np.abs(expected) ** dtype(power)
    if clip is not None:
        clip_weights(expected, clip)
    if center == "mean":
        expected -= expected.mean(axis=1, keepdims=True)
    for rows in (slice(None), slice(2, 3)):  # in a batch and alone
        flat = weights[rows].copy()
        flatten_weights(flat, center, power, clip)
        assert flat.dtype == dtype
        assert np.allclose(flat, expected[rows], atol=1e-6 if dtype == np.float32 else 1e-14)
    if center == "mean":
        assert np.allclose(flat.sum(axis=1), 0.0, atol=1e-5)


def test_power_and_mean_leave_zero_rows_alone():
    weights = np.zeros((2, 3))
    flatten_weights(weights, "mean", 0.0, 0.5)
    assert not weights.any()


@pytest.mark.parametrize("n_rows", [15, pytest.param(110, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "model",
    [
        NTKRegressorClassifier(alpha=5.0, weight_center="mean", weight_power=0.5),
        NTKRegressorClassifier(alpha=np.inf, weight_center=0.8, weight_power=0.3),
        PartitionAggregationEnsemble(
            KernelRegressorClassifier(gamma=1e-3, weight_center="mean", weight_power=0.0),
            n_partitions=3,
            voting="soft",
            random_state=0,
        ),
    ],
    ids=["mean", "quantile", "soft vote"],
)
def test_witnesses_of_powers(model, n_rows):
    """All attacks of radius_upper + 1 flips change the refit; 330 of 330 in the slow lane."""
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    X_train, y_train, X_test = X[:200], y[:200] % 4, X[200 : 200 + n_rows]
    model.fit(X_train, y_train)
    result, attack = model.certify(X_test), model.attack(X_test)
    for i in range(n_rows):
        refit = clone(model).set_params(classes=np.arange(4)).fit(X_train, attack.relabel(y_train, i))
        assert attack.flips[i] == result.radius_upper[i] + 1
        assert refit.predict(X_test[[i]])[0] != result.prediction[i]
        flipped = rng.choice(200, result.radius[i], replace=False)
        y_flipped = y_train.copy()
        y_flipped[flipped] = (y_flipped[flipped] + 1) % 4
        assert refit.fit(X_train, y_flipped).predict(X_test[[i]])[0] == result.prediction[i]


def test_zero_sum_weights_favour_no_class_for_its_size():
    """A quantile takes the class that is nine times as large; the mean leaves accuracy as it was."""
    X, y = make_classification(1000, 8, n_informative=6, weights=[0.9], class_sep=1.0, random_state=0)
    recall = {}
    for center in (None, 0.8, "mean"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = NTKRegressorClassifier(alpha=10.0, weight_center=center, weight_power=0.5).fit(X[:500], y[:500])
        recall[center] = balanced_accuracy_score(y[500:], model.predict(X[500:]))
    assert recall["mean"] > recall[0.8] + 0.1 and recall["mean"] > recall[None]


def test_a_bound_of_zero_is_the_smallest_other_size():
    weights = np.array([[0.0, 3.0, -2.0, 0.0, 5.0], [0.0, 0.0, 0.0, 0.0, -7.0], [0.0] * 5, [1.0, -4.0, 2.0, 0.0, 2.0]])
    expected = [[0.0, 2.0, -2.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0, -7.0], [0.0] * 5, [1.0, -1.0, 1.0, 0.0, 1.0]]
    clip_weights(weights, 0.2)
    assert np.array_equal(weights, expected)


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=160, n_features=8, n_informative=5, n_classes=3, class_sep=1.5, random_state=0
    )
    return X[:120], y[:120], X[120:]


@pytest.mark.parametrize("alpha", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("learner", [NTKRegressorClassifier(), KernelRegressorClassifier(gamma=0.1)], ids=repr)
def test_centring_comes_before_clipping(data, learner, alpha):
    X, y, X_test = data
    plain = clone(learner).set_params(alpha=alpha).fit(X, y)
    flat = clone(plain).set_params(weight_center=0.8, weight_clip=0.3).fit(X, y)
    expected = plain.label_weights(X_test)
    expected -= np.quantile(expected, 0.8, axis=1, method="inverted_cdf", keepdims=True)
    assert np.array_equal(flat.set_params(weight_clip=None).fit(X, y).label_weights(X_test), expected)
    bound = np.quantile(np.abs(expected), 0.3, axis=1, method="inverted_cdf", keepdims=True)
    flat.set_params(weight_clip=0.3).fit(X, y)
    weights = flat.label_weights(X_test)
    assert np.array_equal(weights, np.clip(expected, -bound, bound))
    np.testing.assert_allclose(flat.decision_function(X_test), weights @ np.eye(3)[y], atol=1e-10)
    result = flat.certify(X_test)
    assert np.array_equal(result.prediction, flat.predict(X_test))
    relabelled = clone(flat).fit(X, np.roll(y, 7))
    assert np.array_equal(relabelled.label_weights(X_test), weights)


def test_centring_alone_leaves_gaps_of_equally_frequent_classes(data):
    X, _, X_test = data
    y = np.arange(120) % 3
    scores = [NTKRegressorClassifier(weight_center=c).fit(X, y).decision_function(X_test) for c in (None, 0.1, 0.9)]
    gaps = [s - s[:, :1] for s in scores]
    np.testing.assert_allclose(gaps[1], gaps[0], atol=1e-10)
    np.testing.assert_allclose(gaps[2], gaps[0], atol=1e-10)


def test_centring_favours_rare_classes(data):
    """The documented limit: a high level takes most from the score of the most frequent class."""
    X, _, X_test = data
    y = (np.arange(120) < 20).astype(int)
    shares = [
        NTKRegressorClassifier(alpha=np.inf, weight_center=c).fit(X, y).predict(X_test).mean() for c in (None, 0.95)
    ]
    assert shares[1] > shares[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_rows(dtype):
    """Every weight is the centre: all scores are 0 on any labels, and class 0 wins while it has one of its two rows.

    Uncentred, weights of 1 stay 1.
    """
    K, y = np.ones((6, 6), dtype=dtype), [0, 1, 0, 1, 2, 2]
    for center, clip in ((0.5, None), (0.5, 1e-9), (None, 1e-9)):
        model = NTKRegressorClassifier(
            kernel="precomputed", alpha=np.inf, fit_intercept=False, weight_center=center, weight_clip=clip
        ).fit(K, y)
        weights, result = model.label_weights(K[:2]), model.certify(K[:2])
        assert (weights == (center is None)).all() and weights.dtype == dtype
        assert (result.prediction == 0).all() and result.exact.all()
        assert (result.radius == (0 if center is None else 1)).all()


def test_flat_weights_make_large_radii():
    """On digits, whose classes are about equally frequent: the two together at least double the median radius."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = X[:1200] / 16, X[1200:1400] / 16, y[:1200], y[1200:1400]
    plain, flat = (
        NTKRegressorClassifier(alpha=np.inf, **options).fit(X, y).certify(X_test)
        for options in ({}, {"weight_center": 0.9, "weight_clip": 0.01})
    )
    assert np.median(flat.radius) >= 2 * np.median(plain.radius)
    assert (flat.prediction == y_test).mean() > (plain.prediction == y_test).mean() - 0.02


@pytest.mark.parametrize("learner", [NTKRegressorClassifier(), KernelRegressorClassifier()])
@pytest.mark.parametrize(
    ("name", "value"), [("weight_center", -0.01), ("weight_center", 1.01), ("weight_center", "a")]
)
def test_bad_levels_are_refused(data, learner, name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter .* Got {value!r} instead"):
        clone(learner).set_params(**{name: value}).fit(data[0], data[1])


@pytest.mark.parametrize("value", [1, -2, -0.5, None])
def test_bad_far_weights_are_refused(data, value):
    with pytest.raises(ValueError, match=f"'far_weight' parameter .* Got {value!r} instead"):
        CertifiedKNeighborsClassifier(far_weight=value).fit(data[0], data[1])
