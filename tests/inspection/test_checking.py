import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.inspection import CheckingCurve, audit_labels, checking_curve
from skcert.results import UNBOUNDED


@pytest.fixture(scope="module")
def data():
    X, y = make_blobs(n_samples=150, centers=3, cluster_std=3.0, random_state=0)
    return X[:100], y[:100], X[100:], y[100:]


MODELS = [
    NTKRegressorClassifier(alpha=5.0),
    CertifiedKNeighborsClassifier(9),
    make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=5.0)),
    PartitionAggregationEnsemble(n_partitions=4, random_state=0, voting="soft"),
    PartitionAggregationEnsemble(n_partitions=4, random_state=0),
    PartitionAggregationEnsemble(make_pipeline(StandardScaler(), NTKRegressorClassifier()), n_partitions=4),
    PartitionAggregationEnsemble(DecisionTreeClassifier(random_state=0), n_partitions=20, partition="hash"),
    FiniteAggregationEnsemble(n_partitions=4, random_state=0),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_equals_fits_with_these_rows_trusted(data, model):
    X, y, X_test, y_test = data
    already = np.arange(100) < 10
    known = {"ntkregressorclassifier__trusted" if hasattr(model, "steps") else "trusted": already}
    model.fit(X, y, **known)
    audit = audit_labels(model, X_train=X)
    curve = checking_curve(model, X_test, y_test, audit=audit, n_checked=[0, 30, 60, 90])
    assert isinstance(curve, CheckingCurve) and "n_checked=[0, 30, 60, 90]" in repr(curve)
    before = skcert.certify(model, X_test)
    for n, result in zip(curve.n_checked, curve.results):
        trusted = already | np.isin(np.arange(100), audit.ranking[:n])
        expected = skcert.certify(model.fit(X, y, **dict.fromkeys(known, trusted)), X_test)
        for name in ("prediction", "radius", "radius_upper", "flips_to_class"):
            assert np.array_equal(getattr(result, name), getattr(expected, name))
    assert np.array_equal(curve.results[0].radius, before.radius)
    assert (curve.results[-1].radius == UNBOUNDED).all()
    assert (np.diff(curve.median_radius) >= 0).all() and curve.median_radius[-1] == UNBOUNDED
    assert (np.diff(curve.certified_accuracy(5)) >= 0).all()
    assert curve.certified_accuracy(0)[0] == np.mean(before.prediction == y_test)


def test_what_it_takes_by_default(data):
    X, y, X_test, y_test = data
    curve = checking_curve(NTKRegressorClassifier(alpha=5.0).fit(X, y), X_test, y_test)
    assert curve.n_checked.tolist() == [0, 1, 2, 5, 10, 20, 50]


def test_the_model_stays_as_it_is(data):
    X, y, X_test, y_test = data
    for model in (MODELS[0], MODELS[4]):
        model.fit(X, y)
        before = model.certify(X_test).radius
        checking_curve(model, X_test, y_test, n_checked=[50])
        assert model.trusted_ is None and np.array_equal(model.certify(X_test).radius, before)


def test_errors(data):
    X, y, X_test, y_test = data
    network = NTKRegressorClassifier(alpha=5.0).fit(X, y)
    for wrong, words in (
        ([], "whole numbers"),
        ([0.1], "whole numbers"),
        ([[1]], "whole numbers"),
        ([5, 1], "ascending"),
        ([-1, 5], "ascending, from 0"),
        ([0, 101], "at most 100"),
    ):
        with pytest.raises(ValueError, match=f"n_checked.*{words}"):
            checking_curve(network, X_test, y_test, n_checked=wrong)
    with pytest.raises(ValueError, match="n_checked.*ascending"):
        checking_curve(network, X_test, y_test, n_checked=np.array([5, 2], dtype=np.uint8))
    with pytest.raises(ValueError, match=r"y has shape \(49,\), but a label is needed for each of 50"):
        checking_curve(network, X_test, y_test[1:])
    with pytest.raises(TypeError, match="audit must be what audit_labels returns"):
        checking_curve(network, X_test, y_test, audit="x")
    audit = audit_labels(network)
    with pytest.raises(TypeError, match="LogisticRegression.* is neither"):
        checking_curve(LogisticRegression().fit(X, y), X_test, y_test, audit=audit)
    trees = MODELS[6].fit(X, y)
    with pytest.raises(ValueError, match="X_train"):
        checking_curve(trees, X_test, y_test)
    assert checking_curve(trees, X_test, y_test, X_train=X).n_checked[0] == 0
    other = audit_labels(NTKRegressorClassifier().fit(X[:50], y[:50]))
    with pytest.raises(ValueError, match="audit is about 50 training labels.*100"):
        checking_curve(network, X_test, y_test, audit=other)


class NotTold(ClassifierMixin, BaseEstimator):
    """Certifies itself, and takes no `trusted`."""

    certifies_refits = True

    def __init__(self, classes=None):
        self.classes = classes

    def fit(self, X, y):
        self.network_ = NTKRegressorClassifier(alpha=5.0, classes=self.classes).fit(X, y)
        self.classes_ = self.network_.classes_
        return self

    def predict(self, X):
        return self.network_.predict(X)

    def certify(self, X):
        return self.network_.certify(X)


def test_members_that_cannot_be_told_claim_no_exactness(data):
    """With more trust, their costs are bounds only: an attack of radius + 1 flips need not exist any more."""
    X, y, X_test, y_test = data
    model = PartitionAggregationEnsemble(NotTold(), n_partitions=3, random_state=0).fit(X, y % 2)
    before, after = checking_curve(model, X_test, y_test % 2, n_checked=[0, 40], X_train=X).results
    assert before.exact.all() and not after.exact.any()
    trusted = np.isin(np.arange(100), audit_labels(model, X_train=X).ranking[:40])
    assert np.array_equal(after.radius_upper, model.fit(X, y % 2, trusted=trusted).certify(X_test).radius_upper)
