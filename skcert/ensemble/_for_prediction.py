"""A vote whose members only predict."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from .._utils import same_attributes
from ..label_use import with_innermost
from ..learners import PredictionModel


class VoteForPrediction:
    """Mixin of ensembles whose members vote."""

    candidates_: Any
    estimators_: list
    label_free_: bool
    trusted_: Any

    def for_prediction(self) -> PredictionModel:
        """A small ensemble that only predicts.

        Each member that has a ``for_prediction`` is replaced by what it returns, in pipelines, too.

        Returns
        -------
        model : PredictionModel
            With ``predict``, and ``predict_proba`` where the ensemble has it. Where two scores of a member are so
            close that rounding decides, its vote may be another.

        Raises
        ------
        ValueError
            For ``voting="soft"``, which weighs members by all their label weights, and for members whose label weights
            are centred, raised or clipped.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "label_codes_")
        if getattr(self, "voting_", None) == "soft":
            raise ValueError(
                "for_prediction needs members that vote, but voting='soft' weighs each by the sum of all its label "
                "weights: keep the whole ensemble, or fit one with voting='hard'."
            )
        small = same_attributes(self)
        small.estimators_ = [
            None if member is None else with_innermost(member, _for_prediction) for member in self.estimators_
        ]
        small.label_free_, small.trusted_, small.candidates_ = False, None, None
        return PredictionModel(small)


def _for_prediction(member):
    return member.for_prediction() if hasattr(member, "for_prediction") else member
