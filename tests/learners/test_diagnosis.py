"""Warnings after fit about classes of unequal size; they change no number."""

import inspect
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.learners import alpha_path

SHIFTED = "shifts all label weights"
CONSTANT = "training rows that were tried, although"
MEMBERS = "members of .* predict one class each"


def data(counts, seed=0, scale=3.0):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(counts)), counts)
    return rng.normal(size=(y.size, 4)) + scale * np.eye(4)[y % 4], y


def said(model, X, y, **known):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = inspect.currentframe().f_lineno + 1
        model.fit(X, y, **known)
    where = {(warning.filename, warning.lineno) for warning in caught}
    assert where <= {(__file__, line)}, "the line of the caller is named"
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    ("model", "counts", "expected"),
    [
        (NTKRegressorClassifier(weight_center=0.8), [40, 40, 43], 0),
        (NTKRegressorClassifier(weight_center=0.8), [60, 40], 1),
        (NTKRegressorClassifier(weight_center=0.8, score_weight={0: 0.8, 1: 1.2}), [60, 40], 0),
        (NTKRegressorClassifier(weight_center=0.8, score_weight="balanced"), [60, 40], 0),
        (NTKRegressorClassifier(weight_center="mean", weight_power=0.5), [60, 40], 0),
        (NTKRegressorClassifier(), [60, 40], 0),
        (KernelRegressorClassifier(weight_center=0.5), [60, 40], 1),
        (CertifiedKNeighborsClassifier(far_weight=-1), [60, 40], 1),
        (CertifiedKNeighborsClassifier(), [60, 40], 0),
        (PartitionAggregationEnsemble(NTKRegressorClassifier(weight_center=0.8), n_partitions=3), [60, 40], 1),
        (PartitionAggregationEnsemble(NTKRegressorClassifier(weight_center=0.8), n_partitions=3), [50, 50], 0),
        (
            PartitionAggregationEnsemble(NTKRegressorClassifier(weight_center=0.8), n_partitions=3, voting="soft"),
            [60, 40],
            1,
        ),
    ],
)
def test_shifted_weights_and_unequal_classes(model, counts, expected):
    """Once, and not again in each member, whose partitions are never quite equal."""
    messages = [message for message in said(model, *data(counts)) if SHIFTED in message]
    assert len(messages) == expected
    assert not expected or ("60 of 0, 40 of 1" in messages[0] and "score_weight=" in messages[0])


@pytest.mark.parametrize(
    "model",
    [
        NTKRegressorClassifier(alpha=1e6),
        CertifiedKNeighborsClassifier(95),
        PartitionAggregationEnsemble(NTKRegressorClassifier(alpha=1e6), n_partitions=3),
        PartitionAggregationEnsemble(NTKRegressorClassifier(alpha=1e6), n_partitions=3, voting="soft"),
        PartitionAggregationEnsemble(LogisticRegression(C=1e-9), n_partitions=3),
        FiniteAggregationEnsemble(LogisticRegression(C=1e-9), n_partitions=3),
    ],
    ids=lambda model: f"{type(model).__name__}-{getattr(model, 'voting', '')}",
)
def test_a_prediction_that_is_constant(model):
    X, y = data([90, 10])
    assert any(CONSTANT in message and "score_weight" in message for message in said(model, X, y))
    assert (model.predict(X) == 0).all()


def test_a_healthy_model_says_nothing():
    """Also one that predicts the frequent class for all but a few rows: rows of all classes are tried."""
    X, y = data([5_000, 15], scale=6.0)
    for model in (CertifiedKNeighborsClassifier(3), NTKRegressorClassifier(alpha=np.inf)):
        assert said(model, X, y) == []
    X, y = data([100, 100, 100])
    assert said(PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=3), X, y) == []


def test_labels_of_one_class_are_nobody_s_fault():
    X, _ = data([20])
    assert said(NTKRegressorClassifier(), X, np.zeros(20, dtype=int)) == []
    assert said(NTKRegressorClassifier(classes=[0, 1]), X, np.zeros(20, dtype=int)) == []


def test_members_that_are_mostly_constant():
    X, y = data([95, 5])
    ensemble = PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=30, partition="random")
    messages = said(ensemble, X, y)
    assert any("of 30 members of PartitionAggregationEnsemble predict one class each" in text for text in messages)


def test_a_base_that_cannot_predict_says_so():
    class Mute(LogisticRegression):
        def predict(self, X):
            raise RuntimeError("not today")

    X, y = data([30, 30])
    ensemble = PartitionAggregationEnsemble(Mute(), n_partitions=2)
    with pytest.raises(RuntimeError, match="not today"):
        ensemble.fit(X, y)


def test_members_that_hold_learners_say_nothing():
    X, y = data([60, 40])
    base = BaggingClassifier(NTKRegressorClassifier(weight_center=0.8), n_estimators=3, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        PartitionAggregationEnsemble(base, n_partitions=2).fit(X, y)
    assert not [warning for warning in caught if SHIFTED in str(warning.message)]


def test_a_path_says_it_once():
    X, y = data([60, 40])
    with pytest.warns(UserWarning, match=SHIFTED) as caught:
        alpha_path(NTKRegressorClassifier(weight_center=0.8), X, y, [1.0, 10.0, 100.0])
    assert len([warning for warning in caught if SHIFTED in str(warning.message)]) == 1
    assert all(warning.filename == __file__ for warning in caught)


def test_fits_that_could_not_be_predicted_still_end():
    """Numbers that overflow, and a base that cannot be reached, are the business of `predict`."""
    X, y = data([30, 30])
    network = NTKRegressorClassifier(kernel=lambda A, B: A @ B.T, alpha=np.inf).fit(X * 1e150, y)
    with pytest.raises(ValueError, match="overflow"):
        network.predict(X * 1e150)

    class Remote(LogisticRegression):
        def predict(self, X):
            raise ConnectionError("nobody there")

    ensemble = PartitionAggregationEnsemble(Remote(), n_partitions=2).fit(X, y)
    with pytest.raises(ConnectionError):
        ensemble.predict(X)


def test_what_members_draw_is_not_used_up():
    class Drawing(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_, self.state_ = np.unique(y), np.random.RandomState(0)
            return self

        def predict(self, X):
            return self.state_.choice(self.classes_, X.shape[0]) if np.random.random() < 2 else None  # noqa: NPY002

    X, y = data([30, 30])
    np.random.seed(5)  # noqa: NPY002
    ensemble = PartitionAggregationEnsemble(Drawing(), n_partitions=3, partition="random", random_state=0).fit(X, y)
    after = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert after == np.random.random()  # noqa: NPY002
    states = [member.state_.get_state()[2] for member in ensemble.estimators_]
    assert states == [np.random.RandomState(0).get_state()[2]] * 3
