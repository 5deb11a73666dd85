"""A fitted model owns what it certifies with: nothing that the caller does to arrays or parameters reaches it."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.learners import alpha_path

MODELS = [
    NTKRegressorClassifier(),
    NTKRegressorClassifier(alpha=np.inf),
    NTKRegressorClassifier(alpha=np.inf, fit_intercept=False, weight_center=0.8, weight_clip=0.3),
    NTKRegressorClassifier(kernel="precomputed"),
    NTKRegressorClassifier(image_shape=[2, 2, 2]),
    KernelRegressorClassifier(gamma=0.1),
    KernelRegressorClassifier(kernel="laplacian"),
    CertifiedRidgeClassifier(),
    CertifiedRidgeClassifier(np.inf, weight_clip=0.3),
    CertifiedKNeighborsClassifier(n_neighbors=7),
    CertifiedKNeighborsClassifier(n_neighbors=50, far_weight=-1),
    PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=3),
    PartitionAggregationEnsemble(NTKRegressorClassifier(alpha=np.inf), n_partitions=1),
    PartitionAggregationEnsemble(CertifiedKNeighborsClassifier(), n_partitions=3, voting="soft"),
    FiniteAggregationEnsemble(NTKRegressorClassifier(), n_partitions=2),
]

# what a user may try out after fit; each is set where the model has it
CHANGES = {
    "alpha": 1e3,
    "depth": 3,
    "activation": "erf",
    "w_std": 0.3,
    "b_std": 2.0,
    "kernel": "linear",
    "gamma": 5.0,
    "fit_intercept": False,
    "training_time": 0.1,
    "weight_center": 0.5,
    "weight_clip": 0.1,
    "far_weight": -1,
    "n_neighbors": 3,
    "metric": "manhattan",
    "image_shape": None,
    "voting": "soft",
    "certificate": "black-box",
    "n_partitions": 7,
    "spread": 3,
    "classes": [0, 1, 2, 7],
    "estimator__alpha": 1e3,
    "estimator__n_neighbors": 2,
}


@pytest.fixture
def data():
    X, y = make_classification(n_samples=150, n_features=8, n_informative=5, n_classes=3, random_state=0)
    trusted = np.random.default_rng(0).random(100) < 0.2
    return X[:100].copy(), y[:100].copy(), trusted, X[100:].copy()


def _rows(model, X, X_test):
    if getattr(model, "kernel", None) == "precomputed":
        return X @ X.T, X_test @ X.T
    return X, X_test


def _assert_same(first, second):
    for name in ("prediction", "radius", "radius_upper", "flips_to_class"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_arrays_of_the_caller_may_change(data, model, dtype):
    X, y, trusted, X_test = data
    X, X_test = _rows(model, X.astype(dtype), X_test.astype(dtype))
    model = clone(model).fit(X, y, trusted=trusted)
    before = model.certify(X_test)
    X *= 3
    y[:] = 0
    trusted[:] = True
    _assert_same(model.certify(X_test), before)
    assert np.array_equal(model.predict(X_test), before.prediction)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_parameters_set_after_fit_wait_for_the_next(data, model):
    X, y, trusted, X_test = data
    X, X_test = _rows(model, X, X_test)
    model = clone(model).fit(X, y, trusted=trusted)
    before, attack = model.certify(X_test), model.attack(X_test[:5]) if hasattr(model, "attack") else None
    for name, value in CHANGES.items():
        if name in model.get_params():
            model.set_params(**{name: value})
            _assert_same(model.certify(X_test), before)
    assert np.array_equal(model.predict(X_test), before.prediction)
    if attack is not None:
        assert np.array_equal(model.attack(X_test[:5]).flips, attack.flips)


def test_lists_inside_parameters_are_owned_too(data):
    X, y, _, X_test = data
    shape = [2, 2, 2]
    network = NTKRegressorClassifier(image_shape=shape).fit(X, y)
    before = network.certify(X_test)
    shape[:] = [1, 1, 8]
    _assert_same(network.certify(X_test), before)


def test_models_of_an_alpha_path_are_their_own(data):
    X, y, trusted, X_test = data
    models = alpha_path(NTKRegressorClassifier(), X, y, [0.1, 10.0, np.inf], trusted=trusted)
    before = [model.certify(X_test) for model in models]
    X *= 2
    trusted[:] = True
    for model, result in zip(models, before):
        model.set_params(depth=2, weight_clip=0.1)
        _assert_same(model.certify(X_test), result)
