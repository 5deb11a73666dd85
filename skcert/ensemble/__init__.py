"""Ensembles over partitions of the training rows, with their certificates.

The public names are in ``__all__``. The others are for the rest of skcert.
"""

from ._base import advice_on_labels, are_numbered, can_be_fitted_on, dealt_out, silent_about_classes
from ._finite_aggregation import FiniteAggregationEnsemble
from ._fitting import answer_for_failed, check_predict, check_white_box_demand
from ._members import fit_black_box_member, fit_members, fit_white_box_member, members_votes, portable
from ._partition import by_content, hash_partition, rows_of_each
from ._partition_aggregation import PartitionAggregationEnsemble
from ._seeding import fixed_seed, member_seeds, seeded_clone
from ._vote import Vote

__all__ = ["FiniteAggregationEnsemble", "PartitionAggregationEnsemble"]
