"""A failing problem made as small and simple as possible while the same claim stays false."""

import numpy as np
from sklearn.base import clone

from .kinds import check_problem
from .problems import BUCKET, CLASS, FEATURE, PARTITION, TEST, TRAIN

_MOST_TRIES = 400
_AXES = (TEST, TRAIN, PARTITION, BUCKET, FEATURE)


def shrunk(problem, claim):
    """The smallest problem found, and its failure.

    Goes through simpler problems one by one, and starts again from each that still fails.
    """
    failure = _failure(problem, claim)
    tries = 0
    progress = True
    while progress and tries < _MOST_TRIES:
        progress = False
        for simpler in simpler_problems(problem):
            tries += 1
            found = _failure(simpler, claim)
            if found is not None:
                problem, failure, progress = simpler, found, True
                break
            if tries >= _MOST_TRIES:
                break
    return problem, failure


def _failure(problem, claim):
    """The failure of a claim; None if it holds, is not made, or the problem is not valid."""
    try:
        failures = check_problem(problem).failures
    except Exception:  # too small for the check itself
        return None
    return next((failure for failure in failures if failure.claim == claim), None)


def simpler_problems(problem):
    """Problems that are one step simpler, the largest steps first."""
    yield from _halves(problem)
    for axis in _AXES:
        for index in reversed(range(problem.length(axis))):
            if problem.length(axis) > 1:
                yield problem.without(axis, index)
    yield from _fewer_classes(problem)
    yield from _plainer_options(problem)
    for name, array in problem.arrays.items():
        if array is not None and array.dtype.kind == "f":
            yield from (problem.replaced(**{name: plainer}) for plainer in _plainer_numbers(array))


def _halves(problem):
    """One test row alone, or half of them."""
    n_test = problem.length(TEST)
    for keep in (slice(0, n_test // 2), slice(n_test // 2, n_test)) if n_test > 3 else ():
        yield problem.without(TEST, np.delete(np.arange(n_test), keep))


def _fewer_classes(problem):
    """The last class merged with the one before."""
    if "costs" in problem.arrays:
        votes, costs = problem["votes"], problem["costs"]
        last = int(problem.options.get("n_classes", 0 if costs is None else costs.shape[2])) - 1
        if last >= 2 and not (votes == last).any():
            fewer = problem if costs is None else problem.without(CLASS, last)
            yield fewer.replaced(n_classes=last)
        return
    labels = "labels" if "labels" in problem.arrays else "y"
    n_classes = problem.options.get("n_classes") or len(problem["names"])
    if n_classes > 2:
        merged = {labels: np.minimum(problem[labels], n_classes - 2)}
        if "names" in problem.options:
            yield problem.replaced(**merged, names=problem["names"][: n_classes - 1])
        else:
            fewer = problem.without(CLASS, n_classes - 1) if problem.length(CLASS) else problem
            yield fewer.replaced(**merged, n_classes=n_classes - 1)


def _plainer_options(problem):
    """Without an optional array; plain class names; options of the model at their defaults, one at a time."""
    for name in ("trusted", "rows_in_bucket", "score_weight", "candidates"):
        if problem.arrays.get(name) is not None:
            yield problem.replaced(**{name: None})
    options = problem.options
    if options.get("method") == "milp":
        yield problem.replaced(method="lp")
    if options.get("flips", 0) > 1:
        yield problem.replaced(flips=options["flips"] - 1)
    if options.get("path"):
        yield problem.replaced(path=False)
    if "names" in options and options["names"] != list(range(len(options["names"]))):
        yield problem.replaced(names=list(range(len(options["names"]))))
    if "model" in options:
        yield from (problem.replaced(model=model) for model in _plainer_models(options["model"]))


def _plainer_models(model):
    """One parameter at its default; one partition fewer."""
    values = model.get_params()
    for name, value in values.items():
        owner = model if "__" not in name else values[name.rpartition("__")[0]]
        short = name.rpartition("__")[2]
        if short in ("n_jobs", "random_state", "classes", "estimator", "kernel") or hasattr(value, "get_params"):
            continue
        default = _defaults(owner).get(short, value)
        if value is not default and value != default and not isinstance(value, (list, tuple)):
            yield clone(model).set_params(**{name: default})
        if short == "n_partitions" and value > 1:
            yield clone(model).set_params(**{name: value - 1})


def _defaults(estimator):
    try:
        return type(estimator)().get_params(deep=False)
    except TypeError:  # a pipeline, which has no default steps
        return {}


def _plainer_numbers(array):
    """One number as 0, as 1, or with fewer digits, where that changes it."""
    for index in np.ndindex(array.shape):
        value = float(array[index])
        digits = [float(f"{value:.0e}"), float(f"{value:.1e}")] if np.isfinite(value) else []
        for plain in (0.0, 1.0, -1.0, *digits):
            # plainer than before, or the search would go round in circles
            if plain != value and len(repr(plain)) < len(repr(value)) + (plain == 0.0) and value != 0.0:
                simpler = array.copy()
                simpler[index] = plain
                if simpler[index] != array[index] and np.isfinite(simpler[index]):
                    yield simpler
