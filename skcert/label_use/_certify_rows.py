"""Certify against rows whatever holds a classifier that can."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import check_is_fitted

from .._utils import Rows
from ..results import CertificationResult, with_index_of
from ._carried import carried_by_parameters
from ._certify import caveats_of_layers
from ._kept_rows import own_row_use, row_using_steps, runs_a_function
from ._known import ROWS, SEARCHES, replaced_method
from ._layers import steps_in_front, unwrapped


def certify_rows(estimator: Any, X: Rows) -> CertificationResult:
    """Certify the predictions of a fitted estimator, pipeline or search against inserted, deleted and relabelled rows.

    Parameters
    ----------
    estimator : estimator
        Fitted: a `PartitionAggregationEnsemble`, `FiniteAggregationEnsemble` or `CertifiedKNeighborsClassifier`, a
        ``Pipeline`` that ends in one, a search over one, or any nesting of these.
    X : array-like of shape (n_test, n_features)
        Test rows, as ``estimator.predict`` takes them.

    Returns
    -------
    result : CertificationResult
        As ``certify_rows`` of the classifier returns it: ``threat`` is "rows", and radii count rows that are inserted,
        deleted or relabelled. A row whose features change counts twice. ``caveats`` as in `skcert.certify`, and one
        for each step with a function that does not say of itself, by ``uses_rows = False``, that it looks at each row
        alone.

    Raises
    ------
    ValueError
        If a step in front of the classifier keeps something of the rows that it was fitted on, such as a scaler, an
        imputer, an encoder or components, or is not known not to: one row more would change all others. Steps of
        scikit-learn that keep nothing are known; one of your own can declare ``uses_rows = False`` in its class. Also
        if what a step makes of a row depends, if only by its rounding, on the rows beside it, or if the classifier
        lacks something: see its ``certify_rows``.
    TypeError
        If `estimator` holds no classifier that can be certified against rows. Label-linear classifiers cannot, except
        nearest neighbours: one row more changes the weights of all labels.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    See Also
    --------
    certify : Against label flips, under which features are trusted.

    Notes
    -----
    A radius of l + m rows covers l label flips and m rows together: a flip is a row relabelled.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import Normalizer, StandardScaler
    >>> import skcert
    >>> X, y = load_digits(return_X_y=True)
    >>> base = make_pipeline(StandardScaler(), skcert.NTKRegressorClassifier(alpha=1.0))
    >>> vote = skcert.PartitionAggregationEnsemble(base, n_partitions=20, classes=range(10))
    >>> model = make_pipeline(Normalizer(), vote).fit(X[:1000], y[:1000])  # looks at each row by itself
    >>> skcert.certify_rows(model, X[1000:1003])
    CertificationResult(n_test=3, n_train=1000, certificate='black-box', threat='rows',
                        median_radius=...)
    """
    layers, classifier = unwrapped(estimator)
    if not hasattr(classifier, "certify_rows"):
        raise TypeError(
            f"{type(classifier).__name__} cannot be certified against rows. Make it the base of a "
            "PartitionAggregationEnsemble, or use CertifiedKNeighborsClassifier."
        )
    for layer in layers:
        check_is_fitted(layer)
    _refuse(_row_use(layers, classifier, issparse(X)))
    rows, caveats = _through_steps(layers, X)
    result = classifier.certify_rows(rows)
    caveats += caveats_of_layers(layers, result.n_train)
    return with_index_of(X, dataclasses.replace(result, caveats=(*result.caveats, *caveats)) if caveats else result)


def _through_steps(layers, X):
    """Rows as the classifier takes them, and caveats of functions; ValueError if one is seen to mix rows."""
    caveats = []
    for name, step in steps_in_front(layers):
        made = step.transform(X)
        if runs_a_function(step):
            if not _makes_rows_one_by_one(step, X, made):
                _refuse([(name, "what it makes of a row depends on the rows beside it")])
            caveats.append(
                f"Step {name!r}: its function is taken to look at each row alone, as it did where this was tried. If "
                "it does not, nothing is certified. It says so itself by an attribute, `uses_rows = False`."
            )
        X = made
    return X, caveats


def _makes_rows_one_by_one(step, X, made):
    """Whether a few rows come out the same by themselves."""
    n_rows = made.shape[0]
    for row in {0, n_rows // 2, n_rows - 1}:
        try:
            alone = step.transform(_safe_indexing(X, [row]))
        except Exception:  # a row alone is none to it
            return False
        if not _are_equal(alone, _safe_indexing(made, [row])):
            return False
    return True


def _are_equal(rows, others):
    rows, others = (np.asarray(part.toarray() if issparse(part) else part) for part in (rows, others))
    return np.array_equal(rows, others, equal_nan=rows.dtype.kind in "fc" and others.dtype.kind in "fc")


def _row_use(layers, classifier, sparse_rows):
    """The parts of a model, other than the classifier's own base, that may keep something of rows: (name, reason)."""
    found = []
    for layer in layers:
        is_pipeline = isinstance(layer, Pipeline)
        reason = own_row_use(layer, {"Pipeline"} if is_pipeline else SEARCHES)
        found += [(type(layer).__name__.lower(), reason)] if reason else []
        steps = layer.steps[:-1] if is_pipeline else []
        found += [found for name, step in steps for found in row_using_steps(step, name, sparse_rows)]
    in_pipeline = layers and isinstance(layers[-1], Pipeline)
    last = layers[-1].steps[-1][0] if in_pipeline else type(classifier).__name__.lower()
    method = replaced_method(classifier)
    if method is not None:
        found.append((last, f"its method {method!r} was replaced on the instance, and what it does is not known"))
    answers_for_its_base = getattr(type(classifier), "_answers_for_its_base", False)
    of_classifier = carried_by_parameters(classifier, last, ROWS)
    return found + [more for more in of_classifier if more[0] == last or not answers_for_its_base]


def _refuse(found):
    if found:
        parts = ", ".join(f"{name!r}: {reason}" for name, reason in found)
        raise ValueError(
            f"The guarantee would not hold, because training rows reach more than the classifier ({parts}). A row "
            "that is inserted or deleted changes that, and with it all other rows. Make it a part of the base of a "
            "PartitionAggregationEnsemble, so that each member fits its own, or use one that keeps nothing of the "
            "rows that it was fitted on, such as Normalizer or FunctionTransformer."
        )
