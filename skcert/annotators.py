"""Labels from several annotators: those of the majority, and all that were given."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._utils import check_one_kind, few_of, is_missing, plain_labels
from .results import ReadOnlyArrays

__all__ = ["AnnotatorLabels", "labels_from_annotators"]


@dataclass(frozen=True, eq=False, repr=False)
class AnnotatorLabels(ReadOnlyArrays):
    """What several annotators say of each row.

    Parameters
    ----------
    labels : ndarray of shape (n_rows,)
        The label that most annotators gave; among equally frequent ones, the first in the order of ``classes``.
    candidate_labels : tuple of n_rows frozensets
        All labels that some annotator gave, for ``fit(X, labels, candidate_labels=candidate_labels)``.
    tied : ndarray of shape (n_rows,), bool
        Rows where several labels are the most frequent one, so that the order of the classes has decided.
    classes : ndarray of shape (n_classes,)
        All labels that occur in the table, sorted.

    Examples
    --------
    >>> from skcert.annotators import labels_from_annotators
    >>> votes = labels_from_annotators([["ham", "ham", "spam"], ["spam", "ham", None]])
    >>> votes
    AnnotatorLabels(n_rows=2, n_classes=2, disputed=2, tied=1)
    >>> votes.tied.nonzero()[0]
    array([1])
    """

    labels: np.ndarray
    candidate_labels: tuple[frozenset[Any], ...]
    tied: np.ndarray
    classes: np.ndarray

    @property
    def disputed(self) -> NDArray[np.bool_]:
        """Rows with more than one candidate, ndarray of shape (n_rows,), bool."""
        return np.array([len(labels) > 1 for labels in self.candidate_labels], dtype=bool)

    def __len__(self) -> int:
        return self.labels.shape[0]

    def __repr__(self) -> str:
        return (
            f"AnnotatorLabels(n_rows={len(self)}, n_classes={self.classes.shape[0]}, "
            f"disputed={int(self.disputed.sum())}, tied={int(self.tied.sum())})"
        )


def labels_from_annotators(table: ArrayLike) -> AnnotatorLabels:
    """Majority labels, and the labels that each row may have, from what several annotators said.

    Parameters
    ----------
    table : array-like of shape (n_rows, n_annotators)
        Labels of any type, one column for each annotator, in a list, an array, a masked array or a frame. An entry may
        be missing (None, NaN, NaT, pandas' NA, or masked), but no row may lack all labels. Whole numbers among which
        entries are missing, so that pandas has made floats of them, are integers again.

    Returns
    -------
    votes : AnnotatorLabels
        ``votes.labels`` and ``votes.candidate_labels`` are what ``fit`` takes. ``votes.tied`` says where annotators
        are evenly divided; nothing warns of it, because of two annotators who differ neither has the majority.

    Raises
    ------
    ValueError
        If `table` is no table, labels of several kinds are mixed (numbers and text), floats are so large that whole
        numbers may have become equal, or rows have no label.

    Notes
    -----
    Predictions that are *certain* with these candidates hold whichever annotator was right about each row. This says
    nothing of labels that no annotator gave.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.annotators import labels_from_annotators
    >>> X, y = load_iris(return_X_y=True)
    >>> X_train, y_train = X[::2], y[::2]
    >>> second = y_train.copy()
    >>> second[::5] = 2  # an annotator who likes one class
    >>> votes = labels_from_annotators(np.column_stack([y_train, second]))
    >>> votes
    AnnotatorLabels(n_rows=75, n_classes=3, disputed=10, tied=10)
    >>> network = NTKRegressorClassifier(alpha=30.0)
    >>> network = network.fit(X_train, votes.labels, candidate_labels=votes.candidate_labels)
    >>> float(network.certify(X[1::2]).certain.mean().round(2))
    0.92
    """
    columns = _columns(table)
    missing = np.array([[is_missing(cell) for cell in column] for column in columns])
    empty = missing.all(axis=0)
    if empty.any():
        raise ValueError(
            f"table has no label from any annotator in {int(empty.sum())} of {empty.size} rows, such as rows "
            f"{few_of(np.flatnonzero(empty))}; remove these rows, of X too, or have them labelled."
        )
    given = [cell for column, gaps in zip(columns, missing) for cell, gap in zip(column, gaps) if not gap]
    labels = _plain(given, some_missing=bool(missing.any()))
    classes, codes = np.unique(labels, return_inverse=True)
    _, rows = np.nonzero(~missing)
    counts = np.zeros((empty.size, classes.size), dtype=np.int32)
    np.add.at(counts, (rows, codes), 1)
    most = counts.max(axis=1)
    names = list(classes) if classes.dtype.kind == "M" else classes.tolist()
    return AnnotatorLabels(
        labels=classes[counts.argmax(axis=1)],
        candidate_labels=tuple(frozenset(names[place] for place in np.flatnonzero(row)) for row in counts),
        tied=(counts == most[:, None]).sum(axis=1) > 1,
        classes=classes,
    )


def _columns(table):
    """The cells of each annotator, as lists of single labels, none of which was converted."""
    if hasattr(table, "iloc"):  # pandas: each column has a type of its own
        table = [list(table.iloc[:, place].to_numpy()) for place in range(table.shape[1])] if table.ndim == 2 else []
    elif hasattr(table, "get_columns"):  # polars
        table = [column.to_list() for column in table.get_columns()]
    else:
        rows = (
            table
            if isinstance(table, (list, tuple))
            else np.ma.asarray(table)
            if np.ma.isMA(table)
            else np.asarray(table)
        )
        table = _transposed(rows)
    if not table or not len(table[0]):
        raise ValueError(
            "table must have the shape (n_rows, n_annotators), at least one row and one annotator; pass labels of one "
            "annotator in a single column: [['a'], ['b']]."
        )
    return table


def _transposed(rows):
    """Columns of nested lists or of an array; [] if that is no table."""
    if not isinstance(rows, (list, tuple)):
        return [list(rows[:, place]) for place in range(rows.shape[1])] if rows.ndim == 2 else []
    if not all(isinstance(row, (list, tuple, np.ndarray)) for row in rows):
        return []
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise ValueError(
            f"table has rows of {min(lengths)} to {max(lengths)} entries, but a row needs one for each annotator; put "
            "None where there is no label."
        )
    return [list(column) for column in zip(*rows)]


def _plain(given, some_missing):
    """An array of all labels that are there."""
    if all(isinstance(label, Real) and not isinstance(label, (bool, np.bool_)) for label in given):
        floats = [label for label in given if isinstance(label, (float, np.floating))]
        plain_labels(np.array(floats, dtype=np.float64), "table")  # raises for those that are too large
        if (some_missing or len(floats) < len(given)) and all(float(label).is_integer() for label in floats):
            given = [int(label) for label in given]
    labels = np.asarray(plain_labels(given, "table"))
    check_one_kind(labels, "table")
    return labels
