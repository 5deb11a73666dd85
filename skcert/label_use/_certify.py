"""Certify whatever holds a certified classifier: a pipeline, a search, or one inside the other."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .._utils import Rows
from ..results import CertificationResult, with_index_of
from ._chance import unseeded_parts
from ._known import SEARCHES
from ._layers import rows_within, unwrapped
from ._steps import label_using_steps, own_code, parameters_label_use


class LabelUseWarning(UserWarning):
    """A certificate was computed although labels were used upstream, so that the guarantee does not hold."""


def certify(estimator: Any, X: Rows, *, allow_label_use: bool = False) -> CertificationResult:
    """Certify the predictions of a fitted estimator, pipeline or search against label flips.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier from skcert, a ``Pipeline`` that ends in one, a search such as ``GridSearchCV`` over one,
        or any nesting of these.
    X : array-like of shape (n_test, n_features)
        Test rows, as ``estimator.predict`` takes them.
    allow_label_use : bool, default=False
        Whether to certify despite steps that were fitted with labels, such as ``SelectKBest``. The radius is then
        about flips that leave those steps as they are. It is *not* a guarantee against an attacker who writes
        the labels; the result says so in ``caveats``.

    Returns
    -------
    result : CertificationResult
        As ``certify`` of the classifier returns it, plus ``caveats``: one if hyper-parameters were
        chosen by a search (other than `skcert.model_selection.CertifiedGridSearchCV`), one for each step that used
        labels, one for each that draws at random without an int as ``random_state``.

    Raises
    ------
    ValueError
        If a step was fitted with labels, or is not known to ignore them, unless `allow_label_use`. scikit-learn's
        transformers are known; one of your own can declare ``uses_labels = False`` in its class. The same holds for a
        subclass of a pipeline or search, and for functions and arrays among a step's parameters, which may carry
        labels.
    TypeError
        If `estimator` holds no classifier that can certify itself.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    Warns
    -----
    LabelUseWarning
        If `allow_label_use` made a difference.

    Notes
    -----
    Labels may act in ways that cannot be seen here, such as lists of columns, sample weights or files; the user guide
    lists them under "What voids the guarantee?". An ensemble checks its own base.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> import skcert
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), skcert.NTKRegressorClassifier(alpha=30.0))
    >>> model = model.fit(X[::2], y[::2])
    >>> skcert.certify(model, X[1::2]).radius[:5]
    array([4, 5, 5, 9, 5])
    """
    classifier, rows, caveats = certifiable_part(estimator, X, allow_label_use=allow_label_use)
    result = classifier.certify(rows) if hasattr(classifier, "certify") else None
    if not isinstance(result, CertificationResult):
        raise TypeError(
            f"{type(classifier).__name__} cannot certify itself. Use a classifier from skcert, such as "
            "NTKRegressorClassifier, or make it the base of a PartitionAggregationEnsemble."
        )
    return with_index_of(X, dataclasses.replace(result, caveats=(*result.caveats, *caveats)) if caveats else result)


def certifiable_part(estimator, X, *, allow_label_use=False):
    """The classifier inside pipelines and searches, the rows as it takes them, and what limits the guarantee.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier, a ``Pipeline`` that ends in one, a search over one, or any nesting of these.
    X : array-like of shape (n_test, n_features), or None
        Test rows, as ``estimator.predict`` takes them.
    allow_label_use : bool, default=False
        Whether steps that were fitted with labels lead to a warning and a caveat instead of an error.

    Returns
    -------
    classifier : estimator
        Neither a pipeline nor a search, and not asked whether it is fitted.
    rows : array-like of shape (n_test, n_transformed), or None
        Test rows, as ``classifier.predict`` takes them; None without X.
    caveats : list of str
        What limits the guarantee, that of the outermost estimator last.
    """
    layers, classifier = unwrapped(estimator)
    for layer in layers:
        check_is_fitted(layer)
    found = [found for layer in layers for found in _label_use_of_layer(layer)]
    last = layers[-1].steps[-1][0] if layers and _is_pipeline(layers[-1]) else type(classifier).__name__.lower()
    answers_for_its_base = getattr(type(classifier), "_answers_for_its_base", False)
    of_classifier = parameters_label_use(classifier, last)
    found += [(part, reason) for part, reason in of_classifier if part == last or not answers_for_its_base]
    caveats = _refuse_or_warn(found, allow_label_use)
    n_train = len(classifier.label_codes_) if hasattr(classifier, "label_codes_") else None
    if not answers_for_its_base:
        caveats += _caveats_of_chance([(last, classifier)], n_train)
    caveats += caveats_of_layers(layers, n_train)
    return classifier, None if X is None else rows_within(layers, X), caveats


def caveats_of_layers(layers, n_train):
    """What limits the guarantee in fitted pipelines and searches, whatever the threat; that of the outermost last."""
    caveats = []
    for layer in reversed(layers):
        if _is_pipeline(layer):
            caveats += _caveats_of_chance(layer.steps[:-1], n_train)
        else:
            caveats.append(
                f"Hyper-parameters were chosen by {type(layer).__name__}, which looks at labels: the certificate is "
                "about refits with the hyper-parameters that were chosen, not about the choice."
            )
    return caveats


def _is_pipeline(estimator):
    return isinstance(estimator, Pipeline)


def _label_use_of_layer(layer):
    """What may have used labels in a pipeline or a search, except the last step or best estimator."""
    kind = type(layer).__name__
    reason = own_code(layer, {"Pipeline"} if _is_pipeline(layer) else SEARCHES)
    found = [(kind.lower(), reason)] if reason else []
    if _is_pipeline(layer):
        found += [found for name, step in layer.steps[:-1] for found in label_using_steps(step, name)]
    return found


def _refuse_or_warn(found, allow_label_use):
    if not found:
        return []
    if not allow_label_use:
        parts = ", ".join(f"{name!r}: {reason}" for name, reason in found)
        raise ValueError(
            f"The guarantee would not hold, because labels may reach more than the classifier ({parts}). An attacker "
            "who flips labels changes that, too. Leave it out, fit it beforehand on labels that you trust, make the "
            "whole pipeline the base of a PartitionAggregationEnsemble (each member then sees the labels of its own "
            "partition only), or, for radii that are marked as no guarantee, pass allow_label_use=True to "
            "skcert.certify."
        )
    caveats = [
        f"No guarantee: step {name!r} may have used labels ({reason}); the radius is about flips that do not reach it."
        for name, reason in found
    ]
    warnings.warn(" ".join(caveats), LabelUseWarning, stacklevel=4)  # at the caller of `certify`
    return caveats


def _caveats_of_chance(steps, n_train):
    return [
        f"Step {part!r}: {reason}. Without it, a refit on the same labels is another model, which the radius does not "
        "cover."
        for name, step in steps
        for part, reason in unseeded_parts(step, name, n_train)
    ]
