"""What the test rows of each class have in common."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from .._utils import class_indices, plain_labels
from ._median import median_flips

_OVER_CLASSES: dict[str, Callable[..., Any]] = {"mean": np.mean, "worst": np.min}


def class_means(y_true, values, name="y_true"):
    """Means of values over the test rows of each class.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels that `right_predictions` has checked, one or more.
    values : iterable of n_values ndarrays of shape (n_test,)
        Whole numbers or booleans, one for each row.
    name : str, default="y_true"
        What to call `y_true` in messages.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The classes that occur in `y_true`, sorted.
    means : ndarray of shape (n_values, n_classes)
    """
    classes, codes = np.unique(np.asarray(plain_labels(y_true, name)), return_inverse=True)
    sums = [np.bincount(codes, weights=of_rows, minlength=len(classes)) for of_rows in values]
    return classes, np.reshape(np.array(sums, dtype=np.float64), (len(sums), len(classes))) / np.bincount(codes)


def check_per_class(per_class):
    """Raise ValueError unless `per_class` is None, "mean" or "worst"."""
    if per_class is not None and not (isinstance(per_class, str) and per_class in _OVER_CLASSES):
        raise ValueError(f"per_class={per_class!r} must be None, for all test rows alike, or 'mean' or 'worst'.")


def over_classes(per_class, means):
    """The mean, or the worst, of the classes' means: of shape (..., n_classes) to (...)."""
    return _OVER_CLASSES[per_class](means, axis=-1)


def predicted_rows(result):
    """How many test rows are predicted as each class, ndarray of shape (n_classes,), int64."""
    places = _places(result)
    return np.bincount(places[places >= 0], minlength=len(result.classes))


def predicted_class_medians(result):
    """Median radius of the rows predicted as each class, a list of n_classes floats; NaN where there are none."""
    places = _places(result)
    order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[order], np.arange(len(result.classes) + 1))
    radius = result.radius[order]
    return [median_flips(radius[start:end]) for start, end in pairwise(ends)]


def _places(result):
    """Index of each prediction among the classes, in whatever order these are; -1 where it is none of them."""
    order = np.argsort(result.classes, kind="stable")
    places = class_indices(result.prediction, result.classes[order])
    return np.where(places >= 0, order[places], -1)
