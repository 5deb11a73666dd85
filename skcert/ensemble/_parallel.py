"""Work over partitions: joblib workers outside, a fixed number of BLAS threads inside each.

The last bit of sums in BLAS depends on its number of threads. That number is therefore a function of the
machine and of the number of partitions, never of ``n_jobs``, so that results do not depend on ``n_jobs``. Each task
has its own limit, wherever it runs: nobody ever has to wait for more than the tasks running at that moment.

Small partitions share a task, because each task has a cost: joblib's own work, and what is sent with it to
another process. How many share one depends on the number of workers, and their results do not depend on it.
"""

import time
from contextvars import Context
from itertools import chain, islice

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils import gen_batches
from sklearn.utils.parallel import Parallel, delayed

from .._utils import Progress, blas_share, blas_threads_limited, nobody_says, workers

_TASKS_PER_WORKER = 32
_BLOCK_ROWS = 128
# Joblib takes a fraction of the first to start its threads; members that answer within the second are busy in the
# interpreter, where threads wait for each other (benchmarks/serving.py).
_SHORT_SECONDS = 0.01
_SHORT_SECONDS_OF_MEMBER = 0.003


def run_over_partitions(
    function,
    arguments,
    n_partitions,
    n_jobs,
    verbose=0,
    phase="",
    *,
    threads_pay=True,
    may_be_short=False,
    foreign=True,
    threads_per_worker=None,
):
    """``[(positions, function(group)), ...]`` for groups of partitions, by joblib, threads by default.

    `positions` is the slice of the partitions in the group. With ``n_jobs=None`` there are as many workers as
    BLAS may use threads, so that the default uses the cores that a single network would, unless a joblib
    ``parallel_config`` says otherwise.

    Parameters
    ----------
    function : callable
        Takes the list of the arguments of one or more partitions.
    arguments : iterable of n_partitions tuples
        Arguments of each partition, all of the same length.
    n_partitions : int
    n_jobs : int or None
    verbose : int
        As in `Progress`.
    phase : str
        Description of the work, in these messages.
    threads_pay : bool
        Whether ``n_jobs=None`` may take more than one thread: not if the interpreter does most of the work, since
        threads then wait for each other.
    may_be_short : bool
        Whether ``n_jobs=None`` begins without threads, and takes them only once that has taken some milliseconds, also
        of each member, so that short work is not slower for them.
    foreign : bool
        Whether `function` may run code that is not skcert's own, in threads of its own that call skcert: calls with
        another number of BLAS threads then do not wait for it, and their last bits depend on whether it runs.
    threads_per_worker : int, default=None
        BLAS threads inside each; None shares them among the partitions. Where some partitions are empty, this has to
        be a share among all: a row in an empty one must not change what the others compute.
    """
    threads_per_worker = blas_share(n_partitions) if threads_per_worker is None else threads_per_worker
    alone_first = may_be_short and nobody_says(n_jobs)
    n_jobs = workers(n_jobs, n_partitions if threads_pay else 1)
    group_size = -(-n_partitions // (_TASKS_PER_WORKER * effective_n_jobs(n_jobs)))
    arguments = iter(arguments)
    groups = iter(lambda: list(islice(arguments, group_size)), [])
    # flat, because Dask sends large arguments of a task in advance, each once
    tasks = ((function, len(group), threads_per_worker, foreign, *chain.from_iterable(group)) for group in groups)
    progress = Progress(phase, n_partitions, "members", verbose)
    try:
        answers = _some_alone(tasks, group_size, n_partitions, progress) if alone_first else []
        parallel = _ParallelWithProgress(n_jobs, progress, len(answers), group_size, n_partitions)
        if group_size * len(answers) < n_partitions:
            answers += parallel(delayed(_run_group)(*task) for task in tasks)
    finally:
        progress.close()
    return list(zip(gen_batches(n_partitions, group_size), answers))


def _some_alone(tasks, group_size, n_partitions, progress):
    """Answers of the first tasks, in this thread, as many as are short.

    In a context of their own, as threads have: what the caller has set for itself reaches none of the members.
    """
    start, answers = time.perf_counter(), []
    for task in tasks:
        answers.append(Context().run(_run_group, *task))
        n_done, seconds = group_size * len(answers), time.perf_counter() - start
        progress.reach(min(n_done, n_partitions))
        if seconds > max(_SHORT_SECONDS, n_done * _SHORT_SECONDS_OF_MEMBER):
            break
    return answers


def run_over_rows(certificate, arrays, n_jobs):
    """``certificate(*arrays)`` in threads, each on some rows of the arrays; the tuple of arrays that it returns.

    For functions that treat each row separately, without BLAS or the interpreter lock.
    """
    if arrays[0].shape[0] <= _BLOCK_ROWS:
        return tuple(certificate(*arrays))
    blocks = list(gen_batches(arrays[0].shape[0], _BLOCK_ROWS))
    parallel = Parallel(n_jobs=workers(n_jobs, len(blocks)), require="sharedmem")
    answers = parallel(delayed(certificate)(*(array[rows] for array in arrays)) for rows in blocks)
    return tuple(np.concatenate(parts) for parts in zip(*answers))


class _ParallelWithProgress(Parallel):
    """Reports how many partitions are done, where joblib would count tasks."""

    def __init__(self, n_jobs, progress, n_done_before, group_size, n_partitions):
        super().__init__(n_jobs=n_jobs, prefer="threads")
        self._counted = (progress, n_done_before, group_size, n_partitions)

    def print_progress(self):
        progress, n_done_before, group_size, n_partitions = self._counted
        progress.reach(min((n_done_before + self.n_completed_tasks) * group_size, n_partitions))


def _run_group(function, group_size, threads_per_worker, foreign, *flat):
    width = len(flat) // group_size
    group = [flat[first : first + width] for first in range(0, len(flat), width)]
    with blas_threads_limited(threads_per_worker, foreign=foreign):
        return function(group)
