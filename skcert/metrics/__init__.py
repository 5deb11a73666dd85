"""Scores of certified predictions: functions of a result, and scorers for ``scoring=``."""

from ._scorers import certification_scorer, certified_accuracy_scorer, certified_area_scorer, median_radius_scorer
from ._scores import (
    area_under_certified_accuracy,
    certified_accuracy_curve,
    certified_accuracy_per_class,
    certified_accuracy_score,
    median_certified_radius,
)

__all__ = [
    "area_under_certified_accuracy",
    "certification_scorer",
    "certified_accuracy_curve",
    "certified_accuracy_per_class",
    "certified_accuracy_score",
    "certified_accuracy_scorer",
    "certified_area_scorer",
    "median_certified_radius",
    "median_radius_scorer",
]
