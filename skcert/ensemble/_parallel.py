"""Work over partitions: joblib workers outside, a fixed number of BLAS threads inside each.

Sums in BLAS depend on its number of threads in the last bit. That number is therefore a function of the
machine and of the number of partitions, never of ``n_jobs``, so that results do not depend on ``n_jobs``.
"""

import os
from functools import cache

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import ThreadpoolController  # scikit-learn depends on it


def run_over_partitions(function, arguments, n_tasks, n_jobs, verbose):
    """``[function(*args) for args in arguments]`` by joblib, threads by default.

    With ``n_jobs=None`` there are as many workers as BLAS may use threads, so that the default uses the
    cores that a single network would, unless a joblib ``parallel_config`` says otherwise.
    """
    threads = _blas_threads()
    threads_per_worker = max(1, threads // n_tasks)
    if n_jobs is None and effective_n_jobs(None) == 1:
        n_jobs = min(threads, n_tasks)
    with _thread_pools().limit(limits=threads_per_worker, user_api="blas"):
        return Parallel(n_jobs=n_jobs, prefer="threads", verbose=verbose)(
            delayed(_limited)(function, args, threads_per_worker, os.getpid()) for args in arguments
        )


def _limited(function, args, threads_per_worker, parent):
    if os.getpid() == parent:
        return function(*args)  # the parent's limit holds; setting it per thread would race
    with _thread_pools().limit(limits=threads_per_worker, user_api="blas"):
        return function(*args)


def _blas_threads():
    pools = [pool["num_threads"] for pool in _thread_pools().info() if pool["user_api"] == "blas"]
    return max(pools, default=1)


@cache
def _thread_pools():
    """The thread pools of this process; finding them takes longer than fitting a small ensemble."""
    return ThreadpoolController()
