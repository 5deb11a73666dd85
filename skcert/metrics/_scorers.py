"""Scorers for ``scoring=``: certify, then score."""

from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

from .. import certify
from ._flips import check_flips
from ._scores import area_under_certified_accuracy, certified_accuracy_score, median_certified_radius


class _CertificateScorer:
    """``scorer(estimator, X, y_true)``: a score of what `skcert.certify` says of the rows."""

    def __init__(self, factory: str, score: Callable[..., float], **parameters: Any) -> None:
        self._factory = factory
        self._score = score
        self._parameters = parameters
        self.__name__ = score.__name__  # scikit-learn's displays label their axes with it

    def __call__(self, estimator: Any, X: ArrayLike, y_true: ArrayLike) -> float:
        return self._score(y_true, certify(estimator, X), **self._parameters)

    def __repr__(self) -> str:
        return f"{self._factory}({', '.join(repr(value) for value in self._parameters.values())})"


def certified_accuracy_scorer(flips: int | float) -> Callable[[Any, ArrayLike, ArrayLike], float]:
    """Scorer of the certified accuracy at so many label flips.

    Parameters
    ----------
    flips : int or float
        Number of label flips, or a float between 0 and 1: that share of the training labels, rounded down. In
        cross-validation, training labels are those of the fold.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y_true)``; can be pickled. Calls `skcert.certify`, which refuses pipelines whose
        guarantee would not hold.

    Raises
    ------
    ValueError
        If `flips` is neither.

    See Also
    --------
    certified_accuracy_score : The score, from certified predictions.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certified_accuracy_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> alphas = {"alpha": [0.01, 1.0, 30.0]}
    >>> search = GridSearchCV(NTKRegressorClassifier(), alphas, scoring=certified_accuracy_scorer(3))
    >>> search.fit(X, y).best_params_
    {'alpha': 30.0}
    """
    check_flips(flips, "flips")
    return _CertificateScorer("certified_accuracy_scorer", certified_accuracy_score, flips=flips)


def median_radius_scorer() -> Callable[[Any, ArrayLike, ArrayLike], float]:
    """Scorer of the median certified radius, in label flips; a wrong prediction counts as -1.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y_true)``; can be pickled. Calls `skcert.certify`, which refuses pipelines whose
        guarantee would not hold.

    See Also
    --------
    median_certified_radius : The score, from certified predictions.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import median_radius_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> median_radius_scorer()(NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]), X[1::2], y[1::2])
    5.0
    """
    return _CertificateScorer("median_radius_scorer", median_certified_radius)


def certified_area_scorer(max_flips: int | float | None = None) -> Callable[[Any, ArrayLike, ArrayLike], float]:
    """Scorer of the area under the curve of certified accuracy against label flips.

    Parameters
    ----------
    max_flips : int or float, default=None
        Where the area ends: a number of label flips, or a float between 0 and 1 for that share of the training
        labels, rounded down. ``None`` stands for all training labels.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y_true)``; can be pickled. Calls `skcert.certify`, which refuses pipelines whose
        guarantee would not hold.

    Raises
    ------
    ValueError
        If `max_flips` is none of these.

    See Also
    --------
    area_under_certified_accuracy : The score, from certified predictions.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certified_area_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> scorer = certified_area_scorer(max_flips=3)
    >>> round(scorer(NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]), X[1::2], y[1::2]), 2)
    2.75
    """
    if max_flips is not None:
        check_flips(max_flips, "max_flips")
    return _CertificateScorer("certified_area_scorer", area_under_certified_accuracy, max_flips=max_flips)
