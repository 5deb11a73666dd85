"""HiGHS prints past Python, whatever its options say; none of it arrives, and all of what Python prints does."""

import ctypes
import os
import subprocess
import sys
import threading

import pytest

from skcert.certificates.collective import _solver_output
from skcert.certificates.collective._solver_output import c_output_discarded

# found among random problems with weights of very different sizes: the solver repairs a solution here
PROBLEM = """
import sys
import numpy as np
from skcert.certificates import certify_collective

print("before")
rng = np.random.default_rng(323)
n_test, n_train, n_classes = (int(rng.integers(low, high)) for low, high in ((2, 12), (4, 30), (2, 4)))
weights = rng.normal(size=(n_test, n_train)) * 10.0 ** rng.integers(-5, 6, size=(1, n_train))
labels, flips = rng.integers(0, n_classes, n_train), int(rng.integers(1, 6))
certify_collective(weights, labels, n_classes, flips, method="milp")
print("after")
"""

_has_glibc = os.name == "posix" and hasattr(ctypes.CDLL(None), "gnu_get_libc_version")
needs_glibc = pytest.mark.skipif(not _has_glibc, reason="only the GNU C library lets its stdout be exchanged")


@pytest.mark.slow
@needs_glibc
def test_certify_collective_prints_nothing():
    done = subprocess.run([sys.executable, "-c", PROBLEM], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "before\nafter\n", "")


def c_print(text):
    library = ctypes.CDLL(None)
    library.puts(text.encode())
    library.fflush(None)


@needs_glibc
def test_only_c_is_silent_and_only_meanwhile(capfd):
    with c_output_discarded():
        c_print("c, one")
        with c_output_discarded():
            c_print("c, two")
            print("python", flush=True)
        c_print("c, three")
    c_print("c, at last")
    with pytest.raises(KeyError), c_output_discarded():
        raise KeyError
    c_print("c, after an error")
    assert capfd.readouterr().out.split("\n") == ["python", "c, at last", "c, after an error", ""]


@needs_glibc
def test_overlapping_calls_restore_it_once(capfd):
    """The first to start ends first: C stays silent until the last has ended, and then prints where it did."""
    started, finish = threading.Event(), threading.Event()

    def long():
        with c_output_discarded():
            started.set()
            finish.wait(30)

    with c_output_discarded():
        thread = threading.Thread(target=long)
        thread.start()
        started.wait(30)
    c_print("the other one is still at work")
    finish.set()
    thread.join()
    c_print("both have ended")
    assert capfd.readouterr().out == "both have ended\n"


@pytest.mark.slow
@needs_glibc
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_children_can_print(capfd):
    code = """
import ctypes, os, runpy, sys
c_output_discarded = runpy.run_path(sys.argv[1])["c_output_discarded"]  # without the package
with c_output_discarded():
    child = os.fork()
    if child == 0:
        library = ctypes.CDLL(None)
        library.puts(b"child")
        library.fflush(None)
        os._exit(0)
    os.waitpid(child, 0)
"""
    done = subprocess.run([sys.executable, "-c", code, _solver_output.__file__], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("child\n", "")
