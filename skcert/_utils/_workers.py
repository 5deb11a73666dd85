"""What ``n_jobs`` means, everywhere in skcert."""

from joblib import effective_n_jobs

from ._blas_threads import blas_threads


def workers(n_jobs, n_tasks):
    """`n_jobs` for joblib; None is what a ``parallel_config`` says, otherwise as many as BLAS may use threads."""
    return min(blas_threads(), max(1, n_tasks)) if nobody_says(n_jobs) else n_jobs


def nobody_says(n_jobs):
    """Whether neither `n_jobs` nor a ``parallel_config`` says how many workers there should be."""
    return n_jobs is None and effective_n_jobs(None) == 1
