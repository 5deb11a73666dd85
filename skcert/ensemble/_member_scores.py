"""How members score the classes, for votes in which second choices count; what it takes to change their order.

Members that are not label-linear answer by ``decision_function`` or, without one, by ``predict_proba``. Only the order
of a member's scores matters. A class that a member does not know scores -inf.
"""

import numpy as np

from .._utils import class_indices
from ..certificates import (
    certify_label_linear_unchecked,
    preference_flips_unchecked,
    score_chunks,
)
from ..label_use import is_plain_pipeline, unwrapped
from ._members import members_label_weights, whose


def check_states_scores(member):
    """ValueError if a fitted member does not say how it scores each class."""
    if _scoring_method(member) is None:
        raise ValueError(
            f"voting='run-off' needs members that score the classes, but {member!r} has neither 'decision_function' "
            "nor 'predict_proba'. Use voting='hard', or another base."
        )


def check_scores_classes(estimator):
    """ValueError for a base that is asked to score pairs of classes, as support vector machines may be."""
    final = unwrapped(estimator, is_plain_pipeline)[1]
    if getattr(final, "decision_function_shape", None) == "ovo":
        raise ValueError(
            f"voting='run-off' needs a score for each class, but {final!r} scores pairs of classes; set its "
            "decision_function_shape to 'ovr'."
        )


def _scoring_method(member):
    return next((name for name in ("decision_function", "predict_proba") if hasattr(member, name)), None)


def members_scores(classes, group):
    """Scores by a group of members that are not label-linear, from their ``(partition, member, X)``.

    Shape (n_test, n_members, n_classes).
    """
    return np.stack([_class_scores(member, X, classes, partition) for partition, member, X in group], axis=1)


def members_scores_by_weights(labellings, group):
    """Scores by a group of label-linear members, as in `members_scores`; `labellings` has one of each partition."""
    scores = []
    for one in group:
        (weights,) = members_label_weights([one])
        n_test = weights.shape[0]
        scores.append(score_chunks([(slice(0, n_test), weights)], n_test, labellings[one[0]]))
    return np.stack(scores, axis=1)


def members_turning_flips(labellings, winners, group):
    """Flips with which label-linear members rank each class first, and flips with which they rank it above the winner.

    Also, whether the former are exact for two classes. Shapes (n_test, n_members, n_classes), twice, and (n_test,);
    counts as int32.
    """
    n_test, n_classes = winners.shape[0], labellings[0].classes.shape[0]
    to_vote = np.empty((n_test, len(group), n_classes), dtype=np.int32)
    to_prefer = np.empty_like(to_vote)
    exact = np.ones(n_test, dtype=bool)
    for position, one in enumerate(group):
        (weights,) = members_label_weights([one])
        labelling = labellings[one[0]]
        known = {"trusted": labelling.trusted, "rules": labelling.rules()}
        _, radius, radius_upper, flips = certify_label_linear_unchecked(weights, labelling.codes, n_classes, **known)
        to_vote[:, position] = flips
        to_prefer[:, position] = preference_flips_unchecked(weights, labelling.codes, n_classes, winners, **known)
        exact &= radius == radius_upper
    return to_vote, to_prefer, exact


def _class_scores(member, X, classes, partition):
    """One member's scores of all classes."""
    method = _scoring_method(member)
    known = class_indices(np.asarray(getattr(member, "classes_", [])), classes)
    n_test, n_known = X.shape[0], known.shape[0]
    if n_known == 0 or (known < 0).any() or np.unique(known).shape[0] < n_known:
        raise ValueError(
            f"{whose(partition)} has the classes_ {getattr(member, 'classes_', None)!r}, which do not say what its "
            f"'{method}' is about: they have to be some of the ensemble's classes, each once. Use voting='hard'."
        )
    given = getattr(member, method)(X)
    answers = np.asarray(given)
    if n_known == 2 and method == "decision_function" and answers.shape in ((n_test,), (n_test, 1)):
        second = answers.reshape(n_test)  # by scikit-learn's convention, positive for the second class
        answers = np.stack([np.zeros_like(second), second], axis=1)
    elif n_known == 1 and answers.shape == (n_test,):
        answers = answers[:, None]
    if answers.shape != (n_test, n_known) or answers.dtype.kind not in "biuf" or np.ma.is_masked(given):
        raise ValueError(
            f"{whose(partition)} gave an answer of shape {answers.shape} and dtype {answers.dtype} by '{method}', but "
            f"{(n_test, n_known)} is needed: a number for each of its classes, none of them masked. Use voting='hard' "
            "or another base."
        )
    if np.isnan(answers).any():
        raise ValueError(f"{whose(partition)} gave NaN by '{method}', which ranks no classes. Use another base.")
    scores = np.full((n_test, classes.shape[0]), -np.inf)
    scores[:, known] = answers
    return scores
