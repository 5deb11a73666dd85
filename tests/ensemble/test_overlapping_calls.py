"""Ensembles and learners that run at the same time: the same numbers, the same limits afterwards, and no deadlock."""

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin

from skcert import KernelRegressorClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.learners import alpha_path
from tests.blas import TIMEOUT, child_numbers, in_child, needs_fork, real_numbers, two_threads  # noqa: F401

pytestmark = pytest.mark.usefixtures("two_threads")


def in_time(function):
    """``function()`` in a thread, given up after a while."""
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(function)
        try:
            return future.result(TIMEOUT)
        except TimeoutError:
            sys.stderr.write("deadlock\n")
            os._exit(1)  # the threads would keep the interpreter for ever


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    X = random.normal(size=(150, 30))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int)


@pytest.fixture(scope="module")
def ensembles(rows):
    return [PartitionAggregationEnsemble(n_partitions=p, n_jobs=2).fit(*rows) for p in (1, 2, 7)]


class Busy:
    """Threads that repeat what they are given, while the context lasts."""

    def __init__(self, *functions):
        self.end, self.errors = threading.Event(), []
        self.threads = [threading.Thread(target=self.run, args=(function,), daemon=True) for function in functions]

    def run(self, function):
        try:
            while not self.end.is_set():
                function()
        except BaseException as error:  # for the thread of the test
            self.errors.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()

    def __exit__(self, *error):
        self.end.set()
        for thread in self.threads:
            thread.join(TIMEOUT)
        assert not self.errors and not any(thread.is_alive() for thread in self.threads)


def start_round(round_, ensembles, rows):
    """A call of each ensemble, all at the same time, other ones each round; the threads that make them."""
    X, y = rows
    methods = [lambda e: e.predict(X[:20]), lambda e: e.certify(X[:20]), lambda e: e.fit(X[:100], y[:100])]
    threads = [
        threading.Thread(target=methods[(round_ + i) % 3], args=(ensemble,), daemon=True)
        for i, ensemble in enumerate(ensembles)
    ]
    for thread in threads:
        thread.start()
    return threads


def end_round(threads):
    for thread in threads:
        thread.join(TIMEOUT)
    assert not any(thread.is_alive() for thread in threads) and real_numbers() == {2}


def test_overlapping_ensembles_leave_limits_as_they_were(rows, ensembles):
    for round_ in range(12):
        end_round(start_round(round_, ensembles, rows))


@pytest.mark.slow
@needs_fork
def test_children_forked_while_ensembles_work_are_under_no_limit(rows, ensembles):
    """Of ensembles whose share is one thread: OpenBLAS may hang if it is forked while it has several at work."""
    children = []
    for round_ in range(12):
        threads = start_round(round_, ensembles[1:], rows)
        children.append(in_child(child_numbers))
        end_round(threads)
    assert children == [23] * 12


@pytest.mark.slow
def test_refits_under_load_are_equal_to_the_bit(rows):
    X, y = rows
    learners = [
        NTKRegressorClassifier(),
        PartitionAggregationEnsemble(n_partitions=2, voting="soft", n_jobs=2),
    ]

    def numbers_of(learner):
        fitted = learner.fit(X, y)
        return fitted.decision_function(X[:50]), fitted.predict(X[:50]), getattr(fitted, "smoother_", None)

    def path_scores():
        return [model.decision_function(X[:50]) for model in alpha_path(NTKRegressorClassifier(), X, y, [0.1, 10.0])]

    expected = [numbers_of(learner) for learner in learners]
    path = path_scores()
    others = [PartitionAggregationEnsemble(n_partitions=p, n_jobs=1) for p in (3, 5)]
    with Busy(*(lambda other=other: other.fit(X, y).predict(X[:9]) for other in others)):
        for _ in range(3):
            for learner, before in zip(learners, expected):
                for left, right in zip(numbers_of(learner), before):
                    assert np.array_equal(left, right), learner
            assert np.array_equal(path_scores(), path)


class ThreadsInside(ClassifierMixin, BaseEstimator):
    """Has threads of its own, which use skcert, and waits for them."""

    def __init__(self, pool="futures"):
        self.pool = pool

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        parts = [
            NTKRegressorClassifier(),
            PartitionAggregationEnsemble(n_partitions=2),
            NTKRegressorClassifier(depth=2),
        ]
        if self.pool == "futures":
            with ThreadPoolExecutor(3) as threads:
                self.parts_ = list(threads.map(lambda part: part.fit(X, y), parts))
        else:
            self.parts_ = Parallel(n_jobs=3, backend="threading")(delayed(part.fit)(X, y) for part in parts)
        return self

    def predict(self, X):
        with ThreadPoolExecutor(3) as threads:
            return next(threads.map(lambda part: part.predict(X), self.parts_))


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["futures", "joblib"])
def test_bases_with_threads_inside_block_nobody(rows, pool):
    X, y = rows[0][:120], rows[1][:120]
    ensemble = PartitionAggregationEnsemble(ThreadsInside(pool), n_partitions=3, n_jobs=2)
    networks = PartitionAggregationEnsemble(n_partitions=4)
    with Busy(lambda: NTKRegressorClassifier().fit(X, y), lambda: networks.fit(X, y)):
        for _ in range(3):
            in_time(lambda: ensemble.fit(X, y).predict(X))


def test_kernels_with_threads_inside_block_nobody(rows):
    X, y = rows[0][:60], rows[1][:60]

    def kernel(A, B):
        with ThreadPoolExecutor(1) as threads:
            inner = PartitionAggregationEnsemble(n_partitions=2)
            threads.submit(lambda: inner.fit(X, y)).result(TIMEOUT)
        return A @ B.T

    with Busy(lambda: PartitionAggregationEnsemble(n_partitions=5).fit(X, y)):
        in_time(lambda: KernelRegressorClassifier(kernel=kernel, alpha=1.0).fit(X, y).certify(X))
        in_time(
            lambda: PartitionAggregationEnsemble(
                KernelRegressorClassifier(kernel=kernel, alpha=1.0), n_partitions=2
            ).fit(X, y)
        )


def test_ensembles_of_ensembles(rows):
    X, y = rows
    nested = PartitionAggregationEnsemble(PartitionAggregationEnsemble(n_partitions=3, n_jobs=2), n_partitions=2)

    def refit():
        return nested.set_params(certificate="black-box").fit(X, y).predict(X)

    expected = in_time(refit)
    with Busy(
        lambda: PartitionAggregationEnsemble(n_partitions=5).fit(X, y), lambda: NTKRegressorClassifier().fit(X, y)
    ):
        assert np.array_equal(in_time(refit), expected)


def test_interrupted_ensembles_restore(rows):
    class Interrupted(NTKRegressorClassifier):
        def fit(self, X, y, trusted=None):
            super().fit(X, y, trusted)
            raise KeyboardInterrupt

    for n_jobs in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            PartitionAggregationEnsemble(Interrupted(), n_partitions=4, n_jobs=n_jobs).fit(*rows)
        deadline = time.monotonic() + TIMEOUT
        while real_numbers() != {2} and time.monotonic() < deadline:  # other workers may still be at it
            time.sleep(0.01)
        assert real_numbers() == {2}
