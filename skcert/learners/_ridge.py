"""Ridge regression on one-hot labels, for many rows."""

from __future__ import annotations

import warnings
from copy import deepcopy
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils import (
    all_or_nothing,
    blas_threads_limited,
    check_memory,
    fit_context,
    plain_labels,
    reported_stage,
    row_chunks,
)
from ..certificates import LARGEST_SUM, counted_weights
from ._flattening import Flattening
from ._label_linear import LabelLinearClassifierMixin
from ._linear_smoother import LinearSmoother, sums_by_class
from ._prediction_model import ForPrediction
from ._ridge_without_own import MAX_SCORED_ROWS, RidgeWithoutOwn
from ._row_sums import dense

if TYPE_CHECKING:
    from typing_extensions import Self

_WORTH_THREADS = 512  # columns, or rows if they are fewer


class CertifiedRidgeClassifier(ForPrediction, RidgeWithoutOwn, Flattening, LabelLinearClassifierMixin, BaseEstimator):
    """Ridge regression on one-hot labels, certified exactly against label flips: one model of many rows.

    The predictions are those of `sklearn.linear_model.RidgeClassifier`, and the radii exact. Time and memory are
    linear in the number of training rows: a million rows of 128 features fit on one machine. For more than a linear
    model, put features in front that ignore labels: landmarks of an infinitely wide network
    (`skcert.kernel_approximation.NTKNystroem`) or of any kernel (`sklearn.kernel_approximation.Nystroem`).

    Parameters
    ----------
    alpha : float, default=1.0
        Ridge; a larger one flattens the label weights, and flat weights give large radii. ``numpy.inf`` is the ridge
        limit, as in `NTKRegressorClassifier`: nothing is factorised.
    fit_intercept : bool, default=True
        Whether to fit a constant per class, unpenalised.
    weight_center : float in [0, 1] or "mean", default=None
        Subtract from each test row's label weights their quantile at this level, before clipping, for larger radii
        where classes are about equally frequent; elsewhere it favours rare or frequent classes. "mean" subtracts the
        mean instead, at the end once more, and favours no class for its size. ``None`` does not centre.
    weight_power : float in [0, 1], default=1.0
        Replace each label weight a by ``sign(a) |a|^p`` after centring: as p falls, radii grow and some clean accuracy
        is lost.
    weight_clip : float in (0, 1], default=None
        Clip each test row's label weights at this quantile of their absolute values; ``None`` does not clip.
    score_weight : dict or "balanced", default=None
        What the score of each class is multiplied by, for classes of unequal size, as in `NTKRegressorClassifier`.
        Not scikit-learn's ``class_weight``, which weighs rows in the loss. ``None`` multiplies by nothing.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes; ``None`` takes those that occur in ``y``.
    verbose : int, default=0
        Progress messages on stderr in whatever takes more than a second, an audit, too: 0 prints none, 1 to 10 about
        ten, or a bar at a terminal where tqdm is installed, larger values one after every chunk of test rows.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    X_fit_ : {ndarray, CSR matrix} of shape (n_train, n_features)
        Training rows.
    smoother_ : object
        What makes label weights of test rows; it has not seen the labels.
    sums_ : object
        Training rows summed by class, from which ``predict`` takes its scores.
    score_weight_ : ndarray of shape (n_classes,)
        What the scores are multiplied by, in the order of ``classes_``; None if by nothing.
    trusted_ : ndarray of shape (n_train,), bool
        Rows whose labels cannot be flipped; None if no row is trusted.
    candidates_ : ndarray of shape (n_train, n_classes), bool
        The labels that each row may get; None if any.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    skcert.kernel_approximation.NTKNystroem : Features that make it an infinitely wide network for many rows.
    KernelRegressorClassifier : The same model, with ``kernel="linear"``, by way of a matrix of n_train x n_train.
    sklearn.linear_model.RidgeClassifier : The same predictions, without certificates.

    Notes
    -----
    With m the mean of the rows and C their centred Gram matrix, label weights are
    ``a_i(x) = (x - m)' (C + alpha I)^-1 (x_i - m) + 1 / n_train``. Fitting takes O(n_train * n_features**2) time, a
    certified row O(n_train * n_features). Memory is that of the rows, of the smaller of n_features**2 and n_train**2
    numbers, and of chunks of label weights within scikit-learn's ``working_memory``. Rows of float32 take half of it.

    ``predict`` needs no label weights, unless they are centred, raised or clipped: it takes its scores from rows
    summed by class. Where the two best come so close that another order of summation could change the prediction, it
    computes the label weights after all, so that it always agrees with ``certify``.

    Sparse rows stay sparse. The matrix of n_features x n_features (or n_train x n_train) does not: for 100,000 columns
    of text, put ``TruncatedSVD`` in front, which ignores labels.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import CertifiedRidgeClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> ridge = CertifiedRidgeClassifier(alpha=100.0).fit(X[:1500], y[:1500])
    >>> ridge.certify(X[1500:]).certified_accuracy(y[1500:], [0, 10, 20]).round(2)
    array([0.86, 0.53, 0.22])
    """

    _parameter_constraints: dict = {
        "alpha": [Interval(Real, 0, None, closed="left"), Options(Real, {np.inf})],
        "fit_intercept": ["boolean"],
        **Flattening._flattening_constraints,
        "score_weight": [dict, StrOptions({"balanced"}), None],
        "classes": ["array-like", None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        weight_center: float | str | None = None,
        weight_power: float = 1.0,
        weight_clip: float | None = None,
        score_weight: dict | str | None = None,
        classes: ArrayLike | None = None,
        verbose: int = 0,
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.weight_center = weight_center
        self.weight_power = weight_power
        self.weight_clip = weight_clip
        self.score_weight = score_weight
        self.classes = classes
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        trusted: ArrayLike | None = None,
        candidate_labels: ArrayLike | None = None,
    ) -> Self:
        """Fit the ridge regression.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_train, n_features)
            Training rows.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Rows whose labels are known to be correct, so that the attacker cannot flip them. They change
            radii, not predictions.
        candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
            The labels that each row may get, its own among them: who may flip what. A table has a column for each
            class, in the order of ``classes_``; or give a list, or a column of a frame, with a collection of labels
            for each row, whose labels are then known classes, too. ``None``: any label. They change radii, not
            predictions.

        Returns
        -------
        self : CertifiedRidgeClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            For NaN or infinite X, labels outside `classes`, candidates without a row's own label, features that
            overflow when multiplied, or a Gram matrix that is not positive definite at this `alpha`, as where columns
            depend on each other and `alpha` is 0. The estimator is then not fitted.
        MemoryError
            If the matrix of the smaller of n_features and n_train, squared, is more than the machine has left.
        """
        with all_or_nothing(self):
            self._coefficients = None
            self.fitted_params_ = deepcopy(self.get_params(deep=False))
            types = {"accept_sparse": "csr", "dtype": [np.float64, np.float32], "order": "C"}
            X, y = validate_data(self, X, plain_labels(y, "y"), copy=True, **types)
            if sparse.issparse(X):
                X.sum_duplicates()
            self._set_labels(y, trusted, candidate_labels)
            self.X_fit_ = X
            # on few columns at a time, threads of BLAS wait for each other more than they work
            threads = None if min(X.shape) >= _WORTH_THREADS else 1
            stage = reported_stage(f"{type(self).__name__}: fit on {X.shape[0]} rows", self.verbose)
            with blas_threads_limited(threads, foreign=False), stage:
                self.smoother_ = self._smoother(X)
                self._mean = self.smoother_.mean
                self.sums_ = sums_by_class(X, self.label_codes_, self.classes_.shape[0])
            self._warn_of_unequal_classes(X, stacklevel=3)
        return self

    def _smoother(self, X):
        side = min(X.shape)
        if self.alpha < np.inf:
            check_memory(
                8 * side * side * (2 if X.dtype == np.float32 and side == X.shape[1] else 1),
                f"CertifiedRidgeClassifier on {X.shape[0]} rows of {X.shape[1]} features needs a matrix of {side} x "
                f"{side} numbers, which",
                "Three ways out: fewer features, by a transformer in front that ignores labels, such as "
                f"{'TruncatedSVD' if sparse.issparse(X) else 'PCA'}(n_components=256, random_state=0); "
                "alpha=numpy.inf, which needs no such matrix; or a PartitionAggregationEnsemble of it, with a larger "
                "n_partitions.",
            )
        try:
            smoother = LinearSmoother(X, self.alpha, self.fit_intercept)
        except np.linalg.LinAlgError:
            raise ValueError(
                f"The Gram matrix of the features is not positive definite at alpha={self.alpha!r}: increase `alpha`, "
                "or remove columns that are constant or depend on each other."
            ) from None
        except FloatingPointError:
            raise ValueError(
                "Products of features overflow; scale the features, for instance with "
                "sklearn.preprocessing.StandardScaler."
            ) from None
        if smoother.condition * np.finfo(np.float64).eps > 1.0:
            warnings.warn(
                f"The Gram matrix of the features is ill-conditioned at alpha={self.alpha!r}, and predictions are "
                "largely rounding error (certified, but of little use): increase `alpha`, or scale the features.",
                LinAlgWarning,
                stacklevel=4,
            )
        return smoother

    def _validate_test_rows(self, X):
        check_is_fitted(self, "label_codes_")
        types = {"accept_sparse": "csr", "dtype": [np.float64, np.float32], "order": "C"}
        return validate_data(self, X, reset=False, **types)

    def _plain_weights(self, X):
        return self.smoother_.weights(self.smoother_.coordinates(X))

    def _is_low_rank(self):
        """Whether scores are sums over features, so that label weights need not be computed."""
        return self.smoother_.is_low_rank() and self._keeps_weights() and not self._changes_label_weights()

    def _row_bytes(self, dtype):
        n_train, n_features = self.X_fit_.shape
        return n_train * (2 * self.X_fit_.dtype.itemsize + 2) + 5 * 8 * n_features

    def _label_weight_chunks(self, X):
        for rows in self._reported_chunks(X):
            weights = self._label_weights(X[rows])
            if not self._cannot_overflow(X[rows]):
                self._check_sums(weights)
            yield rows, weights

    def _cannot_overflow(self, X):
        """Whether the sums of label weights are known to be small, without a look at the weights."""
        if not self._is_low_rank():
            return False
        coordinates = self.smoother_.coordinates(X)
        largest = min(float(np.finfo(coordinates.dtype).max) / 4, LARGEST_SUM)
        return bool((self.smoother_.sizes(coordinates, self.smoother_.offsets(coordinates)) <= largest).all())

    _only_for_certificates = ("X_fit_", "candidates_", "smoother_", "sums_", "trusted_")

    def _features_of_scores(self, X):
        return dense(X) - self._mean

    def _sums_of_label_weights(self, one_hot):
        return self.smoother_.sums_by_class(one_hot)

    def _scores(self, X):
        if self._coefficients is not None or not self._is_low_rank():
            return super()._scores(X)
        scores = np.empty((X.shape[0], self.classes_.shape[0]))
        for rows in row_chunks(X.shape[0], 8 * (4 * X.shape[1] + 6 * scores.shape[1]), MAX_SCORED_ROWS):
            scores[rows], clear = self._scores_from_sums(X[rows])
            near_ties = np.flatnonzero(~clear)
            if near_ties.size:
                scores[rows.start + near_ties] = super()._scores(X[rows][near_ties])
        return scores

    def _scores_from_sums(self, X):
        """Class scores, and where it is certain which is the largest of those that label weights sum up to."""
        coordinates = self.smoother_.coordinates(X)
        offsets = self.smoother_.offsets(coordinates)
        scores, rounding = self.sums_.scores(coordinates, offsets), self.smoother_.rounding(coordinates, offsets)
        weights = self.score_weight_
        if self.weights_counted_:
            weights = counted_weights(self.label_codes_, self.classes_.shape[0])
        with np.errstate(over="ignore", invalid="ignore"):
            if weights is not None:
                scores *= weights
                rounding *= max(weights.max(), 1.0)
            scores[:, self.sums_.counts == 0] = -np.inf
            if scores.shape[1] == 1:
                return scores, np.isfinite(scores[:, 0])
            second, first = np.partition(scores, -2, axis=1)[:, -2:].T
            return scores, first - second > 2.0 * rounding
