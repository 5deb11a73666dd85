"""Label-linear classifiers: estimators that state their label weights and certify from them."""

from ._label_linear import LabelLinearClassifierMixin
from ._ntk import NTKRegressorClassifier

__all__ = ["LabelLinearClassifierMixin", "NTKRegressorClassifier"]
