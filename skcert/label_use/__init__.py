"""Which parts of a model saw labels, or keep rows, other than through the classifier, and which draw at random."""

from ._certify import LabelUseWarning, certifiable_part, certify
from ._certify_rows import certify_rows
from ._chance import unseeded_parts
from ._kept_rows import prefitted_row_use
from ._known import LABEL_FREE
from ._layers import is_plain_pipeline, rows_within, unwrapped, with_innermost
from ._steps import label_using_steps, own_code, parameters_label_use, prefitted_label_use

__all__ = [
    "LABEL_FREE",
    "LabelUseWarning",
    "certifiable_part",
    "certify",
    "certify_rows",
    "is_plain_pipeline",
    "label_using_steps",
    "own_code",
    "parameters_label_use",
    "prefitted_label_use",
    "prefitted_row_use",
    "rows_within",
    "unseeded_parts",
    "unwrapped",
    "with_innermost",
]
