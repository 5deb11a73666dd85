"""A failing problem as lines of Python to copy and paste; those with a base of `hostile.bases` need ``benchmarks/`` on
the path."""

import inspect
import re

import numpy as np
from sklearn.base import BaseEstimator

from . import bases
from .models import product_kernel

_CALLS = {
    "certify": "certify_label_linear(weights, labels, {n_classes}, **known)",
    "targeted bound": "targeted_flips(weights, labels, {n_classes}, **known)",
    "targeted_attack": (
        "[targeted_attack(row, labels, {n_classes}, c, **known) for row in weights for c in range({n_classes})]"
    ),
    "smallest attack": "[smallest_attack(row, labels, {n_classes}, **known) for row in weights]",
    "collective bound": ("certify_collective(weights, labels, {n_classes}, {flips}, **known, method={method!r})"),
    "votes": "certify_votes(votes, costs)",
    "overlapping votes": (
        "certify_overlapping_votes("
        "votes, bags_of_bucket, n_classes={n_classes}, costs=costs, rows_in_bucket=rows_in_bucket)"
    ),
}
_SCORES = """print(class_scores(weights, labels, {n_classes}, score_weight=score_weight))
print(class_scores(weights, array({witness}), {n_classes}, score_weight=score_weight))"""
_MODEL = """model = {model}
fitted = {fit}
print(fitted.certify(X_test).radius, fitted.certify(X_test).flips_to_class, fitted.predict(X_test))"""
_REFIT = """flipped = array({witness})
refit = {refit}
print(refit.predict(X_test), refit.predict(X_test[:1]))
refit = {refit_without}
print(refit.predict(X_test))"""


def snippet(problem, failure):
    """Lines that make the library return the false claim, and show the labels that disprove it."""
    lines = [f"# {failure.claim}: {failure.text}", "from numpy import array, inf, nan"]
    body = _model_lines(problem, failure) if "model" in problem.options else _array_lines(problem, failure)
    names = sorted(set(re.findall(r"\w+", "\n".join(body))))
    return "\n".join([*lines, *_imports(names), *body])


def _array_lines(problem, failure):
    lines = [f"{name} = {_array(array)}" for name, array in problem.arrays.items()]
    if "candidates" in problem.arrays:
        lines.append("known = {'trusted': trusted, 'score_weight': score_weight, 'candidates': candidates}")
    lines.append(f"print({_CALLS[_call(problem, failure)].format(**problem.options)})")
    if failure.labels is not None:
        lines += _SCORES.format(**problem.options, witness=failure.labels).splitlines()
    return lines


def _call(problem, failure):
    """The call that the failure is about."""
    if problem.kind != "label weights":
        return problem.kind
    if "targeted" in failure.claim:
        return "targeted bound" if "bound" in failure.claim and "of" not in failure.claim else "targeted_attack"
    return "smallest attack" if "smallest" in failure.claim else "certify"


def _model_lines(problem, failure):
    names = np.array(problem["names"])
    arrays = {**problem.arrays, "y": names[problem["y"]]}
    lines = [f"{name} = {_array(array)}" for name, array in arrays.items()]
    known = problem["names"] if problem["known"] else names[np.unique(problem["y"])].tolist()
    model = _estimator(problem["model"])
    if "product_kernel" in model:
        lines += inspect.getsource(product_kernel).splitlines()

    def fit(y, classes):
        told = f"clone(model).set_params(classes={classes})"
        if problem["path"]:
            return f"alpha_path({told}, X, {y}, [model.alpha, 7.0], trusted=trusted)[0]"
        return f"{told}.fit(X, {y}, trusted=trusted)"

    lines += _MODEL.format(model=model, fit=fit("y", known if problem["known"] else None)).splitlines()
    if failure.labels is not None:
        refits = {"refit": fit("flipped", known), "refit_without": fit("flipped", None)}
        lines += _REFIT.format(witness=failure.labels, **refits).splitlines()
    return lines


def _array(array):
    if array is None:
        return None
    dtype = (
        ""
        if array.dtype in (np.float64, np.int64, bool) or array.dtype.kind == "U"
        else f", dtype={array.dtype.name!r}"
    )
    return f"array({array.tolist()}{dtype})"


def _estimator(estimator):
    """A call that creates it, with the parameters that are not at their defaults."""
    if hasattr(estimator, "steps"):
        return f"make_pipeline({', '.join(_estimator(step) for _, step in estimator.steps)})"
    defaults = inspect.signature(type(estimator)).parameters
    given = [
        f"{name}={_value(value)}"
        for name, value in estimator.get_params(deep=False).items()
        if value is not defaults[name].default and value != defaults[name].default
    ]
    return f"{type(estimator).__name__}({', '.join(given)})"


def _value(value):
    if isinstance(value, BaseEstimator):
        return _estimator(value)
    return value.__name__ if callable(value) else repr(value)


def _imports(names):
    """Imports of the names that are used."""
    lines = []
    for module in ("skcert", "skcert.certificates", "skcert.learners", *_SKLEARN, "hostile.bases"):
        found = [name for name in names if name in _public(module) and not any(f" {name}" in line for line in lines)]
        if found:
            lines.append(f"from {module} import {', '.join(found)}")
    return lines


_SKLEARN = (
    *("sklearn.base", "sklearn.linear_model", "sklearn.naive_bayes", "sklearn.neighbors", "sklearn.pipeline"),
    *("sklearn.preprocessing", "sklearn.tree"),
)


def _public(module):
    if module == "hostile.bases":
        return vars(bases)
    return getattr(__import__(module, fromlist=["__all__"]), "__all__", ())
