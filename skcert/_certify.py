"""Certify whatever holds a certified classifier: a pipeline, a search, one inside the other."""

import dataclasses
import warnings
from typing import Any

from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ._label_use import label_using_steps
from ._rows import Rows
from .certificates import CertificationResult


class LabelUseWarning(UserWarning):
    """A certificate was made although labels were used upstream of it, so that the guarantee does not hold."""


def certify(estimator: Any, X: Rows, *, allow_label_use: bool = False) -> CertificationResult:
    """Certify the predictions of a fitted estimator, pipeline or search against label flips.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier of skcert, a ``Pipeline`` that ends in one, a search such as ``GridSearchCV`` over one, or
        any nesting of these.
    X : array-like of shape (n_test, n_features)
        Test rows, as ``estimator.predict`` takes them.
    allow_label_use : bool, default=False
        Whether to certify in spite of steps that were fitted with labels, such as ``SelectKBest``. The radius is then
        about flips that leave those steps as they are. It is *not* a guarantee against an attacker who writes
        the labels; the result says so in ``caveats``.

    Returns
    -------
    result : CertificationResult
        As ``certify`` of the classifier returns it, plus ``caveats``: one if hyper-parameters were
        chosen by a search, one for each step that used labels.

    Raises
    ------
    ValueError
        If a step was fitted with labels, or is not known to ignore them, unless `allow_label_use`. scikit-learn's
        transformers are known; one of your own can say ``uses_labels = False``.
    TypeError
        If there is no classifier in `estimator` that can certify itself.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    Warns
    -----
    LabelUseWarning
        If `allow_label_use` made a difference.

    Notes
    -----
    What a transformer does with ``sample_weight`` or other metadata that were made from labels cannot be seen here.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import skcert
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), skcert.NTKRegressorClassifier(alpha=30.0)).fit(X[::2], y[::2])
    >>> skcert.certify(model, X[1::2]).radius[:5]
    array([4, 5, 5, 9, 5])
    """
    classifier, rows, caveats = certifiable_part(estimator, X, allow_label_use=allow_label_use)
    result = classifier.certify(rows) if hasattr(classifier, "certify") else None
    if not isinstance(result, CertificationResult):
        raise TypeError(
            f"{type(classifier).__name__} cannot certify itself. Use a classifier of skcert, such as "
            "NTKRegressorClassifier, or make it the base of a PartitionAggregationEnsemble."
        )
    return dataclasses.replace(result, caveats=(*result.caveats, *caveats)) if caveats else result


def certifiable_part(estimator, X, *, allow_label_use=False):
    """What pipelines and searches hold in the end, the rows as it takes them, and what all that means.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier, a ``Pipeline`` that ends in one, a search over one, or any nesting of these.
    X : array-like of shape (n_test, n_features)
        Test rows, as ``estimator.predict`` takes them.
    allow_label_use : bool, default=False
        Whether steps that were fitted with labels lead to a warning and a caveat instead of an error.

    Returns
    -------
    classifier : estimator
        Neither a pipeline nor a search, and not asked whether it is fitted.
    rows : array-like of shape (n_test, n_transformed)
        Test rows, as ``classifier.predict`` takes them.
    caveats : list of str
        What limits the guarantee: of the outermost estimator last.
    """
    caveats: list[str] = []
    while isinstance(estimator, (BaseSearchCV, Pipeline)):
        if isinstance(estimator, Pipeline):
            check_is_fitted(estimator)
            caveats = _caveats_of_steps(estimator, allow_label_use) + caveats
            if len(estimator.steps) > 1:
                X = estimator[:-1].transform(X)
            estimator = estimator.steps[-1][1]
        else:
            name = type(estimator).__name__
            if not estimator.refit:
                raise ValueError(f"{name} needs refit=True: without it, nothing is fitted to certify.")
            check_is_fitted(estimator, "best_estimator_")
            caveats = [
                f"Hyper-parameters were chosen by {name}, which looks at labels: the certificate is about refits with "
                "the hyper-parameters that were chosen, not about the choice.",
                *caveats,
            ]
            estimator = estimator.best_estimator_
    return estimator, X, caveats


def _caveats_of_steps(pipeline, allow_label_use):
    found = [found for name, step in pipeline.steps[:-1] for found in label_using_steps(step, name)]
    if not found:
        return []
    steps = ", ".join(f"{name!r}: {reason}" for name, reason in found)
    if not allow_label_use:
        raise ValueError(
            f"The guarantee would not hold, because of steps ahead of the classifier ({steps}). An attacker who flips "
            "labels changes these steps, too. Leave them out, fit them on labels that you trust beforehand, make the "
            "whole pipeline the base of a PartitionAggregationEnsemble (each member then sees the labels of its own "
            "partition only), or, for radii that are marked as no guarantee, pass allow_label_use=True to "
            "skcert.certify."
        )
    caveats = [
        f"No guarantee: step {name!r} may have used labels ({reason}); the radius is about flips that leave it alone."
        for name, reason in found
    ]
    warnings.warn(" ".join(caveats), LabelUseWarning, stacklevel=4)  # at the caller of `certify`
    return caveats
