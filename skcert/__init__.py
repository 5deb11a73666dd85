"""skcert: prove how many training labels an attacker must flip before a prediction can change."""

from ._certify import LabelUseWarning, certify
from .certificates import UNBOUNDED, AttackResult, CertificationResult
from .ensemble import FiniteAggregationEnsemble, PartitionAggregationEnsemble
from .learners import (
    CertifiedKNeighborsClassifier,
    KernelRegressorClassifier,
    LabelLinearClassifierMixin,
    NTKRegressorClassifier,
)

__version__ = "0.1.0"

__all__ = [
    "UNBOUNDED",
    "AttackResult",
    "CertificationResult",
    "CertifiedKNeighborsClassifier",
    "FiniteAggregationEnsemble",
    "KernelRegressorClassifier",
    "LabelLinearClassifierMixin",
    "LabelUseWarning",
    "NTKRegressorClassifier",
    "PartitionAggregationEnsemble",
    "certify",
]
