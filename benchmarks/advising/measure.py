"""Readings of every setting on every data set, as means over its splits."""

import time
import warnings

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

from skcert import certify
from skcert.inspection import audit_labels
from skcert.metrics import median_certified_radius

from .settings import TRUSTED_BY_CHANCE, TRUSTED_FIRST, settings

WRONG = (0.01, 0.05, 0.10)
"""Shares of the training labels that may be wrong."""
TRUSTED = 0.1
"""Share of the training rows whose labels are checked."""


def measure(data, only=None):
    """Facts of the data set, and by setting its readings; of all settings, or `only` of some."""
    runs = [_one_split(*split, seed, only) for seed, split in enumerate(data.splits())]
    return {
        "rows": len(next(iter(data.splits()))[1]),
        "features": data.X.shape[1],
        "classes": len(data.shares),
        "most to least": float(data.shares[-1] / data.shares[0]),
        "readings": {name: _mean([run[name] for run in runs]) for name in runs[0] if all(name in run for run in runs)},
    }


def _one_split(X_train, y_train, X_test, y_test, seed, only):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {
            name: _reading(steps, model, X_train, y_train, X_test, y_test)
            for name, (steps, model) in settings(X_train, y_train).items()
            if only is None or name in only
        }
        return found | _of_trusted_rows(X_train, y_train, X_test, y_test, seed)


def _reading(steps, model, X_train, y_train, X_test, y_test, **fit_parameters):
    """Accuracy, mean of the classes' recalls, seconds; with certificates, radius and what the wrong labels leave."""
    rows, rows_test, model = X_train, X_test, clone(model)
    for step in map(clone, steps):
        rows, rows_test = step.fit_transform(rows), step.transform(rows_test)
    before = time.perf_counter()
    model.fit(rows, y_train, **fit_parameters)
    fitted = time.perf_counter()
    prediction = model.predict(rows_test)
    predicted = time.perf_counter()
    reading = {
        "accuracy": float((prediction == y_test).mean()),
        "mean recall": float(balanced_accuracy_score(y_test, prediction)),
        "seconds to fit": fitted - before,
    }
    if isinstance(model, LogisticRegression):
        return reading
    result = certify(model, rows_test)
    reading["certify / predict"] = (time.perf_counter() - predicted) / (predicted - fitted)
    reading["radius"] = float(min(median_certified_radius(y_test, result), len(y_train)))
    for share in WRONG:
        reading[f"certified at {share:.0%}"] = float((result.radius >= np.ceil(share * len(y_train))).mean())
    return reading


def _of_trusted_rows(X_train, y_train, X_test, y_test, seed):
    """What radii become if a tenth of the labels is trusted: the first of the audit's list, or any."""
    steps, model = settings(X_train, y_train)["alpha = 1"]
    n_trusted = int(TRUSTED * len(y_train))
    rows = clone(steps[0]).fit_transform(X_train)
    first = audit_labels(clone(model).fit(rows, y_train)).ranking[:n_trusted]
    chance = np.random.default_rng(seed).permutation(len(y_train))[:n_trusted]
    found = {}
    for name, trusted in ((TRUSTED_FIRST, first), (TRUSTED_BY_CHANCE, chance)):
        mask = np.isin(np.arange(len(y_train)), trusted)
        found[name] = _reading(steps, model, X_train, y_train, X_test, y_test, trusted=mask)
    return found


def _mean(readings):
    return {name: float(np.mean([reading[name] for reading in readings])) for name in readings[0]}
