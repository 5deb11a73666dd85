"""What solvers print unasked.

Several versions of HiGHS that come with scipy have a ``printf`` left over from debugging. It runs whenever a solution
violates an inequality by more than the tolerance, whatever the options say, and bypasses ``sys.stdout``.
Redirecting file descriptor 1 would also suppress the output of all other threads. So what is replaced here is C's own
``stdout``, which Python does not use. The GNU C library allows this; with others, nothing is done.
"""

import ctypes
import os
import threading
from contextlib import contextmanager


class _CStdout:
    """C's ``stdout``, and how many calls currently discard it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._users, self._original, self._nowhere = 0, None, None

    def discard(self):
        with self._lock:
            if self._users == 0:
                self._point_to_nowhere()
            self._users += 1

    def restore(self):
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._point_back()

    def after_fork_in_child(self):
        self._lock = threading.Lock()  # it may be held by a thread that the child does not have
        if self._users:
            self._users = 0
            self._point_back()

    def _point_to_nowhere(self):
        variable = _variable()
        if variable is None:
            return
        if self._nowhere is None:
            library = ctypes.CDLL(None)
            library.fopen.restype = ctypes.c_void_p
            self._nowhere = library.fopen(os.devnull.encode(), b"w")  # left open: other threads may write to it
        if self._nowhere:
            self._original, variable.value = variable.value, self._nowhere

    def _point_back(self):
        if self._original is not None:
            variable = _variable()
            variable.value, self._original = self._original, None


def _variable():
    """C's variable ``stdout``, or None if it may not be settable."""
    if os.name != "posix" or not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"):
        return None
    return ctypes.c_void_p.in_dll(ctypes.CDLL(None), "stdout")


_stdout = _CStdout()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stdout.after_fork_in_child)


@contextmanager
def c_output_discarded():
    """A context in which the output of C code is discarded; Python's output, in any thread, is not affected."""
    _stdout.discard()
    try:
        yield
    finally:
        _stdout.restore()
