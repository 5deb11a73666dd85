"""Which labels each training row may get, as users say it: a table of booleans, or a collection of labels per row."""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from ._label_encoding import class_indices, encode_labels, few_of
from ._label_kinds import check_same_kind, plain_labels
from ._trusted import check_trusted


class EncodedLabels(NamedTuple):
    """Training labels, and what an attacker can make of them."""

    classes: np.ndarray
    """(n_classes,): sorted class labels."""
    codes: np.ndarray
    """(n_train,): class indices."""
    trusted: np.ndarray | None
    """(n_train,), bool: rows whose labels cannot be flipped; None if there are none."""
    candidates: np.ndarray | None
    """(n_train, n_classes), bool: the labels that a row may get; None if any, unless it is trusted."""


def encode_all_labels(y, classes=None, trusted=None, candidate_labels=None):
    """`EncodedLabels` of what is passed to ``fit``; labels that are only candidates are classes, too.

    Parameters
    ----------
    y : array-like of shape (n_train,)
        Labels of any type.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes; ``None`` takes those that occur in `y` or as candidates.
    trusted : array-like of shape (n_train,), bool, default=None
        Rows whose labels cannot be flipped.
    candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections of labels, default=None
        Labels that each row may get.
    """
    if candidate_labels is None:
        classes, codes = encode_labels(y, classes)
        return EncodedLabels(classes, codes, check_trusted(trusted, codes.shape[0]), None)
    table = _as_table(candidate_labels)
    if table is None:
        classes, codes, candidates = _from_collections(candidate_labels, y, classes)
    else:
        classes, codes = encode_labels(y, classes)
        candidates = _from_table(table, candidate_labels, codes, classes)
    own = candidates[np.arange(codes.shape[0]), codes]
    if not own.all():
        row = int(np.argmin(own))
        raise ValueError(
            f"candidate_labels of row {row} are {few_of(classes[candidates[row]])}, without its own label, "
            f"{classes.tolist()[codes[row]]!r}. A row's own label has to be among its candidates"
            + (f"; columns stand for the classes in this order: {few_of(classes)}." if table is not None else ".")
        )
    fixed = candidates.sum(axis=1) == 1
    known = check_trusted(trusted, codes.shape[0])
    fixed = fixed if known is None else fixed | known
    return EncodedLabels(classes, codes, fixed if fixed.any() else None, candidates)


def _as_table(candidate_labels):
    """An array of booleans, or None if this is no such table."""
    if getattr(candidate_labels, "ndim", None) == 2 and not isinstance(candidate_labels, np.ndarray):
        candidate_labels = np.asarray(candidate_labels)  # a frame
    elif not isinstance(candidate_labels, np.ndarray):
        rows = list(candidate_labels) if isinstance(candidate_labels, Collection) else []
        if not rows or not all(isinstance(row, (list, tuple, np.ndarray)) for row in rows):
            return None
        if not all(isinstance(cell, (bool, np.bool_)) for row in rows for cell in row):
            return None
        if len({len(row) for row in rows}) > 1:
            return None
        candidate_labels = np.asarray(rows)
    if candidate_labels.ndim != 2:
        return None
    if candidate_labels.dtype != bool:
        raise ValueError(
            f"candidate_labels is a table of shape {candidate_labels.shape} and dtype {candidate_labels.dtype}; a "
            "table has to hold booleans, one for each training row and class. Or pass a list with a collection of "
            "labels for each row."
        )
    return candidate_labels


def _from_table(table, given, codes, classes):
    if table.shape != (codes.shape[0], classes.shape[0]):
        raise ValueError(
            f"candidate_labels has shape {table.shape}, but {(codes.shape[0], classes.shape[0])} is needed: a row for "
            f"each label in y, and a column for each class, in this order: {few_of(classes)}. Labels that occur only "
            "as candidates belong into `classes`."
        )
    names = getattr(given, "columns", None)
    if names is None or (isinstance(names.dtype, np.dtype) and np.array_equal(names, np.arange(classes.shape[0]))):
        return table.copy()
    order = class_indices(plain_labels(names.to_numpy(), "columns of candidate_labels"), classes)
    if sorted(order) != list(range(classes.shape[0])):
        raise ValueError(
            f"candidate_labels has columns {few_of(np.asarray(names))}, but the classes are {few_of(classes)}; name "
            "the columns as the classes, or pass an array with columns in the order of the classes."
        )
    return table[:, np.argsort(order)]


def _from_collections(candidate_labels, y, classes):
    """Classes, codes and candidates from one collection of labels for each row."""
    y = plain_labels(y, "y")
    sets = list(candidate_labels) if isinstance(candidate_labels, Collection) else None
    n_train = np.shape(y)[0]
    if sets is None or len(sets) != n_train:
        raise ValueError(
            f"candidate_labels must be a table of booleans, or have a collection of labels for each of the {n_train} "
            f"labels in y, but it has {'no length' if sets is None else f'length {len(sets)}'}."
        )
    for row, labels in enumerate(sets):
        if isinstance(labels, (str, bytes)) or not isinstance(labels, (Collection, np.ndarray)) or len(labels) == 0:
            raise ValueError(
                f"candidate_labels of row {row} are {labels!r}, but a collection of labels is needed, the row's own "
                "label among them; for a row whose label is certain, that label alone: ['a']."
            )
    flat: Any = plain_labels([label for labels in sets for label in labels], "candidate_labels")
    flat = np.asarray(flat)
    own: Any = np.asarray(y)
    check_same_kind(flat, own, "candidate_labels", "labels in y", "give both in one type")
    if classes is None:
        classes = np.unique(np.concatenate([own.ravel(), flat]))
    classes, codes = encode_labels(y, classes)
    places = class_indices(flat, classes)
    if (places < 0).any():
        raise ValueError(
            f"candidate_labels has labels that classes={few_of(classes)} lacks: {few_of(np.unique(flat[places < 0]))}."
        )
    candidates = np.zeros((n_train, classes.shape[0]), dtype=bool)
    candidates[np.repeat(np.arange(n_train), [len(labels) for labels in sets]), places] = True
    return classes, codes, candidates
