"""One limit for the whole process: shared, waited for, restored, whatever happens, and in no circle."""

import _thread
import os
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import ThreadpoolController, threadpool_limits

import skcert._blas_threads
from skcert import KernelRegressorClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert._blas_threads import blas_share, blas_threads, blas_threads_limited
from skcert.learners import alpha_path

TIMEOUT = 60  # seconds after which a test fails instead of waiting for ever
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")


class Pool:
    """BLAS's threads in one library, for the whole process, or as MKL has them, for each thread."""

    def __init__(self, number, per_thread=False):
        self.filepath, self.user_api = f"libfake-{id(self)}.so", "blas"
        self.number, self.per_thread = number, per_thread
        self.of_thread = threading.local()
        self.interruptions = {}  # call of set_num_threads: what it raises

    def get_num_threads(self):
        return getattr(self.of_thread, "number", self.number)

    def set_num_threads(self, number):
        self.interruptions = {calls - 1: error for calls, error in self.interruptions.items()}
        if 0 in self.interruptions:
            raise self.interruptions[0]
        if self.per_thread:
            self.of_thread.number = number
        else:
            self.number = number


@pytest.fixture
def pools(monkeypatch):
    """Two libraries with 8 threads each, whatever machine this is."""
    pools = [Pool(8), Pool(8)]
    monkeypatch.setattr("skcert._blas_threads._limit", skcert._blas_threads._ProcessLimit())
    monkeypatch.setattr("skcert._blas_threads._blas_pools", lambda: pools)
    return pools


@pytest.fixture(autouse=True)
def two_threads():
    """The tests that use the real BLAS have two threads on any machine, and leave them as they were."""
    with threadpool_limits(2, user_api="blas"):
        yield
        assert real_numbers() == {2}


def real_numbers():
    return {pool.num_threads for pool in ThreadpoolController().select(user_api="blas").lib_controllers}


def numbers(pools):
    return [pool.get_num_threads() for pool in pools]


class Call:
    """A call in a thread of its own, under a limit until it is told to end."""

    def __init__(self, threads, foreign=False):
        self.inside, self.end, self.numbers = threading.Event(), threading.Event(), None
        self.thread = threading.Thread(target=self.run, args=(threads, foreign), daemon=True)
        self.thread.start()

    def run(self, threads, foreign):
        with blas_threads_limited(threads, foreign=foreign):
            self.numbers = blas_threads()
            self.inside.set()
            assert self.end.wait(TIMEOUT)

    def entered(self):
        return self.inside.wait(TIMEOUT)

    def waits(self):
        return not self.inside.wait(0.05)

    def leave(self):
        self.end.set()
        self.thread.join(TIMEOUT)
        assert not self.thread.is_alive()


def in_time(function):
    """``function()`` in a thread, given up after a while."""
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(function)
        try:
            return future.result(TIMEOUT)
        except TimeoutError:
            sys.stderr.write("deadlock\n")
            os._exit(1)  # the threads would keep the interpreter for ever


def test_overlapping_calls_share_a_limit_and_the_last_restores_it(pools):
    first, second = Call(2), Call(2)
    assert first.entered() and second.entered() and numbers(pools) == [2, 2]
    first.leave()
    assert numbers(pools) == [2, 2]
    assert blas_threads() == 8  # outside
    second.leave()
    assert numbers(pools) == [8, 8]


def test_the_real_blas_is_restored_by_a_thread_that_did_not_limit_it():
    first, second = Call(1), Call(1)
    assert first.entered() and second.entered() and real_numbers() == {1}
    first.leave()
    assert real_numbers() == {1} and blas_threads() == 2
    second.leave()
    assert real_numbers() == {2}


def test_another_number_waits_where_skcert_works_alone(pools):
    first = Call(2)
    assert first.entered()
    second = Call(3)
    assert second.waits()
    first.leave()
    assert second.entered() and second.numbers == 3 and numbers(pools) == [3, 3]
    second.leave()
    assert numbers(pools) == [8, 8]


def test_the_number_outside_is_a_number_like_others(pools):
    pools[1].number = 4
    first, same = Call(None), Call(None)
    assert first.entered() and same.entered() and numbers(pools) == [8, 4] and first.numbers == 8
    other = Call(8)
    assert other.waits()
    first.leave()
    same.leave()
    assert other.entered() and numbers(pools) == [8, 8]
    other.leave()
    assert numbers(pools) == [8, 4]


def test_nobody_waits_for_foreign_code(pools):
    first = Call(2, foreign=True)
    assert first.entered()
    second = Call(3)
    assert second.entered() and second.numbers == 2
    first.leave()
    assert numbers(pools) == [2, 2]
    third = Call(4)
    assert third.waits()  # now skcert works alone again
    second.leave()
    assert third.entered() and numbers(pools) == [4, 4]
    third.leave()


def test_who_waits_is_passed_by_nobody(pools):
    first = Call(2)
    assert first.entered()
    waiting = Call(3)
    assert waiting.waits()
    newcomers = [Call(2), Call(2)]
    assert all(newcomer.waits() for newcomer in newcomers)
    first.leave()
    assert waiting.entered() and all(newcomer.waits() for newcomer in newcomers)
    waiting.leave()
    assert all(newcomer.entered() for newcomer in newcomers) and numbers(pools) == [2, 2]
    for newcomer in newcomers:
        newcomer.leave()
    assert numbers(pools) == [8, 8]


def test_who_waits_goes_on_as_soon_as_foreign_code_runs(pools):
    """Foreign code of the same number does not pass either; once it runs, nobody waits."""
    first = Call(2)
    assert first.entered()
    waiting, foreign, last = Call(3), Call(2, foreign=True), Call(4)
    assert waiting.waits() and foreign.waits() and last.waits()
    first.leave()
    for call in (waiting, foreign, last):
        if call is not waiting:
            waiting.leave()
        assert call.entered()
    foreign.leave()
    last.leave()
    assert numbers(pools) == [8, 8]


def test_calls_inside_a_limit_are_under_it(pools):
    waiting = None
    with blas_threads_limited(3, foreign=False):
        assert blas_threads() == 3 and blas_share(2) == 3
        with blas_threads_limited(5, foreign=False):
            assert blas_threads() == 3 and numbers(pools) == [3, 3]
        waiting = Call(2)
        assert waiting.waits()
        with blas_threads_limited(None, foreign=False):  # would wait for itself
            assert numbers(pools) == [3, 3]
    assert waiting.entered()
    waiting.leave()
    assert numbers(pools) == [8, 8] and blas_share(2) == 4 and blas_share(9) == 1


def test_errors_and_generators_restore(pools):
    with pytest.raises(ZeroDivisionError), blas_threads_limited(2):
        raise ZeroDivisionError
    assert numbers(pools) == [8, 8]

    def limited():
        with blas_threads_limited(2):
            yield numbers(pools)

    generator = limited()
    assert next(generator) == [2, 2]
    generator.close()
    assert numbers(pools) == [8, 8]


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("pool", [0, 1])
def test_interruptions_half_way_restore(pools, pool, call):
    """Call 1 sets the limit, call 2 restores it."""
    pools[pool].interruptions = {call: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt), blas_threads_limited(2):
        pass
    assert numbers(pools) == [8, 8] and blas_threads() == 8
    later = Call(3)
    assert later.entered() and numbers(pools) == [3, 3]
    later.leave()


def test_interruption_of_who_waits(pools):
    first = Call(2)
    assert first.entered()
    timer = threading.Timer(0.1, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt), blas_threads_limited(3, foreign=False):
        pass
    same = Call(2)
    assert same.entered()  # nobody waits any more
    first.leave()
    same.leave()
    assert numbers(pools) == [8, 8]


def test_limits_that_hold_for_one_thread_only(pools):
    """Each thread is limited, and the one that came first is free when it leaves, though others are not."""
    pools[1] = Pool(8, per_thread=True)
    other = None
    with blas_threads_limited(2, foreign=False):
        other = Call(2)
        assert other.entered() and other.numbers == 2 and numbers(pools) == [2, 2]
    assert numbers(pools) == [2, 8]
    other.leave()
    assert numbers(pools) == [8, 8]


def test_libraries_that_are_loaded_later_are_limited_too(monkeypatch):
    loaded = [Pool(8)]
    monkeypatch.setattr("skcert._blas_threads._pools", {})
    monkeypatch.setattr(
        "skcert._blas_threads.ThreadpoolController", lambda: types.SimpleNamespace(lib_controllers=loaded)
    )
    with blas_threads_limited(2):
        assert numbers(loaded) == [2]
    loaded = [*loaded, Pool(4)]
    monkeypatch.setitem(sys.modules, "brings_another_blas", types.ModuleType("brings_another_blas"))
    with blas_threads_limited(2):
        assert numbers(loaded) == [2, 2]
    assert numbers(loaded) == [8, 4]


def test_a_limit_that_the_user_set_is_the_original():
    with threadpool_limits(1, user_api="blas"):
        assert blas_threads() == 1
        with blas_threads_limited(2):
            assert real_numbers() == {2}
        assert real_numbers() == {1}


def in_child(function):
    """The number, below 100, that ``function()`` returns in a forked child."""
    child = os.fork()
    if child == 0:
        code = 100
        try:
            code = function()
        finally:
            os._exit(code)
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "no answer"


def child_numbers():
    """The BLAS threads of a child: outside, and inside a limit of its own, as two digits."""
    (outside,) = real_numbers()
    with blas_threads_limited(3, foreign=False):
        (inside,) = real_numbers()
    return 10 * outside + inside if real_numbers() == {outside} else 99


@needs_fork
def test_children_are_under_no_limit_of_their_parent():
    assert in_child(child_numbers) == 23
    with blas_threads_limited(1, foreign=False):
        assert in_child(child_numbers) == 23
        assert real_numbers() == {1}
    other = Call(1)
    assert other.entered() and in_child(child_numbers) == 23
    assert real_numbers() == {1}
    other.leave()


@needs_fork
def test_forks_inside_a_limit_may_leave_it_in_the_child():
    parent, code = os.getpid(), None
    with blas_threads_limited(1):
        code = in_child(lambda: _left_by_exception(parent))
    assert code == 2


def _left_by_exception(parent):
    assert os.getpid() != parent
    limited = blas_threads_limited(1)
    limited.__enter__()
    skcert._blas_threads._limit.after_fork_in_child()  # as if it had been forked in between
    limited.__exit__(None, None, None)
    (number,) = real_numbers()
    return number


@needs_fork
def test_forks_wait_for_a_thread_that_changes_the_limit():
    changed = skcert._blas_threads._limit._changed
    taken, given_back = threading.Event(), threading.Event()

    def change_slowly():
        with changed:
            taken.set()
            time.sleep(0.1)
            given_back.set()

    thread = threading.Thread(target=change_slowly)
    thread.start()
    assert taken.wait(TIMEOUT)
    assert in_child(lambda: child_numbers() if given_back.is_set() else 98) == 23
    thread.join()


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    X = random.normal(size=(600, 30))
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


@needs_fork
def test_overlapping_ensembles_leave_limits_as_they_were(rows, ensembles):
    X, y = rows
    children = []
    for round_ in range(20):
        methods = [lambda e: e.predict(X[:20]), lambda e: e.certify(X[:20]), lambda e: e.fit(X[:100], y[:100])]
        called = [(methods[(round_ + i) % 3], ensemble) for i, ensemble in enumerate(ensembles)]
        threads = [threading.Thread(target=method, args=(ensemble,)) for method, ensemble in called]
        for thread in threads:
            thread.start()
        children.append(in_child(child_numbers))
        for thread in threads:
            thread.join(TIMEOUT)
        assert not any(thread.is_alive() for thread in threads)
        assert real_numbers() == {2}, f"round {round_}"
    assert children == [23] * 20


def test_refits_under_load_are_equal_to_the_bit(rows):
    X, y = rows
    learners = [
        NTKRegressorClassifier(),
        KernelRegressorClassifier(alpha=np.inf),
        PartitionAggregationEnsemble(n_partitions=2, voting="soft", n_jobs=2),
    ]

    def numbers_of(learner):
        fitted = learner.fit(X, y)
        return fitted.decision_function(X[:50]), fitted.predict(X[:50]), getattr(fitted, "smoother_", None)

    expected = [numbers_of(learner) for learner in learners]
    paths = [model.smoother_ for model in alpha_path(NTKRegressorClassifier(), X, y, [0.1, 10.0])]
    others = [PartitionAggregationEnsemble(n_partitions=p, n_jobs=1) for p in (3, 5)]
    with Busy(*(lambda other=other: other.fit(X, y).predict(X[:9]) for other in others)):
        for _ in range(3):
            for learner, before in zip(learners, expected):
                for left, right in zip(numbers_of(learner), before):
                    assert np.array_equal(left, right), learner
            again = [model.smoother_ for model in alpha_path(NTKRegressorClassifier(), X, y, [0.1, 10.0])]
            assert np.array_equal(again, paths)


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
    X, y = rows[0][:200], rows[1][:200]
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
