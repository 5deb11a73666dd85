"""The same numbers under every backend, little sent, bounded memory, progress said."""

import os
import pickle
import threading
from contextvars import ContextVar

import numpy as np
import pytest
from joblib import parallel_config
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.ensemble._parallel import run_over_partitions, run_over_rows
from tests.blas import two_threads  # noqa: F401

ENSEMBLES = [
    PartitionAggregationEnsemble(n_partitions=7),
    PartitionAggregationEnsemble(n_partitions=70, partition="random", random_state=0),  # several in a task
    PartitionAggregationEnsemble(make_pipeline(StandardScaler(), NTKRegressorClassifier()), n_partitions=5),
    PartitionAggregationEnsemble(n_partitions=5, voting="soft"),
    PartitionAggregationEnsemble(n_partitions=70, certificate="black-box"),
    FiniteAggregationEnsemble(n_partitions=6, spread=2, random_state=0),
]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:280] / 16, y[:280], X[600:660] / 16


@pytest.fixture(scope="module")
def dask_cluster():
    distributed = pytest.importorskip("dask.distributed", reason="needs dask[distributed]")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def fitted_and_certified(ensemble, X, y, X_test):
    """Everything that a fit and a certificate compute, as arrays."""
    ensemble = clone(ensemble).fit(X, y)
    result = ensemble.certify(X_test)
    numbers = [getattr(result, name) for name in ("prediction", "radius", "radius_upper", "flips_to_class")]
    members = [member[-1] if hasattr(member, "steps") else member for member in ensemble.estimators_ if member]
    return [*numbers, ensemble.predict(X_test), *(member.smoother_ for member in members)]


def assert_identical(left, right):
    assert len(left) == len(right)
    for a, b in zip(left, right):
        assert a.dtype == b.dtype and np.array_equal(a, b)


@pytest.mark.slow
@pytest.mark.usefixtures("two_threads")  # which workers share
@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=repr)
def test_threads_and_processes(digits, ensemble):
    X, y, X_test = digits
    expected = fitted_and_certified(ensemble.set_params(n_jobs=1), X, y, X_test)
    for n_jobs in (2, 3, None):
        assert_identical(fitted_and_certified(ensemble.set_params(n_jobs=n_jobs), X, y, X_test), expected)
    with parallel_config(backend="loky", n_jobs=2):
        assert_identical(fitted_and_certified(ensemble.set_params(n_jobs=None), X, y, X_test), expected)


@pytest.mark.slow
@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=repr)
def test_dask(digits, dask_cluster, ensemble):
    X, y, X_test = digits
    expected = fitted_and_certified(ensemble.set_params(n_jobs=1), X, y, X_test)
    with parallel_config(backend="dask"):
        assert_identical(fitted_and_certified(ensemble.set_params(n_jobs=None), X, y, X_test), expected)


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers what it was fitted on, and where."""

    def fit(self, X, y):
        self.classes_, self.shape_, self.process_ = np.unique(y), X.shape, os.getpid()
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.slow
def test_dask_workers_get_the_rows_of_a_partition_only(digits, dask_cluster):
    X, y, X_test = digits
    with parallel_config(backend="dask"):
        ensemble = PartitionAggregationEnsemble(Recorder(), n_partitions=6).fit(X, y)
        ensemble.predict(X_test)
    for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
        assert member.shape_ == (rows.size, 64)
    processes = {member.process_ for member in ensemble.estimators_}
    assert os.getpid() not in processes and len(processes) == 2


def test_tasks_are_as_large_as_the_rows_of_their_partitions(digits, monkeypatch):
    """What travels to a worker, in pickled bytes: its rows and labels; later its members and one chunk of rows."""
    sizes = []

    def recorded(function, arguments, *rest, **options):
        tasks = list(arguments)
        sizes.append([len(pickle.dumps((function, task))) for task in tasks])
        return run_over_partitions(function, tasks, *rest, **options)

    for module in ("_fitting", "_member_vote"):
        monkeypatch.setattr(f"skcert.ensemble.{module}.run_over_partitions", recorded)
    X, y, X_test = digits
    ensemble = PartitionAggregationEnsemble(n_partitions=12).fit(X, y)
    for size, rows in zip(sizes[0], ensemble.partition_indices_):
        assert size < X[rows].nbytes + 8 * rows.size + 2000
    sizes[1:] = []
    ensemble.certify(X_test)
    for size, member in zip(sizes[1], ensemble.estimators_):
        assert size < member.smoother_.nbytes + member.X_fit_.nbytes + X_test.nbytes + 16 * len(member.X_fit_) + 2000


@pytest.mark.slow
@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=repr)
def test_small_working_memory(digits, ensemble):
    X, y, X_test = digits
    X_test = X_test[:17]
    ensemble = clone(ensemble).set_params(n_jobs=2).fit(X, y)
    expected, prediction = ensemble.certify(X_test), ensemble.predict(X_test)
    with config_context(working_memory=0.02):
        result = ensemble.certify(X_test)
        assert np.array_equal(ensemble.predict(X_test), prediction)
    for name in ("prediction", "radius", "flips_to_class"):
        assert np.array_equal(getattr(result, name), getattr(expected, name))


@pytest.mark.parametrize("n_jobs", [1, 2, None])
def test_progress(digits, capsys, monkeypatch, n_jobs):
    monkeypatch.setattr("skcert._utils._progress._SILENT_SECONDS", 0.0)
    X, y, X_test = digits
    ensemble = PartitionAggregationEnsemble(n_partitions=20, partition="random", n_jobs=n_jobs, verbose=1)
    ensemble.fit(X, y)
    said = capsys.readouterr().err.splitlines()
    assert 1 <= len(said) <= 11
    assert said[-1].startswith("PartitionAggregationEnsemble: fit on 280 rows: 20 of 20 members, ")
    with config_context(working_memory=0.04):
        ensemble.certify(X_test)
    said = capsys.readouterr().err.splitlines()
    assert any("votes and flips, test rows 1 to " in line and "of 60: 20 of 20 members, " in line for line in said)
    assert len({line.split(":")[1] for line in said}) > 1 and "to 60 of 60: 20 of 20 members" in said[-1]
    FiniteAggregationEnsemble(n_partitions=3, n_jobs=n_jobs, verbose=20).fit(X, y)
    said = capsys.readouterr().err.splitlines()
    assert len(said) >= 3 and all("FiniteAggregationEnsemble: fit on 280 rows: " in line for line in said)
    assert " 6 of 6 members, " in said[-1]
    ensemble.set_params(verbose=0).fit(X, y).predict(X_test)
    assert capsys.readouterr() == ("", "")


def test_no_progress_of_short_work(digits, capsys):
    X, y, X_test = digits
    PartitionAggregationEnsemble(n_partitions=3, verbose=1).fit(X[:30], y[:30]).predict(X_test[:3])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("seconds", [0.0, 1e9])
@pytest.mark.parametrize("n_partitions", [1, 2, 65, 200])
def test_short_work_takes_no_threads(n_partitions, seconds, monkeypatch):
    for name in ("_SHORT_SECONDS", "_SHORT_SECONDS_OF_MEMBER"):
        monkeypatch.setattr(f"skcert.ensemble._parallel.{name}", seconds)
    threads = []

    def answer(group):
        threads.append(threading.get_ident())
        return [p for (p,) in group]

    answers = run_over_partitions(answer, ((p,) for p in range(n_partitions)), n_partitions, None, may_be_short=True)
    assert [p for _, group in answers for p in group] == list(range(n_partitions))
    assert [p for positions, _ in answers for p in range(n_partitions)[positions]] == list(range(n_partitions))
    assert threads[0] == threading.get_ident()
    if seconds:
        assert set(threads) == {threading.get_ident()}


def test_what_the_caller_has_set_for_itself_reaches_no_member():
    """Or it would reach those that answer before threads have started, and no others."""
    setting = ContextVar("setting", default="as it is")
    token = setting.set("changed")
    try:
        answers = run_over_partitions(
            lambda group: setting.get(), ((p,) for p in range(3)), 3, None, may_be_short=True
        )
    finally:
        setting.reset(token)
    assert {answer for _, answer in answers} == {"as it is"}


@pytest.mark.parametrize("n_partitions", [65, 97])
def test_no_more_members_are_said_to_be_done_than_there_are(n_partitions, capsys):
    arguments = ((p,) for p in range(n_partitions))
    run_over_partitions(list, arguments, n_partitions, None, verbose=20, may_be_short=True)
    assert f"{n_partitions} of {n_partitions} members" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("n_partitions", [1, 2, 63, 64, 65, 129, 1000])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_groups_cover_the_partitions_in_order(n_partitions, n_jobs):
    arguments = ((p, -p) for p in range(n_partitions))
    answers = run_over_partitions(list, arguments, n_partitions, n_jobs)
    seen = [pair for _, group in answers for pair in group]
    assert [tuple(pair) for pair in seen] == [(p, -p) for p in range(n_partitions)]
    for positions, group in answers:
        assert [pair[0] for pair in group] == list(range(n_partitions))[positions]


@pytest.mark.parametrize("n_rows", [1, 127, 128, 129, 1000])
def test_rows_in_blocks(n_rows):
    rows = np.arange(2.0 * n_rows).reshape(n_rows, 2)
    for backend in ("threading", "loky"):
        with parallel_config(backend=backend, n_jobs=2):
            doubled, sums = run_over_rows(lambda a, b: (2 * a, b.sum(axis=1)), (rows, rows), None)
        assert np.array_equal(doubled, 2 * rows) and np.array_equal(sums, rows.sum(axis=1))
