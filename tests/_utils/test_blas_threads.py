"""One limit for the whole process: shared, waited for, restored, whatever happens, and in no circle."""

import itertools
import os
import signal
import sys
import threading
import time
import types

import pytest
from threadpoolctl import threadpool_limits

import skcert._utils._blas_threads
from skcert._utils._blas_threads import blas_share, blas_threads, blas_threads_limited
from tests.blas import TIMEOUT, child_numbers, in_child, needs_fork, real_numbers, two_threads  # noqa: F401

pytestmark = pytest.mark.usefixtures("two_threads")
_POOL_NUMBERS = itertools.count()  # no file twice: what was learnt of one is kept


class Pool:
    """BLAS's threads in one library, for the whole process, or as MKL has them, for each thread."""

    def __init__(self, number, per_thread=False):
        self.filepath, self.user_api = f"libfake-{next(_POOL_NUMBERS)}.so", "blas"
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
    monkeypatch.setattr("skcert._utils._blas_threads._limit", skcert._utils._blas_threads._ProcessLimit())
    monkeypatch.setattr("skcert._utils._blas_threads._blas_pools", lambda: pools)
    monkeypatch.setattr("skcert._utils._blas_threads._processors", lambda: 64)
    return pools


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


@pytest.fixture
def heeds_sigint():
    """Shells start what runs in the background so that it ignores the signal."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="Windows does not interrupt threads")
def test_interruption_of_who_waits(pools, heeds_sigint):
    first = Call(2)
    assert first.entered()
    timer = threading.Timer(0.1, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
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
    monkeypatch.setattr("skcert._utils._blas_threads._pools", {})
    monkeypatch.setattr(
        "skcert._utils._blas_threads.ThreadpoolController", lambda: types.SimpleNamespace(lib_controllers=loaded)
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
    skcert._utils._blas_threads._limit.after_fork_in_child()  # as if it had been forked in between
    limited.__exit__(None, None, None)
    (number,) = real_numbers()
    return number


@needs_fork
def test_forks_wait_for_a_thread_that_changes_the_limit():
    changed = skcert._utils._blas_threads._limit._changed
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
