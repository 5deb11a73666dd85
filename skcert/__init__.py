"""skcert: prove how many training labels an attacker must flip before a prediction can change."""

from .ensemble import FiniteAggregationEnsemble, PartitionAggregationEnsemble
from .label_use import LabelUseWarning, certify, certify_rows
from .learners import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    LabelLinearClassifierMixin,
    NTKRegressorClassifier,
)
from .results import UNBOUNDED, AttackResult, CertificationResult

__version__ = "0.1.0"

__all__ = [
    "UNBOUNDED",
    "AttackResult",
    "CertificationResult",
    "CertifiedKNeighborsClassifier",
    "CertifiedRidgeClassifier",
    "FiniteAggregationEnsemble",
    "KernelRegressorClassifier",
    "LabelLinearClassifierMixin",
    "LabelUseWarning",
    "NTKRegressorClassifier",
    "PartitionAggregationEnsemble",
    "certify",
    "certify_rows",
]
