"""Randomised smoothing over training labels, as an estimator; the mathematics is in `_smoothing_bounds`."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_array

from .._utils import (
    SavesVersion,
    SaysWhyNoProbabilities,
    all_or_nothing,
    check_two_classes,
    encode_labels,
    fit_context,
    row_chunks,
)
from ..certificates import class_scores
from ..learners import OverBase
from ..results import UNBOUNDED, CertificationResult, with_index_of
from ._smoothing_bounds import check_flip_probability, log_error_bounds, smoothing_radius

if TYPE_CHECKING:
    from typing_extensions import Self

_MAX_CHUNK_ROWS = 1024


class LabelFlipSmoothing(SaysWhyNoProbabilities, SavesVersion, OverBase, ClassifierMixin, BaseEstimator):
    """Randomised smoothing over training labels, certified in closed form for a label-linear base.

    The baseline of Rosenfeld et al. 2020: the class that the base predicts with probability above 1/2 when
    each training label is replaced, with probability `flip_probability`, by another class drawn at
    random. The probability is bounded from the label weights, so nothing is sampled and nothing is refitted.

    Parameters
    ----------
    estimator : classifier, default=None
        Label-linear base classifier, with a method ``label_weights`` and a parameter ``classes``; ``None``
        stands for ``NTKRegressorClassifier()``.
    flip_probability : float, default=0.1
        Probability q that the noise replaces a training label, above 0 and below (K - 1) / K for K classes,
        where the noise would leave no information in the labels. More noise makes different labels harder to tell
        apart, and the base wrong more often.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to and which the noise draws from. ``None``
        takes the base's ``classes`` or, if that is ``None`` too, the classes that occur in ``y``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    flip_probability_ : float
        The probability that the model was fitted with.
    estimator_ : classifier
        The base, fitted on the labels as they are, without noise.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    NTKRegressorClassifier : The default base, and its exact radius without any noise.
    smoothing_radius : From the probability of an error to the radius.

    Notes
    -----
    The guarantee is about the ideal smoothed classifier g, which takes exact probabilities over the noise and has no
    closed form. ``predict`` is the base's prediction on the labels as they are, which is also the class with the
    largest expected score under noise. Where the bound on the probability of an error is below 1/2
    (``log_error_bound(X) < log(1/2)``), this prediction is proved to be g(x), and g(x) is the same on all labels
    within the radius. ``predict`` after a refit is the base's prediction on those labels, which the radius is not
    about. Where the bound is 1/2 or more, g may abstain or predict another class; the radius is then 0 and says
    nothing about g. The radius is also 0 where g(x) is known, but no flip is certified.

    Radii are lower bounds: Chernoff's bound exceeds the probability of an error, the sum over the rivals by more
    when more of them are close, and the Neyman-Pearson step takes the worst base classifier with such a probability.
    Step two is the best possible from that probability alone. For two classes, flip probability q and a class of
    probability p, the closed form of the paper, ``radius < log(4 p (1 - p)) / (2 (1 - 2 q) log(q / (1 - q)))``, is
    never above it. Certifying takes O(n_train * n_classes) time per test row and step of Newton's method,
    some ten of them, and O(radius**2) for the largest radius, once per chunk.

    ``fit`` takes neither ``trusted`` nor ``candidate_labels``: the noise gives any row any label, so that knowing more
    of some rows makes no radius larger.

    References
    ----------
    Rosenfeld, Winston, Ravikumar & Kolter 2020 (arXiv 2002.03018).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.baselines import LabelFlipSmoothing
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = StandardScaler().fit_transform(X)
    >>> network = NTKRegressorClassifier(alpha=100.0)
    >>> smoothing = LabelFlipSmoothing(network, flip_probability=0.1).fit(X[:400], y[:400])
    >>> smoothing.certify(X[400:]).radius[:5]
    array([19, 32, 22, 25, 34])
    >>> network.fit(X[:400], y[:400]).certify(X[400:]).radius[:5]
    array([29, 53, 41, 50, 52])
    """

    _no_probabilities = "log_error_bound says how often label noise changes a prediction, not how likely a class is"

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "flip_probability": [Interval(Real, 0, 1, closed="neither")],
        "classes": ["array-like", None],
    }

    def __init__(
        self, estimator: Any = None, *, flip_probability: float = 0.1, classes: ArrayLike | None = None
    ) -> None:
        self.estimator = estimator
        self.flip_probability = flip_probability
        self.classes = classes

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit the base on the labels as they are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_train, n_features)
            Training rows; sparse or missing values if the base takes them.
        y : array-like of shape (n_train,)
            Class labels of any type.

        Returns
        -------
        self : LabelFlipSmoothing
            The fitted estimator.

        Raises
        ------
        ValueError
            For a base without label weights, a `flip_probability` too large for the number of classes, fewer than
            two classes, labels outside `classes`, or rows that the base does not take. The estimator
            is then not fitted.
        """
        with all_or_nothing(self):
            self.flip_probability_ = self.flip_probability
            self.estimator_ = base = clone(self._base())
            X, y = self._validate(X, y, reset=True)
            if not _is_label_linear(base):
                raise ValueError(
                    f"estimator={base!r} is not label-linear: smoothing in closed form needs a classifier with a "
                    "method label_weights and a parameter classes, such as NTKRegressorClassifier. Put transformers "
                    "in front: make_pipeline(StandardScaler(), LabelFlipSmoothing())."
                )
            if base.get_params(deep=False).get("score_weight") is not None:
                raise ValueError(
                    f"estimator={base!r} has score weights, which smoothing does not take; set score_weight=None."
                )
            classes = base.get_params(deep=False)["classes"] if self.classes is None else self.classes
            self.classes_, codes = encode_labels(y, classes)
            check_two_classes(self.classes_)
            check_flip_probability(self.flip_probability, self.classes_.shape[0])
            self.estimator_ = base.set_params(classes=self.classes_).fit(X, self.classes_[codes])
            self.label_codes_ = codes
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict class labels: the base's prediction on the labels as they are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equal scores. The smoothed classifier's
            prediction wherever ``log_error_bound(X) < log(1/2)``.
        """
        X = self._validate_test_rows(X)
        prediction = np.empty(X.shape[0], dtype=np.int64)
        for rows, weights in self._label_weight_chunks(X):
            prediction[rows] = class_scores(weights, self.label_codes_, self.classes_.shape[0]).argmax(axis=1)
        return self.classes_[prediction]

    def log_error_bound(self, X: ArrayLike) -> NDArray[np.float64]:
        """Upper bound on the probability that noise makes the base predict another class, as a logarithm.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        log_error : ndarray of shape (n_test,)
            Natural logarithm, at most 0. The base, trained on noisy labels, predicts ``predict(X)`` with
            probability at least ``1 - exp(log_error)``.
        """
        X = self._validate_test_rows(X)
        log_error = np.empty(X.shape[0])
        for rows, weights in self._label_weight_chunks(X):
            _, log_error[rows] = self._predict_and_bound(weights)
        return log_error

    def certify(self, X: ArrayLike) -> CertificationResult:
        """Certify the smoothed classifier against label flips.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound, in label flips: the smoothed classifier, which takes exact probabilities over
            the noise, is the same on any labels that differ from the training labels in at most ``radius`` places. It
            is 0, and says nothing about the smoothed classifier, where its prediction is not proved (see Notes).
            ``flips_to_class`` is ``radius + 1`` at all classes but the prediction. ``exact`` is False throughout.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        validated = self._validate_test_rows(X)
        n_test, n_classes, n_train = validated.shape[0], self.classes_.shape[0], self.label_codes_.shape[0]
        prediction = np.empty(n_test, dtype=np.int64)
        radius = np.empty(n_test, dtype=np.int64)
        for rows, weights in self._label_weight_chunks(validated):
            prediction[rows], log_error = self._predict_and_bound(weights)
            radius[rows] = smoothing_radius(log_error, self.flip_probability_, n_classes, n_train)
        flips_to_class = np.repeat(radius[:, None] + 1, n_classes, axis=1)
        flips_to_class[np.arange(n_test), prediction] = 0
        result = CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            flips_to_class=flips_to_class,
            radius_upper=np.full(n_test, UNBOUNDED, dtype=np.int64),  # no attack on the smoothed classifier is known
            classes=self.classes_,
            certificate="smoothing",
            n_train=n_train,
        )
        return with_index_of(X, result)

    def _label_weight_chunks(self, X):
        """Slices of X with their label weights; the same for `predict` and `certify`, so that they agree."""
        row_bytes = 2 * 8 * self.label_codes_.shape[0]  # the base's own work, and the weights
        for rows in row_chunks(X.shape[0], row_bytes, _MAX_CHUNK_ROWS):
            weights = check_array(
                self.estimator_.label_weights(X[rows]), dtype=[np.float64, np.float32], input_name="label_weights(X)"
            )
            expected = (rows.stop - rows.start, self.label_codes_.shape[0])
            if weights.shape != expected:
                raise ValueError(
                    f"estimator={self.estimator_!r} returned label weights of shape {weights.shape}; label_weights "
                    f"must return {expected}, one row per test row and one column per training row."
                )
            yield rows, weights

    def _predict_and_bound(self, weights):
        n_classes = self.classes_.shape[0]
        prediction = class_scores(weights, self.label_codes_, n_classes).argmax(axis=1)
        noise = self.flip_probability_
        log_error = log_error_bounds(weights, self.label_codes_, prediction, noise, n_classes)
        # under the noise, the predicted class may lose all its rows and gain none
        n_own = np.bincount(self.label_codes_, minlength=n_classes)[prediction]
        n_other = self.label_codes_.shape[0] - n_own
        log_vanishes = n_own * np.log(noise) + n_other * np.log1p(-noise / (n_classes - 1))
        return prediction, np.minimum(np.nextafter(np.logaddexp(log_error, log_vanishes), 0.0), 0.0)


def _is_label_linear(estimator):
    return callable(getattr(estimator, "label_weights", None)) and "classes" in estimator.get_params(deep=False)
