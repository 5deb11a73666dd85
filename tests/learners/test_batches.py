"""A row gets the same label weights, prediction and radius alone, in any batch, order and memory layout."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.learners import alpha_path
from tests.blas import two_threads  # noqa: F401

NETWORKS = [
    NTKRegressorClassifier(),
    NTKRegressorClassifier(depth=3, kernel="nngp", activation="erf", fit_intercept=False),
    NTKRegressorClassifier(activation="leaky_relu", weight_center=0.8, weight_clip=0.3),
    NTKRegressorClassifier(activation="identity", depth=2),
    NTKRegressorClassifier(training_time=20.0),
    NTKRegressorClassifier(image_shape=(2, 2, 3), filter_size=2),
    pytest.param(
        NTKRegressorClassifier(image_shape=(2, 2, 3), filter_size=2, readout="gap", depth=2), marks=pytest.mark.slow
    ),
]
KERNELS = [
    KernelRegressorClassifier(kernel=kernel, gamma=None if kernel == "chi2" else 0.1)
    for kernel in ("rbf", "linear", "poly", "sigmoid", "cosine", "laplacian", "chi2", "additive_chi2")
]
NEIGHBORS = [
    CertifiedKNeighborsClassifier(n_neighbors=7),
    CertifiedKNeighborsClassifier(n_neighbors=0.6),  # by products of matrices
    CertifiedKNeighborsClassifier(n_neighbors=9, metric="cosine", far_weight=-1),
]


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=560, n_features=12, n_informative=6, n_classes=3, class_sep=0.8, random_state=0
    )
    X -= X.min()  # chi2 takes no negative numbers
    return X[:260], y[:260], X[260:]


def _assert_free_of_batches(model, X):
    """All of `X` at once, in pieces, shuffled, and in Fortran order: the same bits."""
    weights = model.label_weights(X) if hasattr(model, "label_weights") else None
    prediction, result = model.predict(X), model.certify(X)
    assert np.array_equal(prediction, result.prediction)
    order = np.random.default_rng(0).permutation(X.shape[0])
    batches = [order, order[:64], order[64:150], order[:7], order[7:9], *order[:6, None]]
    for rows in batches:
        if weights is not None:
            assert np.array_equal(model.label_weights(X[rows]), weights[rows])
        assert np.array_equal(model.predict(np.asfortranarray(X[rows])), prediction[rows])
        again = model.certify(X[rows])
        assert np.array_equal(again.radius, result.radius[rows])
        assert np.array_equal(again.flips_to_class, result.flips_to_class[rows])
    with config_context(working_memory=1):
        assert np.array_equal(model.certify(X).radius, result.radius)


@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
@pytest.mark.parametrize(
    "learner",
    [*NETWORKS, KERNELS[0], *(pytest.param(kernels, marks=pytest.mark.slow) for kernels in KERNELS[1:])],
    ids=repr,
)
@pytest.mark.parametrize(
    ("alpha", "dtype"),
    [
        (1.0, np.float64),
        pytest.param(1e-10, np.float64, marks=pytest.mark.slow),
        pytest.param(np.inf, np.float64, marks=pytest.mark.slow),
        pytest.param(1.0, np.float32, marks=pytest.mark.slow),
        pytest.param(1e-10, np.float32, marks=pytest.mark.slow),
        pytest.param(np.inf, np.float32, marks=pytest.mark.slow),
    ],
)
def test_kernel_regressions(data, learner, alpha, dtype):
    if learner.training_time is not None and alpha == np.inf:
        alpha = 10.0
    X, y, X_test = data
    X, X_test = X.astype(dtype), X_test.astype(dtype)
    model = learner.set_params(alpha=alpha)
    try:
        model.fit(X, y)
    except ValueError as error:  # at tiny ridges, in single precision and for kernels of low rank
        assert "not positive definite" in str(error)
        return
    _assert_free_of_batches(model, X_test[:160])
    assert np.array_equal(
        model.fit(np.asfortranarray(X), y).label_weights(X_test[:5]), model.fit(X, y).label_weights(X_test[:5])
    )


@pytest.mark.parametrize("dtype", [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)])
@pytest.mark.parametrize("neighbors", NEIGHBORS, ids=repr)
def test_neighbors(data, neighbors, dtype):
    X, y, X_test = data
    _assert_free_of_batches(neighbors.fit(X.astype(dtype), y), X_test.astype(dtype))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("alpha", [1e-6, 1.0, np.inf])
def test_ridges(data, alpha, dtype):
    X, y, X_test = data
    for rows in (slice(None), slice(0, 10)):  # more rows than columns, and fewer
        _assert_free_of_batches(
            CertifiedRidgeClassifier(alpha).fit(X[rows].astype(dtype), y[rows]), X_test.astype(dtype)
        )


@pytest.mark.parametrize("dtype", [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)])
def test_models_of_an_alpha_path(data, dtype):
    X, y, X_test = data
    for model in alpha_path(NTKRegressorClassifier(), X.astype(dtype), y, [0.1, 10.0, np.inf]):
        _assert_free_of_batches(model, X_test[:160].astype(dtype))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("voting", ["hard", "soft"])
@pytest.mark.parametrize("base", [NTKRegressorClassifier(alpha=1e-6), KernelRegressorClassifier(alpha=0.1)], ids=repr)
def test_votes(data, base, voting, dtype):
    X, y, X_test = data
    ensemble = PartitionAggregationEnsemble(base, n_partitions=4, voting=voting)
    _assert_free_of_batches(ensemble.fit(X.astype(dtype), y), X_test.astype(dtype))


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize(
    "model",
    [
        NETWORKS[0],
        *(
            pytest.param(model, marks=pytest.mark.slow)
            for model in (NETWORKS[1], NETWORKS[4], KERNELS[0], KERNELS[4], NEIGHBORS[1])
        ),
        pytest.param(PartitionAggregationEnsemble(n_partitions=4, voting="soft"), marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_threads_of_blas_leave_rows_alone(data, model):
    """Two threads share the rows of a product in other ways for other batches."""
    X, y, X_test = data
    _assert_free_of_batches(
        clone(model).set_params(**({"alpha": 1.0} if "alpha" in model.get_params() else {})).fit(X, y), X_test[:160]
    )


def test_a_near_tie_is_decided_alike_alone_and_in_a_batch():
    """Duplicates with opposite labels: scores tie but for rounding, and the ridge makes weights of all signs."""
    rng = np.random.default_rng(3)
    half = rng.normal(size=(60, 4))
    X, y = np.concatenate([half, half]), np.repeat([0, 1], 60)
    model = KernelRegressorClassifier(alpha=1e-10, gamma=1.0)
    X_test = rng.normal(size=(100, 4))
    model.set_params(alpha=1e-6).fit(X, y)
    together = model.predict(X_test)
    assert all(model.predict(X_test[t : t + 1])[0] == together[t] for t in range(100))
