"""Small models that only predict: the same predictions, and nothing else."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
)
from skcert.learners import PredictionModel, alpha_path


def squared(X, Y):
    return (X @ Y.T / 10.0 + 1.0) ** 2


LEARNERS = [
    NTKRegressorClassifier(),
    NTKRegressorClassifier(alpha=0.1, fit_intercept=False, training_time=50.0),
    NTKRegressorClassifier(alpha=np.inf),
    NTKRegressorClassifier(alpha=np.inf, fit_intercept=False),
    NTKRegressorClassifier(score_weight={"a": 2.0}, classes=["a", "b", "c", "d"]),
    KernelRegressorClassifier(kernel="rbf", score_weight="balanced"),
    KernelRegressorClassifier(kernel=squared),
    CertifiedRidgeClassifier(),
    CertifiedRidgeClassifier(alpha=np.inf),
    CertifiedRidgeClassifier(fit_intercept=False, score_weight="balanced"),
]


def rows(n_classes, n_features=4, dtype=np.float64):
    generator = np.random.default_rng(n_classes)
    y = generator.integers(0, n_classes, 70)
    X = generator.normal(size=(70, n_features)) + 2.0 * np.eye(n_classes, n_features)[y] + 3.0
    return X.astype(dtype), np.array(list("abc"))[y]


@pytest.mark.parametrize("learner", LEARNERS, ids=range(len(LEARNERS)))
@pytest.mark.parametrize("n_classes", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predicts_the_same(learner, n_classes, dtype):
    X, y = rows(n_classes, dtype=dtype)
    whole = clone(learner).fit(X[:40], y[:40])
    before = pickle.dumps(whole)
    small = whole.for_prediction()
    assert pickle.dumps(whole) == before  # nothing was taken from it
    assert len(pickle.dumps(small)) < len(before) or learner.alpha == np.inf
    expected = whole.decision_function(X[40:])
    tolerance = 1e-3 if dtype == np.float32 else 1e-8
    for model in (small, pickle.loads(pickle.dumps(small))):
        assert np.array_equal(model.predict(X[40:]), whole.predict(X[40:]))
        np.testing.assert_allclose(model.decision_function(X[40:]), expected, rtol=tolerance, atol=tolerance)
        if not callable(getattr(learner, "kernel", None)):
            assert np.array_equal(model.decision_function(X[41:42])[0], model.decision_function(X[40:])[1])
    assert np.array_equal(small.classes_, whole.classes_) and small.n_features_in_ == 4
    assert small.score(X[40:], y[40:]) == whole.score(X[40:], y[40:])


def test_other_forms_of_the_smoother():
    X, y = rows(3, n_features=60)
    wide = CertifiedRidgeClassifier().fit(X[:40], y[:40])  # fewer rows than columns
    of_sparse = CertifiedRidgeClassifier().fit(sparse.csr_matrix(X[:40]), y[:40])
    kernel = X @ X.T / 60
    precomputed = NTKRegressorClassifier(kernel="precomputed").fit(kernel[:40, :40], y[:40])
    of_path = alpha_path(NTKRegressorClassifier(), X[:40], y[:40], alphas=[0.1, 1.0])[1]
    for whole, test in (
        (wide, X[40:]),
        (of_sparse, sparse.csr_matrix(X[40:])),
        (precomputed, kernel[40:, :40]),
        (of_path, X[40:]),
    ):
        small = whole.for_prediction()
        np.testing.assert_allclose(small.decision_function(test), whole.decision_function(test), atol=1e-8)


@pytest.mark.parametrize("name", ["certify", "attack", "certify_collective", "label_weights"])
def test_refuses_what_needs_label_weights(name):
    small = NTKRegressorClassifier().fit(*rows(3)).for_prediction()
    with pytest.raises(AttributeError, match=f"no '{name}': it lacks the label weights"):
        getattr(small, name)
    assert not hasattr(small, name)


def test_is_no_model_to_fit_or_certify():
    X, y = rows(3)
    small = NTKRegressorClassifier().fit(X, y).for_prediction()
    with pytest.raises(TypeError, match="cannot be fitted: fit the whole model"):
        small.fit(X, y)
    with pytest.raises(TypeError, match="PredictionModel"):
        skcert.certify(small, X)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        small.nonsense  # noqa: B018
    assert repr(small) == "PredictionModel(model=NTKRegressorClassifier())"


@pytest.mark.parametrize("learner", [NTKRegressorClassifier(), CertifiedRidgeClassifier()], ids=["network", "ridge"])
def test_the_model_inside_can_be_fitted_again(learner):
    X, y = rows(3)
    model = clone(learner).fit(X, y).for_prediction().model
    other = np.roll(y, 5)
    model.fit(X, other)
    assert np.array_equal(model.predict(X), clone(learner).fit(X, other).predict(X))
    assert np.array_equal(model.certify(X).prediction, model.predict(X))


def test_takes_its_place_in_a_pipeline():
    X, y = rows(3)
    whole = make_pipeline(StandardScaler(), NTKRegressorClassifier()).fit(X, y)
    small = make_pipeline(whole[0], whole[-1].for_prediction())
    assert np.array_equal(small.predict(X), whole.predict(X))


@pytest.mark.parametrize("dial", [{"weight_center": 0.8}, {"weight_power": 0.5}, {"weight_clip": 0.1}])
@pytest.mark.parametrize("learner", [NTKRegressorClassifier, CertifiedRidgeClassifier])
def test_flat_weights_are_refused(learner, dial):
    X, y = rows(2)
    with pytest.raises(ValueError, match="are changed row by row, which takes all of them"):
        learner(**dial).fit(X, y).for_prediction()


def test_needs_a_fitted_learner():
    with pytest.raises(NotFittedError):
        NTKRegressorClassifier().for_prediction()


def test_nearest_neighbours_have_none():
    assert not hasattr(CertifiedKNeighborsClassifier(), "for_prediction")


def test_bad_rows_are_refused_as_by_the_whole_model():
    X, y = rows(3)
    small = NTKRegressorClassifier().fit(X, y).for_prediction()
    with pytest.raises(ValueError, match="features"):
        small.predict(X[:, :2])
    with pytest.raises(ValueError, match="NaN"):
        small.predict(np.full((1, 4), np.nan))
    assert isinstance(small, PredictionModel)
