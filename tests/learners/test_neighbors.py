"""Distances that the user computes, and rows with missing values, as scikit-learn's own neighbours take them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

from skcert import CertifiedKNeighborsClassifier, FiniteAggregationEnsemble, PartitionAggregationEnsemble, certify
from skcert.baselines import LabelFlipSmoothing
from skcert.inspection import audit_labels

PRECOMPUTED = CertifiedKNeighborsClassifier(3, metric="precomputed")
ENSEMBLES = [
    PartitionAggregationEnsemble(n_partitions=3, partition="random", random_state=0),
    PartitionAggregationEnsemble(n_partitions=3, partition="random", random_state=0, certificate="black-box"),
    PartitionAggregationEnsemble(n_partitions=3, partition="random", random_state=0, voting="soft"),
    FiniteAggregationEnsemble(n_partitions=3, random_state=0),
    FiniteAggregationEnsemble(n_partitions=3, random_state=0, certificate="black-box"),
]
IDS = ["white-box", "black-box", "soft", "finite", "finite black-box"]


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(120, 4, n_informative=3, n_redundant=0, n_classes=3, random_state=0)
    train, test = X[:90], X[90:]
    return train, y[:90], test, pairwise_distances(train), pairwise_distances(test, train)


def test_predictions_are_those_of_scikit_learn(data):
    X, y, X_test, distances, test_distances = data
    for k in (1, 3, 0.2):
        ours = CertifiedKNeighborsClassifier(k, metric="precomputed").fit(distances, y)
        rows = CertifiedKNeighborsClassifier(k).fit(X, y)
        theirs = KNeighborsClassifier(k if k >= 1 else 18, metric="precomputed").fit(distances, y)
        assert np.array_equal(ours.predict(test_distances), theirs.predict(test_distances))
        assert np.array_equal(ours.label_weights(test_distances), rows.label_weights(X_test))
        assert np.array_equal(ours.certify(test_distances).radius, rows.certify(X_test).radius)


def test_cross_validation_slices_rows_and_columns(data):
    X, y, _, distances, _ = data
    theirs = KNeighborsClassifier(3, metric="precomputed")
    assert np.array_equal(cross_val_score(PRECOMPUTED, distances, y), cross_val_score(theirs, distances, y))
    pipeline = make_pipeline(PRECOMPUTED)  # of which the first step says what X is
    assert np.array_equal(cross_val_predict(pipeline, distances, y), cross_val_predict(theirs, distances, y))
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=PRECOMPUTED)
    rows = clone(ENSEMBLES[0]).set_params(estimator=CertifiedKNeighborsClassifier(3))
    assert np.array_equal(cross_val_predict(ensemble, distances, y), cross_val_predict(rows, X, y))
    search = GridSearchCV(PRECOMPUTED, {"n_neighbors": [1, 5]}, cv=3).fit(distances, y)
    expected = GridSearchCV(theirs, {"n_neighbors": [1, 5]}, cv=3).fit(distances, y)
    assert np.array_equal(search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])


@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=IDS)
@pytest.mark.parametrize("wrap", [lambda base: base, make_pipeline, lambda base: make_pipeline(make_pipeline(base))])
def test_ensembles_slice_rows_and_columns(data, ensemble, wrap):
    X, y, X_test, distances, test_distances = data
    matrix = clone(ensemble).set_params(estimator=wrap(PRECOMPUTED)).fit(distances, y)
    rows = clone(ensemble).set_params(estimator=wrap(CertifiedKNeighborsClassifier(3)))
    if type(ensemble) is FiniteAggregationEnsemble:  # whose buckets hang on the contents of rows
        rows.fit(X, y)
        assert [member.n_features_in_ for member in matrix.estimators_] == [
            indices.size for indices in matrix.partition_indices_
        ]
        result = matrix.certify(test_distances)
        assert np.array_equal(result.prediction, matrix.predict(test_distances))
        assert result.certificate == rows.certify(X_test).certificate
        return
    expected, result = rows.fit(X, y).certify(X_test), matrix.certify(test_distances)
    assert np.array_equal(result.prediction, expected.prediction) and np.array_equal(result.radius, expected.radius)
    theirs = KNeighborsClassifier(3, metric="precomputed")
    if ensemble.certificate == "black-box":
        black = clone(ensemble).set_params(estimator=wrap(theirs)).fit(distances, y)
        assert np.array_equal(black.predict(test_distances), result.prediction)


def test_the_rest_of_the_house_takes_distances(data):
    _, y, _, distances, test_distances = data
    fitted = make_pipeline(FunctionTransformer(), PRECOMPUTED).fit(distances, y)
    assert certify(fitted, test_distances).prediction.shape == (30,)
    assert audit_labels(fitted, test_distances).ranking.shape == (90,)
    smoothing = LabelFlipSmoothing(PRECOMPUTED, flip_probability=0.1)
    assert get_tags(smoothing).input_tags.pairwise
    assert cross_val_score(smoothing, distances, y, cv=3).shape == (3,)
    attack = clone(PRECOMPUTED).fit(distances, y).attack(test_distances)
    attacked = clone(PRECOMPUTED).fit(distances, attack.relabel(y, 0)).predict(test_distances[:1])
    assert attacked != fitted.predict(test_distances[:1])


def test_what_is_no_matrix_of_distances(data):
    X, y, _, distances, test_distances = data
    with pytest.raises(ValueError, match="metric='precomputed' needs a square distance matrix in fit.*(90, 4)"):
        clone(PRECOMPUTED).fit(X, y)
    with pytest.raises(ValueError, match="Negative values"):
        clone(PRECOMPUTED).fit(-distances, y)
    fitted = clone(PRECOMPUTED).fit(distances, y)
    with pytest.raises(ValueError, match="4 features.*90 features"):
        fitted.predict(X)
    with pytest.raises(ValueError, match="Negative values"):
        fitted.predict(-test_distances)
    with pytest.raises(ValueError, match="NaN"):
        fitted.predict(np.full((1, 90), np.nan))
    for ensemble in ENSEMBLES:
        with pytest.raises(ValueError, match="kernel or distance matrix, so X must be square"):
            clone(ensemble).set_params(estimator=PRECOMPUTED).fit(X, y)


@pytest.mark.parametrize("metric", ["euclidean", "precomputed", "nan_euclidean", "manhattan", "cosine"])
def test_tags_are_those_of_scikit_learn(metric):
    ours = get_tags(CertifiedKNeighborsClassifier(metric=metric)).input_tags
    theirs = get_tags(KNeighborsClassifier(metric=metric)).input_tags
    for tag in ("pairwise", "positive_only", "allow_nan"):
        assert getattr(ours, tag) == getattr(theirs, tag)
    assert get_tags(ENSEMBLES[0].set_params(estimator=CertifiedKNeighborsClassifier(metric=metric))).input_tags == ours


def test_missing_values(data):
    X, y, X_test, _, _ = data
    gaps, test_gaps = X.copy(), X_test.copy()
    gaps[::5, 0] = test_gaps[::3, 1] = np.nan
    ours = CertifiedKNeighborsClassifier(3, metric="nan_euclidean")
    theirs = KNeighborsClassifier(3, metric="nan_euclidean").fit(gaps, y)
    assert np.array_equal(clone(ours).fit(gaps, y).predict(test_gaps), theirs.predict(test_gaps))
    assert np.array_equal(cross_val_predict(ours, gaps, y), cross_val_predict(theirs, gaps, y))
    for ensemble in ENSEMBLES:
        fitted = clone(ensemble).set_params(estimator=ours).fit(gaps, y)
        assert np.array_equal(fitted.certify(test_gaps).prediction, fitted.predict(test_gaps))
    with pytest.raises(ValueError, match="NaN"):
        CertifiedKNeighborsClassifier(3).fit(gaps, y)
    with pytest.raises(ValueError, match="infinity"):
        clone(ours).fit(np.where(np.isnan(gaps), np.inf, gaps), y)


def test_missing_values_are_those_of_the_fitted_metric():
    X, y = np.array([[0.0, 1.0], [np.nan, 2.0], [3.0, 4.0], [4.0, 5.0]]), [0, 0, 1, 1]
    neighbors = CertifiedKNeighborsClassifier(1, metric="nan_euclidean").fit(X, y)
    expected = neighbors.certify(X).radius
    neighbors.set_params(metric="euclidean")
    assert np.array_equal(neighbors.certify(X).radius, expected)


@pytest.mark.parametrize("options", [{}, {"voting": "soft"}, {"certificate": "black-box"}])
def test_infinite_test_rows_are_refused_by_members_that_take_missing_values(options):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 2)), np.arange(20) % 2
    base = CertifiedKNeighborsClassifier(1, metric="nan_euclidean")
    ensemble = PartitionAggregationEnsemble(base, n_partitions=2, **options).fit(X, y)
    for method in (ensemble.predict, ensemble.certify):
        with pytest.raises(ValueError, match="infinity"):
            method(np.array([[np.inf, 0.0]]))
