"""The theorems, as functions of label weights, labels and votes: arrays in, arrays out.

The public names are in ``__all__``. The others are for the rest of skcert, whose arrays need no checks.
"""

from ..results import UNBOUNDED, AttackResult, CertificationResult, CollectiveBound
from ._door import LARGEST_SUM
from ._no_vote import NO_VOTE
from ._rules import new_rules, rules_of_rows
from ._selection import (
    allowed_labels,
    flips_to_select,
    flips_to_select_unchecked,
    largest_leads,
    open_validation,
    search_radius,
)
from ._selection_door import check_worth
from ._weight_blocks import largest_absolute_sum
from .collective import certify_collective
from .label_linear import (
    Labelling,
    attack_chunks,
    attack_result,
    certify_chunks,
    certify_label_linear,
    certify_label_linear_unchecked,
    certify_versions,
    class_scores,
    class_scores_unchecked,
    counted_weights,
    n_others,
    preference_flips,
    preference_flips_unchecked,
    score_chunks,
    scores_without_own,
    smallest_attack,
    targeted_attack,
    targeted_flips,
    weighted_without_own,
)
from .votes import (
    attack_votes,
    black_box_costs,
    certify_overlapping_votes,
    certify_run_off,
    certify_run_off_unchecked,
    certify_votes,
    certify_votes_against_rows,
    certify_votes_against_rows_unchecked,
    count_votes,
    count_votes_unchecked,
    elect_unchecked,
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
    "certify_run_off",
    "certify_votes",
    "certify_votes_against_rows",
    "class_scores",
    "count_votes",
    "flips_to_select",
    "preference_flips",
    "smallest_attack",
    "targeted_attack",
    "targeted_flips",
]
