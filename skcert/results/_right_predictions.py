"""True labels against predictions: the one comparison behind every accuracy."""

from datetime import date
from numbers import Number
from typing import Any

import numpy as np

_KINDS = {
    "text": "UT",
    "bytes": "S",
    "numbers": "biufc",
    "dates": "M",
}


def right_predictions(y_true, result, name="y_true"):
    """Which predictions are right.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions.
    name : str, default="y_true"
        What to call `y_true` in messages.

    Returns
    -------
    right : ndarray of shape (n_test,), bool

    Raises
    ------
    ValueError
        If `y_true` has another shape, there is no row, or `y_true` has labels of another kind than the predictions,
        such as text where these are numbers: they would never be equal, and all predictions wrong.
    TypeError
        If `result` is no result, for instance because the two are swapped.
    """
    prediction = getattr(result, "prediction", None)
    if prediction is None:
        raise TypeError(
            f"result has type {type(result).__name__}; pass what `certify` returned. True labels come first: "
            f"({name}, result)."
        )
    y_true = np.asarray(y_true)
    if y_true.shape != prediction.shape:
        raise ValueError(
            f"{name} has shape {y_true.shape}, but {prediction.shape} is needed: one true label per certified row."
        )
    if y_true.shape[0] == 0:
        raise ValueError("The result is empty, so there is nothing to score; certify at least one row.")
    check_same_kind(y_true, prediction, name, "predictions")
    return np.asarray(prediction == y_true, dtype=bool)


def check_same_kind(labels, known, name, known_name):
    """Raise ValueError if some labels are of a kind, such as text, that no known label is of."""
    kinds, known_kinds = _kinds(labels), _kinds(known)
    if kinds - known_kinds:
        raise ValueError(
            f"{name} holds {_listed(kinds)}, but the {known_name} are {_listed(known_kinds)}, which are never equal; "
            "pass labels like those given to fit."
        )


def _kinds(labels):
    if labels.dtype.kind != "O":
        return {next((kind for kind, codes in _KINDS.items() if labels.dtype.kind in codes), str(labels.dtype))}
    return {_kind_of_type(of) for of in set(map(type, labels.ravel()))}


def _kind_of_type(of):
    if issubclass(of, (bool, np.bool_, Number)):
        return "numbers"
    if of.__name__ in ("NoneType", "NAType", "NaTType"):
        return "missing values"
    others: dict[str, Any] = {"text": str, "bytes": bytes, "dates": (date, np.datetime64)}
    return next((kind for kind, types in others.items() if issubclass(of, types)), of.__name__)


def _listed(kinds):
    return " and ".join(sorted(kinds))
