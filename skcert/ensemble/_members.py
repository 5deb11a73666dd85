"""Members of a partition ensemble: how one is fitted on its rows, and what it tells of its flips.

A base can serve the white-box certificate if its last step has ``certify`` and a ``classes`` parameter,
as skcert's learners have: it then states flips to each class on the ensemble's classes, also those
that its partition lacks. Transformers ahead of it must not see labels, or the label weights would
depend on them: a white-box member fits them without y, and one that needs y is refused.
"""

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline


def can_certify(estimator):
    """Whether the last step of `estimator` states flip costs on classes that it is told."""
    final = _final_step(estimator)
    return hasattr(final, "certify") and "classes" in final.get_params(deep=False)


def label_using_step(estimator, X):
    """The first transformer that cannot be fitted on rows `X` without labels.

    Returns its name and the error it raised; None and None if there is no such step.
    """
    if isinstance(estimator, Pipeline):
        for name, step in estimator.steps[:-1]:
            if step is None or step == "passthrough":
                continue
            try:
                X = clone(step).fit_transform(X)
            except Exception as error:  # any error means that y=None will not do for this step
                return name, error
        return label_using_step(estimator.steps[-1][1], X)
    return None, None


def fit_white_box_member(estimator, X, codes, n_classes):
    """Fit a member whose transformers see rows only, and whose last step knows all classes.

    Returns the member, and None for the error: label weights exist for any labels.
    """
    if not isinstance(estimator, Pipeline):
        return estimator.set_params(classes=np.arange(n_classes)).fit(X, codes), None
    transformers = estimator[:-1]
    if transformers.steps:
        X = transformers.fit_transform(X)
        estimator.steps[:-1] = transformers.steps
    fit_white_box_member(estimator.steps[-1][1], X, codes, n_classes)
    return estimator, None


def fit_black_box_member(estimator, X, codes, n_classes):
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


def member_votes(member, X):
    """Class index that the member votes for, per row."""
    return member.predict(X).astype(np.int64, copy=False)


def member_flips(member, X):
    """Votes, flips to each class and whether these are exact, from a white-box member."""
    if isinstance(member, Pipeline):
        transformers = member[:-1]
        return member_flips(member.steps[-1][1], transformers.transform(X) if transformers.steps else X)
    result = member.certify(X)
    return result.prediction.astype(np.int64, copy=False), result.flips_to_class, result.exact


def _final_step(estimator):
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return estimator
