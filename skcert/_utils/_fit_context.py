"""scikit-learn's decorator of ``fit``, with type hints that keep those of ``fit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sklearn.base import _fit_context

Fit = TypeVar("Fit", bound=Callable[..., Any])


def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Fit], Fit]:
    """Validate parameters before ``fit``, including those of nested estimators unless these may be skipped."""
    return _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)
