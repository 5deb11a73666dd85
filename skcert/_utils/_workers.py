"""What ``n_jobs`` means, everywhere in skcert."""

from joblib import effective_n_jobs

from ._blas_threads import blas_threads


def workers(n_jobs, n_tasks):
    """`n_jobs` for joblib; None is what a ``parallel_config`` says, otherwise as many as BLAS may use threads."""
    return min(blas_threads(), max(1, n_tasks)) if n_jobs is None and effective_n_jobs(None) == 1 else n_jobs
