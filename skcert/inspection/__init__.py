"""Which labels are likely wrong and which predictions hang on, what checking buys, what other dials would give.

The public names are in ``__all__``. The others are for the rest of skcert.
"""

from ._accuracy_radius import CENTERS, POWERS, AccuracyRadiusPoints, accuracy_radius_points
from ._audit import audit_labels
from ._checking import CheckingCurve, checking_curve
from ._label_audit import LabelAudit

__all__ = [
    "AccuracyRadiusPoints",
    "CheckingCurve",
    "LabelAudit",
    "accuracy_radius_points",
    "audit_labels",
    "checking_curve",
]
