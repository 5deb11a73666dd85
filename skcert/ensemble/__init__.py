"""Ensembles over partitions of the training rows, with their certificates."""

from ._partition_aggregation import PartitionAggregationEnsemble

__all__ = ["PartitionAggregationEnsemble"]
