"""Fitted models without what only certificates need."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._utils import row_chunks, same_attributes
from ..certificates import counted_weights
from ..kernels import ordered_product

_MAX_CHUNK_ROWS = 1024
_OF_MODEL = ("classes_", "feature_names_in_", "n_features_in_", "predict_proba")  # the last where it says why not
_REFUSED = ("attack", "certify", "certify_collective", "certify_rows", "label_weights")


def _has(name):
    return lambda owner: hasattr(owner.model, name)


class PredictionModel(ClassifierMixin, BaseEstimator):
    """What ``for_prediction`` of a learner or an ensemble returns: it predicts, and is small.

    It can neither certify nor be fitted: label weights need the n_train x n_train matrix that it lacks. In a
    `sklearn.pipeline.Pipeline` it takes the place of the model that it was made of.

    Parameters
    ----------
    model : estimator
        A fitted one, without what only certificates need.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had string column names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> small = NTKRegressorClassifier().fit(X, y).for_prediction()
    >>> small.predict(X[:3])
    array([0, 0, 0])
    >>> hasattr(small, "certify")
    False
    """

    _answers_for_its_base = True  # it certifies nothing, whatever it holds

    def __init__(self, model: Any) -> None:
        self.model = model

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        return get_tags(self.model)

    def fit(self, X: ArrayLike, y: ArrayLike) -> None:
        """Refuse: fit the model that this one was made of.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError("A PredictionModel cannot be fitted: fit the whole model, and call `for_prediction` again.")

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict class labels, as the whole model does.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels. Scores are summed in another order than in the whole model: where two classes are so close
            that rounding decides, it may be the other one.
        """
        return self.model.predict(X)

    @available_if(_has("decision_function"))
    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Class scores, as the whole model has them, rounding apart.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        scores : ndarray of shape (n_test,) or (n_test, n_classes)
            One column per class; for two classes the second score minus the first.
        """
        return self.model.decision_function(X)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Shares of votes, as the whole ensemble has them.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        shares : ndarray of shape (n_test, n_classes)
            They are no probabilities.
        """
        return self.model.predict_proba(X)

    def __getattr__(self, name):
        if name in _REFUSED:
            raise AttributeError(
                f"{type(self).__name__} has no {name!r}: it lacks the label weights, which it was made to do without. "
                "Use the model whose `for_prediction` made it."
            )
        if name not in _OF_MODEL:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.model, name)


class Coefficients(NamedTuple):
    """What takes features, or kernel rows, to class scores at once: label weights, summed by class."""

    of_features: np.ndarray
    """(n_features, n_classes), float64."""
    constant: np.ndarray
    """(n_classes,), float64; -inf for classes that are never predicted."""


class ForPrediction:
    """Mixin of label-linear learners whose scores are linear in some features, or in kernel rows, of test rows."""

    classes_: Any
    label_codes_: Any
    score_weight_: Any
    weights_counted_: Any
    _changes_label_weights: Any
    _keeps_weights: Any
    _coefficients: Coefficients | None = None
    """Of a model without label weights."""
    _only_for_certificates: tuple[str, ...] = ("candidates_", "offset_", "smoother_", "trusted_")
    """Attributes that scores from coefficients do without."""

    @abstractmethod
    def _features_of_scores(self, X):
        """What coefficients multiply, for validated rows; (n_rows, n_features)."""

    @abstractmethod
    def _sums_of_label_weights(self, one_hot):
        """`Coefficients` of the sums of label weights by class."""

    def for_prediction(self) -> PredictionModel:
        """A small model that only predicts.

        A network keeps n_train**2 numbers for its label weights, and needs all of them to predict as `certify`
        proves. This one needs n_train * n_classes numbers beside the training rows.

        Returns
        -------
        model : PredictionModel
            With ``predict`` and ``decision_function``, and nothing that needs label weights. Its scores are the same
            but for rounding.

        Raises
        ------
        ValueError
            If label weights are centred, raised or clipped: scores then need all of them.
        sklearn.exceptions.NotFittedError
            Before ``fit``.

        Examples
        --------
        >>> import pickle
        >>> from sklearn.datasets import load_digits
        >>> from skcert import NTKRegressorClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> network = NTKRegressorClassifier().fit(X, y)
        >>> small = network.for_prediction()
        >>> len(pickle.dumps(network)) // 2**20, len(pickle.dumps(small)) // 2**20
        (25, 1)
        """
        check_is_fitted(self, "label_codes_")
        if not self._keeps_weights() or self._changes_label_weights():
            raise ValueError(
                f"for_prediction needs label weights as the smoother makes them, but those of {self!r} are changed "
                "row by row, which takes all of them: keep the whole model, or fit one without weight_center, "
                "weight_power and weight_clip."
            )
        small = same_attributes(self)
        small._coefficients = self._new_coefficients()
        for name in self._only_for_certificates:
            vars(small).pop(name, None)
        return PredictionModel(small)

    def _new_coefficients(self):
        n_classes = self.classes_.shape[0]
        of_features, constant = self._sums_of_label_weights(np.eye(n_classes)[self.label_codes_])
        weights = np.ones(n_classes) if self.score_weight_ is None else self.score_weight_
        if self.weights_counted_:
            weights = counted_weights(self.label_codes_, n_classes)
        absent = np.bincount(self.label_codes_, minlength=n_classes) == 0
        return Coefficients(of_features * weights, np.where(absent, -np.inf, constant * weights))

    def _scores(self, X):
        if self._coefficients is None:
            return super()._scores(X)  # type: ignore[misc]
        scores = np.empty((X.shape[0], self.classes_.shape[0]))
        for rows in row_chunks(X.shape[0], 4 * 8 * self._coefficients.of_features.shape[0], _MAX_CHUNK_ROWS):
            features = self._features_of_scores(X[rows]).astype(np.float64, copy=False)
            scores[rows] = ordered_product(features, self._coefficients.of_features) + self._coefficients.constant
        return scores
