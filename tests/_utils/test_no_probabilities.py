"""Where there are no probabilities, `hasattr` says so, and the error says why and what to use instead."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.baselines import LabelFlipSmoothing, NTKSVMClassifier

rng = np.random.default_rng(0)
X, y = rng.normal(size=(30, 3)), np.array(list("abc"))[rng.integers(0, 3, 30)]

WITHOUT = {
    "network": (NTKRegressorClassifier(), "sums of label weights"),
    "kernel": (KernelRegressorClassifier(), "sums of label weights"),
    "ridge": (CertifiedRidgeClassifier(), "sums of label weights"),
    "votes against": (CertifiedKNeighborsClassifier(far_weight=-1), "far_weight=-1 or score_weight"),
    "weighted votes": (CertifiedKNeighborsClassifier(score_weight={"a": 2.0}), "far_weight=-1 or score_weight"),
    "soft": (PartitionAggregationEnsemble(n_partitions=3, voting="soft"), "only votes have shares"),
    "run-off": (PartitionAggregationEnsemble(n_partitions=3, voting="run-off"), "only votes have shares"),
    "smoothing": (LabelFlipSmoothing(NTKRegressorClassifier()), "log_error_bound"),
    "machine": (NTKSVMClassifier(), "distances to its boundary"),
}
WITH = [
    CertifiedKNeighborsClassifier(),
    PartitionAggregationEnsemble(n_partitions=3),
    FiniteAggregationEnsemble(n_partitions=3),
]


@pytest.mark.parametrize("case", WITHOUT)
def test_the_error_says_why_and_what_to_do(case):
    model, why = WITHOUT[case]
    model = clone(model)
    fitted = clone(model).fit(X, y)
    for each in (model, fitted, pickle.loads(pickle.dumps(fitted))):
        assert not hasattr(each, "predict_proba")
        with pytest.raises(
            AttributeError, match=f"^This {type(model).__name__} has no 'predict_proba': .*{why}"
        ) as no:
            each.predict_proba(X)
        assert ("CalibratedClassifierCV" in str(no.value)) == hasattr(each, "decision_function")
        with pytest.raises(AttributeError, match="has no attribute 'predict_nothing'"):
            each.predict_nothing(X)


def test_pipelines_searches_and_small_models_say_it_too():
    network = NTKRegressorClassifier().fit(X, y)
    pipeline = make_pipeline(StandardScaler(), NTKRegressorClassifier()).fit(X, y)
    search = GridSearchCV(pipeline, {}, cv=2).fit(X, y)
    for model in (network.for_prediction(), pipeline, search):
        assert not hasattr(model, "predict_proba")
        with pytest.raises(AttributeError) as caught:
            model.predict_proba(X)
        error, said = caught.value, []
        while error is not None:
            said.append(str(error))
            error = error.__cause__
        assert any("sums of label weights" in text for text in said)


@pytest.mark.parametrize("model", WITH, ids=lambda model: type(model).__name__)
def test_shares_of_votes(model):
    fitted = clone(model).fit(X, y)
    shares = fitted.predict_proba(X)
    assert hasattr(model, "predict_proba") and shares.shape == (30, 3)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert np.array_equal(fitted.classes_[shares.argmax(axis=1)], fitted.predict(X))


@pytest.mark.parametrize("n_neighbors", [1, 5, 0.2, 50])
def test_shares_of_neighbours_are_those_of_scikit_learn(n_neighbors):
    k = {0.2: 6, 50: 30}.get(n_neighbors, n_neighbors)
    ours = CertifiedKNeighborsClassifier(n_neighbors, classes=["a", "b", "c", "d"]).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(ours[:, :3], KNeighborsClassifier(k).fit(X, y).predict_proba(X))
    assert (ours[:, 3] == 0).all()


def test_what_the_error_recommends_works_and_is_not_certified():
    network = NTKRegressorClassifier().fit(X[:15], y[:15])
    calibrated = CalibratedClassifierCV(FrozenEstimator(network)).fit(X[15:], y[15:])
    np.testing.assert_allclose(calibrated.predict_proba(X).sum(axis=1), 1)
    with pytest.raises(ValueError, match="guarantee would not hold"):
        skcert.certify(calibrated, X)


def test_errors_of_properties_are_not_hidden():
    class Ours(NTKRegressorClassifier):
        @property
        def explained(self):
            raise AttributeError("not before Friday")

        def predict_proba(self, X):
            return "own"

    with pytest.raises(AttributeError, match="not before Friday"):
        getattr(Ours(), "explained")  # noqa: B009
    assert Ours().predict_proba(X) == "own"
