"""scikit-learn's kernels that are functions of inner products, without BLAS: rows do not depend on their batch.

The other named kernels (laplacian, chi2, additive_chi2) loop over pairs of rows, and already have this property.
"""

import numpy as np
from sklearn.preprocessing import normalize

from ..kernels import ordered_product

DOT_KERNELS = frozenset({"linear", "poly", "polynomial", "sigmoid", "rbf", "cosine"})


def dot_kernel(X, Y, name, gamma, degree, coef0):
    """As ``sklearn.metrics.pairwise.pairwise_kernels(X, Y, metric=name)``, computed in double precision.

    Parameters
    ----------
    X, Y : ndarrays of shape (n_x, n_features) and (n_y, n_features)
        C-contiguous.
    name : str in `DOT_KERNELS`
    gamma : float or None
        ``None`` stands for ``1 / n_features``.
    degree, coef0 : float

    Returns
    -------
    kernel : ndarray of shape (n_x, n_y), of the dtype of X
    """
    dtype = X.dtype
    X, Y = X.astype(np.float64, copy=False), Y.astype(np.float64, copy=False)
    gamma = 1.0 / X.shape[1] if gamma is None else gamma
    if name == "cosine":
        X, Y = normalize(X), normalize(Y)
    kernel = ordered_product(X, Y.T)
    if name in ("poly", "polynomial"):
        kernel = (kernel * gamma + coef0) ** degree
    elif name == "sigmoid":
        kernel = np.tanh(kernel * gamma + coef0)
    elif name == "rbf":
        kernel *= -2.0
        kernel += np.square(X).sum(axis=1)[:, None]
        kernel += np.square(Y).sum(axis=1)
        kernel = np.exp(-gamma * np.maximum(kernel, 0.0))
    return kernel.astype(dtype, copy=False)
