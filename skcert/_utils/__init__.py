"""What all estimators need."""

from ._all_or_nothing import all_or_nothing
from ._blas_threads import blas_share, blas_threads, blas_threads_limited
from ._candidates import EncodedLabels, encode_all_labels
from ._chunks import row_chunks
from ._compiled import compiled, compiled_part, read_only
from ._fit_context import fit_context
from ._fixed_blocks import in_fixed_blocks
from ._foreign_code import runs_foreign_code
from ._label_encoding import check_two_classes, class_indices, encode_labels, encode_targets, equal_labels, few_of
from ._label_kinds import check_none_missing, check_one_kind, check_same_kind, is_missing, mixes_kinds, plain_labels
from ._memory import check_memory
from ._no_probabilities import SaysWhyNoProbabilities
from ._progress import Progress, at_terminal, reported, reported_stage
from ._row_digests import row_digests
from ._rows import Rows
from ._saved_version import SavesVersion, same_attributes
from ._score_weight import encode_score_weight, refuse_counted
from ._trusted import check_trusted, trusted_mask
from ._workers import nobody_says, workers

__all__ = [
    "EncodedLabels",
    "Progress",
    "Rows",
    "SavesVersion",
    "SaysWhyNoProbabilities",
    "all_or_nothing",
    "at_terminal",
    "blas_share",
    "blas_threads",
    "blas_threads_limited",
    "check_memory",
    "check_none_missing",
    "check_one_kind",
    "check_same_kind",
    "check_trusted",
    "check_two_classes",
    "class_indices",
    "compiled",
    "compiled_part",
    "encode_all_labels",
    "encode_labels",
    "encode_score_weight",
    "encode_targets",
    "equal_labels",
    "few_of",
    "fit_context",
    "in_fixed_blocks",
    "is_missing",
    "mixes_kinds",
    "nobody_says",
    "plain_labels",
    "read_only",
    "refuse_counted",
    "reported",
    "reported_stage",
    "row_chunks",
    "row_digests",
    "runs_foreign_code",
    "same_attributes",
    "trusted_mask",
    "workers",
]
