import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits, make_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import StackingClassifier
from sklearn.exceptions import NotFittedError
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
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=260, n_features=6, n_informative=4, n_classes=3, class_sep=1.5, random_state=0
    )
    return X[:200], y[:200], X[200:], y[200:]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1000] / 16, y[:1000], X[1000:] / 16, y[1000:]


def ensemble_of(base=None, **parameters):
    parameters = {"n_partitions": 5, "random_state": 0} | parameters
    return PartitionAggregationEnsemble(base, **parameters)


def test_white_box_against_every_labeling():
    """The bar: 250 tiny ensembles, with absent classes, single-class and empty partitions, every labeling tried.

    Members' label weights ignore labels (tested next to the learner), so their votes on a labeling are
    those weights applied to it: what a refit would compute.
    """
    rng = np.random.default_rng(0)
    n_single, n_empty, n_absent = 0, 0, 0
    for case in range(250):
        n, n_classes, n_partitions = rng.integers(2, 8), rng.integers(2, 4), rng.integers(1, 5)
        n_partitions = min(n, n_partitions)
        X, x = rng.normal(size=(n, 2)), rng.normal(size=(1, 2))
        labels = rng.integers(0, n_classes, n)
        base = NTKRegressorClassifier(alpha=rng.choice([0.1, 1.0, 10.0]), fit_intercept=bool(case % 3))
        ensemble = PartitionAggregationEnsemble(
            base,
            n_partitions=n_partitions,
            partition=("hash", "random")[case % 2],
            random_state=case,
            classes=np.arange(n_classes),
            n_jobs=1,
        ).fit(X, labels)
        result = ensemble.certify(x)

        labelings = all_labelings(n, n_classes)
        counts = np.zeros((len(labelings), n_classes))
        for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
            n_empty += rows.size == 0
            n_single += rows.size > 0 and np.unique(labels[rows]).size == 1
            n_absent += rows.size > 0 and np.unique(labels[rows]).size < n_classes
            if rows.size:
                weights = member.label_weights(x)[0]
                votes = linear_predictions(weights, labelings[:, rows], n_classes)
                counts[np.arange(len(labelings)), votes] += 1
        truth = flips_to_each_class(counts.argmax(axis=1), labelings, labels, n_classes)
        predicted = result.prediction[0]
        assert truth[predicted] == 0
        assert result.radius[0] <= radius_of(truth, predicted)
        assert (result.flips_to_class[0] <= truth).all()
        if result.exact[0]:
            assert n_classes == 2
            assert result.radius[0] == radius_of(truth, predicted)
    assert min(n_single, n_empty, n_absent) > 20


@pytest.mark.parametrize("base", [NTKRegressorClassifier(), KNeighborsClassifier(1), DecisionTreeClassifier()])
def test_refits_on_every_labeling_of_tiny_data(base):
    """No shortcut: fit the ensemble again on every labeling."""
    rng = np.random.default_rng(1)
    for seed in range(3):
        X, x = rng.normal(size=(6, 2)), rng.normal(size=(4, 2))
        labels = rng.integers(0, 2, 6)
        ensemble = ensemble_of(clone(base), n_partitions=3, classes=[0, 1], random_state=seed, n_jobs=1).fit(X, labels)
        result = ensemble.certify(x)
        labelings = all_labelings(6, 2)
        predictions = np.array([ensemble.fit(X, labeling).predict(x) for labeling in labelings])
        for t in range(len(x)):
            truth = flips_to_each_class(predictions[:, t], labelings, labels, 2)
            assert truth[result.prediction[t]] == 0
            assert result.radius[t] <= radius_of(truth, result.prediction[t])
            assert (result.flips_to_class[t] <= truth).all()


def test_attacks_within_the_radius_never_succeed_on_digits(digits):
    """The bar, for ensembles: random and greedy attacks, each refitted."""
    X, y, X_test, _ = digits
    ensemble = ensemble_of(NTKRegressorClassifier(alpha=0.1), n_partitions=20, n_jobs=1).fit(X, y)
    result = ensemble.certify(X_test[:40])
    rng = np.random.default_rng(0)
    for t in range(len(result)):
        radius = result.radius[t]
        runner_up = np.argsort(result.flips_to_class[t])[1]
        # greedy: in the partitions that are cheapest to turn towards the runner-up, their heaviest labels
        costs = []
        for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
            weights = member.label_weights(X_test[t : t + 1])[0]
            costs.append((rows[np.argsort(-weights * (y[rows] != runner_up))], member.certify(X_test[t : t + 1])))
        costs.sort(key=lambda entry: entry[1].flips_to_class[0, runner_up] or 10**6)
        greedy = np.concatenate([rows[: c.flips_to_class[0, runner_up]] for rows, c in costs])[:radius]
        for rows, labels in (
            (greedy, runner_up),
            (rng.choice(y.size, radius, replace=False), rng.integers(0, 10, radius)),
        ):
            attacked = y.copy()
            attacked[rows] = labels
            refit = clone(ensemble).fit(X, attacked)
            assert refit.predict(X_test[t : t + 1])[0] == result.prediction[t]


def test_white_box_is_never_below_black_box(data):
    X, y, X_test, _ = data
    for n_partitions in (1, 3, 20, 80):
        white = ensemble_of(n_partitions=n_partitions, certificate="white-box").fit(X, y)
        black = ensemble_of(n_partitions=n_partitions, certificate="black-box").fit(X, y)
        assert np.array_equal(np.ma.filled(white.votes(X_test), -1), np.ma.filled(black.votes(X_test), -1))
        result, floor = white.certify(X_test), black.certify(X_test)
        assert result.certificate == "white-box" and floor.certificate == "black-box"
        assert (result.radius >= floor.radius).all()
        assert (result.flips_to_class >= floor.flips_to_class).all()


def test_one_partition_is_the_single_network(data):
    X, y, X_test, _ = data
    single = NTKRegressorClassifier().fit(X, y).certify(X_test)
    ensemble = ensemble_of(n_partitions=1).fit(X, y).certify(X_test)
    assert np.array_equal(single.prediction, ensemble.prediction)
    assert np.array_equal(single.radius, ensemble.radius)


def test_votes_shares_and_prediction_agree(data):
    X, y, X_test, _ = data
    names = np.array(["ant", "bee", "cat"])[y]
    ensemble = ensemble_of(n_partitions=8).fit(X, names)
    votes = ensemble.votes(X_test)
    assert votes.shape == (60, 8) and set(votes.ravel()) <= {"ant", "bee", "cat"}
    shares = np.stack([(votes == name).mean(axis=1) for name in ensemble.classes_], axis=1)
    np.testing.assert_allclose(ensemble.predict_proba(X_test), shares)
    assert np.array_equal(ensemble.predict(X_test), ensemble.classes_[shares.argmax(axis=1)])
    result = ensemble.certify(X_test)
    assert np.array_equal(result.prediction, ensemble.predict(X_test))
    assert result.certificate == "white-box" and result.n_train == 200


def test_partitions_are_disjoint_and_ignore_labels(data):
    X, y, _, _ = data
    for partition in ("hash", "random"):
        ensemble = ensemble_of(partition=partition, n_partitions=7).fit(X, y)
        assert np.array_equal(np.sort(np.concatenate(ensemble.partition_indices_)), np.arange(200))
        assert all((np.diff(rows) > 0).all() for rows in ensemble.partition_indices_)
        relabelled = clone(ensemble).fit(X, np.roll(y, 11))
        for rows, again in zip(ensemble.partition_indices_, relabelled.partition_indices_):
            assert np.array_equal(rows, again)


def test_empty_partitions_cast_no_vote():
    X = np.repeat([[0.0, 1.0], [5.0, 1.0]], 10, axis=0)  # two distinct rows: at most two partitions in use
    y = np.repeat([0, 1], 10)
    ensemble = ensemble_of(n_partitions=20).fit(X, y)
    assert sum(member is None for member in ensemble.estimators_) >= 18
    votes = ensemble.votes(X[:3])
    assert isinstance(votes, np.ma.MaskedArray) and votes.shape == (3, 20)
    assert (votes.count(axis=1) <= 2).all()
    np.testing.assert_allclose(ensemble.predict_proba(X).sum(axis=1), 1.0)


@pytest.mark.parametrize("n_jobs", [2, None])
def test_results_do_not_depend_on_n_jobs(digits, n_jobs):
    X, y, X_test, _ = digits
    one = ensemble_of(n_jobs=1).fit(X, y)
    other = ensemble_of(n_jobs=n_jobs).fit(X, y)
    for a, b in zip(one.estimators_, other.estimators_):
        assert np.array_equal(a.smoother_, b.smoother_)
    a, b = one.certify(X_test), other.certify(X_test)
    again = pickle.loads(pickle.dumps(other)).certify(X_test)
    for field in ("prediction", "radius", "flips_to_class", "exact"):
        assert np.array_equal(getattr(a, field), getattr(b, field))
        assert np.array_equal(getattr(a, field), getattr(again, field))


def test_results_do_not_depend_on_working_memory_or_process(data):
    from joblib import parallel_config

    X, y, X_test, _ = data
    ensemble = ensemble_of(n_jobs=2).fit(X, y)
    expected = ensemble.certify(X_test)
    with config_context(working_memory=0.01):
        assert np.array_equal(ensemble.certify(X_test).radius, expected.radius)
        assert np.array_equal(ensemble.predict(X_test), expected.prediction)
    with parallel_config(backend="loky", n_jobs=2):
        processes = clone(ensemble).fit(X, y)
        assert np.array_equal(processes.certify(X_test).flips_to_class, expected.flips_to_class)


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


class TestBadInput:
    def _fails(self, estimator, X, y, message):
        with pytest.raises((ValueError, TypeError), match=message):
            estimator.fit(X, y)
        with pytest.raises(NotFittedError):
            estimator.predict(X)
        assert [name for name in vars(estimator) if name.endswith("_")] == []

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_nan_and_infinity(self, data, value):
        X = data[0].copy()
        X[0, 0] = value
        self._fails(ensemble_of(), X, data[1], "NaN|infinity")
        with pytest.raises(ValueError, match="NaN|infinity"):
            ensemble_of().fit(data[0], data[1]).certify(X)

    def test_too_many_partitions(self, data):
        self._fails(ensemble_of(n_partitions=201), data[0], data[1], "n_partitions=201 is more than n_samples=200")

    @pytest.mark.parametrize(
        "parameters",
        [
            {"n_partitions": 0},
            {"n_partitions": 2.5},
            {"partition": "sorted"},
            {"certificate": "grey-box"},
            {"n_jobs": "all"},
        ],
    )
    def test_parameters(self, data, parameters):
        (name,) = parameters
        self._fails(ensemble_of(**parameters), data[0], data[1], f"'{name}' parameter")

    def test_base_without_predict(self, data):
        class Fits(BaseEstimator):
            def fit(self, X, y):
                return self

        self._fails(ensemble_of(Fits()), data[0], data[1], "'estimator' parameter.*'predict'")

    def test_base_that_fits_but_never_predicts(self, data):
        for base in (StandardScaler(), make_pipeline(StandardScaler(), PCA(2))):
            for ensemble in (ensemble_of(base), FiniteAggregationEnsemble(base, n_partitions=5)):
                self._fails(ensemble, data[0], data[1], "no method 'predict', even once fitted")

    def test_error_of_a_white_box_member(self, data):
        base = NTKRegressorClassifier(alpha=-1.0)
        self._fails(ensemble_of(base), data[0], data[1], "'alpha' parameter")

    def test_error_of_every_black_box_member(self, data):
        self._fails(ensemble_of(LogisticRegression(C=-1.0)), data[0], data[1], "'C' parameter")

    def test_before_fit(self, data):
        for method in ("predict", "predict_proba", "votes", "certify"):
            with pytest.raises(NotFittedError):
                getattr(ensemble_of(), method)(data[0])

    def test_features_at_predict(self, data):
        ensemble = ensemble_of().fit(data[0], data[1])
        with pytest.raises(ValueError, match="5 features"):
            ensemble.certify(data[2][:, :5])


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
