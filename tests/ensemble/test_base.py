"""What a base may be, what a base that insists on 0, 1, ..., k - 1 is told, and that nobody warns of many classes."""

import warnings

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import Birch, KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import IsolationForest, RandomForestRegressor, StackingRegressor, VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.baselines import LabelFlipSmoothing
from tests.ensemble.bases import ENSEMBLES, by_type


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(60, 2)), rng.integers(0, 3, 60), rng.normal(size=(5, 2))


class OldRegressor:
    """Says what it is as estimators did before there were tags."""

    _estimator_type = "regressor"

    def get_params(self, deep=True):
        return {}

    def set_params(self):
        return self

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(X.shape[0], self.classes_[0])


class Untyped(OldRegressor):
    """Behaves like an estimator, and is of no class and no type."""

    _estimator_type = None


class OldClassifier(OldRegressor):
    _estimator_type = "classifier"


@by_type
@pytest.mark.parametrize(
    ("base", "kind"),
    [
        (LinearRegression(), "a regressor"),
        (RandomForestRegressor(), "a regressor"),
        (make_pipeline(StandardScaler(), KNeighborsRegressor()), "a regressor"),
        (GridSearchCV(make_pipeline(LinearRegression()), {}), "a regressor"),
        (VotingRegressor([("a", LinearRegression())]), "a regressor"),
        (StackingRegressor([("a", LinearRegression())]), "a regressor"),
        (RFE(LinearRegression()), "a regressor"),
        (FrozenEstimator(LinearRegression()), "a regressor"),
        (OldRegressor(), "a regressor"),
        (KMeans(2), "a clusterer"),
        (make_pipeline(StandardScaler(), Birch()), "a clusterer"),
        (IsolationForest(), "an outlier detector"),
        (OneClassSVM(), "an outlier detector"),
        (EllipticEnvelope(), "an outlier detector"),
        (GridSearchCV(LocalOutlierFactor(novelty=True), {}, scoring="accuracy"), "an outlier detector"),
        (GaussianMixture(), "a density estimator"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_what_answers_no_classes_is_refused_by_name(data, ensemble, base, kind):
    X, y, X_test = data
    fitted = clone(ensemble).set_params(estimator=base)
    with pytest.raises(ValueError, match=rf"must be a classifier, but {type(base).__name__} is {kind} .*Pass a clas"):
        fitted.fit(X, np.where(y == 0, -1, 1))
    with pytest.raises(NotFittedError):
        fitted.predict(X_test)


@by_type
@pytest.mark.parametrize("base", [Untyped(), OldClassifier()])
def test_a_base_without_tags_is_taken(data, ensemble, base):
    X, y, X_test = data
    for labels in (y, np.array(["a", "b", "c"])[y]):
        fitted = clone(ensemble).set_params(estimator=base).fit(X, labels)
        assert fitted.predict(X_test).tolist() == [labels[y.argmin()]] * 5
        assert fitted.certify(X_test).certificate == "black-box"


class Boosting(ClassifierMixin, BaseEstimator):
    """Neighbours that insist on labels 0, 1, ..., k - 1, as boosting libraries do."""

    def __init__(self, error=ValueError):
        self.error = error

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        expected = np.arange(self.classes_.size)
        if self.classes_.dtype.kind not in "iuf" or not np.array_equal(self.classes_, expected):
            raise self.error(f"Invalid classes: expected {expected}, got {self.classes_}")
        self.model_ = GaussianNB().fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def predict_proba(self, X):
        return self.model_.predict_proba(X)


ADVICE = r"insists on such numbers.*OneVsRestClassifier\(base\)"


@by_type
@pytest.mark.parametrize("error", [ValueError, TypeError, RuntimeError])
@pytest.mark.parametrize("labels", ["text", "numbers from 1", "booleans", "dates of a month"])
def test_a_base_that_insists_on_numbers_names_the_wrapper(data, ensemble, error, labels):
    X, y, X_test = data
    y = {
        "text": np.array(["a", "b", "c"])[y],
        "numbers from 1": y + 1,
        "booleans": y > 0,
        "dates of a month": (100 * y + 1).astype(float),
    }[labels]
    for base in (Boosting(error), make_pipeline(StandardScaler(), Boosting(error))):
        with pytest.raises(error, match=f"Invalid classes.*partition 0.*{ADVICE}"):
            clone(ensemble).set_params(estimator=base).fit(X, y)
    wrapped = clone(ensemble).set_params(estimator=OneVsRestClassifier(Boosting(error))).fit(X, y)
    alone = OneVsRestClassifier(Boosting(error))
    for member, rows in zip(wrapped.estimators_, wrapped.partition_indices_):
        assert np.array_equal(member.predict(X_test), clone(alone).fit(X[rows], y[rows]).predict(X_test))


@by_type
def test_a_partition_that_lacks_a_class(data, ensemble):
    X, y, _ = data
    rows = clone(ensemble).set_params(estimator=GaussianNB()).fit(X, y).partition_indices_[1]
    y = np.where(np.isin(np.arange(60), rows) & (y == 1), 2, y)
    with pytest.warns(UserWarning, match=f"could not be fitted on .* partitions.*Invalid classes.*{ADVICE}"):
        clone(ensemble).set_params(estimator=Boosting()).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wrapped = clone(ensemble).set_params(estimator=OneVsRestClassifier(Boosting())).fit(X, y)
    assert all(isinstance(member, OneVsRestClassifier) for member in wrapped.estimators_)


@pytest.mark.parametrize(
    "base",
    [
        DummyClassifier(strategy="constant", constant=1),
        LogisticRegression(class_weight={0: 1.0, 1: 2.0}),
        DecisionTreeClassifier(class_weight={1: 2.0, 0: 1.0}),
        make_pipeline(StandardScaler(), LogisticRegression(class_weight={1: 2.0, 0: 1.0})),
        GridSearchCV(GaussianNB(), {}, cv=2, scoring=make_scorer(f1_score, pos_label=1), error_score="raise"),
    ],
    ids=lambda base: type(base).__name__,
)
def test_a_label_that_is_missing_is_another_matter(data, base):
    """Of a base that names a label, other labels make another base."""
    X, y, _ = data
    two = np.where(y == 0, 0, 1)
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=base)
    rows = ensemble.fit(X, two).partition_indices_[1]
    two[rows] = np.where(two[rows] == 1, 2, 0)
    with pytest.warns(UserWarning, match="could not be fitted on 1 of 3 partitions") as said:
        ensemble.fit(X, np.where(np.isin(np.arange(60), rows), two, np.minimum(two, 1)))
    assert "OneVsRest" not in str(said[0].message)


def test_failures_of_rows_are_none_of_labels(data):
    X, y, _ = data

    class Picky(GaussianNB):
        def fit(self, X, y):
            raise ValueError("never")

    with pytest.raises(ValueError, match="never .*on any partition") as raised:
        clone(ENSEMBLES[0]).set_params(estimator=Picky()).fit(X, np.array(["a", "b", "c"])[y])
    assert "OneVsRest" not in str(raised.value)


MANY = "The number of unique classes is greater than 50%"


def warnings_of(fit, *arguments):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        fit(*arguments)
    return [str(warning.message) for warning in said if MANY in str(warning.message)]


@pytest.mark.parametrize(
    "model",
    [
        PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=3),
        PartitionAggregationEnsemble(CertifiedKNeighborsClassifier(2), n_partitions=3, voting="soft"),
        PartitionAggregationEnsemble(KNeighborsClassifier(1), n_partitions=3),
        PartitionAggregationEnsemble(
            PartitionAggregationEnsemble(KNeighborsClassifier(1), n_partitions=2), n_partitions=2
        ),
        PartitionAggregationEnsemble(Boosting(), n_partitions=3, partition="random", random_state=0),
        FiniteAggregationEnsemble(n_partitions=3),
        FiniteAggregationEnsemble(make_pipeline(StandardScaler(), DecisionTreeClassifier()), n_partitions=3),
        LabelFlipSmoothing(NTKRegressorClassifier(), flip_probability=0.01),
        NTKRegressorClassifier(),
        CertifiedKNeighborsClassifier(2),
    ],
    ids=lambda model: f"{type(model).__name__}-{type(model.get_params().get('estimator')).__name__}",
)
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.filterwarnings("ignore:The base estimator could not be fitted")
def test_many_classes_are_said_once_at_most(data, model, n_jobs):
    """About the user's own labels, as scikit-learn says it; about members' and known classes not at all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    half = rng.permutation(np.tile(np.arange(40), 3))  # no warning about all rows, but about any partition's
    model = clone(model)
    if "n_jobs" in model.get_params():
        model.set_params(n_jobs=n_jobs)
    assert warnings_of(model.fit, X, half) == []
    assert warnings_of(model.fit, X[:80], np.arange(80)) == warnings_of(
        DecisionTreeClassifier().fit, X[:80], np.arange(80)
    )
    model.set_params(classes=np.arange(100))
    assert warnings_of(model.fit, X[:80], np.arange(80)) == []
    assert warnings_of(model.fit, X, half) == []


def test_nor_in_other_processes(data, capfd):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(120, 2)), rng.permutation(np.tile(np.arange(40), 3))
    with parallel_config(backend="loky", n_jobs=2):
        assert (
            warnings_of(clone(ENSEMBLES[0]).set_params(estimator=KNeighborsClassifier(1), n_jobs=None).fit, X, y) == []
        )
    assert MANY not in capfd.readouterr().err


@pytest.mark.parametrize("ensemble", [PartitionAggregationEnsemble, FiniteAggregationEnsemble])
def test_columns_that_a_base_reads_in_a_way_of_its_own(ensemble):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame({"a": np.arange(20.0), "kind": pd.Categorical(np.arange(20) % 3)})
    base = DecisionTreeClassifier(random_state=0)
    with pytest.warns(UserWarning, match="Encode 'kind' first"):
        ensemble(base, n_partitions=2).fit(X, np.arange(20) % 2)
    ensemble(base, n_partitions=2).fit(X.astype(float), np.arange(20) % 2)
