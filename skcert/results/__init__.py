"""What ``certify`` and ``attack`` return: arrays with names, as frames, HTML and text."""

from ._attack import AttackResult
from ._certain import share_text
from ._certification import CertificationResult
from ._classes import check_per_class, predicted_class_medians, predicted_rows
from ._collective_bound import CollectiveBound
from ._document import check_arrays, check_values
from ._flips import check_flips, number_of_flips
from ._index import index_of, with_index_of
from ._median import flips_text, median_flips, spread_text
from ._plot import display
from ._read_only import ReadOnlyArrays
from ._right_predictions import right_predictions
from ._saved import SavedAsTable
from ._search_certification import SearchCertificationResult
from ._selection_bound import SelectionBound
from ._slicing import picked
from ._threat import THREATS, units_of
from ._unbounded import UNBOUNDED

__all__ = [
    "THREATS",
    "UNBOUNDED",
    "AttackResult",
    "CertificationResult",
    "CollectiveBound",
    "ReadOnlyArrays",
    "SavedAsTable",
    "SearchCertificationResult",
    "SelectionBound",
    "check_arrays",
    "check_flips",
    "check_per_class",
    "check_values",
    "display",
    "flips_text",
    "index_of",
    "median_flips",
    "number_of_flips",
    "picked",
    "predicted_class_medians",
    "predicted_rows",
    "right_predictions",
    "share_text",
    "spread_text",
    "units_of",
    "with_index_of",
]
