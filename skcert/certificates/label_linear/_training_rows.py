"""The training rows as an attacker meets them: their labels, which of these can be flipped, and what empties a class.

A class without rows is never predicted, as scikit-learn's classifiers have it, whatever ``classes=`` of a refit says.
"""

from typing import NamedTuple

import numpy as np

from ..._utils import read_only
from ...results import UNBOUNDED


class TrainingRows(NamedTuple):
    """What all test rows share."""

    labels: np.ndarray
    """(n_train,): class indices."""
    flippable: np.ndarray
    """(n_flippable,): the rows whose labels can be flipped, ascending."""


def training_rows(labels, trusted):
    """`TrainingRows` from class indices and the mask of trusted rows, or None if no row is trusted."""
    flippable = np.arange(labels.shape[0]) if trusted is None else np.flatnonzero(~trusted)
    return TrainingRows(read_only(labels), flippable)


def rows_of_classes(rows, n_classes):
    """Rows of each class, and the flips that leave it none; `UNBOUNDED` if one of its rows cannot be flipped."""
    counts = np.bincount(rows.labels, minlength=n_classes)
    to_vanish = np.bincount(rows.labels[rows.flippable], minlength=n_classes)
    to_vanish[to_vanish < counts] = UNBOUNDED
    if rows.labels.shape[0] == 0:
        to_vanish[:] = UNBOUNDED  # there is nothing to flip
    return counts, to_vanish
