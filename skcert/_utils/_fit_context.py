"""scikit-learn's decorator of ``fit``, which has no type hints, with the one that keeps those of ``fit``."""

from collections.abc import Callable
from typing import Any, TypeVar

from sklearn.base import _fit_context

Fit = TypeVar("Fit", bound=Callable[..., Any])


def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Fit], Fit]:
    """Validate parameters ahead of ``fit``, those of nested estimators too if that is not to be skipped."""
    return _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)
