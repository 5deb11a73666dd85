"""Whether a search can be certified: its score, its refit, and each of its candidates."""

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from ._candidates import check_candidate


def check_search(search):
    """ValueError, with the reason, for a `CertifiedGridSearchCV` whose choice cannot be bounded under flips."""
    if not isinstance(search.scoring, str) or search.scoring != "accuracy":
        raise ValueError(
            f"scoring={search.scoring!r}: only 'accuracy' can be bounded under label flips, by itself or with "
            "accuracy_weight={label: weight}, for classes of unequal size. Scores such as 'balanced_accuracy' divide "
            "by numbers of labels, which flips change, too."
        )
    if search.refit is not True:
        raise ValueError(
            f"refit={search.refit!r}: the search is certified with its refit, and chooses by mean score; only "
            "refit=True can be certified."
        )
    if search.error_score != "raise":
        raise ValueError(
            f"error_score={search.error_score!r}: nothing bounds which candidates fail once labels are flipped, so "
            "only error_score='raise' can be certified. Leave out candidates that fail."
        )
    grids = [search.param_grid] if isinstance(search.param_grid, dict) else search.param_grid
    taken = [name for grid in grids for name in grid if name.rpartition("__")[2] == "classes"]
    if taken:
        raise ValueError(
            f"param_grid has {taken[0]!r}, but the classes are known in advance, and the same for all candidates: "
            "pass classes= to the search."
        )
    for parameters in ParameterGrid(search.param_grid):
        check_candidate(candidate_of(search, parameters), parameters, type(search).__name__)


def candidate_of(search, parameters):
    """An unfitted candidate that shares nothing with the others."""
    return clone(search.estimator).set_params(**clone(parameters, safe=False))
