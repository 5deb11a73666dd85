"""Scores of certified predictions against true labels.

All take the results of ``certify`` and of ``certify_rows``, in which `flips` are numbers of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..results import UNBOUNDED, CertificationResult, median_flips, number_of_flips, right_predictions


def certified_accuracy_score(
    y_true: ArrayLike, result: CertificationResult, *, flips: int | float, per_class: str | None = None
) -> float:
    """Share of test rows that are predicted correctly, and stay so under any ``flips`` label flips.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions; where its ``threat`` is "rows", read rows inserted, deleted or relabelled for flips.
    flips : int or float
        Number of label flips, or a float between 0 and 1: that share of the training labels, rounded down.
    per_class : {"mean", "worst"}, default=None
        ``None`` counts all rows alike. "mean" and "worst" are the mean and the lowest value of
        `certified_accuracy_per_class`, in which a rare class counts as much as a frequent one. Classes that do not
        occur in `y_true` do not count.

    Returns
    -------
    score : float
        Between 0 and 1. At 0 flips it is the clean accuracy; with "mean", scikit-learn's ``balanced_accuracy_score``.

    Raises
    ------
    ValueError
        If `flips` or `per_class` is invalid, `y_true` does not fit the result, or the result is empty.

    Notes
    -----
    A model that always predicts the same of k classes has the balanced certified accuracy ("mean") 1 / k at any
    number of flips that its prediction withstands, and models that predict all classes may have less. The lowest
    value of all classes ("worst") is 0 for it.

    See Also
    --------
    skcert.CertificationResult.certified_accuracy : The same at several numbers of flips.
    certified_accuracy_per_class : The same for each class.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certified_accuracy_score
    >>> X, y = load_iris(return_X_y=True)
    >>> result = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]).certify(X[1::2])
    >>> round(certified_accuracy_score(y[1::2], result, flips=3), 2)
    0.87
    >>> round(certified_accuracy_score(y[1::2], result, flips=0.05), 2)  # of 75 labels: 3
    0.87
    >>> round(certified_accuracy_score(y[1::2], result, flips=3, per_class="worst"), 2)
    0.76
    """
    right_predictions(y_true, result)
    return result.certified_accuracy(y_true, number_of_flips(flips, result.n_train), per_class=per_class)


def certain_accuracy_score(y_true: ArrayLike, result: CertificationResult, *, per_class: str | None = None) -> float:
    """Share of test rows that are predicted correctly, and that no number of label flips changes.

    With ``fit(candidate_labels=...)`` or ``trusted``, these predictions are right and the same for all labels that the
    training rows may have.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions; where its ``threat`` is "rows", read rows inserted, deleted or relabelled for flips.
    per_class : {"mean", "worst"}, default=None
        As in `certified_accuracy_score`.

    Returns
    -------
    score : float
        Between 0 and 1: what `certified_accuracy_curve` ends with.

    Raises
    ------
    ValueError
        If `y_true` does not fit the result, the result is empty, or `per_class` is invalid.

    See Also
    --------
    skcert.CertificationResult.certain : Which predictions they are, right or wrong.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certain_accuracy_score
    >>> X, y = load_iris(return_X_y=True)
    >>> candidates = [[label] if row % 3 else [label, 2] for row, label in enumerate(y[::2])]
    >>> network = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2], candidate_labels=candidates)
    >>> round(certain_accuracy_score(y[1::2], network.certify(X[1::2])), 2)
    0.79
    """
    right_predictions(y_true, result)
    return result.certified_accuracy(y_true, UNBOUNDED - 1, per_class=per_class)  # more than any finite radius


def certified_accuracy_per_class(
    y_true: ArrayLike, result: CertificationResult, *, flips: int | float | Sequence[float] | NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Certified accuracy among the test rows of each class: at 0 flips, the recall of the class.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions; where its ``threat`` is "rows", read rows inserted, deleted or relabelled for flips.
    flips : int, float, or array-like of these
        Number of label flips, or several; floats between 0 and 1 are shares of the training labels, rounded down.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        The classes that occur in `y_true`, sorted, as in scikit-learn's ``balanced_accuracy_score``. One that the
        model does not know is always predicted wrongly; one without a test row has no accuracy, and is left out.
    accuracy : ndarray of shape (n_classes,), or (n_flips, n_classes) for several numbers of flips
        Between 0 and 1.

    Raises
    ------
    ValueError
        If `flips` is invalid, `y_true` does not fit the result, or the result is empty.

    See Also
    --------
    certified_accuracy_score : One number for all classes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certified_accuracy_per_class
    >>> X, y = load_iris(return_X_y=True)
    >>> result = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]).certify(X[1::2])
    >>> classes, accuracy = certified_accuracy_per_class(y[1::2], result, flips=[0, 6])
    >>> classes
    array([0, 1, 2])
    >>> accuracy
    array([[1.  , 0.96, 1.  ],
           [0.96, 0.16, 0.08]])
    """
    right_predictions(y_true, result)
    return result.certified_accuracy_per_class(y_true, flips)


def median_certified_radius(y_true: ArrayLike, result: CertificationResult) -> float:
    """Median certified radius, in label flips; a wrong prediction counts as -1.

    ``result.median_radius``, which knows no true labels, is the median over all predictions, right or wrong.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions; where its ``threat`` is "rows", read rows inserted, deleted or relabelled for flips.

    Returns
    -------
    median : float
        At least half of the test rows are predicted correctly, and stay so under any ``median`` flips. -1 if at least
        half are predicted wrongly. `skcert.UNBOUNDED` if the median is unbounded; if it lies between a finite and an
        unbounded radius, the finite one.

    Raises
    ------
    ValueError
        If `y_true` does not fit the result, or the result is empty.

    References
    ----------
    Levine & Feizi 2021 (arXiv 2006.14768) report this median over all test rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import median_certified_radius
    >>> X, y = load_iris(return_X_y=True)
    >>> result = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]).certify(X[1::2])
    >>> median_certified_radius(y[1::2], result)
    5.0
    """
    right = right_predictions(y_true, result)
    return median_flips(np.where(right, result.radius, -1))


def certified_accuracy_curve(
    y_true: ArrayLike, result: CertificationResult, *, per_class: str | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Certified accuracy against label flips: a step function, given by its steps.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions; where its ``threat`` is "rows", read rows inserted, deleted or relabelled for flips.
    per_class : {"mean", "worst"}, default=None
        As in `certified_accuracy_score`.

    Returns
    -------
    flips : ndarray of shape (n_steps,), int64
        Label flips, ascending from 0, at which the certified accuracy falls (0 included).
    accuracy : ndarray of shape (n_steps,)
        Certified accuracy from there to the next step. The last value is the share of predictions that are right and
        that no number of flips changes; usually 0.

    Raises
    ------
    ValueError
        If `y_true` does not fit the result, the result is empty, or `per_class` is invalid.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certified_accuracy_curve
    >>> X, y = load_iris(return_X_y=True)
    >>> result = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]).certify(X[1::2])
    >>> flips, accuracy = certified_accuracy_curve(y[1::2], result)
    >>> flips
    array([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11])
    >>> accuracy[[0, 3, 6]].round(2)
    array([0.99, 0.87, 0.4 ])
    """
    right = right_predictions(y_true, result)
    radius = result.radius[right]
    flips = np.union1d(0, radius[radius < UNBOUNDED] + 1)
    accuracy = result.certified_accuracy(y_true, flips, per_class=per_class)
    falls = np.diff(accuracy, prepend=np.inf) < 0  # the worst class stays as it is where another one falls
    return flips[falls], accuracy[falls]


def area_under_certified_accuracy(
    y_true: ArrayLike,
    result: CertificationResult,
    *,
    max_flips: int | float | None = None,
    per_class: str | None = None,
) -> float:
    """Area under the curve of certified accuracy against label flips, from 0 to ``max_flips``.

    It is the mean certified radius, in label flips, where a wrong prediction counts as 0 and a radius above
    ``max_flips`` as ``max_flips``.

    Parameters
    ----------
    y_true : array-like of shape (n_test,)
        True labels.
    result : CertificationResult
        Certified predictions; where its ``threat`` is "rows", read rows inserted, deleted or relabelled for flips.
    max_flips : int or float, default=None
        Number of label flips, or a float between 0 and 1: that share of the training labels, rounded down. ``None``
        takes all training labels: the whole area, in which a radius of `skcert.UNBOUNDED` counts as ``n_train``.
    per_class : {"mean", "worst"}, default=None
        As in `certified_accuracy_score`. "mean" gives the mean area of the classes, "worst" the area that lies under
        the curves of all of them.

    Returns
    -------
    area : float
        In label flips, between 0 and ``max_flips``: the sum of certified accuracies at 1, ..., ``max_flips`` flips.

    Raises
    ------
    ValueError
        If `max_flips` or `per_class` is invalid, `y_true` does not fit the result, or the result is empty.

    Notes
    -----
    Compare areas only between models with the same number of training labels and the same `max_flips`.

    References
    ----------
    Zhai et al. 2020 (arXiv 2001.02378) introduced the whole area as "average certified radius".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import area_under_certified_accuracy
    >>> X, y = load_iris(return_X_y=True)
    >>> result = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]).certify(X[1::2])
    >>> round(area_under_certified_accuracy(y[1::2], result), 2)
    5.27
    >>> round(area_under_certified_accuracy(y[1::2], result, max_flips=3), 2)
    2.75
    """
    right = right_predictions(y_true, result)
    limit = result.n_train if max_flips is None else number_of_flips(max_flips, result.n_train, "max_flips")
    if per_class is None:
        return float(np.mean(np.where(right, np.minimum(result.radius, limit), 0)))
    flips, accuracy = certified_accuracy_curve(y_true, result, per_class=per_class)
    steps = np.clip(np.append(flips, limit + 1), 1, limit + 1)
    return float(accuracy @ np.diff(steps))
