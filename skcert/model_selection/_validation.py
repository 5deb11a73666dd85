"""What the splits of a search have shown: predictions and radii of all candidates, and classes that were not there."""

import warnings

import numpy as np

from .._utils import few_of
from ..certificates import allowed_labels, open_validation


def validation_of(validated, splits, encoded, worth):
    """What `flips_to_select_unchecked` takes, from the answers of each candidate for each split."""
    return open_validation(
        _by_candidate([fold.codes for fold in validated], len(splits)),
        _by_candidate([fold.radii for fold in validated], len(splits)),
        encoded.codes,
        np.concatenate([split.test for split in splits]),
        np.repeat(np.arange(len(splits)), [split.test.size for split in splits]),
        allowed_labels(encoded.codes, len(encoded.classes), encoded.trusted, encoded.candidates),
        worth,
    )


def _by_candidate(folds, n_splits):
    """One row per candidate: its folds, one after the other."""
    return np.stack([np.concatenate(folds[i : i + n_splits]) for i in range(0, len(folds), n_splits)])


def warn_of_missing_classes(encoded, splits, stacklevel):
    """Say if a split trains without a class of several rows: rows are in an order that has to do with labels."""
    n_classes = len(encoded.classes)
    several = np.bincount(encoded.codes, minlength=n_classes) > 1
    missing = np.zeros(n_classes, dtype=bool)
    for split in splits:
        missing |= several & (np.bincount(encoded.codes[split.train], minlength=n_classes) == 0)
    if missing.any():
        warnings.warn(
            f"Some splits train without any row of {few_of(encoded.classes[missing])}, and are wrong about all of "
            "these rows: if the order of rows has to do with their labels, pass cv=KFold(5, shuffle=True, "
            "random_state=0).",
            UserWarning,
            stacklevel=stacklevel + 1,
        )
