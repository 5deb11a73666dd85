"""Which labels are likely wrong and which predictions hang on, what checking buys, what other dials would give."""

from ._accuracy_radius import AccuracyRadiusPoints, accuracy_radius_points
from ._audit import LabelAudit, audit_labels
from ._checking import CheckingCurve, checking_curve

__all__ = [
    "AccuracyRadiusPoints",
    "CheckingCurve",
    "LabelAudit",
    "accuracy_radius_points",
    "audit_labels",
    "checking_curve",
]
