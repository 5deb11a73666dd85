import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from tests.blas import two_threads  # noqa: F401
from tests.ensemble.bases import ensemble_of
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1000] / 16, y[:1000], X[1000:] / 16, y[1000:]


@pytest.mark.parametrize("n_cases", [40, pytest.param(250, marks=pytest.mark.slow)])
def test_white_box_against_every_labeling(n_cases):
    """The bar: 250 tiny ensembles, with absent classes, single-class and empty partitions, every labeling tried.

    Members' label weights ignore labels (tested next to the learner), so their votes on a labeling are
    those weights applied to it: what a refit would compute.
    """
    rng = np.random.default_rng(0)
    n_single, n_empty, n_absent = 0, 0, 0
    for case in range(n_cases):
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
    assert min(n_single, n_empty, n_absent) > n_cases / 13


@pytest.mark.parametrize(
    "base",
    [
        NTKRegressorClassifier(),
        *(pytest.param(base, marks=pytest.mark.slow) for base in (KNeighborsClassifier(1), DecisionTreeClassifier())),
    ],
)
@pytest.mark.parametrize("n_cases", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_refits_on_every_labeling_of_tiny_data(base, n_cases):
    """No shortcut: fit the ensemble again on every labeling."""
    rng = np.random.default_rng(1)
    for seed in range(n_cases):
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


@pytest.mark.slow
def test_attacks_within_the_radius_never_succeed_on_digits(digits):
    """The bar, for ensembles: random and greedy attacks, each refitted."""
    X, y, X_test, _ = digits
    ensemble = ensemble_of(NTKRegressorClassifier(alpha=0.1), n_partitions=20, n_jobs=1).fit(X, y)
    result = ensemble.certify(X_test[:40])
    members = [
        (rows, member.label_weights(X_test[:40]), member.certify(X_test[:40]).flips_to_class)
        for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_)
    ]
    rng = np.random.default_rng(0)
    for t in range(len(result)):
        radius = result.radius[t]
        runner_up = np.argsort(result.flips_to_class[t])[1]
        # greedy: in the partitions that are cheapest to turn towards the runner-up, their heaviest labels
        costs = []
        for rows, weights, flips in members:
            costs.append((rows[np.argsort(-weights[t] * (y[rows] != runner_up))], flips[t, runner_up]))
        costs.sort(key=lambda entry: entry[1] or 10**6)
        greedy = np.concatenate([rows[:cost] for rows, cost in costs])[:radius]
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
        if partition == "random":
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


@pytest.mark.usefixtures("two_threads")
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
