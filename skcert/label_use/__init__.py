"""Which parts of a model saw labels other than through the classifier's ``fit``, and which draw at random."""

from ._certify import LabelUseWarning, certifiable_part, certify
from ._chance import unseeded_parts
from ._known import LABEL_FREE
from ._layers import is_plain_pipeline, rows_within, unwrapped, with_innermost
from ._steps import label_using_steps, own_code, parameters_label_use, prefitted_label_use

__all__ = [
    "LABEL_FREE",
    "LabelUseWarning",
    "certifiable_part",
    "certify",
    "is_plain_pipeline",
    "label_using_steps",
    "own_code",
    "parameters_label_use",
    "prefitted_label_use",
    "rows_within",
    "unseeded_parts",
    "unwrapped",
    "with_innermost",
]
