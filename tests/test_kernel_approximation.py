"""Landmarks of infinitely wide networks: with all rows the network itself, always without labels."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcert import CertifiedRidgeClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble, certify
from skcert.kernel_approximation import NTKNystroem
from skcert.kernels import convolutional_kernel, fully_connected_kernel


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:300] / 16, y[:300], X[300:500] / 16


NETWORKS = [
    {},
    {"kernel": "nngp", "depth": 2, "activation": "erf", "w_std": 1.2, "b_std": 0.3},
    {"activation": "leaky_relu", "negative_slope": 0.3},
    {"image_shape": (8, 8, 1), "filter_size": 3, "depth": 1},
]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("alpha", [0.1, np.inf])
def test_all_rows_as_landmarks_are_the_network(digits, network, alpha):
    X, y, X_test = digits
    full = NTKRegressorClassifier(alpha=alpha, **network).fit(X, y).certify(X_test)
    features = NTKNystroem(300, random_state=0, **network)
    model = make_pipeline(features, CertifiedRidgeClassifier(alpha=alpha)).fit(X, y)
    result = certify(model, X_test)
    assert np.array_equal(result.prediction, full.prediction)
    assert (result.radius == full.radius).mean() > 0.99
    assert np.abs(result.radius - full.radius).max() <= 1
    assert result.caveats == ()


def test_inner_products_are_the_kernel(digits):
    X, _, X_test = digits
    features = NTKNystroem(80, depth=2, random_state=3).fit(X)
    landmarks = X[features.component_indices_]
    assert np.array_equal(features.components_, landmarks)
    kernel = fully_connected_kernel(X_test, landmarks, depth=2, b_std=0.1)
    assert np.allclose(features.transform(X_test) @ features.transform(landmarks).T, kernel, atol=1e-8)
    images = NTKNystroem(20, image_shape=(8, 8, 1), readout="gap", random_state=0).fit(X)
    kernel = convolutional_kernel(X_test[:5], images.components_, image_shape=(8, 8, 1), readout="gap", b_std=0.1)
    assert np.allclose(images.transform(X_test[:5]) @ images.transform(images.components_).T, kernel, atol=1e-8)


def test_landmarks_depend_on_the_seed_alone(digits):
    X, y, X_test = digits
    features = NTKNystroem(40, random_state=1)
    first = features.fit(X, y).transform(X_test)
    assert np.array_equal(clone(features).fit_transform(X, y[::-1])[:5], features.transform(X[:5]))
    assert np.array_equal(clone(features).fit(X).transform(X_test), first)
    other = NTKNystroem(40, random_state=2).fit(X)
    assert not np.array_equal(other.component_indices_, features.component_indices_)
    order = np.random.default_rng(0).permutation(200)[:37]
    assert np.array_equal(features.transform(X_test[order]), first[order])
    assert np.array_equal(features.transform(X_test[:1]), first[:1])


def test_duplicates_and_zeros_are_no_trouble(digits):
    X, _, X_test = digits
    rows = np.concatenate([X[:20], X[:20], np.zeros((5, 64))])
    features = NTKNystroem(45, b_std=0.0, random_state=0).fit(rows)
    kernel = fully_connected_kernel(X_test, rows)
    assert np.allclose(features.transform(X_test) @ features.transform(rows).T, kernel, atol=1e-7)
    assert (NTKNystroem(3, b_std=0.0).fit_transform(np.zeros((4, 2))) == 0.0).all()


def test_single_precision_names_and_parameters(digits):
    X, _, X_test = digits
    features = NTKNystroem(30, random_state=0).fit(X.astype(np.float32))
    single = features.transform(X_test.astype(np.float32))
    assert single.dtype == np.float32 and features.components_.dtype == np.float64
    assert np.allclose(single, features.transform(X_test), atol=1e-5)
    assert features.get_feature_names_out()[[0, 29]].tolist() == ["ntknystroem0", "ntknystroem29"]
    before = features.transform(X_test)
    features.set_params(depth=4)
    assert np.array_equal(features.transform(X_test), before)


def test_more_landmarks_than_rows(digits, monkeypatch):
    X, _, X_test = digits
    with pytest.warns(UserWarning, match="n_components=100 is more than n_samples=10"):
        features = NTKNystroem(100, random_state=0).fit(X[:10])
    assert features.transform(X_test).shape == (200, 10)
    monkeypatch.setattr("skcert._utils._memory._WORTH_A_LOOK", 0)
    monkeypatch.setattr("skcert._utils._memory.memory_left", lambda: (2**16, "is left on this machine"))
    with pytest.raises(MemoryError, match="n_components"):
        NTKNystroem(200).fit(X)


def test_the_guard_knows_it(digits):
    X, y, X_test = digits

    def model(seed):
        return make_pipeline(NTKNystroem(50, random_state=seed), CertifiedRidgeClassifier(alpha=3.0))

    assert certify(model(0).fit(X, y), X_test).caveats == ()
    (caveat,) = certify(model(None).fit(X, y), X_test).caveats
    assert "NTKNystroem draws at random" in caveat
    vote = PartitionAggregationEnsemble(model(None), n_partitions=3, random_state=0).fit(X, y)
    assert vote.certificate_ == "white-box" and vote.certify(X_test).caveats == ()
    with pytest.raises(ValueError, match="overflow"):
        NTKNystroem(10).fit(1e200 * X)


@pytest.mark.slow
@parametrize_with_checks([NTKNystroem(5, random_state=0)])
@pytest.mark.filterwarnings("ignore:n_components:UserWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)
