"""How many threads BLAS may use: one limit for the whole process, shared by the calls that need it.

BLAS's sums depend on its number of threads in the last bit, and that number belongs to the process, not to a call.
Calls that overlap in time and want the same number therefore share one limit, and a call that wants another number
waits until they are done: what it computes never depends on what else runs. The last one to leave restores the state
before the first.

Waiting must never lead to a deadlock, so two kinds of calls do not wait, but run under the limit in force: calls
inside a limit, made by the thread that holds it; and all calls while foreign code runs under a limit (a base from
another library, a callable kernel), because that code may wait for threads of its own that call skcert.
"""

import functools
import os
import sys
import threading
from collections import deque
from contextlib import contextmanager

from joblib import cpu_count
from threadpoolctl import ThreadpoolController  # scikit-learn depends on it


def blas_threads():
    """Threads that BLAS may use: as many as outside all limits here, or, inside one, as many as it allows.

    Never more than the processors that this process may use, of which BLAS does not know all limits.
    """
    return _limit.threads()


def blas_share(n_workers):
    """BLAS threads for each of some workers; inside a limit all that it allows, because it stays in force."""
    return _limit.threads() if _limit.is_inside() else max(1, _limit.threads() // n_workers)


@contextmanager
def blas_threads_limited(threads=None, *, foreign=True):
    """A context in which BLAS uses that many threads, in the whole process; None: `blas_threads` outside all limits.

    May wait for others to leave theirs. With `foreign`, for code that may not be skcert's own alone, nobody waits for
    this one. threadpoolctl's own limits, if other code sets them meanwhile, are not noticed.
    """
    hold = _Hold(foreign)
    try:
        _limit.enter(hold, threads)
        yield
    finally:
        try:
            _limit.leave(hold)
        except BaseException:  # such as KeyboardInterrupt, which may come halfway
            _limit.leave(hold)
            raise


class _Hold:
    """One call's part in the limit."""

    def __init__(self, foreign):
        self.foreign = foreign
        self.thread = threading.get_ident()
        self.before: list[tuple] = []  # pools that this call changed, and their numbers before


class _ProcessLimit:
    """The limit in force, the calls under it, and the calls that wait for another."""

    def __init__(self):
        self._start_anew()

    def _start_anew(self):
        self._changed = threading.Condition()
        self._holds: list[_Hold] = []
        self._waiting: deque[_Hold] = deque()
        self._originals: list[tuple] = []  # pools, and their numbers before the first hold
        self._numbers: list[int] = []  # of the same pools, now

    def threads(self):
        with self._changed:
            if not self._holds:
                numbers = [pool.get_num_threads() for pool in _blas_pools()]
            else:
                numbers = self._numbers if self.is_inside() else [number for _, number in self._originals]
            return min(max(numbers, default=1), _processors())

    def is_inside(self):
        """Whether the calling thread is under the limit."""
        with self._changed:
            return any(hold.thread == threading.get_ident() for hold in self._holds)

    def enter(self, hold, threads):
        with self._changed:
            if not self.is_inside():
                self._waiting.append(hold)
                self._changed.wait_for(lambda: self._waiting[0] is hold and self._admits(threads))
                self._waiting.popleft()
            if not self._holds:
                self._originals = [(pool, pool.get_num_threads()) for pool in _blas_pools()]
                self._numbers = self._wanted(threads)
            self._holds.append(hold)
            for (pool, _), number in zip(self._originals, self._numbers):
                before = pool.get_num_threads()
                if before != number:
                    hold.before.append((pool, before))
                    _set_threads(pool, number)
                    _learn_scope(pool, number)
            self._changed.notify_all()

    def leave(self, hold):
        """Undo `enter`, however far it got."""
        with self._changed:
            for pool, before in hold.before:
                if _per_thread.get(pool.filepath):
                    _set_threads(pool, before)
            if hold in self._waiting:
                self._waiting.remove(hold)
            if hold in self._holds:
                self._holds.remove(hold)
            if not self._holds:
                self._restore(pools_per_thread=False)
            self._changed.notify_all()

    def before_fork(self):
        self._changed.acquire()  # or another thread could be changing BLAS's state while it is copied

    def after_fork_in_parent(self):
        self._changed.release()

    def after_fork_in_child(self):
        """Nobody is under a limit here: the other threads do not exist, and this one has left the parent's."""
        self._restore(pools_per_thread=True)
        self._start_anew()

    def _admits(self, threads):
        if not self._holds or any(hold.foreign for hold in self._holds):
            return True
        return self._wanted(threads) == self._numbers

    def _wanted(self, threads):
        return [min(number, _processors()) if threads is None else threads for _, number in self._originals]

    def _restore(self, pools_per_thread):
        for pool, number in self._originals:
            if pools_per_thread or not _per_thread.get(pool.filepath):
                _set_threads(pool, number)
        self._originals = []


@functools.cache
def _processors():
    """As joblib counts them: a container's limit, affinity, LOKY_MAX_CPU_COUNT. Once, so that no result changes."""
    return cpu_count()


_per_thread: dict = {}
_pools: dict = {}


def _blas_pools():
    """BLAS's thread pools in this process, searched again after modules were imported, since these may add some.

    A search takes longer than fitting a small ensemble.
    """
    n_modules = len(sys.modules)
    if n_modules not in _pools:
        found = ThreadpoolController().lib_controllers
        _pools.clear()
        _pools[n_modules] = [pool for pool in found if pool.user_api == "blas"]
    return _pools[n_modules]


def _set_threads(pool, number):
    """Set it even where threadpoolctl (3.8) would leave it to the thread that set it first."""
    if pool.get_num_threads() != number:
        getattr(pool, "_real_set_num_threads", pool.set_num_threads)(number)


def _learn_scope(pool, number):
    """Whether `number`, just set, holds for this thread alone, as it does in MKL, and in OpenBLAS with OpenMP."""
    if pool.filepath not in _per_thread:
        seen = []
        thread = threading.Thread(target=lambda: seen.append(pool.get_num_threads()))
        thread.start()
        thread.join()
        _per_thread[pool.filepath] = seen != [number]


_limit = _ProcessLimit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_limit.before_fork,
        after_in_parent=_limit.after_fork_in_parent,
        after_in_child=_limit.after_fork_in_child,
    )
