"""skcert: prove how many training labels an attacker must flip before a prediction can change."""

from .certificates import UNBOUNDED, CertificationResult
from .ensemble import PartitionAggregationEnsemble
from .learners import LabelLinearClassifierMixin, NTKRegressorClassifier

__version__ = "0.1.0"

__all__ = [
    "UNBOUNDED",
    "CertificationResult",
    "LabelLinearClassifierMixin",
    "NTKRegressorClassifier",
    "PartitionAggregationEnsemble",
]
