"""Kernel regression on one-hot labels with the kernel of an infinitely wide network."""

import warnings
from numbers import Integral, Real

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, validate_data

from .._all_or_nothing import all_or_nothing
from .._label_encoding import encode_labels
from ..kernels import fully_connected_kernel
from ._label_linear import LabelLinearClassifierMixin
from ._positive_definite import invert_positive_definite

_BLOCK_ROWS = 256


class NTKRegressorClassifier(LabelLinearClassifierMixin, BaseEstimator):
    """Infinitely wide neural network, certified exactly against label flips.

    A fully connected network of infinite width, trained on squared loss to one-hot labels, is kernel
    ridge regression with its neural tangent kernel. Its scores are linear in the one-hot labels, so the
    least number of label flips that changes a prediction can be computed exactly, in polynomial time
    (ScaLabelCert).

    Parameters
    ----------
    depth : int, default=1
        Number of hidden layers. Used by the kernels "ntk" and "nngp".
    activation : {"relu"}, default="relu"
        Nonlinearity of the hidden layers. Used by the kernels "ntk" and "nngp".
    w_std : float, default=sqrt(2)
        Standard deviation of the weights. Used by the kernels "ntk" and "nngp".
    b_std : float, default=0.1
        Standard deviation of the biases. Used by the kernels "ntk" and "nngp".
    alpha : float, default=1.0
        Ridge added to the diagonal of the kernel matrix. More of it flattens the label weights, and flat
        weights make large radii.
    fit_intercept : bool, default=True
        Whether to fit a constant per class, unpenalised. Without it the kernel's constant part has to
        do this, which hands the attacker cheap weight.
    kernel : {"ntk", "nngp", "precomputed"} or callable, default="ntk"
        "ntk": all layers trained by gradient descent; "nngp": only the last layer (equally: the
        posterior mean of the network's Gaussian process); "precomputed": X is the kernel matrix;
        a callable takes two arrays of rows and returns their kernel matrix.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    X_fit_ : ndarray of shape (n_train, n_features)
        Training rows; None for ``kernel="precomputed"``.
    smoother_ : ndarray of shape (n_train, n_train)
        Label weights are ``kernel(x, X_fit_) @ smoother_ + offset_``.
    offset_ : ndarray of shape (n_train,)
        The intercept's share of the label weights; sums to 1, or is 0 without intercept.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    PartitionAggregationEnsemble : Votes over disjoint partitions, for larger radii and larger data.
    skcert.kernels.fully_connected_kernel : The kernel.
    skcert.certificates.certify_label_linear : The certificate, for any label weights.

    Notes
    -----
    With kernel K, ``M = (K + alpha I)^-1``, u = M 1 and w = u / sum(u), the label weights are
    ``a(x) = k(x) (M - u w') + w``; the two terms in w are the intercept's. ``predict`` computes them
    too, at O(n_train**2) per test row, because predictions and certificates must rest on the same
    numbers. Fitting takes O(n_train**3) time and n_train**2 numbers of memory.

    Results hold for this estimator refitted on the same rows in the same order with the same
    parameters. Whatever was chosen with the help of the labels, such as features selected by them
    or an `alpha` from cross-validation, is outside the guarantee.

    References
    ----------
    Mohgaonkar et al. 2026 (arXiv 2604.11416), ScaLabelCert; Jacot et al. 2018; Arora et al. 2019
    (arXiv 1904.11955).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcert import NTKRegressorClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = StandardScaler().fit_transform(X)
    >>> network = NTKRegressorClassifier(alpha=100.0).fit(X[:400], y[:400])
    >>> result = network.certify(X[400:])
    >>> result.radius[:5]
    array([29, 53, 41, 50, 52])
    >>> result.certified_accuracy(y[400:], flips=[0, 10, 20]).round(2)
    array([0.97, 0.91, 0.73])
    """

    _parameter_constraints: dict = {
        "depth": [Interval(Integral, 0, None, closed="left")],
        "activation": [StrOptions({"relu"})],
        "w_std": [Interval(Real, 0, None, closed="neither")],
        "b_std": [Interval(Real, 0, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "kernel": [StrOptions({"ntk", "nngp", "precomputed"}), callable],
        "classes": ["array-like", None],
    }

    def __init__(
        self,
        *,
        depth=1,
        activation="relu",
        w_std=2**0.5,
        b_std=0.1,
        alpha=1.0,
        fit_intercept=True,
        kernel="ntk",
        classes=None,
    ):
        self.depth = depth
        self.activation = activation
        self.w_std = w_std
        self.b_std = b_std
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.kernel = kernel
        self.classes = classes

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows, or the kernel matrix (n_train, n_train) for ``kernel="precomputed"``.
        y : array-like of shape (n_train,)
            Class labels of any type.

        Returns
        -------
        self : NTKRegressorClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            For NaN or infinite X, fewer than two classes, labels outside `classes`, a precomputed kernel
            that is not square and symmetric, or a kernel that is not positive definite at this
            `alpha`. The estimator is then not fitted.
        """
        with all_or_nothing(self):
            X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
            self.classes_, codes = encode_labels(y, self.classes)
            kernel = self._train_kernel(X)
            self.smoother_, self.offset_ = self._invert(kernel)
            self.X_fit_ = None if self.kernel == "precomputed" else X
            self.label_codes_ = codes
        return self

    def _label_weights(self, X):
        if self.kernel == "precomputed":
            kernel = X
        elif callable(self.kernel):
            kernel = self._call_kernel(X, self.X_fit_)
        else:
            kernel = fully_connected_kernel(X, self.X_fit_, **self._network())
        weights = kernel @ self.smoother_
        weights += self.offset_
        return weights

    def _train_kernel(self, X):
        """Kernel matrix of the training rows, in an array of its own."""
        if self.kernel == "precomputed":
            _check_square_symmetric(X)
            return np.array(X, order="C")
        if callable(self.kernel):
            return np.array(self._call_kernel(X, X), order="C")
        return fully_connected_kernel(X, **self._network())

    def _network(self):
        return {
            "kind": self.kernel,
            "depth": self.depth,
            "activation": self.activation,
            "w_std": self.w_std,
            "b_std": self.b_std,
        }

    def _call_kernel(self, X, Y):
        kernel = check_array(self.kernel(X, Y), dtype=[np.float64, np.float32], input_name="kernel(X, Y)")
        if kernel.shape != (X.shape[0], Y.shape[0]):
            raise ValueError(
                f"kernel={self.kernel!r} returned shape {kernel.shape} for {X.shape[0]} and {Y.shape[0]} rows; "
                f"it must return ({X.shape[0]}, {Y.shape[0]})."
            )
        return kernel

    def _invert(self, kernel):
        """``(K + alpha I)^-1`` with the intercept projected out, and the intercept's own weights."""
        kernel.flat[:: kernel.shape[0] + 1] += self.alpha
        norm = _one_norm(kernel)
        try:
            invert_positive_definite(kernel)
        except np.linalg.LinAlgError:
            raise ValueError(
                f"The kernel matrix is not positive definite at alpha={self.alpha!r}: increase `alpha`, "
                "remove duplicate rows, or check that the kernel is one (positive semi-definite)."
            ) from None
        inverse = kernel
        if norm * _one_norm(inverse) * np.finfo(inverse.dtype).eps > 1.0:
            warnings.warn(
                f"The kernel matrix is ill-conditioned at alpha={self.alpha!r}, and predictions are largely "
                "rounding error (certified, but of little use): increase `alpha`, or use float64 input.",
                LinAlgWarning,
                stacklevel=2,
            )
        if not self.fit_intercept:
            return inverse, np.zeros(inverse.shape[0], dtype=inverse.dtype)
        row_sums = inverse.sum(axis=1)
        offset = row_sums / row_sums.sum()
        for rows in gen_batches(inverse.shape[0], _BLOCK_ROWS):
            inverse[rows] -= np.outer(row_sums[rows], offset)
        return inverse, offset


def _one_norm(matrix):
    """Largest absolute row sum, without a second array of the size of `matrix`."""
    return max(np.abs(matrix[rows]).sum(axis=1).max() for rows in gen_batches(matrix.shape[0], _BLOCK_ROWS))


def _check_square_symmetric(kernel):
    n = kernel.shape[0]
    if kernel.shape != (n, n):
        raise ValueError(
            f"kernel='precomputed' needs a square kernel matrix in fit, (n_train, n_train), but X has "
            f"shape {kernel.shape}. Pass kernel(X_train, X_train)."
        )
    tolerance = np.sqrt(np.finfo(kernel.dtype).eps) * np.abs(kernel).max()
    for rows in gen_batches(n, _BLOCK_ROWS):
        if np.abs(kernel[rows] - kernel[:, rows].T).max() > tolerance:
            raise ValueError(
                "kernel='precomputed' needs a symmetric kernel matrix in fit, but X is asymmetric. "
                "Pass kernel(X_train, X_train); (K + K.T) / 2 mends asymmetry that comes from rounding."
            )
