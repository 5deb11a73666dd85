"""One model, measured: accuracy of all rows and by class, radii, seconds, and what `fit` warned of."""

import time
import warnings
from dataclasses import asdict, dataclass

import numpy as np
from comparison.measure import scaled_rows
from sklearn.linear_model import RidgeClassifier

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.metrics import median_certified_radius

from .tasks import BLACK_BOXES, HUMAN, N_RARE, NETWORK, RIDGE_VOTES, SCALINGS, UNIT

FLIPS = (0, 5, 10, 20, 50)
"""Numbers of flips at which the worst class is shown."""


@dataclass(frozen=True)
class Data:
    """Rows and labels, and how frequent each class is among the training labels."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    shares: np.ndarray


def load(path, data, human, head, n_test):
    """The rows of a data set, from files of features and of human labels.

    A long tail has `head` training rows of the first class, and falls geometrically to the last: the first rows of
    each. Its test rows are the first `n_test` / n_classes of each class; those of human labels the first `n_test`.
    """
    X, y, X_test, y_test = scaled_rows(path, *SCALINGS[data])
    length = X.shape[1] ** 0.5 if data in UNIT else 1.0
    if data == HUMAN:
        chosen, tested, y = slice(None), slice(n_test), human.astype(np.int64)
    else:
        sizes = tail_sizes(head, float(data.split(":")[0]), np.unique(y).size)
        chosen, tested = first_of_each(y, sizes), first_of_each(y_test, np.full(sizes.size, n_test // sizes.size))
        y = y[chosen]
    shares = np.bincount(y) / y.size
    return Data(X[chosen] / length, y, X_test[tested] / length, y_test[tested], shares)


def tail_sizes(head, ratio, n_classes):
    """Rows of each class, from `head` down to `head` / `ratio`, geometrically."""
    return np.array([int(head * ratio ** (-k / (n_classes - 1)) + 1e-9) for k in range(n_classes)])


def first_of_each(y, sizes):
    """The first rows of each class, in the order of the rows."""
    return np.sort(np.concatenate([np.flatnonzero(y == k)[:size] for k, size in enumerate(sizes)]))


def measure(data, task):
    """The task's line of the results file."""
    model = _model(task, data.shares)
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        model.fit(data.X, data.y)
    fitted = time.perf_counter()
    result = model.certify(data.X_test)
    end = time.perf_counter()
    _, recalls = result.certified_accuracy_per_class(data.y_test, 0)
    rare = np.isin(data.y_test, np.argsort(data.shares, kind="stable")[:N_RARE])
    right = result.prediction == data.y_test
    return {
        **{key: "" if value is None else value for key, value in asdict(task).items()},
        **{"n_train": data.y.size, "n_test": data.y_test.size},
        "least_share": round(float(data.shares.min()), 4),
        "largest_share": round(float(data.shares.max()), 4),
        "clean_accuracy": round(float(right.mean()), 5),
        "mean_recall": round(float(recalls.mean()), 5),
        "rare_recall": round(float(right[rare].mean()), 5),
        "median_radius": median_certified_radius(data.y_test, result),
        **{
            f"worst_{flips}": round(result.certified_accuracy(data.y_test, flips, per_class="worst"), 5)
            for flips in FLIPS
        },
        "exact": round(float(result.exact.mean()), 5),
        "one_class": bool(np.unique(result.prediction).size == 1),
        "warned": " + ".join(sorted({_kind(one) for one in warned})),
        "fit_seconds": round(fitted - start, 3),
        "certify_seconds": round(end - fitted, 3),
        "task": task.name,
    }


def _model(task, shares):
    weights = {c: 1 / (shares.size * share) for c, share in enumerate(shares.tolist())}
    flat = {"weight_center": task.center, "weight_clip": task.clip}
    score_weight = {"none": None, "known": weights, "balanced": "balanced"}[task.score_weight]
    base = NTKRegressorClassifier(alpha=task.alpha, **flat, score_weight=score_weight)
    classes = np.arange(shares.size)
    if task.model == NETWORK:
        return base.set_params(classes=classes)
    if task.model == RIDGE_VOTES:
        base = RidgeClassifier(alpha=task.alpha, class_weight="balanced")
    how = {"certificate": "black-box"} if task.model in BLACK_BOXES else {"voting": "soft"}
    where = {"n_partitions": task.n_partitions, "partition": "random", "random_state": 0, "classes": classes}
    return PartitionAggregationEnsemble(base, **where, **how)


def _kind(warning):
    """A warning, in a word or as it is."""
    text = str(warning.message)
    for part, word in (
        ("shifts all label weights", "shift"),
        ("members of", "constant members"),
        ("training rows that were tried", "constant"),
    ):
        if part in text:
            return word
    return text.splitlines()[0]
