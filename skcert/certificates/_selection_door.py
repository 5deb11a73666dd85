"""What `flips_to_select` takes, checked."""

import numpy as np

from ._door import (
    all_within,
    as_array,
    check_candidates,
    check_counts,
    check_labels,
    check_n_classes,
    check_score_weight,
    check_trusted_rows,
    is_whole,
)


def check_selection(predictions, radii, labels, rows, splits, chosen, n_classes, trusted, candidates, accuracy_weight):
    """The first five arrays as int64 (radii as int32), trusted rows, candidates, what labels are worth, ``chosen``."""
    n_classes = check_n_classes(n_classes)
    predictions, labels = as_array("predictions", predictions), as_array("labels", labels)
    if predictions.ndim != 2 or predictions.dtype.kind not in "iu" or not predictions.size:
        raise ValueError(
            f"predictions has shape {predictions.shape} and dtype {predictions.dtype}, but class indices of shape "
            "(n_models, n_validated) are needed, at least one of each."
        )
    if not all_within(predictions, 0, n_classes - 1):
        raise ValueError(
            f"predictions has values from {predictions.min()} to {predictions.max()}; give class indices 0 to "
            f"{n_classes - 1}."
        )
    if labels.ndim != 1:
        raise ValueError(f"labels has shape {labels.shape}, but must be one-dimensional: a class index for each row.")
    labels = check_labels(labels, labels.shape[0], n_classes)
    n_models, n_validated = predictions.shape
    rows, splits = _check_whole("rows", rows, n_validated), _check_whole("splits", splits, n_validated)
    if not all_within(rows, 0, labels.shape[0] - 1):
        raise ValueError(
            f"rows has values from {rows.min()} to {rows.max()}; give rows of labels, 0 to {labels.shape[0] - 1}."
        )
    if not is_whole(chosen, 0, n_models - 1):
        raise ValueError(f"chosen={chosen!r} must be a candidate, a whole number from 0 to {n_models - 1}.")
    trusted = check_trusted_rows(trusted, labels.shape[0])
    candidates = None if candidates is None else check_candidates(candidates, labels, n_classes)
    worth = np.ones(n_classes)
    if accuracy_weight is not None:
        worth = check_score_weight(accuracy_weight, n_classes, "accuracy_weight")
        check_worth(worth)
    radii = check_counts("radii", radii, predictions.shape)
    return (predictions.astype(np.int64), radii, labels, rows, splits), trusted, candidates, worth, int(chosen)


def check_worth(worth):
    """ValueError for weights of classes with which means of scores could overflow, or lose digits."""
    if not 2.0**-500 <= worth.max() <= 2.0**500:
        raise ValueError(
            f"accuracy_weight has {worth.max():.3g} as its largest value, and scores could overflow, or lose digits; "
            "multiply all by a constant so that the largest is about 1, which changes no choice."
        )


def _check_whole(name, values, n_values):
    """Whole numbers as int64, shape (n_values,)."""
    values = as_array(name, values)
    if values.shape != (n_values,) or values.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has shape {values.shape} and dtype {values.dtype}; it must hold a whole number for each of the "
            f"{n_values} columns of predictions."
        )
    if not all_within(values, -(2**63), 2**63 - 1):
        raise ValueError(f"{name} has the value {values.max()}, beyond int64; give smaller numbers.")
    return values.astype(np.int64)
