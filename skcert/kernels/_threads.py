"""Compiled work in threads."""

from concurrent.futures import ThreadPoolExecutor

from joblib import cpu_count, effective_n_jobs


def run_in_threads(function, tasks, n_jobs):
    """Call ``function(task)`` for each of the tasks, in ``n_jobs`` threads, as joblib interprets it.

    The threads share the arrays whatever joblib's backend, and start in a tenth of the time of joblib's own. A
    backend may count the cores of other machines, which are of no use here.
    """
    if n_jobs is None or n_jobs < 1:
        n_jobs = min(effective_n_jobs(n_jobs), cpu_count())
    workers = min(n_jobs, len(tasks))
    if workers <= 1:
        for task in tasks:
            function(task)
        return
    with ThreadPoolExecutor(workers) as threads:
        for _ in threads.map(function, tasks):
            pass
