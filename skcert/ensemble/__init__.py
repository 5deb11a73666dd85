"""Ensembles over partitions of the training rows, with their certificates."""

from ._finite_aggregation import FiniteAggregationEnsemble
from ._partition_aggregation import PartitionAggregationEnsemble

__all__ = ["FiniteAggregationEnsemble", "PartitionAggregationEnsemble"]
