"""Label-linear classifiers: estimators that state their label weights and certify from them."""

from ._alpha_path import alpha_path
from ._kernel_regressor import KernelRegressorClassifier
from ._label_linear import LabelLinearClassifierMixin
from ._neighbors import CertifiedKNeighborsClassifier
from ._ntk import NTKRegressorClassifier

__all__ = [
    "CertifiedKNeighborsClassifier",
    "KernelRegressorClassifier",
    "LabelLinearClassifierMixin",
    "NTKRegressorClassifier",
    "alpha_path",
]
