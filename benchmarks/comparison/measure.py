"""One task, measured: fit, certify, and what the user gets from it."""

import time
from functools import lru_cache

import numpy as np
from machine import peak_bytes

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.baselines import LabelFlipSmoothing
from skcert.certificates import NO_VOTE, black_box_costs, certify_overlapping_votes, certify_votes
from skcert.results._median import median_flips

from .settings import SCALINGS, STUDY_ROWS, settings_of

CURVE_FLIPS = tuple(range(0, 1501, 20))


def measure(path, task):
    """The task's lines of the results file, and their curves (of the table only)."""
    X, y, X_test, y_test = scaled_rows(path, *SCALINGS[task.scaling])
    X_test, y_test = X_test[: task.n_test], y_test[: task.n_test]
    model = _model(task, np.unique(y))
    start = time.perf_counter()
    model.fit(X, y)
    fit_seconds = time.perf_counter() - start
    rows, curves = [], []
    for vote, (center, clip) in task.readings:
        flat = {"weight_center": None if center == "" else center, "weight_clip": None if clip == "" else clip}
        for certificate, seconds, below, prediction, radius in _readings(model, vote, flat, X_test):
            certified = np.where(prediction == y_test, radius, -1)
            unseen = certified[STUDY_ROWS:]
            rows.append(
                {
                    **settings_of(task),
                    "vote": "hard" if vote == "black box" else vote,
                    "certificate": certificate,
                    "weight_center": center,
                    "weight_clip": clip,
                    "n_train": len(X),
                    "n_test": len(X_test),
                    "clean_accuracy": round(float((certified >= 0).mean()), 5),
                    "median_radius": median_flips(certified),
                    "clean_accuracy_unseen": round(float((unseen >= 0).mean()), 5) if unseen.size else "",
                    "median_radius_unseen": median_flips(unseen) if unseen.size else "",
                    "rows_below_black_box": below,
                    "fit_seconds": round(fit_seconds, 3),
                    "certify_seconds": round(seconds, 3),
                    "task": task.name,
                }
            )
            curves.append(_curve(certified) if task.part == "table" else None)
    if task.part == "table":  # such a task has a process of its own
        rows = [{**row, "peak_bytes": peak_bytes()} for row in rows]
    return rows, curves


@lru_cache(maxsize=1)
def scaled_rows(path, dimensions, whitening):
    """Leading principal components of the training rows, divided by a power of their deviations; equal lengths."""
    rows, y, test_rows, y_test = _principal_components(path)
    deviations = rows[:, :dimensions].std(axis=0)
    X, X_test = (part[:, :dimensions] / deviations**whitening for part in (rows, test_rows))
    length = X.shape[1] ** 0.5
    X, X_test = (part * (length / np.linalg.norm(part, axis=1, keepdims=True)) for part in (X, X_test))
    return X, y, X_test, y_test


@lru_cache(maxsize=1)
def _principal_components(path):
    with np.load(path) as data:
        X, X_test = (data[name].astype(np.float64).reshape(len(data[name]), -1) for name in ("X_train", "X_test"))
        y, y_test = data["y_train"].astype(np.int64), data["y_test"].astype(np.int64)
    mean = X.mean(axis=0)
    X -= mean
    X_test -= mean
    _, directions = np.linalg.eigh(X.T @ X)
    directions = directions[:, : -min(X.shape[1], max(d for d, _ in SCALINGS.values())) - 1 : -1]
    return X @ directions, y, X_test @ directions, y_test


def _model(task, classes):
    options = dict(task.options)
    if task.method == "nearest neighbours":
        return CertifiedKNeighborsClassifier(**options, classes=classes)
    network = NTKRegressorClassifier(**task.network)
    if task.method == "single network":
        return network.set_params(classes=classes)
    if task.method == "smoothing":
        return LabelFlipSmoothing(network, **options, classes=classes)
    options |= {"n_partitions": task.n_partitions, "random_state": 0, "classes": classes}
    if task.method == "Finite Aggregation":
        return FiniteAggregationEnsemble(network, **options)
    return PartitionAggregationEnsemble(network, **{"partition": "random", **options})


def _readings(model, vote, flat, X_test):
    """Certificate, seconds, test rows where it is below the black-box radius of the same votes, prediction, radius."""
    if vote in ("hard", "black box", "soft"):
        for member in model.estimators_:
            if member is not None:
                member.fitted_params_.update(flat)  # the same fit serves all flat weights
    elif "weight_clip" in model.get_params():
        model.fitted_params_.update(flat)
    if vote not in ("hard", "black box"):
        if vote == "soft":
            model.voting_ = "soft"  # the same members serve both votes; a parameter set after fit would change nothing
        seconds, result = _timed(model.certify, X_test)
        if vote == "soft":
            model.voting_ = "hard"
        yield vote if vote == "smoothing" else "white-box", seconds, "", result.prediction, result.radius
        return
    seconds, (prediction, radius) = _timed(_black_box, model, X_test)
    yield "black-box", seconds, "", prediction, radius
    if vote == "black box":
        return
    seconds, result = _timed(model.certify, X_test)
    assert np.array_equal(result.prediction, prediction)
    yield "white-box", seconds, int((result.radius < radius).sum()), prediction, result.radius


def _black_box(model, X_test):
    votes = model.votes(X_test)
    codes = np.searchsorted(model.classes_, np.ma.getdata(votes))
    codes[np.ma.getmaskarray(votes)] = NO_VOTE
    n_classes = len(model.classes_)
    if isinstance(model, FiniteAggregationEnsemble):
        n_rows = np.bincount(model.bucket_of_row_, minlength=len(model.bags_of_bucket_))
        certified = certify_overlapping_votes(codes, model.bags_of_bucket_, n_classes=n_classes, rows_in_bucket=n_rows)
    else:
        certified = certify_votes(codes, black_box_costs(codes, n_classes))
    return model.classes_[certified[0]], certified[1]


def _timed(function, *arguments):
    start = time.perf_counter()
    answer = function(*arguments)
    return time.perf_counter() - start, answer


def _curve(certified):
    """Certified accuracy by flips."""
    return {flips: round(float((certified >= flips).mean()), 5) for flips in CURVE_FLIPS}
