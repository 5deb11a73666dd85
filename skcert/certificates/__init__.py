"""The theorems, as functions of label weights, labels and votes: arrays in, arrays out."""

from ._attack_result import AttackResult
from ._collective import certify_collective
from ._collective_result import CollectiveBound
from ._finite_aggregation import certify_overlapping_votes
from ._label_linear import certify_label_linear, class_scores, smallest_attack
from ._no_vote import NO_VOTE
from ._result import CertificationResult
from ._targeted_attack import targeted_attack, targeted_flips
from ._unbounded import UNBOUNDED
from ._vote_aggregation import black_box_costs, certify_votes, count_votes

__all__ = [
    "NO_VOTE",
    "UNBOUNDED",
    "AttackResult",
    "CertificationResult",
    "CollectiveBound",
    "black_box_costs",
    "certify_collective",
    "certify_label_linear",
    "certify_overlapping_votes",
    "certify_votes",
    "class_scores",
    "count_votes",
    "smallest_attack",
    "targeted_attack",
    "targeted_flips",
]
