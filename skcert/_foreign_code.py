"""Whether an estimator runs code that is neither skcert's nor scikit-learn's."""

_KNOWN_PACKAGES = {"builtins", "numpy", "scipy", "sklearn", "skcert"}


def runs_foreign_code(estimator):
    """Whether `estimator`, or a parameter of it at any depth, may run somebody else's code, or work in several threads.

    What this says is False of works in the thread that calls it, and waits for no other that could call skcert.
    """
    if _is_foreign(estimator):
        return True
    parameters = estimator.get_params()
    if any(name == "n_jobs" or name.endswith("__n_jobs") for name in parameters):
        return True
    return any(_is_foreign(value) for value in parameters.values())


def _is_foreign(value):
    return callable(value) or type(value).__module__.partition(".")[0] not in _KNOWN_PACKAGES
