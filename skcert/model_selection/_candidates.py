"""One candidate of a search: whether it can be certified, fitted on some rows, certified on others."""

import time
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import has_fit_parameter

from .._utils import EncodedLabels, blas_threads_limited, class_indices, runs_foreign_code
from ..label_use import certify, is_plain_pipeline, unseeded_parts, unwrapped
from ..results import UNBOUNDED


class Task(NamedTuple):
    """What all fits of a search have in common."""

    X: object
    y: np.ndarray
    encoded: EncodedLabels


class Validated(NamedTuple):
    """What a candidate predicts for the validation rows of one split."""

    codes: np.ndarray
    """(n_validated,), int64: class indices."""
    radii: np.ndarray
    """(n_validated,), int64."""
    fit_time: float
    score_time: float


def run_limited(threads, function, candidate, *arguments):
    """``function(candidate, *arguments)`` with so many BLAS threads, on which last bits depend, wherever it runs."""
    with blas_threads_limited(threads, foreign=runs_foreign_code(candidate)):
        return function(candidate, *arguments)


def check_candidate(candidate, parameters, owner):
    """ValueError for a candidate whose certificates would not be about the refits of a search."""
    final = _final(candidate)
    of_candidate = f"the candidate with {parameters!r}" if parameters else "the estimator"
    if not getattr(final, "certifies_refits", False) or "classes" not in final.get_params(deep=False):
        raise ValueError(
            f"{owner} needs a classifier that certifies what its refits predict, such as NTKRegressorClassifier or a "
            "PartitionAggregationEnsemble, by itself or at the end of a Pipeline of exactly scikit-learn's class; "
            f"{of_candidate} is {candidate!r}."
        )
    reason = _new_draws(final)
    if reason is not None:
        raise ValueError(
            f"{of_candidate[0].upper()}{of_candidate[1:]} of {owner} is another model at each fit, without any flip: "
            f"{reason}."
        )


def known_classes(estimator):
    """The parameter ``classes`` of the classifier within an estimator; None if it has none."""
    return getattr(_final(estimator), "classes", None)


def fitted_candidate(candidate, task, rows, quiet):
    """A candidate fitted on some rows: transformers without labels, and the classifier told who may flip what.

    Returns the candidate, and how long this took. `quiet`: without advice on the classes of a part of the rows.
    """
    start = time.perf_counter()
    layers, final = unwrapped(candidate, is_plain_pipeline)
    X, labels = (task.X, task.y) if rows is None else _safe_split(candidate, task.X, task.y, rows)
    rows = slice(None) if rows is None else rows
    known = {}
    for name, values in (("trusted", task.encoded.trusted), ("candidate_labels", task.encoded.candidates)):
        if values is not None and has_fit_parameter(final, name):  # told less, it certifies less, and soundly
            known[name] = values[rows]
    for layer in layers:
        transformers = layer[:-1]
        if transformers.steps:
            X = transformers.fit_transform(X)
            layer.steps[:-1] = transformers.steps
    final._is_member = quiet
    final.set_params(classes=task.encoded.classes).fit(X, labels, **known)
    del final._is_member
    if not np.array_equal(final.classes_, task.encoded.classes):
        raise ValueError(
            f"{type(final).__name__} has a parameter `classes`, but its classes_ are not what was given there. Set "
            "classes_ to `classes` in its fit."
        )
    return candidate, time.perf_counter() - start


def validated_candidate(candidate, task, split):
    """`Validated` of a clone of the candidate, fitted on the training rows of a split and then dropped."""
    fitted, fit_time = fitted_candidate(clone(candidate), task, split.train, quiet=True)
    start = time.perf_counter()
    X, _ = _safe_split(fitted, task.X, task.y, split.test, split.train)
    classes = task.encoded.classes
    if len(classes) < 2:  # nothing can be flipped, or predicted, but the one class
        codes, radii = np.zeros(len(split.test), dtype=np.int64), np.full(len(split.test), UNBOUNDED)
    else:
        result = certify_without_caveats(fitted, X)
        codes, radii = class_indices(result.prediction, classes).astype(np.int64), result.radius
    return Validated(codes, radii, fit_time, time.perf_counter() - start)


def certify_without_caveats(fitted, X):
    """`skcert.certify`, and ValueError for what limits its guarantee."""
    result = certify(fitted, X)
    if result.caveats:
        caveats = " ".join(result.caveats)
        raise ValueError(f"A candidate cannot be certified without a caveat, and so neither can the search: {caveats}")
    return result


def _final(estimator):
    return unwrapped(estimator, is_plain_pipeline)[1]


def _new_draws(final):
    """Why fits of an ensemble differ; `skcert.certify` finds out about other classifiers, and about steps."""
    if not getattr(final, "_answers_for_its_base", False) or not hasattr(final, "random_state"):
        return None
    if isinstance(final.random_state, Integral):
        return None
    if getattr(final, "partition", None) != "hash":
        return f"{type(final).__name__} draws its partition, and has no int as random_state; give it one"
    drawn = unseeded_parts(final._base(), "estimator")
    return f"{type(final).__name__} has no int as random_state, and its {drawn[0][0]!r} draws" if drawn else None
