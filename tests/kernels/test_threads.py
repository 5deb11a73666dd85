import threading

import pytest
from joblib import parallel_config
from threadpoolctl import threadpool_limits

from skcert.kernels._blocks import blocks
from skcert.kernels._threads import run_in_threads


def threads_of_tasks(n_tasks, n_jobs):
    """The threads that run tasks which wait for each other, two at a time, if there are several threads."""
    meet = threading.Barrier(2 if n_jobs != 1 and n_tasks > 1 else 1)
    seen = {}

    def task(i):
        meet.wait(timeout=60)
        seen[i] = threading.get_ident()

    run_in_threads(task, range(n_tasks), n_jobs)
    assert sorted(seen) == list(range(n_tasks))
    return set(seen.values())


def test_one_thread_is_the_callers_own():
    assert threads_of_tasks(6, 1) == threads_of_tasks(1, 4) == {threading.get_ident()}
    run_in_threads(None, [], 2)


def test_several_threads():
    assert len(threads_of_tasks(6, 2)) == 2
    assert threading.get_ident() not in threads_of_tasks(6, 2)


def test_none_means_as_many_as_blas_may_use_and_negative_what_joblib_says(monkeypatch):
    own = []
    with threadpool_limits(1, "blas"):
        run_in_threads(lambda _: own.append(threading.get_ident()), [1, 2], None)
    assert set(own) == {threading.get_ident()}
    monkeypatch.setattr("skcert.kernels._threads.cpu_count", lambda: 2)
    with parallel_config(backend="threading", n_jobs=8):
        assert len(threads_of_tasks(8, None)) == 2  # no more than there are cores here
    with pytest.raises(ValueError, match="n_jobs"):
        run_in_threads(print, [1, 2], 0)


def test_errors_come_back():
    with pytest.raises(ZeroDivisionError):
        run_in_threads(lambda i: 1 / i, [1, 0, 2], 2)


@pytest.mark.parametrize(("n", "size", "expected"), [(0, 3, []), (3, 3, [(0, 3)]), (7, 3, [(0, 3), (3, 6), (6, 7)])])
def test_blocks(n, size, expected):
    assert [(rows.start, rows.stop) for rows in blocks(n, size)] == expected
