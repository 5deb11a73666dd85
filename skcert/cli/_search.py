"""Several ridges, one of them chosen by cross-validation: a search whose choice the certificates cover."""

from numbers import Real

import numpy as np
from sklearn.model_selection import KFold

from ..model_selection import CertifiedGridSearchCV
from ..results import UNBOUNDED

_FOLDS = 5
_NOT_IN_JSON = (float("inf"), float("-inf"))
AUDITED_ALONE = (
    "Labels to check, those that predictions hang on, and what checking buys, are about the chosen alpha; "
    "that the choice depends on labels, too, is left out there."
)


def is_search(alpha):
    """Whether ``--alpha`` is a list of several ridges."""
    return alpha is not None and not isinstance(alpha, Real)


def search_over(model, alphas, seed, verbose):
    """An unfitted search over the ridge of a network, or of an ensemble of networks."""
    name = "alpha" if "alpha" in model.get_params() else "estimator__alpha"
    splits = KFold(_FOLDS, shuffle=True, random_state=seed)
    return CertifiedGridSearchCV(model, {name: alphas}, cv=splits, verbose=verbose)


def summarize_search(search, result):
    """What ``summary.json`` says of a fitted search over ridges: which was chosen, and what limits the radii."""
    alphas = [as_json(alpha) for parameters in search.cv_results_["params"] for alpha in parameters.values()]
    kinds, counts = np.unique(result.limited_by, return_counts=True)
    return {
        "alphas": alphas,
        "chosen": alphas[search.best_index_],
        "folds": search.n_splits_,
        "cross_validated_accuracy": search.cv_results_["mean_test_score"].tolist(),
        "flips_to_select": ["unbounded" if flips == UNBOUNDED else int(flips) for flips in search.flips_to_select_],
        "radii_limited_by": dict(zip(kinds.tolist(), counts.tolist())),
    }


def search_in_words(summary):
    """One sentence on what `summarize_search` says; "" without a search."""
    search = summary.get("search")
    if not search:
        return ""
    tried = ", ".join(str(alpha) for alpha in search["alphas"])
    return (
        f"alpha={search['chosen']} was chosen from {tried} by cross-validated accuracy on these labels, and the radii "
        "cover that: they hold for choosing again on changed labels."
    )


def as_json(value):
    """A parameter as JSON can hold it."""
    return str(value) if value in _NOT_IN_JSON else value
