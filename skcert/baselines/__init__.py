"""Certificates by others, for comparison: each with its source, its guarantee and its limits.

The black-box certificate (DPA, SS-DPA) is ``PartitionAggregationEnsemble(certificate="black-box")``, and
Finite Aggregation is ``FiniteAggregationEnsemble``.
"""

from ._label_cert import NTKSVMClassifier
from ._randomized_smoothing import LabelFlipSmoothing
from ._smoothing_bounds import smoothing_radius

__all__ = ["LabelFlipSmoothing", "NTKSVMClassifier", "smoothing_radius"]
