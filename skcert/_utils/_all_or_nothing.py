"""A failed ``fit`` leaves nothing half-fitted behind."""

from contextlib import contextmanager


@contextmanager
def all_or_nothing(estimator):
    """Remove every fitted attribute of `estimator` if the block raises, so that it counts as not fitted."""
    try:
        yield
    except BaseException:
        for name in [name for name in vars(estimator) if name.endswith("_") and not name.startswith("__")]:
            delattr(estimator, name)
        raise
