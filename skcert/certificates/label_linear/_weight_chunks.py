"""Results from label weights that come in chunks of test rows.

A label-linear classifier never holds all its label weights at once. Each function takes ``chunks``, an iterable of
``(rows, weights)``: slices of the test rows, in order, with their weights.
"""

import numpy as np

from ...results import UNBOUNDED, AttackResult, CertificationResult
from ._radius import certify_label_linear_unchecked
from ._scores import class_scores_unchecked
from ._smallest_attack import smallest_attacks_unchecked
from ._targeted import targeted_attacks_unchecked


def score_chunks(chunks, n_test, labels, n_classes, rules=None):
    """Class scores, shape (n_test, n_classes)."""
    scores = np.empty((n_test, n_classes))
    for rows, weights in chunks:
        scores[rows] = class_scores_unchecked(weights, labels, n_classes, rules)
    return scores


def certify_chunks(chunks, n_test, labels, classes, trusted, rules=None):
    """A `CertificationResult` for all test rows."""
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    radius_upper = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, classes.shape[0]), dtype=np.int64)
    for rows, weights in chunks:
        prediction[rows], radius[rows], radius_upper[rows], flips_to_class[rows] = certify_label_linear_unchecked(
            weights, labels, classes.shape[0], trusted=trusted, rules=rules
        )
    return CertificationResult(
        prediction=classes[prediction],
        radius=radius,
        radius_upper=radius_upper,
        flips_to_class=flips_to_class,
        classes=classes,
        certificate="label-linear",
        n_train=labels.shape[0],
    )


def attack_chunks(chunks, labels, classes, trusted, targets, rules=None):
    """An `AttackResult` for all test rows; `targets` has a class index per test row, or is None for any change."""
    predictions: list[int] = []
    lower, attacks, attacked_predictions = [], [], []
    n_classes = classes.shape[0]
    for rows, weights in chunks:
        prediction, radius, _, _ = certify_label_linear_unchecked(
            weights, labels, n_classes, trusted=trusted, rules=rules
        )
        predictions.extend(prediction)
        if targets is None:
            smallest = smallest_attacks_unchecked(weights, labels, n_classes, trusted=trusted, rules=rules)
            found_attacks = [
                (flipped, new_labels, flipped.size > 0, min(radius[t] + 1, UNBOUNDED))
                for t, (flipped, new_labels) in enumerate(smallest)
            ]
        else:
            found_attacks = targeted_attacks_unchecked(
                weights, labels, n_classes, targets[rows], trusted=trusted, rules=rules
            )
        for row, (flipped, new_labels, found, least) in zip(weights, found_attacks):
            attacked = labels.copy()
            attacked[flipped] = new_labels
            attacked_predictions.append(class_scores_unchecked(row[None, :], attacked, n_classes, rules)[0].argmax())
            attacks.append((flipped, new_labels, found))
            lower.append(least)
    return attack_result(classes, predictions, attacked_predictions, attacks, lower)


def attack_result(classes, predictions, attacked_predictions, attacks, lower):
    """An `AttackResult` from class indices and from ``(rows, new_labels, found)`` per test row."""
    return AttackResult(
        prediction=classes[np.asarray(predictions, dtype=np.int64)],
        attacked_prediction=classes[np.asarray(attacked_predictions, dtype=np.int64)],
        rows=tuple(rows for rows, _, _ in attacks),
        labels=tuple(classes[new_labels] for _, new_labels, _ in attacks),
        flips_lower=np.asarray(lower, dtype=np.int64),
        flips=np.array([rows.size if found else UNBOUNDED for rows, _, found in attacks], dtype=np.int64),
    )
