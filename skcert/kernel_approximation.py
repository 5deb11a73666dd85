"""Features whose inner products are the kernel of an infinitely wide network, for more rows than its matrix can take.

With landmarks L, rows drawn without a look at labels, and their kernel matrix K(L, L), the features of x are
``k(x, L) K(L, L)^(-1/2)``: inner products of features are the kernel as the landmarks see it, and the kernel itself
where x or the other row is a landmark (Williams & Seeger 2001). A linear model on them is the network on all rows,
approximated; what is certified is this model, exactly.
"""

from __future__ import annotations

import warnings
from copy import deepcopy
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from ._utils import (
    SavesVersion,
    all_or_nothing,
    blas_threads,
    blas_threads_limited,
    check_memory,
    fit_context,
    row_chunks,
)
from .kernels import ordered_product
from .learners import NETWORK_CONSTRAINTS, network_kernel

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["NTKNystroem"]

_MAX_CHUNK_ROWS = 1024
_MATRICES = 4  # of n_components**2 numbers, at the same time in ``fit``


class NTKNystroem(SavesVersion, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Features whose inner products approximate the kernel of an infinitely wide network.

    As `sklearn.kernel_approximation.Nystroem`, with the network's kernel: ``make_pipeline(NTKNystroem(2000,
    random_state=0), CertifiedRidgeClassifier())`` is `NTKRegressorClassifier` for many rows. It is trained on all of
    them; only the kernel is approximated, without labels, and with as many landmarks as training rows not even that.

    Parameters
    ----------
    n_components : int, default=100
        Number of landmarks, and of features. More of them are nearer to the network.
    kernel : {"ntk", "nngp"}, default="ntk"
        "ntk": all layers are trained; "nngp": only the last one.
    depth : int, default=1
        Number of hidden layers.
    activation : {"relu", "leaky_relu", "erf", "identity"}, default="relu"
        Nonlinearity of the hidden layers.
    w_std : float, default=sqrt(2)
        Standard deviation of the weights.
    b_std : float, default=0.1
        Standard deviation of the biases.
    negative_slope : float, default=0.2
        Slope of the activation "leaky_relu" below 0.
    image_shape : tuple of (int, int, int), default=None
        Height, width and channels of images that are the rows of X, flat in this order: the network is then
        convolutional, and ``depth`` counts its convolutions. ``None``: fully connected.
    filter_size : int, default=3
        Height and width of the convolutional network's filters, in pixels.
    readout : {"flatten", "gap"}, default="flatten"
        How the convolutional network ends: a dense layer on all pixels, or on their average.
    random_state : int, RandomState instance or None, default=None
        Seed of the landmarks. Without an int, each ``fit`` draws others, and a certificate is about the ones drawn:
        `skcert.certify` says so.

    Attributes
    ----------
    components_ : ndarray of shape (n_landmarks, n_features)
        Landmarks, float64.
    component_indices_ : ndarray of shape (n_landmarks,)
        Which training rows they are, ascending.
    normalization_ : ndarray of shape (n_landmarks, n_landmarks)
        ``K(L, L)^(-1/2)``.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    CertifiedRidgeClassifier : The linear model to put behind it.
    NTKRegressorClassifier : The network itself, by way of the kernel matrix of all rows.
    sklearn.kernel_approximation.Nystroem : The same for scikit-learn's kernels.

    Notes
    -----
    Eigenvalues of K(L, L) up to n_landmarks times machine epsilon times the largest are rounding, and left out.
    Everything is computed in double precision; rows of float32 give features of float32. Fitting takes
    O(n_components**3) time, a row O(n_components**2).

    References
    ----------
    Williams & Seeger 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> import skcert
    >>> from skcert.kernel_approximation import NTKNystroem
    >>> X, y = load_digits(return_X_y=True)
    >>> landmarks = NTKNystroem(300, random_state=0)
    >>> network = make_pipeline(landmarks, skcert.CertifiedRidgeClassifier(alpha=10.0))
    >>> network = network.fit(X[:1500] / 16, y[:1500])
    >>> skcert.certify(network, X[1500:] / 16).certified_accuracy(y[1500:], [0, 5]).round(2)
    array([0.88, 0.81])
    """

    uses_labels = False  # for the guard of `skcert.certify`

    _parameter_constraints: dict = {
        **NETWORK_CONSTRAINTS,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "kernel": [StrOptions({"ntk", "nngp"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_components: int = 100,
        *,
        kernel: str = "ntk",
        depth: int = 1,
        activation: str = "relu",
        w_std: float = 2**0.5,
        b_std: float = 0.1,
        negative_slope: float = 0.2,
        image_shape: tuple[int, int, int] | None = None,
        filter_size: int = 3,
        readout: str = "flatten",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_components = n_components
        self.kernel = kernel
        self.depth = depth
        self.activation = activation
        self.w_std = w_std
        self.b_std = b_std
        self.negative_slope = negative_slope
        self.image_shape = image_shape
        self.filter_size = filter_size
        self.readout = readout
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Draw landmarks, and normalise their kernel matrix.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows.
        y : object, default=None
            Not used.

        Returns
        -------
        self : NTKNystroem
            The fitted transformer.

        Raises
        ------
        ValueError
            For NaN or infinite X, or rows of which kernel values overflow. The transformer is then not fitted.
        MemoryError
            If matrices of n_components**2 numbers are more than the machine has left.

        Warns
        -----
        UserWarning
            If there are fewer rows than `n_components`: all of them are landmarks then.
        """
        with all_or_nothing(self):
            self.fitted_params_ = deepcopy({name: getattr(self, name) for name in (*NETWORK_CONSTRAINTS, "kernel")})
            X = validate_data(self, X, dtype=[np.float64, np.float32], order="C")
            n_landmarks = self.n_components
            if n_landmarks > X.shape[0]:
                n_landmarks = X.shape[0]
                warnings.warn(
                    f"n_components={self.n_components} is more than n_samples={n_landmarks}: all rows are landmarks, "
                    "and nothing is approximated.",
                    UserWarning,
                    stacklevel=3,
                )
            check_memory(
                _MATRICES * 8 * n_landmarks * n_landmarks,
                f"NTKNystroem with {n_landmarks} landmarks needs {_MATRICES} x {n_landmarks} x {n_landmarks} numbers, "
                "which",
                "Use fewer landmarks (n_components).",
            )
            drawn = check_random_state(self.random_state).permutation(X.shape[0])[:n_landmarks]
            self.component_indices_ = np.sort(drawn)
            self.components_ = X[self.component_indices_].astype(np.float64)
            with blas_threads_limited(foreign=False):
                self.normalization_ = _inverse_root(network_kernel(self.components_, None, self.fitted_params_))
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Features of rows: for each row the same to the last bit, whatever the other rows are.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        features : ndarray of shape (n_samples, n_landmarks)
            Float32 if X is, otherwise float64.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(self, "normalization_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], order="C", reset=False)
        features = np.empty((X.shape[0], self.components_.shape[0]), dtype=X.dtype)
        row_bytes = 8 * (X.shape[1] + 3 * self.components_.shape[0])
        for rows in row_chunks(X.shape[0], row_bytes, _MAX_CHUNK_ROWS):
            kernel = network_kernel(X[rows].astype(np.float64), self.components_, self.fitted_params_)
            features[rows] = ordered_product(kernel, self.normalization_, blas_threads())
        return features

    @property
    def _n_features_out(self):
        return self.components_.shape[0]


def _inverse_root(matrix):
    """``M^(-1/2)`` of a symmetric positive semi-definite matrix, without the eigenvalues that are rounding."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    least = matrix.shape[0] * np.finfo(matrix.dtype).eps * eigenvalues[-1]
    factors = np.zeros_like(eigenvalues)
    np.divide(1.0, np.sqrt(np.maximum(eigenvalues, least)), out=factors, where=eigenvalues > least)
    return (vectors * factors) @ vectors.T
