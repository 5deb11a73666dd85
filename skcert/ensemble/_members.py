"""Members of a partition ensemble: how one is fitted on its rows, and what it tells of its flips.

A base can serve the white-box certificate if its last step says ``certifies_refits = True`` and has a ``classes``
parameter, as skcert's learners do: its ``certify`` is then about what a refit of it predicts (not about some ideal
classifier), on the ensemble's classes, also those that its partition lacks. Transformers ahead of it must not see
labels, or the label weights would depend on them: a white-box member fits them without y, and one that needs y is
refused.
"""

from contextlib import nullcontext
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter


def obstacle_to_white_box(estimator, X, soft):
    """What keeps `estimator` from serving the white-box certificate, or a soft vote; None if nothing does.

    Tried out on the rows `X` of one partition. Returns the sentence that says it, and the error behind it if any.
    """
    final = _final_step(estimator)
    if not getattr(final, "certifies_refits", False) or "classes" not in final.get_params(deep=False):
        return f"a base that can certify itself, such as NTKRegressorClassifier; estimator={estimator!r} cannot.", None
    if soft and not states_label_weights(estimator):
        return f"a base that states its label weights; estimator={estimator!r} does not.", None
    name, error = _label_using_step(estimator, X)
    if name is not None:
        return f"transformers that can be fitted without labels, but step {name!r} of the base cannot: {error}", error
    return None, None


def states_label_weights(estimator):
    """Whether the last step of `estimator` is label-linear, which soft votes and attacks need."""
    return hasattr(_final_step(estimator), "label_weights")


def _label_using_step(estimator, X):
    """Name and error of the first transformer that cannot be fitted on `X` without labels; None twice if all can."""
    if isinstance(estimator, Pipeline):
        for name, step in estimator.steps[:-1]:
            if step is None or step == "passthrough":
                continue
            try:
                X = clone(step).fit_transform(X)
            except Exception as error:  # any error means that y=None will not do for this step
                return name, error
        return _label_using_step(estimator.steps[-1][1], X)
    return None, None


def fit_members(group):
    """Fit some members, each from ``(fit_member, estimator, X, codes, n_classes, trusted)``."""
    return [fit_member(*arguments) for fit_member, *arguments in group]


def fit_white_box_member(estimator, X, codes, n_classes, trusted):
    """Fit a member whose transformers see rows only, and whose last step knows all classes and trusted rows.

    Returns the member, and None for the error: label weights exist for any labels.
    """
    if not isinstance(estimator, Pipeline):
        known = {"trusted": trusted} if trusted is not None and has_fit_parameter(estimator, "trusted") else {}
        return estimator.set_params(classes=np.arange(n_classes)).fit(X, codes, **known), None
    transformers = estimator[:-1]
    if transformers.steps:
        X = transformers.fit_transform(X)
        estimator.steps[:-1] = transformers.steps
    fit_white_box_member(estimator.steps[-1][1], X, codes, n_classes, trusted)
    return estimator, None


def fit_black_box_member(estimator, X, codes, n_classes, trusted):
    """Fit a member, or the most frequent class where there is only one or the base cannot be fitted.

    Such a partition still votes, and the attacker can still flip its vote. Returns the member, and the error
    that kept the base from being fitted, or None.
    """
    error = None
    if np.unique(codes).shape[0] > 1:
        try:
            return estimator.fit(X, codes), None
        except ValueError as raised:
            error = raised
    return DummyClassifier(strategy="most_frequent").fit(X, codes), error


def members_votes(group):
    """Class index that each of some members votes for, shape (n_test, n_members), from their ``(member, X)``."""
    votes = []
    for member, X in group:
        with _checked_once(member):
            votes.append(member.predict(X).astype(np.int32, copy=False))
    return np.stack(votes, axis=1)


def members_flips(group):
    """Votes, flips to each class and whether all of these are exact, from the ``(member, X)`` of white-box members.

    Shapes (n_test, n_members), (n_test, n_members, n_classes) and (n_test,); counts as int32.
    """
    votes: Any = None
    flips: Any = None
    exact = True
    for position, (member, X) in enumerate(group):
        final, X_seen = _through_transformers(member, X)
        with _checked_once(member):
            result = final.certify(X_seen)
        if votes is None:
            votes = np.empty((len(result), len(group)), dtype=np.int32)
            flips = np.empty((len(result), len(group), result.flips_to_class.shape[1]), dtype=np.int32)
        votes[:, position] = result.prediction
        flips[:, position] = result.flips_to_class
        exact = exact & result.exact
    return votes, flips, exact


def members_label_weights(group):
    """Label weights of label-linear members, arrays of shape (n_test, n_rows), from their ``(member, X)``."""
    weights = []
    for member, X in group:
        final, X_seen = _through_transformers(member, X)
        with _checked_once(member):
            weights.append(final.label_weights(X_seen))
    return weights


def _checked_once(member):
    """A context in which a label-linear member does not look for NaN in rows that the ensemble has looked through.

    A member that is a pipeline, or an ensemble that may hold some, sees other rows than these.
    """
    checked = not isinstance(member, Pipeline) and states_label_weights(member)
    return config_context(assume_finite=True) if checked else nullcontext()


def _through_transformers(member, X):
    """The last step of a fitted member, and the rows as that step sees them."""
    while isinstance(member, Pipeline):
        transformers = member[:-1]
        X = transformers.transform(X) if transformers.steps else X
        member = member.steps[-1][1]
    return member, X


def _final_step(estimator):
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator
