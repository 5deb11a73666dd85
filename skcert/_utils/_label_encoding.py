"""Class labels to class indices, over the fixed, known set of classes of the threat model."""

from bisect import bisect_left
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from ._label_kinds import check_one_kind, check_same_kind, largest_counted, plain_labels

_NUMBERS = frozenset("biuf")
_MAX_SHOWN = 10


def encode_labels(y, classes=None):
    """Encode labels as indices into the sorted classes.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels of any type.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes; ``None`` takes those that occur in ``y``.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        Sorted, without duplicates.
    codes : ndarray of shape (n_samples,), intp
        ``classes[codes]`` equals ``y``.
    """
    y = plain_labels(column_or_1d(plain_labels(y, "y"), warn=True), "y")
    check_one_kind(y, "y")
    present, codes = np.unique(y, return_inverse=True)
    if classes is None:
        check_classification_targets(y)
        classes = present
    else:
        classes = plain_labels(column_or_1d(plain_labels(classes, "classes")), "classes")
        check_one_kind(classes, "classes")
        classes = np.unique(classes)
        check_same_kind(present, classes, "y", "classes", "give labels and `classes` in one type")
        for known in (present, classes):  # thrice, so that many classes are no sign of a regression
            check_classification_targets(np.repeat(known, 3))
        places = class_indices(present, classes)
        unknown = present[places < 0]
        if unknown.size:
            raise ValueError(
                f"y has labels that classes={few_of(classes)} lacks: {few_of(unknown)}. "
                "List every class in `classes`, or leave it as None."
            )
        codes = places[codes]
    return classes, codes.astype(np.intp, copy=False)


def check_two_classes(classes):
    """Raise ValueError for a single class: its labels cannot be flipped, so there is nothing to certify."""
    if classes.shape[0] < 2:
        raise ValueError(
            f"y had only one class, {classes.tolist()[0]!r}; a certificate needs at least two. "
            "Fit on labels of two classes or more, or list all known classes in `classes`."
        )


def class_indices(labels, classes):
    """Index into `classes` of each label, by value; -1 where a label is not one of the classes.

    Parameters
    ----------
    labels : ndarray of shape (n_labels,)
        Labels of any type; 1.0 is the class 1, but "1" and 1.7 are not.
    classes : ndarray of shape (n_classes,)
        Sorted class labels.

    Returns
    -------
    indices : ndarray of shape (n_labels,), intp
    """
    kinds = {labels.dtype.kind, classes.dtype.kind}
    same_value: Any = True
    if classes.shape[0] == 0 or (len(kinds) > 1 and "O" not in kinds and not kinds <= _NUMBERS):
        return np.full(labels.shape, -1, dtype=np.intp)
    if labels.dtype != classes.dtype and kinds <= _NUMBERS:
        labels, same_value = _converted(labels, classes.dtype)
    try:
        nearest = np.minimum(np.searchsorted(classes, labels), classes.shape[0] - 1)
        return np.where(same_value & (classes[nearest] == labels), nearest, -1)
    except (TypeError, ValueError):  # objects that do not compare with the classes: at least one is not among them
        names = classes.tolist()
        return np.array([_index_of_object(label, names) for label in labels.tolist()], dtype=np.intp)


def equal_labels(labels, others):
    """Where two arrays of labels of the same shape are equal, by value, as in `class_indices`."""
    same_value: Any = True
    if labels.dtype != others.dtype and {labels.dtype.kind, others.dtype.kind} <= _NUMBERS:
        labels, same_value = _converted(labels, others.dtype)
    return np.asarray(same_value & (labels == others), dtype=bool)


def _converted(labels, dtype):
    """Numbers in another dtype, and where they are the same numbers there.

    There and back, because comparing, say, int64 with float64 rounds. A large float may stand for several integers.
    """
    with np.errstate(all="ignore"):  # NaN, and numbers out of range
        converted = labels.astype(dtype)
        same_value = (converted == labels) & (converted.astype(labels.dtype) == labels)
        if labels.dtype.kind == "f" and dtype.kind != "f":
            same_value &= np.abs(labels) < largest_counted(labels.dtype)
    return converted, same_value


def few_of(values):
    """The first values of an array, as a message shows them."""
    shown = ", ".join(repr(value) for value in values[:_MAX_SHOWN].tolist())
    return f"[{shown}]" if values.shape[0] <= _MAX_SHOWN else f"[{shown}, ... {values.shape[0] - _MAX_SHOWN} more]"


def _index_of_object(label, names):
    try:
        nearest = min(bisect_left(names, label), len(names) - 1)
        return nearest if names[nearest] == label else -1
    except (TypeError, ValueError):
        return -1


def encode_targets(target, classes, n_test):
    """Class index that an attack targets, for each test row.

    Parameters
    ----------
    target : class label, or array-like of shape (n_test,)
        One class for all rows, or one for each.
    classes : ndarray of shape (n_classes,)
        Sorted class labels.
    n_test : int
        Number of test rows.

    Returns
    -------
    targets : ndarray of shape (n_test,), int64
    """
    targets = np.asarray(plain_labels(target, "target"))
    if targets.ndim > 1 or (targets.ndim == 1 and targets.shape[0] != n_test):
        raise ValueError(f"target has shape {targets.shape}; give one class, or one for each of the {n_test} rows.")
    check_same_kind(targets, classes, "target", "classes")
    places = class_indices(np.atleast_1d(targets), classes)
    if (places < 0).any():
        unknown = np.atleast_1d(targets)[places < 0].tolist()[0]
        raise ValueError(f"target={unknown!r} is not one of the classes {few_of(classes)}.")
    return np.broadcast_to(places, (n_test,)).astype(np.int64)
