"""What classifiers by kernel regression share, whatever their kernel."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from contextlib import contextmanager
from copy import deepcopy
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgWarning
from sklearn.base import BaseEstimator, clone
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import validate_data

from .._utils import (
    all_or_nothing,
    blas_threads,
    blas_threads_limited,
    check_memory,
    fit_context,
    plain_labels,
    reported_stage,
    row_chunks,
    runs_foreign_code,
)
from ._flattening import Flattening
from ._kernel_matrix import called_kernel, check_square, check_symmetric
from ._label_linear import LabelLinearClassifierMixin
from ._prediction_model import ForPrediction
from ._smoother import (
    gradient_flow_smoother,
    limit_smoother,
    ridge_smoother,
    smoothed,
    smoothed_labels,
    spectral_smoother,
    spectrum,
)
from ._without_own import change_others, limit_without_own, ridge_without_own, without_own

if TYPE_CHECKING:
    from typing_extensions import Self

_MAX_CHUNK_ROWS = 1024
_MATRICES_OF_SPECTRA = 3  # of the size of the kernel matrix, that an eigendecomposition takes at least


class KernelRegression(ForPrediction, Flattening, LabelLinearClassifierMixin, BaseEstimator):
    """Base of the classifiers by kernel regression on one-hot labels.

    A subclass has the parameters below in addition to those of its kernel, and implements `_kernel_block`. Callables
    and the kernel "precomputed" are handled here.
    """

    _parameter_constraints: dict = {
        "alpha": [Interval(Real, 0, None, closed="left"), Options(Real, {np.inf})],
        "fit_intercept": ["boolean"],
        "training_time": [Interval(Real, 0, None, closed="neither"), None],
        **Flattening._flattening_constraints,
        "score_weight": [dict, StrOptions({"balanced"}), None],
        "classes": ["array-like", None],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _kernel_block(self, X, Y):
        """Kernel between two sets of rows by the kernel's name; ``Y=None`` stands for X.

        With Y, the kernel values of a row do not depend on the other rows of X, to the last bit.
        """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        trusted: ArrayLike | None = None,
        candidate_labels: ArrayLike | None = None,
    ) -> Self:
        """Fit the kernel regression.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows, or the kernel matrix (n_train, n_train) for ``kernel="precomputed"``.
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
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            For NaN or infinite X, labels outside `classes`, candidates without a row's own label, a precomputed kernel
            that is not square and symmetric, or a kernel that is not positive definite at this
            `alpha`. The estimator is then not fitted.
        MemoryError
            If the kernel matrix, of n_train**2 numbers, is more than the machine, the control group or the limit on
            address space has left.
        """
        with all_or_nothing(self):
            self._check_limit()
            X = self._set_rows_and_labels(X, y, trusted, candidate_labels)
            if self.alpha < np.inf:
                self._check_memory(X, 1 if self.training_time is None else _MATRICES_OF_SPECTRA)
            with blas_threads_limited(foreign=runs_foreign_code(self)):
                self._set_smoothing(self._smoothing(X))
            self._warn_of_unequal_classes(X, stacklevel=3)
        return self

    def _fit_path(self, X, y, alphas, trusted, candidate_labels):
        """Fitted clones, one for each ridge, from one kernel matrix and one eigendecomposition: see `alpha_path`."""
        models = [clone(self).set_params(alpha=float(alpha)) for alpha in alphas]
        for model in models:
            model._validate_params()
            model._check_limit()
        first = models[0]
        with all_or_nothing(first):
            X = first._set_rows_and_labels(X, y, trusted, candidate_labels)
            first._check_memory(X, _MATRICES_OF_SPECTRA if np.isfinite(alphas).any() else 1)
        with blas_threads_limited(foreign=runs_foreign_code(first)):
            kernel = first._new_kernel_matrix(X)
            limit = limit_smoother([kernel], X.shape[0], kernel.dtype, self.fit_intercept)
            decomposed = spectrum(kernel, self.fit_intercept) if np.isfinite(alphas).any() else None
            for model in models[1:]:
                model._share_rows_and_labels(first)
            for model in models:
                with model._explained_solver():
                    ridged = model.alpha < np.inf
                    smoothing = spectral_smoother(decomposed, model.alpha, model.training_time) if ridged else limit
                model._set_smoothing(smoothing)
        for model in models:
            model._warn_of_unequal_classes(X, stacklevel=3, of_shift=model is first)
        return models

    def _check_limit(self):
        if self.alpha == np.inf and self.training_time is not None:
            raise ValueError("training_time needs a finite alpha: with alpha=inf there is nothing to train.")

    def _check_memory(self, X, n_matrices):
        """MemoryError if so many matrices of the size of the kernel matrix are more than the machine has left."""
        n = X.shape[0]
        check_memory(
            n_matrices * n * n * X.dtype.itemsize,
            f"{type(self).__name__} on n_train={n} rows needs {n_matrices} x {n} x {n} numbers, which",
            "Three ways out: landmarks and a ridge, make_pipeline(NTKNystroem(2000, random_state=0), "
            "CertifiedRidgeClassifier()), or scikit-learn's Nystroem for other kernels, one model of all rows; "
            "alpha=numpy.inf, which needs no such matrix; or a PartitionAggregationEnsemble of it, whose members "
            "together need n_partitions times less.",
        )

    def _set_rows_and_labels(self, X, y, trusted, candidate_labels):
        """Everything in a fit that does not depend on `alpha`; returns the validated rows."""
        self._coefficients = None
        self.fitted_params_ = deepcopy(self.get_params(deep=False))
        y = plain_labels(y, "y")
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C", copy=True)
        if self.kernel == "precomputed":
            check_square(X)
            check_symmetric(X, "precomputed")
        self._set_labels(y, trusted, candidate_labels)
        self.X_fit_ = None if self.kernel == "precomputed" else X
        return X

    def _share_rows_and_labels(self, other):
        """Take over what does not depend on `alpha` from a model with the same other parameters, without copies."""
        shared = {name: value for name, value in vars(other).items() if name.endswith("_")}
        self.__dict__.update(shared, fitted_params_={**other.fitted_params_, "alpha": self.alpha})

    def _set_smoothing(self, smoothing):
        self.smoother_, self.offset_ = smoothing.smoother, smoothing.offset
        if smoothing.condition * np.finfo(smoothing.offset.dtype).eps > 1.0:
            warnings.warn(
                f"The kernel matrix is ill-conditioned at alpha={self.alpha!r}, and predictions are largely "
                "rounding error (certified, but of little use): increase `alpha`, or use float64 input.",
                LinAlgWarning,
                stacklevel=4,
            )

    def _plain_weights(self, X):
        kernel = self._kernel(X, self.X_fit_)
        return smoothed(kernel, self.smoother_, self.offset_, self.fitted_params_["fit_intercept"], blas_threads())

    def _features_of_scores(self, X):
        return self._kernel(X, self.X_fit_)

    def _sums_of_label_weights(self, one_hot):
        centre = self.fitted_params_["fit_intercept"]
        return smoothed_labels(one_hot, self.smoother_, centre), self.offset_.astype(np.float64) @ one_hot

    def _audit_needs_rows(self):
        # of ridge regression, the smoother says it all
        ridge = self.fitted_params_["alpha"] < np.inf and self.fitted_params_["training_time"] is None
        return not ridge or self._changes_label_weights()

    def _weights_without_own(self, rows, X):
        if self._changes_label_weights():
            return super()._weights_without_own(rows, X)
        fitted = self.fitted_params_
        if not self._audit_needs_rows():
            weights = ridge_without_own(self.smoother_, rows)
        else:
            weights = self._plain_weights(X)
            if fitted["alpha"] == np.inf:
                weights = limit_without_own(weights, rows, fitted["fit_intercept"])
            else:
                weights = without_own(weights, rows)
        if not self._keeps_weights():
            change_others(self._flatten, weights, rows)
        return weights

    def _smoothing(self, X):
        if self.alpha == np.inf:
            chunks = (self._kernel(X[rows], X) for rows in row_chunks(X.shape[0], 2 * X.shape[0] * 8, _MAX_CHUNK_ROWS))
            return limit_smoother(chunks, X.shape[0], X.dtype, self.fit_intercept)
        n_train, name = X.shape[0], type(self).__name__
        with reported_stage(f"{name}: kernel matrix of {n_train} rows", self.verbose):
            kernel = self._new_kernel_matrix(X)
        with self._explained_solver(), reported_stage(f"{name}: fit on {n_train} rows", self.verbose):
            if self.training_time is not None:
                return gradient_flow_smoother(kernel, self.alpha, self.training_time, self.fit_intercept)
            return ridge_smoother(kernel, self.alpha, self.fit_intercept)

    def _new_kernel_matrix(self, X):
        """The kernel matrix of the training rows, in memory that may be overwritten."""
        kernel = self._kernel(X, None)
        if self.kernel == "precomputed" or callable(self.kernel):
            kernel = np.array(kernel, order="C")  # it may belong to the user
        return kernel

    @contextmanager
    def _explained_solver(self):
        try:
            yield
        except np.linalg.LinAlgError:
            raise ValueError(
                f"The kernel matrix is not positive definite at alpha={self.alpha!r}: increase `alpha`, "
                "remove duplicate rows, or check that the kernel is positive semi-definite."
            ) from None

    def _kernel(self, X, Y):
        """Kernel between two sets of rows; ``Y=None`` stands for X, and X is the kernel if precomputed."""
        function = self.fitted_params_["kernel"]
        if isinstance(function, str):
            return X if function == "precomputed" else self._kernel_block(X, Y)
        return called_kernel(function, X, X if Y is None else Y, [np.float64, np.float32])
