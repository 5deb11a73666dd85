"""Compiled work in threads."""

from concurrent.futures import ThreadPoolExecutor

from joblib import cpu_count, effective_n_jobs

from .._utils import workers


def run_in_threads(function, tasks, n_jobs):
    """Call ``function(task)`` for each of the tasks, in ``n_jobs`` threads.

    The threads share the arrays whatever joblib's backend, and start in a tenth of the time of joblib's own. A
    backend may count the cores of other machines, which are of no use here.
    """
    n_threads = min(effective_n_jobs(workers(n_jobs, len(tasks))), len(tasks))
    if n_jobs is None or n_jobs < 1:
        n_threads = min(n_threads, cpu_count())
    if n_threads <= 1:
        for task in tasks:
            function(task)
        return
    with ThreadPoolExecutor(n_threads) as threads:
        for _ in threads.map(function, tasks):
            pass
