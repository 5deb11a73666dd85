"""Models without ``predict_proba`` say why, and what to use instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_INSTEAD = (
    "Rank predictions by decision_function or by certified radii. For probabilities, calibrate the model on labels "
    "that you trust: CalibratedClassifierCV(FrozenEstimator(model)).fit(X, y). Certificates are about the model's own "
    "predictions, not about calibrated ones."
)


class SaysWhyNoProbabilities:
    """Mixin to the left of ``BaseEstimator``: `predict_proba`, where there is none, raises an error that explains it.

    It remains an AttributeError, so that ``hasattr`` is False and scikit-learn takes the other scores.
    """

    _no_probabilities = "its scores are sums of label weights, which may be negative and need not add up to anything"
    """Why."""

    if not TYPE_CHECKING:  # a type checker would think that there is every attribute

        def __getattr__(self, name: str) -> Any:
            if name == "predict_proba":
                instead = _INSTEAD if hasattr(self, "decision_function") else "Rank predictions by certified radii."
                raise AttributeError(
                    f"This {type(self).__name__} has no 'predict_proba': {self._no_probabilities}. {instead}"
                )
            return super().__getattribute__(name)  # raises what it raised before
