"""How many threads BLAS may use at this moment, in this process."""

from functools import cache

from threadpoolctl import ThreadpoolController  # scikit-learn depends on it


def blas_threads():
    """Threads that BLAS may use now: the machine's, or as many as a limit in force leaves it."""
    pools = [pool["num_threads"] for pool in _thread_pools().info() if pool["user_api"] == "blas"]
    return max(pools, default=1)


def blas_threads_limited(threads):
    """A context in which BLAS uses no more than that many threads, in this whole process."""
    return _thread_pools().limit(limits=threads, user_api="blas")


@cache
def _thread_pools():
    """The thread pools of this process; finding them takes longer than fitting a small ensemble."""
    return ThreadpoolController()
