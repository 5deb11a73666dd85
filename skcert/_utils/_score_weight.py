"""Score weights as users give them: by label, or counted in the labels."""

from collections.abc import Mapping
from numbers import Real

import numpy as np

from ._label_encoding import class_indices, few_of
from ._label_kinds import check_same_kind, plain_labels

BALANCED = "balanced"


def refuse_counted(counted, what):
    """ValueError if score weights were counted in the labels, and `what` has no answer to that."""
    if counted:
        raise ValueError(
            f"{what} does not go with score_weight='balanced': these weights are counted in the labels, which the "
            "attacker changes. Pass a dict of weights that are known without them, such as 1 / (n_classes * prior)."
        )


def encode_score_weight(score_weight, classes, codes, name="score_weight"):
    """Score weights in the order of the classes, and whether they were counted in the labels.

    Parameters
    ----------
    score_weight : dict, "balanced" or None
        Weights by label. Labels that it lacks have weight 1.
    classes : ndarray of shape (n_classes,)
        Sorted class labels.
    codes : ndarray of shape (n_train,)
        Index into `classes` of each training label.
    name : str
        What the weights are called where they come from.

    Returns
    -------
    weights : ndarray of shape (n_classes,), float64, or None if there are none
    counted : bool
    """
    if score_weight is None:
        return None, False
    n_classes = classes.shape[0]
    if isinstance(score_weight, str) and score_weight == BALANCED:
        return codes.shape[0] / np.maximum(np.bincount(codes, minlength=n_classes), 1.0), True
    if not isinstance(score_weight, Mapping):
        raise ValueError(
            f"{name}={score_weight!r} must be a dict of weights by label, 'balanced', or None for no weights."
        )
    weights = np.ones(n_classes)
    if not score_weight:
        return None, False
    labels = plain_labels(list(score_weight), name)
    check_same_kind(
        np.asarray(labels), classes, name, "classes", "its keys are labels, of the same type as those in y"
    )
    places = class_indices(np.asarray(labels), classes)
    unknown = np.asarray(labels)[places < 0]
    if unknown.size:
        raise ValueError(
            f"{name} has labels that are not among the classes {few_of(classes)}: {few_of(unknown)}. Its keys "
            "are labels as in y, not class indices; labels that y may lack belong into `classes`."
        )
    for place, (label, weight) in zip(places, score_weight.items()):
        if not _is_positive(weight):
            raise ValueError(f"{name} has {weight!r} for label {label!r}; weights are finite numbers above 0.")
        weights[place] = float(weight)
    return (None if (weights == 1.0).all() else weights), False


def _is_positive(weight):
    try:
        return isinstance(weight, Real) and not isinstance(weight, (bool, np.bool_)) and 0 < float(weight) < np.inf
    except OverflowError:  # a whole number beyond all floats
        return False
