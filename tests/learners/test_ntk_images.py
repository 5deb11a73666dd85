"""Convolutional networks as classifiers: the certificate is that of the label weights from the same kernel."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert._utils._blas_threads import blas_threads, blas_threads_limited
from skcert.certificates import certify_label_linear
from skcert.kernels import convolutional_kernel


@pytest.fixture(scope="module")
def digits():
    """4 x 4 images: every other pixel of the digits."""
    X, y = load_digits(n_class=3, return_X_y=True)
    X = X.reshape(-1, 8, 8)[:, ::2, ::2].reshape(-1, 16) / 16
    return X[:90], y[:90], X[90:130], y[90:130]


@pytest.mark.parametrize("readout", ["flatten", "gap"])
@pytest.mark.parametrize("kernel", ["ntk", "nngp"])
def test_certificate_from_the_convolutional_kernel(digits, kernel, readout):
    X, y, X_test, _ = digits
    network = NTKRegressorClassifier(
        kernel=kernel,
        image_shape=(4, 4, 1),
        filter_size=2,
        readout=readout,
        depth=2,
        activation="leaky_relu",
        alpha=0.5,
    ).fit(X, y)
    arguments = {"kind": kernel, "depth": 2, "activation": "leaky_relu", "negative_slope": 0.2, "b_std": 0.1}
    arguments |= {"image_shape": (4, 4, 1), "filter_size": 2, "readout": readout}
    given = NTKRegressorClassifier(kernel="precomputed", alpha=0.5).fit(convolutional_kernel(X, **arguments), y)
    cross = convolutional_kernel(X_test, X, **arguments)
    np.testing.assert_array_equal(network.label_weights(X_test), given.label_weights(cross))
    _, radius, _, flips_to_class = certify_label_linear(network.label_weights(X_test), y, 3)
    result = network.certify(X_test)
    assert np.array_equal(result.radius, radius) and np.array_equal(result.flips_to_class, flips_to_class)
    assert np.array_equal(result.prediction, network.predict(X_test))


def test_pipeline_and_ensemble(digits):
    X, y, X_test, y_test = digits
    network = NTKRegressorClassifier(image_shape=[4, 4, 1], depth=1, alpha=0.1)
    pipeline = make_pipeline(StandardScaler(), network).fit(X, y)
    assert pipeline.score(X_test, y_test) > 0.8
    ensemble = PartitionAggregationEnsemble(network, n_partitions=3).fit(X, y)
    result = ensemble.certify(X_test)
    assert np.array_equal(result.prediction, ensemble.predict(X_test))
    assert result.certified_accuracy(y_test, 0) > 0.8 and result.radius.max() > 0
    assert network.image_shape == [4, 4, 1]


@pytest.fixture
def threads_of_kernels(monkeypatch):
    """The ``n_jobs`` of each kernel that networks have asked for."""
    seen = []

    def recorded(*points, n_jobs, **network):
        seen.append(n_jobs)
        return convolutional_kernel(*points, n_jobs=n_jobs, **network)

    monkeypatch.setattr("skcert.learners._network_kernel.convolutional_kernel", recorded)
    return seen


def test_threads_change_nothing(digits, monkeypatch, threads_of_kernels):
    X, y, X_test, _ = digits
    network = NTKRegressorClassifier(image_shape=(4, 4, 1), depth=2)
    expected, weights = network.fit(X, y).smoother_, network.label_weights(X_test)
    assert set(threads_of_kernels) == {1}  # so few rows are not worth a thread
    monkeypatch.setattr("skcert.learners._network_kernel._WORTH_THREADS", 1)
    monkeypatch.setattr("skcert.learners._network_kernel.blas_threads", lambda: 3)
    threads_of_kernels.clear()
    assert np.array_equal(network.fit(X, y).smoother_, expected)
    assert np.array_equal(network.label_weights(X_test), weights)
    assert set(threads_of_kernels) == {3}


def test_members_of_an_ensemble_take_their_share_of_threads(digits, monkeypatch, threads_of_kernels):
    X, y, X_test, _ = digits
    monkeypatch.setattr("skcert.learners._network_kernel._WORTH_THREADS", 1)
    network = NTKRegressorClassifier(image_shape=(4, 4, 1))
    ensemble = PartitionAggregationEnsemble(network, n_partitions=30, partition="random", n_jobs=2).fit(X, y)
    ensemble.certify(X_test)
    assert set(threads_of_kernels) == {max(1, blas_threads() // 30)} and len(threads_of_kernels) >= 60
    threads_of_kernels.clear()
    with blas_threads_limited(1):
        network.fit(X, y)
    assert set(threads_of_kernels) == {1}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"image_shape": (4, 4, 2)}, "makes 32 features, but X has 16"),
        ({"image_shape": (4, 4)}, "image_shape"),
        ({"image_shape": "4x4"}, "image_shape"),
        ({"image_shape": (4, 4, 1), "readout": "max"}, "readout"),
        ({"image_shape": (4, 4, 1), "filter_size": 0}, "filter_size"),
        ({"activation": "leaky_relu", "negative_slope": "steep"}, "negative_slope"),
    ],
)
def test_bad_parameters_are_named(digits, parameters, message):
    X, y, _, _ = digits
    with pytest.raises(ValueError, match=message):
        NTKRegressorClassifier(**parameters).fit(X, y)
