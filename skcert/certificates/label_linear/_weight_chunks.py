"""Results from label weights that come in chunks of test rows.

A label-linear classifier never holds all its label weights at once. Each function takes ``chunks``, an iterable of
``(rows, weights)``: slices of the test rows, in order, with their weights.
"""

from dataclasses import dataclass

import numpy as np

from ..._utils import blas_threads
from ...kernels import run_in_threads
from ...results import UNBOUNDED, AttackResult, CertificationResult
from .._door import check_weighted_sums
from .._rules import new_rules, plain_rules
from ._balanced import balanced_scores, certify_balanced
from ._radius import certify_label_linear_unchecked
from ._scores import class_scores_unchecked
from ._smallest_attack import smallest_attacks_unchecked
from ._targeted import targeted_attacks_unchecked

_WORTH_THREADS = 2**22  # label weights from which threads pay


@dataclass(frozen=True)
class Labelling:
    """The training labels, and everything else that is known about labels."""

    codes: np.ndarray
    """(n_train,): class indices."""
    classes: np.ndarray
    """(n_classes,): class labels."""
    trusted: np.ndarray | None
    """(n_train,), bool: rows whose labels cannot be flipped; None if all can."""
    candidates: np.ndarray | None = None
    """(n_train, n_classes), bool: labels that a row may get; None if any."""
    score_weight: np.ndarray | None = None
    """(n_classes,): what scores are multiplied by; None if by nothing."""
    counted: bool = False
    """Whether these weights were counted in the labels."""

    def rules(self):
        """`Rules`, or None for none; of counted weights only what does not depend on them."""
        n_classes = self.classes.shape[0]
        if self.counted:
            return new_rules(None, self.candidates, self.trusted, n_classes) or plain_rules(n_classes)
        return new_rules(self.score_weight, self.candidates, self.trusted, n_classes)

    def check(self, weights):
        """ValueError if a weighted sum could overflow."""
        if self.score_weight is not None:
            check_weighted_sums(weights, self.score_weight)

    def checked(self, chunks):
        """The chunks, as long as no weighted sum can overflow."""
        for rows, weights in chunks:
            self.check(weights)
            yield rows, weights


def score_chunks(chunks, n_test, labelling):
    """Class scores, shape (n_test, n_classes)."""
    scores = np.empty((n_test, labelling.classes.shape[0]))
    for rows, weights in labelling.checked(chunks):
        scores[rows] = _scores(weights, labelling.codes, labelling)
    return scores


def _scores(weights, codes, labelling):
    """Class scores on any labels."""
    n_classes = labelling.classes.shape[0]
    if labelling.counted:
        return balanced_scores(weights, codes, n_classes)
    return class_scores_unchecked(weights, codes, n_classes, labelling.rules())


def n_others(codes, n_classes):
    """How many rows of each class there are without each row, shape (n_train, n_classes)."""
    return np.bincount(codes, minlength=n_classes) - (codes[:, None] == np.arange(n_classes))


def scores_without_own(chunks, labelling):
    """Class scores of each training row without its own label, shape (n_train, n_classes).

    The chunks have label weights of all training rows, with 0 for the row itself. A class that has no other row is
    never predicted without this one: -inf.
    """
    codes, n_classes = labelling.codes, labelling.classes.shape[0]
    sums = np.empty((codes.shape[0], n_classes))
    for rows, weights in labelling.checked(chunks):
        sums[rows] = class_scores_unchecked(weights, codes, n_classes)
    return weighted_without_own(sums, labelling)


def weighted_without_own(sums, labelling):
    """Class scores of each training row without its own label, from the sums of label weights by class."""
    codes, n_classes = labelling.codes, labelling.classes.shape[0]
    others = n_others(codes, n_classes)
    if labelling.counted:
        sums = sums * ((codes.shape[0] - 1) / np.maximum(others, 1))
    elif labelling.score_weight is not None:
        sums = sums * labelling.score_weight
    return np.where(others > 0, sums, -np.inf)


def certify_chunks(chunks, n_test, labelling):
    """A `CertificationResult` for all test rows."""
    return certify_versions(((rows, (weights,)) for rows, weights in chunks), 1, n_test, labelling)[0]


def certify_versions(chunks, n_versions, n_test, labelling):
    """A `CertificationResult` for all test rows, for each of several versions of the label weights.

    The chunks are ``(rows, versions)``, where ``versions`` iterates over the weights of one version after the other,
    so that they need not all exist at once.
    """
    n_classes, known = labelling.classes.shape[0], {"trusted": labelling.trusted, "rules": labelling.rules()}
    counts = np.empty((n_versions, 3, n_test), dtype=np.int64)
    flips_to_class = np.empty((n_versions, n_test, n_classes), dtype=np.int64)
    for rows, versions in chunks:
        for weights, (prediction, radius, radius_upper), flips in zip(versions, counts, flips_to_class):
            labelling.check(weights)
            if labelling.counted:
                certified = certify_balanced(weights, labelling.codes, **known)[:4]
            else:
                certified = _certify_in_threads(weights, labelling.codes, n_classes, known)
            prediction[rows], radius[rows], radius_upper[rows], flips[rows] = certified
    return [_certified(*found, labelling) for found in zip(counts, flips_to_class)]


def _certified(counts, flips_to_class, labelling):
    prediction, radius, radius_upper = counts
    return CertificationResult(
        prediction=labelling.classes[prediction],
        radius=radius,
        radius_upper=radius_upper,
        flips_to_class=flips_to_class,
        classes=labelling.classes,
        certificate="label-linear",
        n_train=labelling.codes.shape[0],
    )


def _certify_in_threads(weights, codes, n_classes, known):
    """`certify_label_linear_unchecked`, in as many threads as BLAS may use where that pays; rows are independent."""
    n_test = weights.shape[0]
    n_threads = min(blas_threads(), n_test) if weights.size >= _WORTH_THREADS else 1
    if n_threads == 1:
        return certify_label_linear_unchecked(weights, codes, n_classes, **known)
    parts = [slice(n_test * t // n_threads, n_test * (t + 1) // n_threads) for t in range(n_threads)]
    answers = [()] * n_threads

    def certify(t):
        answers[t] = certify_label_linear_unchecked(weights[parts[t]], codes, n_classes, **known)

    run_in_threads(certify, range(n_threads), n_threads)
    return tuple(np.concatenate(arrays) for arrays in zip(*answers))


def attack_chunks(chunks, labelling, targets):
    """An `AttackResult` for all test rows; `targets` has a class index per test row, or is None for any change."""
    predictions: list[int] = []
    lower, attacks, attacked_predictions = [], [], []
    codes, n_classes = labelling.codes, labelling.classes.shape[0]
    known = {"trusted": labelling.trusted, "rules": labelling.rules()}
    for rows, weights in labelling.checked(chunks):
        if labelling.counted:
            prediction, radius, _, _, smallest = certify_balanced(weights, codes, **known)
        else:
            prediction, radius, _, _ = certify_label_linear_unchecked(weights, codes, n_classes, **known)
            smallest = smallest_attacks_unchecked(weights, codes, n_classes, **known)
        predictions.extend(prediction)
        if targets is None:
            found_attacks = [
                (flipped, new_labels, flipped.size > 0, min(radius[t] + 1, UNBOUNDED))
                for t, (flipped, new_labels) in enumerate(smallest)
            ]
        else:
            found_attacks = targeted_attacks_unchecked(weights, codes, n_classes, targets[rows], **known)
        for row, (flipped, new_labels, found, least) in zip(weights, found_attacks):
            attacked = codes.copy()
            attacked[flipped] = new_labels
            attacked_predictions.append(_scores(row[None, :], attacked, labelling)[0].argmax())
            attacks.append((flipped, new_labels, found))
            lower.append(least)
    return attack_result(labelling.classes, predictions, attacked_predictions, attacks, lower)


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
