"""Label-linear classifiers: exact radius, flips to each class, attacks that meet them (theorems in each module)."""

from ._balanced import counted_weights
from ._preference import preference_flips, preference_flips_unchecked
from ._radius import certify_label_linear, certify_label_linear_unchecked
from ._rounding import with_margin
from ._scores import class_scores, class_scores_unchecked
from ._smallest_attack import smallest_attack, smallest_attack_unchecked
from ._targeted import TargetedFlips, targeted_attack, targeted_attack_unchecked, targeted_flips
from ._training_rows import rows_of_classes, training_rows
from ._weight_chunks import (
    Labelling,
    attack_chunks,
    attack_result,
    certify_chunks,
    certify_versions,
    n_others,
    score_chunks,
    scores_without_own,
    weighted_without_own,
)
