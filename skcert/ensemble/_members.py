"""Members of a partition ensemble: how one is fitted on its rows, and what its flips cost.

A base is suitable for the white-box certificate if its last step has ``certifies_refits = True`` and a ``classes``
parameter, as skcert's learners do: its ``certify`` is then about what a refit predicts (not about some ideal
classifier), on all the ensemble's classes, including those that its partition lacks. Transformers before it must not
see labels, or the label weights would depend on them: a white-box member fits them without y, and one that needs y, or
was fitted with one beforehand, is refused. Only pipelines of exactly scikit-learn's class are examined: a subclass
may do anything with y.

Members are fitted on the labels as the user gave them, and return such labels. Their answers become class indices in
one place, `_class_indices`, which refuses everything else.
"""

import pickle
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from sklearn import config_context
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.utils.validation import has_fit_parameter

from .._utils import class_indices, few_of, mixes_kinds
from ..label_use import is_plain_pipeline, prefitted_label_use, rows_within, unwrapped
from ..learners import base_tags
from ._base import MACHINE_ERRORS, can_be_fitted_on, dealt_out, try_out
from ._seeding import own_clone


def obstacle_to_white_box(estimator, weights_needed=False):
    """What keeps all members from serving the white-box certificate, whatever their rows; None if nothing does.

    With `weights_needed`, they have to state their label weights, too. Steps that need labels show when a member is
    fitted (`fit_white_box_member`): nothing is decided for all members by the rows of one.
    """
    _, final = unwrapped(estimator, is_plain_pipeline)
    if not getattr(final, "certifies_refits", False) or "classes" not in final.get_params(deep=False):
        return f"a base that can certify itself, such as NTKRegressorClassifier; estimator={estimator!r} cannot."
    if weights_needed and not states_label_weights(estimator):
        return f"a base that states its label weights; estimator={estimator!r} does not."
    for name, reason in prefitted_label_use(estimator, "estimator"):
        return f"a base without parts that labels may have reached beforehand, but {name!r} is one: {reason}."
    return None


def require_white_box(estimator, option, remedy, weights_needed=False):
    """ValueError if there is an obstacle: `option` is what cannot be had, `remedy` what to ask for instead."""
    obstacle = obstacle_to_white_box(estimator, weights_needed)
    if obstacle:
        raise white_box_refused(obstacle, option, remedy)


def white_box_refused(obstacle, option, remedy):
    return ValueError(f"{option} needs {obstacle} Use {remedy}, or another base.")


def states_label_weights(estimator):
    """Whether the last step of `estimator` is label-linear, which soft votes and attacks need."""
    return hasattr(unwrapped(estimator, is_plain_pipeline)[1], "label_weights")


def score_weight_of(estimator):
    """The score weights of a base whose last step can certify itself; None without."""
    _, final = unwrapped(estimator, is_plain_pipeline)
    return getattr(final, "score_weight", None) if getattr(final, "certifies_refits", False) else None


def _label_using_step(estimator, X):
    """Name and error of the first transformer that cannot be fitted on `X` without labels; None twice if all can."""
    layers, _ = unwrapped(estimator, is_plain_pipeline)
    for name, step in (named for layer in layers for named in layer.steps[:-1]):
        if step is None or step == "passthrough":
            continue
        try:
            X = _fit_transform(clone(step), X)
        except MACHINE_ERRORS:
            raise
        except Exception as error:  # any other error means that y=None will not do for this step
            return name, error
    return None, None


def _fit_transform(step, X):
    # as a pipeline does: a frozen transformer has no fit_transform, and its fit requires a y
    return step.fit_transform(X) if hasattr(step, "fit_transform") else step.fit(X, None).transform(X)


class FittedMember(NamedTuple):
    """A member, and what went wrong."""

    member: Any
    error: Exception | None = None
    """What kept the base from being fitted, so that the member is a majority vote."""
    label_use: tuple[str, Exception] | None = None
    """What kept a member that might have been white-box from it, in words, and the error."""


def fit_members(group):
    """Fit some members, each from ``(fit_member, estimator, X, labels, classes, trusted, candidates)``."""
    return [fit_member(*arguments) for fit_member, *arguments in group]


def fit_white_box_member(estimator, X, labels, classes, trusted, candidates):
    """Fit a member whose transformers see only rows, and whose last step knows all classes and who may flip what.

    Label weights exist for any labels. If they do not exist for its rows, the member is a black box: one whose
    transformers cannot be fitted on these rows without labels, or whose last step cannot, whatever the labels.
    """
    layers, final = unwrapped(estimator, is_plain_pipeline)
    try:
        X_seen = X
        for layer in layers:
            transformers = layer[:-1]
            if transformers.steps:
                X_seen = transformers.fit_transform(X_seen)
                layer.steps[:-1] = transformers.steps
        _fit_last_step(final, X_seen, labels, classes, trusted, candidates)
    except MACHINE_ERRORS:
        raise
    except Exception as error:
        spare = own_clone(estimator)
        obstacle = _what_fails_without_labels(spare, X, classes)
        if obstacle is None:  # the labels are to blame, which no certificate of a white box knows of
            raise
        fitted = fit_black_box_member(spare, X, labels, classes, trusted, candidates)
        return fitted._replace(label_use=(obstacle, portable(error)))
    return FittedMember(estimator)


def _fit_last_step(final, X, labels, classes, trusted, candidates):
    final._is_member = True
    known = {"trusted": trusted} if trusted.any() and has_fit_parameter(final, "trusted") else {}
    if candidates is not None and has_fit_parameter(final, "candidate_labels"):
        known["candidate_labels"] = candidates
    final.set_params(classes=classes).fit(X, labels, **known)
    # one that was told less certifies less than it could: soundly, but not exactly
    final._knows_who_may_flip = len(known) == trusted.any() + (candidates is not None)
    if not np.array_equal(getattr(final, "classes_", []), classes):
        raise ValueError(
            f"{type(final).__name__} has a parameter `classes`, but its classes_ are not what was given there, "
            f"{few_of(classes)}. Set classes_ to `classes` in its fit, or use certificate='black-box'."
        )


def _what_fails_without_labels(estimator, X, classes):
    """What keeps a base from being a white box on these rows, whatever their labels; None if nothing does."""
    name, error = _label_using_step(estimator, X)
    if name is not None:
        return f"transformers that can be fitted without labels, but step {name!r} of the base cannot: {error}"
    final = unwrapped(estimator, is_plain_pipeline)[1]
    trial = own_clone(estimator)
    unwrapped(trial, is_plain_pipeline)[1].set_params(classes=classes)
    if can_be_fitted_on(trial, X, dealt_out(classes, X.shape[0])):
        return None
    return f"a base that can be fitted on any rows, but {type(final).__name__} cannot be fitted on those of a member."


def fit_black_box_member(estimator, X, labels, classes, trusted, candidates):
    """Fit a member, or use the most frequent class if there is only one class or the base cannot be fitted.

    Such a partition still votes, and the attacker can still flip its vote. A base that cannot predict the first of
    its own rows, such as one that needs more neighbours than it has rows, counts as one that cannot be fitted.
    """
    error = None
    final = unwrapped(estimator, is_plain_pipeline)[1]
    if getattr(final, "certifies_refits", False):
        final._is_member = True
        weighted = isinstance(getattr(final, "score_weight", None), dict)
        if weighted and final.get_params(deep=False).get("classes", ()) is None:
            final.set_params(classes=classes)  # its partition may lack a label that the weights name
    if np.unique(labels).shape[0] > 1:
        try:
            fitted = estimator.fit(X, labels)
            try_out(fitted, X)
            return FittedMember(fitted)
        except MACHINE_ERRORS:
            raise
        except Exception as raised:  # labels can cause any of them, and an attacker writes labels
            if type(raised) is TypeError and not _rows_will_do(estimator, X, classes):
                raise
            error = portable(raised)
    return FittedMember(DummyClassifier(strategy="most_frequent").fit(X, labels), error)


def _rows_will_do(estimator, X, classes):
    """Whether a base can be fitted on rows of this type with some labels: two classes, or two numbers."""
    return any(
        can_be_fitted_on(clone(estimator), X, dealt_out(pair, X.shape[0])) for pair in (classes[:2], np.arange(2))
    )


def members_votes(classes, group):
    """Index in `classes` of the vote of each member in a group of ``(partition, member, X)``.

    Shape (n_test, n_members), int32.
    """
    votes = []
    for partition, member, X in group:
        with _checked_once(member):
            answers = member.predict(X)
        votes.append(_class_indices(answers, classes, X.shape[0], partition))
    return np.stack(votes, axis=1)


def members_flips(classes, label_free, group):
    """Votes, flips to each class, and whether all of these are exact, of a group of members.

    From their ``(partition, member, X)``. Where ``label_free[partition]`` is False, nothing is known of a member: one
    flip makes it vote anything. Shapes (n_test, n_members), (n_test, n_members, n_classes) and (n_test,);
    counts as int32.
    """
    n_test, n_classes = group[0][2].shape[0], classes.shape[0]
    votes = np.empty((n_test, len(group)), dtype=np.int32)
    flips = np.empty((n_test, len(group), n_classes), dtype=np.int32)
    exact = np.ones(n_test, dtype=bool)
    for position, (partition, member, X) in enumerate(group):
        if not label_free[partition]:
            votes[:, position] = _class_indices(member.predict(X), classes, n_test, partition)
            flips[:, position] = votes[:, position, None] != np.arange(n_classes)
            exact[:] = False
            continue
        final, X_seen = through_transformers(member, X)
        with _checked_once(member):
            result = final.certify(X_seen)
        if result.flips_to_class.shape != (n_test, n_classes):
            raise ValueError(
                f"{whose(partition)} certified flips_to_class of shape {result.flips_to_class.shape}, but "
                f"{(n_test, n_classes)} is needed: a column for each class. Use certificate='black-box'."
            )
        votes[:, position] = _class_indices(result.prediction, classes, n_test, partition)
        flips[:, position] = result.flips_to_class
        exact &= result.exact & getattr(final, "_knows_who_may_flip", True)
    return votes, flips, exact


def members_label_weights(group):
    """Label weights of label-linear members, of shape (n_test, n_rows) each, from their ``(partition, member, X)``."""
    weights = []
    for _, member, X in group:
        final, X_seen = through_transformers(member, X)
        with _checked_once(member):
            weights.append(final.label_weights(X_seen))
    return weights


def members_plain_label_weights(group):
    """As `members_label_weights`, of kernel regressions, before their label weights are flattened."""
    weights = []
    for _, member, X in group:
        final, X_seen = through_transformers(member, X)
        with _checked_once(member):
            weights.append(final._plain_label_weights(X_seen))
    return weights


def share_of_soft_vote(weights, n_members, partition):
    """One member's part of the averaged label weights: its own at absolute sum 1 for each test row, over `n_members`.

    A row of zeros stays a row of zeros.
    """
    with np.errstate(over="ignore"):
        sums = n_members * np.abs(weights).sum(axis=1, dtype=np.float64, keepdims=True)
    if not np.isfinite(sums).all():
        raise ValueError(
            f"The label weights of the member of partition {partition} sum to more than a double can hold; scale the "
            "features, for instance with sklearn.preprocessing.StandardScaler."
        )
    shares = np.zeros(weights.shape)
    np.divide(weights, sums, out=shares, where=sums > 0)
    return shares


def _class_indices(answers, classes, n_test, partition):
    """Class index of each answer of one member; ValueError if any answer is not one of the classes.

    An empty partition is marked by a code that is not a class index, so no answer may pass unchecked.
    """
    given = answers
    answers = np.asarray(answers)
    if answers.dtype.kind == "T":  # numpy's text of any length
        answers = answers.astype(object)
    if answers.shape == (n_test, 1):  # some libraries answer in a column
        answers = answers[:, 0]
    if answers.shape != (n_test,):
        problem = f"an answer of shape {answers.shape} for {n_test} test rows, but ({n_test},) is needed"
    elif np.ma.is_masked(given):
        problem = "masked answers"
    elif isinstance(given, (list, tuple)) and mixes_kinds(given):
        problem = "answers that mix numbers, text or others, of which numpy makes text"
    else:
        indices = class_indices(answers, classes)
        if (indices >= 0).all():
            return indices.astype(np.int32)
        stray = answers[indices < 0].tolist()[0]
        problem = f"{stray!r}, which is not one of the classes {few_of(classes)}"
    raise ValueError(
        f"{whose(partition)} gave {problem}. A vote that is not a class cannot be certified: wrap the base so that "
        "its `predict` returns one of the classes for each row (for rejected rows, an extra one in `classes`)."
    )


def whose(partition):
    return f"The member of partition {partition} (estimators_[{partition}])"


def portable(error):
    """The error, or an equivalent one if it could not be sent from one process to another."""
    try:
        pickle.loads(pickle.dumps(error))
        return error
    except Exception:
        stand_in = RuntimeError(f"{type(error).__name__}: {error}")
        stand_in.__cause__ = error
        return stand_in


def _checked_once(member):
    """A context in which a label-linear member does not search for NaN in rows that the ensemble has checked.

    A member that is a pipeline, or an ensemble that may hold pipelines, sees different rows.
    """
    checked = not is_plain_pipeline(member) and states_label_weights(member)
    checked = checked and not base_tags(member).input_tags.allow_nan  # then the ensemble has checked nothing
    return config_context(assume_finite=True) if checked else nullcontext()


def through_transformers(member, X):
    """The last step of a fitted member, and the rows as that step sees them."""
    layers, final = unwrapped(member, is_plain_pipeline)
    return final, rows_within(layers, X)
