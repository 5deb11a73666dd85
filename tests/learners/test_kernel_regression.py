"""Ridge limit, training time, clipped weights, trusted rows and attacks: what all kernel regressions share."""

import numpy as np
import pytest
from scipy.linalg import expm
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import KNeighborsClassifier

from skcert import (
    UNBOUNDED,
    CertifiedKNeighborsClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.kernels import fully_connected_kernel
from tests.oracles import all_labelings, flips_to_each_class, radius_of, summed_scores


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=160, n_features=8, n_informative=5, n_classes=3, class_sep=1.5, random_state=0
    )
    return X[:120], y[:120], X[120:], y[120:]


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "laplacian", "precomputed"])
def test_kernels_of_scikit_learn(data, kernel):
    from sklearn.kernel_ridge import KernelRidge

    X, y, X_test, _ = data
    if kernel == "precomputed":
        X, X_test = rbf_kernel(X), rbf_kernel(X_test, X)
    ours = KernelRegressorClassifier(kernel=kernel, alpha=2.0, fit_intercept=False).fit(X, y)
    ridge = KernelRidge(kernel=kernel, alpha=2.0).fit(X, np.eye(3)[y])
    np.testing.assert_allclose(ours.decision_function(X_test), ridge.predict(X_test), atol=1e-8)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 0.7])
def test_gradient_flow(data, fit_intercept, alpha):
    """Second road: the matrix exponential of the flow, on the kernel centred by hand."""
    X, y, X_test, _ = data
    n, t = len(X), 3.0
    K, k = rbf_kernel(X, gamma=0.1), rbf_kernel(X_test, X, gamma=0.1)
    Y, constant = np.eye(3)[y], 0.0
    if fit_intercept:
        H = np.eye(n) - 1 / n
        k, K = (k - K.mean(axis=0)) @ H, H @ K @ H
        constant = Y.mean(axis=0)
        Y = Y - constant
    A = K + alpha * np.eye(n)
    expected = k @ np.linalg.pinv(A, hermitian=True) @ (np.eye(n) - expm(-t / n * A)) @ Y + constant
    network = KernelRegressorClassifier(gamma=0.1, alpha=alpha, training_time=t, fit_intercept=fit_intercept)
    np.testing.assert_allclose(network.fit(X, y).decision_function(X_test), expected, atol=1e-9)


def test_gradient_flow_trains_to_the_end(data):
    X, y, X_test, _ = data
    for fit_intercept in (True, False):
        end = NTKRegressorClassifier(fit_intercept=fit_intercept).fit(X, y).label_weights(X_test)
        late = NTKRegressorClassifier(fit_intercept=fit_intercept, training_time=1e7).fit(X, y).label_weights(X_test)
        np.testing.assert_allclose(late, end, atol=1e-9)


def test_ridge_limit_is_the_limit(data):
    X, y, X_test, _ = data
    alpha, n = 1e9, len(X)
    large = NTKRegressorClassifier(alpha=alpha).fit(X, y).label_weights(X_test)
    limit = NTKRegressorClassifier(alpha=np.inf).fit(X, y)
    np.testing.assert_allclose((large - 1 / n) * alpha, limit.label_weights(X_test), atol=1e-4)
    assert limit.smoother_ is None
    K, k = fully_connected_kernel(X, b_std=0.1), fully_connected_kernel(X_test, X, b_std=0.1)
    centred = k - k.mean(axis=1, keepdims=True) - K.mean(axis=0) + K.mean()
    np.testing.assert_allclose(limit.label_weights(X_test), centred, atol=1e-12)
    plain = NTKRegressorClassifier(alpha=np.inf, fit_intercept=False).fit(X, y)
    np.testing.assert_allclose(plain.label_weights(X_test), k)
    given = NTKRegressorClassifier(alpha=np.inf, fit_intercept=False, kernel="precomputed", weight_clip=0.5).fit(K, y)
    before = k.copy()
    given.predict(k)
    assert np.array_equal(k, before)


def test_ridge_limit_with_training_time_is_refused(data):
    with pytest.raises(ValueError, match="training_time needs a finite alpha"):
        NTKRegressorClassifier(alpha=np.inf, training_time=1.0).fit(data[0], data[1])


@pytest.mark.parametrize("quantile", [0.01, 0.3, 0.95, 1.0])
@pytest.mark.parametrize("alpha", [1.0, np.inf])
def test_weight_clip(data, quantile, alpha):
    X, y, X_test, _ = data
    plain = NTKRegressorClassifier(alpha=alpha).fit(X, y).label_weights(X_test)
    clipped = NTKRegressorClassifier(alpha=alpha, weight_clip=quantile).fit(X, y)
    bound = np.quantile(np.abs(plain), quantile, axis=1, method="inverted_cdf", keepdims=True)
    expected = np.clip(plain, -bound, bound)
    np.testing.assert_array_equal(clipped.label_weights(X_test), expected)
    np.testing.assert_allclose(clipped.decision_function(X_test), expected @ np.eye(3)[y], atol=1e-10)
    assert np.array_equal(clipped.certify(X_test).prediction, clipped.predict(X_test))


def test_nearest_neighbours_predict_as_scikit_learn_does(data):
    X, y, X_test, _ = data
    for k in (1, 4, 15):
        ours, theirs = CertifiedKNeighborsClassifier(k).fit(X, y), KNeighborsClassifier(k).fit(X, y)
        assert np.array_equal(ours.predict(X_test), theirs.predict(X_test))
        result = ours.certify(X_test)
        votes = np.sort(theirs.predict_proba(X_test) * k, axis=1).round()
        # a flip moves the leader's vote to the runner-up: 2 of the lead, as in the black-box vote
        assert (np.abs(result.radius - (votes[:, -1] - votes[:, -2]) // 2) <= 1).all()
        assert result.exact.all()
    share = CertifiedKNeighborsClassifier(0.1).fit(X, y)
    assert (share.label_weights(X_test).sum(axis=1) == 12).all()
    every_row = CertifiedKNeighborsClassifier(121).fit(X, y)
    assert (every_row.label_weights(X_test) == 1.0).all()


LEARNERS = [
    NTKRegressorClassifier(alpha=0.5),
    NTKRegressorClassifier(alpha=np.inf),
    NTKRegressorClassifier(weight_clip=0.6),
    NTKRegressorClassifier(weight_center=0.8, alpha=np.inf),
    KernelRegressorClassifier(weight_center=0.7, weight_clip=0.8),
    NTKRegressorClassifier(training_time=5.0),
    KernelRegressorClassifier(kernel="laplacian"),
    CertifiedKNeighborsClassifier(3),
    CertifiedKNeighborsClassifier(3, far_weight=-1),
]


@pytest.mark.parametrize("n_cases", [10, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("learner", LEARNERS, ids=repr)
def test_trusted_rows_against_exhaustive_search(learner, n_cases):
    """The bar: 600 tiny cases in all, every labeling of the untrusted rows tried."""
    rng = np.random.default_rng(0)
    n_exact, n_free = 0, 0
    for _ in range(n_cases):
        n, n_classes = int(rng.integers(3, 7)), int(rng.integers(2, 4))
        X, x, labels = rng.normal(size=(n, 2)), rng.normal(size=(1, 2)), rng.integers(0, n_classes, n)
        trusted = rng.random(n) < rng.choice([0.2, 0.5, 1.0])
        model = clone(learner).set_params(classes=np.arange(n_classes)).fit(X, labels, trusted=trusted)
        result = model.certify(x)
        labelings = all_labelings(n, n_classes)
        labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
        weights = model.label_weights(x)
        predictions = summed_scores(weights[0], labelings, n_classes).argmax(axis=1)
        truth = flips_to_each_class(predictions, labelings, labels, n_classes)
        predicted = result.prediction[0]
        assert result.radius[0] <= radius_of(truth, predicted) <= result.radius_upper[0]
        assert (result.flips_to_class[0] <= truth).all()
        if trusted.all():
            assert result.radius[0] == UNBOUNDED and result.exact[0] and result.certified(10**9).all()
            assert model.attack(x).flips[0] == UNBOUNDED
        else:
            n_exact += result.exact[0]
            n_free += 1
            assert not trusted[model.attack(x).rows[0]].any()
    # clipped weights, and weights that sum to 0, tie often; ties of rounded sums are not decided
    assert n_exact > (0.8 if n_cases == 100 else 0.7) * n_free


def test_trust_makes_radii_grow(data):
    X, y, X_test, _ = data
    radii = []
    for share in (0.0, 0.3, 0.7, 1.0):
        trusted = np.arange(len(y)) < share * len(y)
        radii.append(NTKRegressorClassifier().fit(X, y, trusted=trusted).certify(X_test).radius)
    assert (np.diff(radii, axis=0) >= 0).all() and (radii[-1] == UNBOUNDED).all()


@pytest.mark.parametrize("trusted", [[True], np.zeros(120), "all", np.zeros((120, 1), dtype=bool)])
def test_bad_masks_are_refused(data, trusted):
    for estimator in (NTKRegressorClassifier(), PartitionAggregationEnsemble(n_partitions=2)):
        with pytest.raises(ValueError, match="trusted must be a mask: a bool for each of the 120"):
            clone(estimator).fit(data[0], data[1], trusted=trusted)


@pytest.mark.parametrize(
    "learner", [LEARNERS[0], *(pytest.param(learner, marks=pytest.mark.slow) for learner in LEARNERS[1:])], ids=repr
)
@pytest.mark.parametrize("n_classes", [pytest.param(2, marks=pytest.mark.slow), 10])
def test_witnesses_change_refitted_predictions(learner, n_classes):
    """The bar, in small (benchmarks/witnesses.py has 1,000): exactly radius + 1 flips, and a whole refit."""
    X, y = load_digits(return_X_y=True)
    names = np.array([f"class {c}" for c in range(10)])[y % n_classes]
    X, X_test, names = X[:150] / 16, X[300:306] / 16, names[:150]
    model = clone(learner).fit(X, names)
    result, attack = model.certify(X_test), model.attack(X_test)
    assert np.array_equal(attack.radius, result.radius) and attack.exact.all() and result.exact.all()
    for t in range(len(attack)):
        assert attack.rows[t].size == result.radius[t] + 1 == attack.flips[t]
        poisoned = attack.relabel(names, t)
        assert (poisoned != names).sum() == attack.flips[t]
        refit = clone(learner).fit(X, poisoned)
        assert refit.predict(X_test[t : t + 1])[0] == attack.attacked_prediction[t] != attack.prediction[t]


def test_collective_bound(data):
    X, y, X_test, _ = data
    names = np.array(["ant", "bee", "wasp"])[y]
    model = NTKRegressorClassifier().fit(X, names, trusted=np.arange(120) < 20)
    bound = model.certify_collective(X_test[:12], flips=6)
    alone = int((model.certify(X_test[:12]).radius < 6).sum())
    assert 0 < bound.n_changed_lower <= bound.n_changed_upper <= alone
    assert (bound.attack_rows >= 20).all() and bound.attack_rows.size <= 6
    attacked = names.copy()
    attacked[bound.attack_rows] = model.classes_[bound.attack_labels]
    refit = clone(model).fit(X, attacked)
    assert (refit.predict(X_test[:12]) != model.predict(X_test[:12])).sum() == bound.n_changed_lower


def test_targeted_witnesses(data):
    X, y, X_test, _ = data
    names = np.array(["ant", "bee", "wasp"])[y]
    model = NTKRegressorClassifier().fit(X, names)
    result = model.certify(X_test)
    for c, target in enumerate(model.classes_):
        attack = model.attack(X_test, target=target)
        assert (attack.attacked_prediction == target).all()
        assert (attack.flips_lower >= result.flips_to_class[:, c]).all() and (attack.flips >= attack.flips_lower).all()
        assert attack.exact.mean() > 0.95
        for t in range(0, len(attack), 13):
            assert clone(model).fit(X, attack.relabel(names, t)).predict(X_test[t : t + 1])[0] == target
    with pytest.raises(ValueError, match="target='fly' is not one of the classes"):
        model.attack(X_test, target="fly")
    with pytest.raises(ValueError, match="target has shape"):
        model.attack(X_test, target=["ant", "bee"])
