"""NNGP and NTK of fully connected networks of infinite width, in closed form."""

from numbers import Integral, Real

import numpy as np
from numba import njit

from ._activations import relu_diagonal, relu_layer
from ._symmetry import mirror_lower_triangle

ACTIVATIONS = ("relu",)
KINDS = ("ntk", "nngp")

# Columns of one tile: the two working rows of a tile stay in the first-level cache through all layers.
_TILE = 512


def fully_connected_kernel(X, Y=None, *, kind="ntk", depth=1, activation="relu", w_std=2**0.5, b_std=0.0):
    """Kernel of an infinitely wide fully connected network.

    With d features the recursion starts at ``K(x, y) = w_std**2 * (x @ y) / d + b_std**2`` and takes
    each hidden layer by ``K <- w_std**2 * E[phi(u) phi(v)] + b_std**2`` with (u, v) Gaussian of
    covariance K. The neural tangent kernel collects ``Theta <- K + Theta * w_std**2 * E[phi'(u) phi'(v)]``
    on the way, starting at ``Theta = K``.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        Points, float32 or float64 (anything else is converted to float64).
    Y : array-like of shape (n_samples_Y, n_features), default=None
        Second set of points; ``None`` stands for X, and gives an exactly symmetric matrix.
    kind : {"ntk", "nngp"}, default="ntk"
        Neural tangent kernel (all layers trained) or Gaussian-process kernel (last layer trained).
    depth : int, default=1
        Number of hidden layers; 0 gives the linear kernel.
    activation : {"relu"}, default="relu"
        Nonlinearity of the hidden layers.
    w_std : float, default=sqrt(2)
        Standard deviation of the weights (before the division by the square root of the fan-in).
    b_std : float, default=0.0
        Standard deviation of the biases.

    Returns
    -------
    kernel : ndarray of shape (n_samples_X, n_samples_Y)
        Kernel values, of the dtype of X and Y (float32 only if both are).

    Raises
    ------
    ValueError
        If a parameter is outside its range, the arrays are not two-dimensional, or their numbers
        of features differ.

    References
    ----------
    Jacot, Gabriel & Hongler 2018; Lee et al. 2019 (parametrisation, as in neural-tangents);
    Cho & Saul 2009 (arc-cosine kernels).

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.kernels import fully_connected_kernel
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> fully_connected_kernel(X, depth=1).round(4)
    array([[2.    , 0.3183],
           [0.3183, 2.    ]])
    """
    _check_parameters(kind, depth, activation, w_std, b_std)
    X = _as_points(X, "X")
    symmetric = Y is None
    Y = X if symmetric else _as_points(Y, "Y")
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"Y has {Y.shape[1]} features, but X has {X.shape[1]}; both must have the same columns.")
    dtype = np.result_type(X, Y)
    X, Y = X.astype(dtype, copy=False), Y.astype(dtype, copy=False)
    kernel = X @ X.T if symmetric else X @ Y.T
    w2, b2 = dtype.type(w_std) ** 2, dtype.type(b_std) ** 2
    variances_x, diagonal = _variances(X, depth, w2, b2, kind)
    variances_y = variances_x if symmetric else _variances(Y, depth, w2, b2, kind)[0]
    gram_scale = w2 / dtype.type(X.shape[1])
    # what rounding leaves undetermined in the cosine of two points, from the Gram product on
    resolution = dtype.type(np.finfo(dtype).eps * (8.0 + 2.0 * np.sqrt(X.shape[1])))
    _through_layers(kernel, variances_x, variances_y, gram_scale, w2, b2, resolution, kind == "ntk", symmetric)
    if symmetric:
        mirror_lower_triangle(kernel)
        np.fill_diagonal(kernel, diagonal)
    return kernel


def _check_parameters(kind, depth, activation, w_std, b_std):
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is unknown; choose one of {list(KINDS)}.")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r} is unknown; choose one of {list(ACTIVATIONS)}.")
    if not isinstance(depth, Integral) or isinstance(depth, bool) or depth < 0:
        raise ValueError(f"depth={depth!r} must be a whole number of hidden layers, 0 or more.")
    if not isinstance(w_std, Real) or not 0 < w_std < np.inf:
        raise ValueError(f"w_std={w_std!r} must be a finite number above 0.")
    if not isinstance(b_std, Real) or not 0 <= b_std < np.inf:
        raise ValueError(f"b_std={b_std!r} must be a finite number, 0 or more.")


def _as_points(X, name):
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] == 0:
        raise ValueError(
            f"{name} has shape {X.shape}; expected two dimensions, (n_samples, n_features), with at least one feature."
        )
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


def _variances(X, depth, w2, b2, kind):
    """K(x, x) ahead of each hidden layer, shape (depth, n), and the kernel's own diagonal, shape (n,)."""
    q = np.einsum("ij,ij->i", X, X) * (w2 / X.dtype.type(X.shape[1])) + b2
    theta = q.copy()
    ahead = np.empty((depth, X.shape[0]), dtype=X.dtype)
    for layer in range(depth):
        ahead[layer] = q
        relu_diagonal(q, theta, w2, b2)
    return ahead, theta if kind == "ntk" else q


@njit(cache=True, nogil=True, error_model="numpy")
def _through_layers(gram, variances_x, variances_y, gram_scale, w2, b2, resolution, tangent, lower_only):
    """Turn Gram products into kernel values, in place, tile by tile through all layers."""
    k_tile = np.empty(_TILE, gram.dtype)
    theta_tile = np.empty(_TILE, gram.dtype)
    depth = variances_x.shape[0]
    for i in range(gram.shape[0]):
        stop = i + 1 if lower_only else gram.shape[1]
        for first in range(0, stop, _TILE):
            last = min(first + _TILE, stop)
            row = gram[i, first:last]
            k, theta = k_tile[: last - first], theta_tile[: last - first]
            for j in range(last - first):
                k[j] = row[j] * gram_scale + b2
                theta[j] = k[j]
            for layer in range(depth):
                q_x, q_y = variances_x[layer, i], variances_y[layer, first:last]
                relu_layer(k, theta, q_x, q_y, w2, b2, resolution)
            result = theta if tangent else k
            for j in range(last - first):
                row[j] = result[j]
