"""Which bases get which certificate, and what else they may be."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.decomposition import PCA
from sklearn.ensemble import StackingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.baselines import LabelFlipSmoothing
from skcert.kernels import fully_connected_kernel
from tests.ensemble.bases import ensemble_of


class TestBases:
    """White-box where the base can serve it, black-box for every other."""

    @pytest.mark.parametrize(
        "base",
        [
            None,
            NTKRegressorClassifier(),
            make_pipeline(StandardScaler(), PCA(3), NTKRegressorClassifier()),
            make_pipeline(StandardScaler(), make_pipeline("passthrough", NTKRegressorClassifier())),
            PartitionAggregationEnsemble(n_partitions=2, partition="random"),
        ],
    )
    def test_white_box(self, data, base):
        X, y, X_test, _ = data
        ensemble = ensemble_of(base, n_partitions=4).fit(X, y)
        assert ensemble.certificate_ == "white-box"
        result = ensemble.certify(X_test)
        assert np.array_equal(result.prediction, ensemble.predict(X_test))

    @pytest.mark.parametrize(
        "base",
        [
            LogisticRegression(),
            make_pipeline(SelectKBest(k=2), NTKRegressorClassifier()),
            GridSearchCV(NTKRegressorClassifier(), {"alpha": [0.1, 1.0]}, cv=2),
            make_pipeline(StandardScaler(), KNeighborsClassifier(3)),
            # its certificate is about an ideal classifier, not about what a refit predicts
            LabelFlipSmoothing(NTKRegressorClassifier(), flip_probability=0.05),
        ],
    )
    def test_black_box(self, data, base):
        X, y, X_test, _ = data
        ensemble = ensemble_of(base, n_partitions=4).fit(X, y)
        assert ensemble.certificate_ == "black-box" == ensemble.certify(X_test).certificate
        with pytest.raises(ValueError, match="certificate='white-box' needs"):
            ensemble_of(base, n_partitions=4, certificate="white-box").fit(X, y)

    def test_step_that_needs_labels_is_named(self, data):
        base = make_pipeline(StandardScaler(), SelectKBest(k=2), NTKRegressorClassifier())
        with pytest.raises(ValueError, match="'selectkbest'"):
            ensemble_of(base, certificate="white-box").fit(data[0], data[1])

    def test_transformers_of_a_white_box_member_never_see_labels(self, data):
        """A step that uses labels only when they are there cannot break the guarantee."""

        class Peeking(StandardScaler):
            def fit(self, X, y=None, sample_weight=None):
                assert y is None
                return super().fit(X)

            def fit_transform(self, X, y=None):
                return self.fit(X, y).transform(X)

        base = make_pipeline(Peeking(), NTKRegressorClassifier())
        assert ensemble_of(base).fit(data[0], data[1]).certificate_ == "white-box"

    def test_base_is_not_changed(self, data):
        base = make_pipeline(StandardScaler(), NTKRegressorClassifier())
        before = str(base.get_params())
        ensemble_of(base).fit(data[0], data[1])
        assert str(base.get_params()) == before
        assert not hasattr(base[0], "mean_")

    def test_partitions_the_base_cannot_be_fitted_on_still_vote(self):
        """Neighbours that need five rows: smaller partitions vote for their most frequent class."""
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)

        class NeedsFive(KNeighborsClassifier):
            def fit(self, X, y):
                if len(X) < 5:
                    raise ValueError("five rows, please")
                return super().fit(X, y)

        with pytest.warns(UserWarning, match="could not be fitted on .* five rows, please"):
            ensemble = ensemble_of(NeedsFive(1), n_partitions=9, partition="hash").fit(X, y)
        assert not np.ma.is_masked(ensemble.votes(X))
        with pytest.raises(ValueError, match="five rows, please"):
            ensemble_of(NeedsFive(1), n_partitions=20, partition="random").fit(X, y)

    def test_single_class_partition_of_a_black_box_base(self):
        X = np.repeat(np.arange(6.0), 4)[:, None]  # one partition per distinct row
        y = np.repeat([0, 1, 0, 1, 0, 0], 4)
        ensemble = ensemble_of(LogisticRegression(), n_partitions=20).fit(X, y)
        assert set(np.unique(ensemble.votes(X).compressed())) == {0, 1}

    def test_base_without_numbers(self):
        X = np.array([["red", "s"], ["blue", "m"], ["red", "l"], ["green", "s"]] * 10, dtype=object)
        y = np.array([0, 1, 0, 1] * 10)
        base = make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), NTKRegressorClassifier())
        ensemble = ensemble_of(base, n_partitions=2, partition="random").fit(X, y)
        assert ensemble.certificate_ == "white-box"
        assert ensemble.certify(X[:4]).prediction.tolist() == [0, 1, 0, 1]

    def test_sparse_rows_and_missing_values_as_the_base_takes_them(self, data):
        from scipy import sparse
        from sklearn.ensemble import HistGradientBoostingClassifier

        X, y, X_test, _ = data
        dense = ensemble_of(LogisticRegression()).fit(X, y)
        rows = ensemble_of(LogisticRegression()).fit(sparse.csr_matrix(X), y)
        assert np.array_equal(dense.predict(X_test), rows.predict(sparse.csr_matrix(X_test)))
        with pytest.raises(TypeError, match="[Ss]parse"):
            ensemble_of().fit(sparse.csr_matrix(X), y)
        missing = X.copy()
        missing[::7, 0] = np.nan
        ensemble_of(HistGradientBoostingClassifier(max_iter=2)).fit(missing, y)

    def test_kernel_matrix(self, data):
        X, y, X_test, _ = data
        kernel = {"depth": 1, "b_std": 0.1}
        rows = ensemble_of(partition="random").fit(X, y)
        matrix = ensemble_of(NTKRegressorClassifier(kernel="precomputed"), partition="random")
        matrix.fit(fully_connected_kernel(X, **kernel), y)
        a = rows.certify(X_test)
        b = matrix.certify(fully_connected_kernel(X_test, X, **kernel))
        assert np.array_equal(a.prediction, b.prediction) and np.array_equal(a.radius, b.radius)
        with pytest.raises(ValueError, match="must be square"):
            clone(matrix).fit(X, y)

    def test_seeds_are_drawn_per_member_and_ignore_labels(self, data):
        X, y, _, _ = data
        base = make_pipeline(FunctionTransformer(), DecisionTreeClassifier())
        a, b = ensemble_of(base).fit(X, y), ensemble_of(base, n_jobs=2).fit(X, np.roll(y, 3))
        seeds = [member[-1].random_state for member in a.estimators_]
        assert len(set(seeds)) == 5
        assert seeds == [member[-1].random_state for member in b.estimators_]


def _stacked():
    return StackingClassifier([("neighbours", KNeighborsClassifier(3)), ("tree", DecisionTreeClassifier())])


@pytest.mark.slow
@pytest.mark.parametrize("ensemble", [PartitionAggregationEnsemble, FiniteAggregationEnsemble])
@pytest.mark.parametrize(
    "base",
    [
        _stacked(),
        make_pipeline(StandardScaler(), _stacked()),
        GridSearchCV(_stacked(), {"passthrough": [False]}, cv=2),
    ],
    ids=["stacking", "pipeline", "search"],
)
def test_bases_that_predict_only_once_fitted(data, ensemble, base):
    """Their ``predict`` depends on what they are made of, and is not there before ``fit``."""
    X, y, X_test, _ = data
    assert not hasattr(base, "predict")
    fitted = ensemble(base, n_partitions=3, random_state=0).fit(X, y)
    result = fitted.certify(X_test)
    assert result.certificate == "black-box" and np.array_equal(result.prediction, fitted.predict(X_test))


class Constant(ClassifierMixin, BaseEstimator):
    """Votes for the first label of its partition: the most fragile base there is."""

    def fit(self, X, y):
        self.classes_, self.first_ = np.unique(y), y[0]
        return self

    def predict(self, X):
        return np.full(len(X), self.first_)


def test_black_box_radius_is_met_by_the_most_fragile_base():
    """One flip per partition does turn its vote, so the black-box radius is exact here."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    ensemble = ensemble_of(Constant(), n_partitions=15, partition="random").fit(X, y)
    result = ensemble.certify(X[:1])
    firsts = np.array([rows[0] for rows in ensemble.partition_indices_])
    counts = np.bincount(y[firsts], minlength=3)
    winner, runner_up = counts.argmax(), np.argsort(-counts, kind="stable")[1]
    assert result.prediction[0] == winner
    attacked = y.copy()
    attacked[firsts[y[firsts] == winner][: result.radius[0] + 1]] = runner_up
    assert clone(ensemble).fit(X, attacked).predict(X[:1])[0] != winner
