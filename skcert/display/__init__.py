"""Plots of certificates, in scikit-learn's style. Only these use matplotlib, imported at the first plot."""

from ._accuracy_radius import AccuracyRadiusDisplay
from ._audit import AuditDisplay
from ._certified_accuracy import CertifiedAccuracyDisplay
from ._partition_trade_off import PartitionTradeOffDisplay
from ._radius_histogram import RadiusHistogramDisplay

__all__ = [
    "AccuracyRadiusDisplay",
    "AuditDisplay",
    "CertifiedAccuracyDisplay",
    "PartitionTradeOffDisplay",
    "RadiusHistogramDisplay",
]
