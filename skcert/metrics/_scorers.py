"""Scorers for ``scoring=``: certify, then score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import ArrayLike

from .. import certify, certify_rows
from ..results import CertificationResult, check_flips, check_per_class, units_of
from ._scores import area_under_certified_accuracy, certified_accuracy_score, median_certified_radius


class _CertificateScorer:
    """``scorer(estimator, X, y_true)``: a score of the result of `skcert.certify`, or `skcert.certify_rows`."""

    def __init__(
        self,
        factory: str,
        score: Callable[..., float],
        threat: str,
        per_class: str | None = None,
        **parameters: Any,
    ) -> None:
        units_of(threat)
        check_per_class(per_class)
        self.threat = threat
        self._factory = factory
        self._score = score
        self._shown = [repr(value) for value in parameters.values()]
        self._parameters = parameters
        self.__name__ = score.__name__  # scikit-learn's displays label their axes with it
        if per_class is not None:
            self._shown.append(f"per_class={per_class!r}")
            self._parameters = parameters | {"per_class": per_class}
            self.__name__ += f"_per_class_{per_class}"
        if threat != "labels":
            self._shown.append(f"threat={threat!r}")
            self.__name__ += f"_{threat}"

    def __call__(self, estimator: Any, X: ArrayLike, y_true: ArrayLike) -> float:
        return self.of(y_true, _certify(estimator, X, self.threat))

    def of(self, y_true: ArrayLike, result: CertificationResult) -> float:
        """The score of rows that are already certified."""
        return self._score(y_true, result, **self._parameters)

    def __repr__(self) -> str:
        return f"{self._factory}({', '.join(self._shown)})"


class _CertifyOnceScorer:
    """``scorer(estimator, X, y_true)``: scores by name, with one certificate for each threat."""

    def __init__(self, scorers: dict[str, _CertificateScorer]) -> None:
        self._scorers = scorers

    def __call__(self, estimator: Any, X: ArrayLike, y_true: ArrayLike) -> dict[str, float]:
        threats = {scorer.threat for scorer in self._scorers.values()}
        results = {threat: _certify(estimator, X, threat) for threat in threats}
        return {name: scorer.of(y_true, results[scorer.threat]) for name, scorer in self._scorers.items()}

    def __repr__(self) -> str:
        return f"certification_scorer({self._scorers!r})"


def _certify(estimator, X, threat):
    return certify(estimator, X) if threat == "labels" else certify_rows(estimator, X)


def certified_accuracy_scorer(
    flips: int | float, *, per_class: str | None = None, threat: str = "labels"
) -> Callable[[Any, ArrayLike, ArrayLike], float]:
    """Scorer of the certified accuracy at a number of label flips.

    Parameters
    ----------
    flips : int or float
        Number of label flips, or a float between 0 and 1: that share of the training labels, rounded down. In
        cross-validation, these are the training labels of the fold.
    per_class : {"mean", "worst"}, default=None
        As in `certified_accuracy_score`. Where some classes are rare, a search by the default may choose a model that
        never predicts them.
    threat : {"labels", "rows"}, default="labels"
        Whether to count label flips, by `skcert.certify`, or rows, by `skcert.certify_rows`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y_true)``; can be pickled. Calls `skcert.certify`, which refuses pipelines whose
        guarantee would not hold.

    Raises
    ------
    ValueError
        If `flips`, `per_class` or `threat` is invalid.

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
    check_flips(flips)
    return _CertificateScorer("certified_accuracy_scorer", certified_accuracy_score, threat, per_class, flips=flips)


def median_radius_scorer(*, threat: str = "labels") -> Callable[[Any, ArrayLike, ArrayLike], float]:
    """Scorer of the median certified radius; a wrong prediction counts as -1.

    Parameters
    ----------
    threat : {"labels", "rows"}, default="labels"
        Whether to count label flips, by `skcert.certify`, or rows, by `skcert.certify_rows`.

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
    return _CertificateScorer("median_radius_scorer", median_certified_radius, threat)


def certified_area_scorer(
    max_flips: int | float | None = None, *, per_class: str | None = None, threat: str = "labels"
) -> Callable[[Any, ArrayLike, ArrayLike], float]:
    """Scorer of the area under the curve of certified accuracy against label flips.

    Parameters
    ----------
    max_flips : int or float, default=None
        Where the area ends: a number of label flips, or a float between 0 and 1 for that share of the training
        labels, rounded down. ``None`` takes all training labels.
    per_class : {"mean", "worst"}, default=None
        As in `area_under_certified_accuracy`. Where some classes are rare, a search by the default, or by "mean", may
        choose a model that never predicts them: flips that only the frequent classes withstand make up most of the
        area.
    threat : {"labels", "rows"}, default="labels"
        Whether to count label flips, by `skcert.certify`, or rows, by `skcert.certify_rows`.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y_true)``; can be pickled. Calls `skcert.certify`, which refuses pipelines whose
        guarantee would not hold.

    Raises
    ------
    ValueError
        If `max_flips`, `per_class` or `threat` is invalid.

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
    score = area_under_certified_accuracy
    return _CertificateScorer("certified_area_scorer", score, threat, per_class, max_flips=max_flips)


def certification_scorer(
    scorers: Mapping[str, Callable[[Any, ArrayLike, ArrayLike], float]],
) -> Callable[[Any, ArrayLike, ArrayLike], dict[str, float]]:
    """Scorer that computes several scores from one certificate.

    In ``scoring={...}`` each scorer certifies separately, because scikit-learn shares only predictions among scorers.
    Scorers of label flips and of rows need two certificates.

    Parameters
    ----------
    scorers : dict of str to scorer
        Scorers of this module by name: `certified_accuracy_scorer`, `median_radius_scorer`, `certified_area_scorer`.
        ``certified_accuracy_scorer(0)`` is the clean accuracy.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y_true)``, which returns a dict of the scores by name, each the same as from its scorer
        alone; can be pickled. Pass it as the whole ``scoring=`` of ``GridSearchCV``, ``RandomizedSearchCV`` (with a
        name as ``refit``) or ``cross_validate``, not as one entry of a dict. Calls `skcert.certify`, which refuses
        pipelines whose guarantee would not hold.

    Raises
    ------
    ValueError
        If `scorers` is not a dict, is empty, or has a name that is not a string.
    TypeError
        If it has a scorer of another kind.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.metrics import certification_scorer, certified_accuracy_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> scorers = {"clean": certified_accuracy_scorer(0), "at 3": certified_accuracy_scorer(3)}
    >>> scoring = certification_scorer(scorers)
    >>> grid = {"alpha": [0.01, 1.0, 30.0]}
    >>> search = GridSearchCV(NTKRegressorClassifier(), grid, scoring=scoring, refit="at 3")
    >>> search.fit(X, y).best_params_
    {'alpha': 30.0}
    >>> search.cv_results_["mean_test_clean"].round(2)
    array([0.98, 0.99, 0.98])
    """
    if not isinstance(scorers, Mapping) or not scorers or not all(isinstance(name, str) for name in scorers):
        raise ValueError(
            f"scorers={scorers!r} must be a dict with at least one scorer by name, such as "
            "{'at 3': certified_accuracy_scorer(3), 'radius': median_radius_scorer()}."
        )
    checked = {}
    for name, scorer in scorers.items():
        if not isinstance(scorer, _CertificateScorer):
            raise TypeError(
                f"scorers[{name!r}]={scorer!r} does not score certificates. Use scorers of skcert.metrics "
                "(certified_accuracy_scorer(0) for 'accuracy'), or pass all of them as a dict, scoring={...}: each "
                "then certifies separately."
            )
        checked[name] = scorer
    return _CertifyOnceScorer(checked)
