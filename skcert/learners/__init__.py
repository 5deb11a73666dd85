"""Label-linear classifiers: estimators that state their label weights and certify from them.

The public names are in ``__all__``. The others are for the rest of skcert.
"""

from ._alpha_path import alpha_path
from ._auditable import labelling_of, with_trusted
from ._diagnosis import is_varied, on_some_rows, warn_if_constant, warn_of_shift, warn_of_shifted_weights
from ._flattening import Dial
from ._kernel_matrix import called_kernel, check_square, check_symmetric
from ._kernel_regressor import KernelRegressorClassifier
from ._label_linear import LabelLinearClassifierMixin
from ._neighbors import CertifiedKNeighborsClassifier
from ._network_kernel import NETWORK_CONSTRAINTS, network_kernel
from ._ntk import NTKRegressorClassifier
from ._over_base import OverBase, base_tags
from ._prediction_model import PredictionModel
from ._ridge import CertifiedRidgeClassifier

__all__ = [
    "CertifiedKNeighborsClassifier",
    "CertifiedRidgeClassifier",
    "KernelRegressorClassifier",
    "LabelLinearClassifierMixin",
    "NTKRegressorClassifier",
    "PredictionModel",
    "alpha_path",
]
