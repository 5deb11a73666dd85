"""What ``certify`` and ``attack`` return: arrays with names, as frames, HTML and text."""

from ._attack import AttackResult
from ._certain import share_text
from ._certification import CertificationResult
from ._classes import check_per_class, predicted_class_medians, predicted_rows
from ._collective_bound import CollectiveBound
from ._flips import check_flips, number_of_flips
from ._median import flips_text, median_flips, spread_text
from ._read_only import ReadOnlyArrays
from ._right_predictions import right_predictions
from ._search_certification import SearchCertificationResult
from ._selection_bound import SelectionBound
from ._threat import THREATS, units_of
from ._unbounded import UNBOUNDED

__all__ = [
    "THREATS",
    "UNBOUNDED",
    "AttackResult",
    "CertificationResult",
    "CollectiveBound",
    "ReadOnlyArrays",
    "SearchCertificationResult",
    "SelectionBound",
    "check_flips",
    "check_per_class",
    "flips_text",
    "median_flips",
    "number_of_flips",
    "predicted_class_medians",
    "predicted_rows",
    "right_predictions",
    "share_text",
    "spread_text",
    "units_of",
]
