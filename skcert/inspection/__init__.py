"""Which training labels are likely wrong, which of them predictions hang on, and what it buys to check some."""

from ._audit import LabelAudit, audit_labels
from ._checking import CheckingCurve, checking_curve

__all__ = ["CheckingCurve", "LabelAudit", "audit_labels", "checking_curve"]
