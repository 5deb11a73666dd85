"""Label-linear classifiers: exact radius, flips to each class, attacks that meet them (theorems in each module)."""

from ._radius import (
    _flippable_rows,
    certify_label_linear,
    certify_label_linear_unchecked,
    class_scores,
    class_scores_unchecked,
    rows_of_classes,
    smallest_attack,
    smallest_attack_unchecked,
)
from ._rounding import absolute_sum_of, enlarged_if_tiny, rounding_margin
from ._targeted import targeted_attack, targeted_attack_unchecked, targeted_flips, targeted_flips_unchecked
from ._weight_chunks import attack_chunks, attack_result, certify_chunks, score_chunks
