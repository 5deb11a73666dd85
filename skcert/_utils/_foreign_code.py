"""Whether an estimator runs code that is neither skcert's nor scikit-learn's."""

_KNOWN_PACKAGES = {"builtins", "numpy", "scipy", "sklearn", "skcert"}


def runs_foreign_code(estimator):
    """Whether `estimator` may run foreign code, or several threads, judged by what it holds at any depth.

    If not, it works in the thread that calls it, and waits for no other thread that could call skcert.
    """
    if isinstance(estimator, (list, tuple)):
        return any(map(runs_foreign_code, estimator))
    if isinstance(estimator, dict):
        return any(map(runs_foreign_code, estimator.values()))
    if callable(estimator) or type(estimator).__module__.partition(".")[0] not in _KNOWN_PACKAGES:
        return True
    if not hasattr(estimator, "get_params"):
        return False
    held = vars(estimator)  # faster than get_params, which looks at signatures
    return "n_jobs" in held or any(map(runs_foreign_code, held.values()))
