"""Which parts of a model draw at random without an int as seed, so that fitting again gives another model.

A ``random_state`` that is None or a generator is a sign of it, but many parts never use theirs. For scikit-learn's
estimators, this module says when they do; others are assumed to.
"""

import inspect
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone

from ._known import composite_parts, is_exactly, state_of

_GENERATORS = (np.random.RandomState, np.random.Generator)
# These set every `random_state` of their parts from their own.
_SEED_THEIR_PARTS = frozenset({"AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor"})


def unseeded_parts(estimator, name, n_train=None):
    """The parts of an estimator that draw at random without a seed of their own, as ``(name, reason)``; empty if none.

    Parameters
    ----------
    estimator : estimator
        Fitted or not: a step of a pipeline, a classifier, the base of an ensemble. Its parts are the steps of
        pipelines, unions and column transformers, and parameters, including splitters and functions.
    name : str
        Its name; the names of its parts are joined as in ``set_params``.
    n_train : int, default=None
        Number of rows it is fitted on. Some parts draw only above a number of rows; None includes them.

    Returns
    -------
    found : list of (str, str)
        The reason says what to do.
    """
    if estimator is None or isinstance(estimator, str):  # "passthrough", "drop"
        return []
    if is_exactly(estimator, {"FrozenEstimator"}):  # a refit leaves it alone
        inner = unseeded_parts(estimator.estimator, name, n_train)
        return [(part, reason) for part, reason in inner if reason == _ON_EVERY_CALL]
    found = [(name, reason) for reason in [_own_chance(estimator, n_train)] if reason]
    if type(estimator).__name__ in _SEED_THEIR_PARTS and _is_seed(estimator.random_state):
        estimator = _with_seeded_parts(estimator)
    for part, value in _parts(estimator):
        found += unseeded_parts(value, f"{name}__{part}", n_train)
    for parameter, value in _others(estimator):
        reason = _chance_of_value(value)
        if reason:
            found.append((f"{name}__{parameter}", reason))
    return found


def _own_chance(estimator, n_train):
    kind = type(estimator).__name__
    if "random_state" not in _parameters(estimator) and "random_state" not in state_of(estimator):
        return _ISOMAP if is_exactly(estimator, {"Isomap"}) and _kernel_pca_of_isomap(estimator, n_train) else None
    draws = _WHEN.get(kind, _always) if type(estimator).__module__.startswith("sklearn.") else _always
    if kind == "IterativeImputer" and estimator.sample_posterior:
        return _ON_EVERY_CALL
    if _is_seed(estimator.random_state) or not draws(estimator, n_train):
        return None
    return f"{kind} draws at random and has no int as random_state; give it one"


def _chance_of_value(value):
    """Chance in a parameter that is not an estimator: a generator, a shuffling splitter, a function with a seed."""
    if isinstance(value, _GENERATORS):
        return "a random generator continues where the last fit left it; use an int"
    kind = type(value).__name__
    state = state_of(value)
    if "random_state" in state or (hasattr(value, "split") and hasattr(value, "random_state")):
        draws = getattr(value, "shuffle", True)
        return None if _is_seed(value.random_state) or not draws else f"{kind} shuffles without an int random_state"
    if not callable(value) or isinstance(value, type):
        return None
    try:
        default = inspect.signature(value).parameters["random_state"].default
    except (TypeError, ValueError, KeyError):  # no signature, or no such parameter
        return None
    if default is inspect.Parameter.empty or _is_seed(default):
        return None
    function = getattr(value, "__name__", kind)
    return f"{function} draws at random; fix it with functools.partial({function}, random_state=0)"


def _parts(estimator):
    """``(name, estimator)`` of everything that an estimator holds, as fitted."""
    composite = composite_parts(estimator)
    if composite is not None:
        return composite
    if hasattr(estimator, "best_estimator_"):
        return [("estimator", estimator.best_estimator_)]
    return [(name, value) for name, value in _values(estimator) if hasattr(value, "fit")]


def _others(estimator):
    return [(name, value) for name, value in _values(estimator) if not hasattr(value, "fit")]


def _values(estimator):
    values = _parameters(estimator)
    values.pop("random_state", None)
    return [member for name, value in values.items() for member in _members(name, value)]


def _members(name, value):
    """A value with its name, or the values in a list or dict, which may have names of their own."""
    if isinstance(value, tuple) and len(value) > 1 and isinstance(value[0], str):
        return [(value[0], value[1])]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [member for item in value for member in _members(name, item)]
    return [(name, value)]


def _parameters(estimator):
    return estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}


def _is_seed(value):
    return isinstance(value, Integral)


def _with_seeded_parts(estimator):
    names = [name for name in estimator.get_params() if name.endswith("__random_state")]
    return clone(estimator).set_params(**dict.fromkeys(names, 0))


def _always(estimator, n_train):
    return True


def _pca(pca, n_train):
    solver = getattr(pca, "_fit_svd_solver", pca.svd_solver)
    if solver == "auto":  # randomised for a small number of components only
        return isinstance(pca.n_components, Integral)
    return solver in ("arpack", "randomized")


def _kernel_pca(pca, n_train):
    if pca.eigen_solver != "auto":
        return pca.eigen_solver in ("arpack", "randomized")
    return pca.n_components is not None and pca.n_components < 10 and _more_than(n_train, 200)


def _kernel_pca_of_isomap(isomap, n_train):
    return _kernel_pca(isomap, n_train)


def _locally_linear(embedding, n_train):
    if embedding.eigen_solver != "auto":
        return embedding.eigen_solver == "arpack"
    return embedding.n_components + 1 < 10 and _more_than(n_train, 200)


def _subsamples(transformer, n_train):
    return transformer.subsample is not None and _more_than(n_train, transformer.subsample)


def _hist_boosting(booster, n_train):
    stops_early = booster.early_stopping is True or (booster.early_stopping == "auto" and _more_than(n_train, 10_000))
    return stops_early or booster.max_features < 1.0 or _more_than(n_train, 200_000)


def _more_than(n_train, limit):
    return n_train is None or n_train > limit


def _solver_in(*names):
    return lambda estimator, n_train: estimator.solver in names


def _k_means(clusters, n_train):
    return isinstance(clusters.init, str) or callable(clusters.init)


def _imputer(imputer, n_train):
    return imputer.imputation_order == "random" or imputer.n_nearest_features is not None


_ON_EVERY_CALL = "IterativeImputer draws whenever it transforms, whatever its random_state; use sample_posterior=False"
_ISOMAP = "Isomap starts its solver at random and has no random_state to fix that; use eigen_solver='dense'"
# When scikit-learn's estimators use their `random_state`, by estimator and number of rows. Always if missing.
_WHEN: dict[str, Callable[[Any, Any], bool]] = {
    "ClassifierChain": lambda chain, n: chain.order == "random",
    "DummyClassifier": lambda dummy, n: dummy.strategy in ("stratified", "uniform"),
    "FactorAnalysis": lambda analysis, n: analysis.svd_method == "randomized",
    "FastICA": lambda ica, n: ica.w_init is None,
    "IterativeImputer": _imputer,
    "KBinsDiscretizer": _subsamples,
    "KMeans": _k_means,
    "KernelPCA": _kernel_pca,
    "LinearSVC": lambda machine, n: machine.dual is not False,
    "LinearSVR": lambda machine, n: machine.dual is not False,
    "LocallyLinearEmbedding": _locally_linear,
    "LogisticRegression": _solver_in("liblinear", "sag", "saga"),
    "LogisticRegressionCV": _solver_in("liblinear", "sag", "saga"),
    "NeighborhoodComponentsAnalysis": lambda analysis, n: analysis.init != "identity",
    "NuSVC": lambda machine, n: machine.probability is True,
    "PCA": _pca,
    "PatchExtractor": lambda extractor, n: extractor.max_patches is not None,
    "QuantileTransformer": _subsamples,
    "RegressorChain": lambda chain, n: chain.order == "random",
    "Ridge": _solver_in("sag", "saga"),
    "RidgeClassifier": _solver_in("sag", "saga"),
    "SVC": lambda machine, n: machine.probability is True,
    "TargetEncoder": lambda encoder, n: isinstance(encoder.cv, Integral) and encoder.shuffle is not False,
    "TunedThresholdClassifierCV": lambda tuned, n: isinstance(tuned.cv, float),
    **dict.fromkeys(["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"], _hist_boosting),
    **dict.fromkeys(
        ["GaussianProcessClassifier", "GaussianProcessRegressor"], lambda process, n: process.n_restarts_optimizer > 0
    ),
    **dict.fromkeys(["Lars", "LassoLars"], lambda path, n: path.jitter is not None),
    **dict.fromkeys(
        ["ElasticNet", "ElasticNetCV", "Lasso", "LassoCV", "MultiTaskElasticNet", "MultiTaskElasticNetCV"]
        + ["MultiTaskLasso", "MultiTaskLassoCV"],
        lambda path, n: path.selection == "random",
    ),
}
