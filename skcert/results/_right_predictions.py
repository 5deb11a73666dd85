"""True labels against predictions: the one comparison behind every accuracy."""

import numpy as np

from .._utils import check_none_missing, check_same_kind, equal_labels, plain_labels


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
        If `y_true` has another shape or lacks labels, there is no row, or `y_true` has labels of another kind than the
        predictions, such as text where these are numbers: they would never be equal, and all predictions wrong.
    TypeError
        If `result` is no result, for instance because the two are swapped.
    """
    prediction = getattr(result, "prediction", None)
    if prediction is None:
        raise TypeError(
            f"result has type {type(result).__name__}; pass what `certify` returned. True labels come first: "
            f"({name}, result)."
        )
    y_true = np.asarray(plain_labels(y_true, name))
    if y_true.shape != prediction.shape:
        raise ValueError(
            f"{name} has shape {y_true.shape}, but {prediction.shape} is needed: one true label per certified row."
        )
    if y_true.shape[0] == 0:
        raise ValueError("The result is empty, so there is nothing to score; certify at least one row.")
    check_none_missing(y_true, name)
    check_same_kind(y_true, prediction, name, "predictions")
    return equal_labels(y_true, prediction)
