"""Fitted models say which version of skcert saved them, as scikit-learn's do of scikit-learn."""

import warnings
from typing import Any

_KEY = "_skcert_version"


class SavesVersion:
    """Mixin to the left of ``BaseEstimator``: a model saved by another version warns when it is loaded."""

    def __getstate__(self):
        state: dict = super().__getstate__()  # type: ignore[assignment]
        return {**state, _KEY: _this_version()}

    def __setstate__(self, state):
        says_itself = type(self).__getstate__ is not SavesVersion.__getstate__  # a subclass, what its state is
        if state.get(_KEY) != _this_version() and (_KEY in state or not says_itself):
            saved_by = state.get(_KEY, "of an earlier version")
            warnings.warn(
                f"This {type(self).__name__} was saved by skcert {saved_by} and loaded by {_this_version()}: what it "
                "predicts and certifies may differ from what a model fitted now would. Fit it again, or load it with "
                "the version that saved it.",
                UserWarning,
                stacklevel=2,
            )
        super().__setstate__({name: value for name, value in state.items() if name != _KEY})  # type: ignore[misc]


def _this_version():
    from .. import __version__  # not there yet while the package is imported

    return __version__


def same_attributes(estimator: Any) -> Any:
    """A shallow copy, whatever a subclass makes of its state."""
    copied = object.__new__(type(estimator))
    vars(copied).update(vars(estimator))
    return copied
