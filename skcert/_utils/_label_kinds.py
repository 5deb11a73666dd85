"""Labels as plain arrays, and what keeps two sets of labels from being compared: kinds, and numbers that were rounded.

Everything that compares labels with classes or predictions goes through here first.
"""

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


def plain_labels(labels, name):
    """Labels as users give them, in a numpy array that holds each as it is; what numpy would change is refused.

    Parameters
    ----------
    labels : label, or array-like of labels
        pandas' nullable integers, booleans and floats become plain ones.
    name : str
        What to call them in messages.

    Returns
    -------
    labels : ndarray, or `labels` itself if it is None or a table

    Raises
    ------
    ValueError
        If a list mixes kinds, such as numbers and text, of which numpy makes text; if floats are so large that
        different whole numbers may have become equal; or if a date, text or object is missing.
    """
    if isinstance(labels, (list, tuple)):
        _check_one_kind({_kind_of_type(of) for of in set(map(type, labels))}, name)
        labels = _as_they_are(labels)
    if labels is None or getattr(labels, "ndim", 1) > 1 or hasattr(labels, "toarray"):
        return labels
    labels = _without_extension(labels)
    if labels.dtype.kind == "T":  # numpy's text of any length, which compares with no other text
        labels = labels.astype(object)
    _check_told_apart(labels, name)
    if labels.dtype.kind in "OM":  # missing numbers are for scikit-learn to refuse
        check_none_missing(labels, name)
    return labels


def check_none_missing(labels, name):
    """Raise ValueError if a label is NaN, NaT, NA or None: it equals nothing, not even itself."""
    if labels.dtype.kind in "fM":
        n_missing = int((labels != labels).sum())
    else:
        n_missing = sum(is_missing(label) for label in labels.ravel()) if labels.dtype.kind == "O" else 0
    if n_missing:
        raise ValueError(
            f"{name} holds missing values, {n_missing} of {labels.size} labels; remove these rows, or fill in labels."
        )


def is_missing(label):
    """Whether a single label is None, NaN, NaT, pandas' NA, or masked."""
    if label is np.ma.masked or _kind_of_type(type(label)) == "missing values":
        return True
    return isinstance(label, (float, np.floating, np.datetime64)) and bool(label != label)


def _as_they_are(labels):
    """A list, as an array of objects where numpy's own text would change some of it."""
    special = any(issubclass(of, str) and of not in (str, np.str_) for of in set(map(type, labels)))
    if special or any(isinstance(label, str) and label.endswith("\0") for label in labels):
        array = np.empty(len(labels), dtype=object)
        array[:] = labels
        return array
    return labels


def _check_told_apart(labels, name):
    """ValueError if labels are floats so large that whole numbers beside them are not representable."""
    if labels.dtype.kind != "f":
        return
    large = np.abs(labels, where=np.isfinite(labels), out=np.zeros_like(labels)) >= largest_counted(labels.dtype)
    if large.any():
        raise ValueError(
            f"{name} holds {labels[large].tolist()[0]!r} as {labels.dtype}, in which whole numbers of this size can "
            "no longer be told apart; pass integers (int64), or text."
        )


def largest_counted(dtype):
    """The first whole number that a float dtype may confuse with the one after it: 2**53 for float64."""
    return 2.0 ** (np.finfo(dtype).nmant + 1)


def check_same_kind(labels, known, name, known_name, remedy="pass labels like those given to fit"):
    """Raise ValueError if some labels are of a kind, such as text, that no known label is of."""
    kinds, known_kinds = _kinds(labels), _kinds(known)
    if kinds - known_kinds:
        raise ValueError(
            f"{name} holds {_listed(kinds)}, but the {known_name} are {_listed(known_kinds)}, and "
            f"{_listed(kinds - known_kinds)} against {_listed(known_kinds)} are never equal; {remedy}."
        )


def mixes_kinds(labels):
    """Whether a list holds labels of several kinds."""
    return len({_kind_of_type(of) for of in set(map(type, labels))}) > 1


def check_one_kind(labels, name):
    """Raise ValueError if an array holds labels of several kinds, which have no order."""
    _check_one_kind(_kinds(labels), name)


def _check_one_kind(kinds, name):
    if len(kinds) > 1:
        raise ValueError(f"{name} mixes {_listed(kinds)}; make all labels numbers, or all of them text.")


def _without_extension(labels):
    """An array; of pandas' nullable types the plain one, with NaN, which is refused later, for what is missing."""
    array = np.asarray(labels)
    dtype = getattr(getattr(labels, "dtype", None), "numpy_dtype", None)
    if array.dtype != object or dtype is None or np.dtype(dtype).kind not in "biuf":
        return array
    values = [value if isinstance(value, (bool, Number)) else np.nan for value in array.ravel().tolist()]
    return np.array(values) if np.nan in values else np.array(values, dtype=dtype)


def _kinds(labels):
    if labels.dtype.kind != "O":
        return {next((kind for kind, codes in _KINDS.items() if labels.dtype.kind in codes), str(labels.dtype))}
    return {_kind_of_type(of) for of in set(map(type, labels.ravel()))}


def _kind_of_type(of):
    if issubclass(of, (bool, np.bool_, Number)):
        return "numbers"
    if of.__name__ in ("NoneType", "NAType", "NaTType"):
        return "missing values"
    others: dict[str, Any] = {"text": str, "bytes": bytes, "dates": np.datetime64, "date objects": date}
    return next((kind for kind, types in others.items() if issubclass(of, types)), of.__name__)


def _listed(kinds):
    return " and ".join(sorted(kinds))
