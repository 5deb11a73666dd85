"""The BLAS of this process, with two threads on any machine, and of its children."""

import os
import time

import pytest
from threadpoolctl import ThreadpoolController

from skcert._utils._blas_threads import _set_threads, blas_threads_limited

TIMEOUT = 60  # seconds after which a test fails instead of waiting for ever
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
_REAL_POOLS = ThreadpoolController().select(user_api="blas").lib_controllers


@pytest.fixture
def two_threads():
    """BLAS has two threads, and after the test still has.

    Not by threadpool_limits, which would keep other threads from setting them.
    """
    before = [pool.num_threads for pool in _REAL_POOLS]
    for pool in _REAL_POOLS:
        _set_threads(pool, 2)
    yield
    left = real_numbers()
    for pool, number in zip(_REAL_POOLS, before):
        _set_threads(pool, number)
    assert left == {2}


def real_numbers():
    """Threads that each BLAS may use at this moment."""
    return {pool.num_threads for pool in _REAL_POOLS}


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
