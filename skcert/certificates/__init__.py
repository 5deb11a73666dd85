"""The theorems, as functions of label weights, labels and votes: arrays in, arrays out.

The public names are in ``__all__``. The others are for the rest of skcert, whose arrays need no checks.
"""

from ..results import UNBOUNDED, AttackResult, CertificationResult, CollectiveBound
from ._door import LARGEST_SUM
from ._no_vote import NO_VOTE
from ._rules import new_rules, rules_of_rows
from ._weight_blocks import largest_absolute_sum
from .collective import certify_collective
from .label_linear import (
    Labelling,
    attack_chunks,
    attack_result,
    certify_chunks,
    certify_label_linear,
    class_scores,
    n_others,
    score_chunks,
    scores_without_own,
    smallest_attack,
    targeted_attack,
    targeted_flips,
)
from .votes import (
    attack_votes,
    black_box_costs,
    certify_overlapping_votes,
    certify_votes,
    certify_votes_against_rows,
    certify_votes_against_rows_unchecked,
    count_votes,
    count_votes_unchecked,
)

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
    "certify_votes_against_rows",
    "class_scores",
    "count_votes",
    "smallest_attack",
    "targeted_attack",
    "targeted_flips",
]
