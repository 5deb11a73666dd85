"""What a team has lying around: pandas and polars frames, text labels, sparse rows, and models saved to files."""

import io

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)

LEARNERS = [NTKRegressorClassifier(), KernelRegressorClassifier(), CertifiedKNeighborsClassifier()]
ENSEMBLES = [
    PartitionAggregationEnsemble(n_partitions=3),
    PartitionAggregationEnsemble(n_partitions=3, voting="soft"),
    PartitionAggregationEnsemble(make_pipeline(StandardScaler(), NTKRegressorClassifier()), n_partitions=3),
    PartitionAggregationEnsemble(LogisticRegression(), n_partitions=3),
    FiniteAggregationEnsemble(n_partitions=3, random_state=0),
]
CERTIFIERS = LEARNERS + ENSEMBLES
NAMES = ["sepal length", "sepal width", "petal length", "petal <width>"]


def data():
    X, y = load_iris(return_X_y=True)
    y = np.array(["setosa", 'it\'s "versicolor"', "virginica\u00e9"])[y]
    return X[::2], y[::2], X[1::2]


def same(result, expected):
    assert np.array_equal(result.prediction, expected.prediction)
    assert np.array_equal(result.radius, expected.radius)
    assert np.array_equal(result.flips_to_class, expected.flips_to_class)


def pandas_frame(X, y):
    pd = pytest.importorskip("pandas")
    return pd.DataFrame(X, columns=NAMES), pd.Series(y, name="species")


def polars_frame(X, y):
    pl = pytest.importorskip("polars")
    return pl.DataFrame(X, schema=NAMES), pl.Series("species", y)


@pytest.mark.parametrize(
    ("estimator", "frame"),
    [
        *((estimator, pandas_frame) for estimator in CERTIFIERS),
        *((estimator, polars_frame) for estimator in (LEARNERS[0], ENSEMBLES[0])),
        *(
            pytest.param(estimator, polars_frame, marks=pytest.mark.slow)
            for estimator in (*LEARNERS[1:], *ENSEMBLES[1:])
        ),
    ],
    ids=lambda part: getattr(part, "__name__", repr(part)),
)
def test_frames(estimator, frame):
    X, y, X_test = data()
    expected = clone(estimator).fit(X, y).certify(X_test)
    framed, labels = frame(X, y)
    fitted = clone(estimator).fit(framed, labels)
    assert fitted.feature_names_in_.tolist() == NAMES
    test_frame, _ = frame(X_test, np.zeros(len(X_test)))
    result = fitted.certify(test_frame)
    same(result, expected)
    assert set(result.prediction) <= set(y)
    with pytest.raises(ValueError, match="feature names"):
        fitted.certify(test_frame[NAMES[::-1]])


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix, sparse.coo_matrix])
def test_sparse_rows_for_a_base_that_takes_them(make):
    X, y, X_test = data()
    ensemble = PartitionAggregationEnsemble(LogisticRegression(), n_partitions=3)
    expected = clone(ensemble).fit(X, y).certify(X_test)
    same(clone(ensemble).fit(make(X), y).certify(make(X_test)), expected)


@pytest.mark.parametrize("estimator", [*LEARNERS, ENSEMBLES[0]], ids=repr)
def test_sparse_rows_for_a_learner_are_refused_with_the_way_out(estimator):
    X, y, _ = data()
    with pytest.raises(TypeError, match=r"Sparse data was passed.*toarray"):
        clone(estimator).fit(sparse.csr_matrix(X), y)


@pytest.mark.parametrize("estimator", CERTIFIERS, ids=repr)
def test_saved_with_joblib(estimator):
    X, y, X_test = data()
    fitted = clone(estimator).fit(X, y)
    file = io.BytesIO()
    joblib.dump(fitted, file)
    file.seek(0)
    same(joblib.load(file).certify(X_test), fitted.certify(X_test))


SKCERT_TYPES = {
    "skcert.ensemble._finite_aggregation.FiniteAggregationEnsemble",
    "skcert.ensemble._partition_aggregation.PartitionAggregationEnsemble",
    "skcert.learners._kernel_regressor.KernelRegressorClassifier",
    "skcert.learners._neighbors.CertifiedKNeighborsClassifier",
    "skcert.learners._ntk.NTKRegressorClassifier",
}
TREE_TYPES = {"sklearn.metrics._dist_metrics.EuclideanDistance64", "sklearn.neighbors._kd_tree.KDTree"}


@pytest.mark.parametrize("estimator", CERTIFIERS, ids=repr)
def test_saved_with_skops(estimator):
    """Nothing but the documented types has to be trusted."""
    skops = pytest.importorskip("skops.io")
    X, y, X_test = data()
    fitted = clone(estimator).fit(X, y)
    saved = skops.dumps(fitted)
    untrusted = set(skops.get_untrusted_types(data=saved))
    trees = TREE_TYPES if isinstance(estimator, CertifiedKNeighborsClassifier) else set()
    assert untrusted <= SKCERT_TYPES | trees
    same(skops.loads(saved, trusted=sorted(untrusted)).certify(X_test), fitted.certify(X_test))
