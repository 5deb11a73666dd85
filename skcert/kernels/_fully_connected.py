"""NNGP and NTK of fully connected networks of infinite width, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._utils import compiled
from ._activations import activation_layer, make_layer, scales_ahead_of_layers
from ._blocks import blocks
from ._door import as_points, check_network, check_sizes, squared_lengths
from ._ordered_product import ordered_product
from ._symmetry import mirror_rows
from ._threads import run_in_threads

# Columns of one tile: its working rows stay in the first-level cache through all layers.
_TILE = 256
# Rows of Gram products at a time, so that one triangle is enough; and rows that one task takes through the layers.
_GRAM_ROWS = 384
_TASK_ROWS = 64


def fully_connected_kernel(
    X: ArrayLike,
    Y: ArrayLike | None = None,
    *,
    kind: str = "ntk",
    depth: int = 1,
    activation: str = "relu",
    negative_slope: float = 0.2,
    w_std: float = 2**0.5,
    b_std: float = 0.0,
    n_jobs: int | None = None,
) -> NDArray[np.floating]:
    """Kernel of an infinitely wide fully connected network.

    With d features the recursion starts at ``K(x, y) = w_std**2 * (x @ y) / d + b_std**2`` and passes
    through each hidden layer by ``K <- w_std**2 * E[phi(u) phi(v)] + b_std**2`` with (u, v) Gaussian of
    covariance K. The neural tangent kernel accumulates ``Theta <- K + Theta * w_std**2 * E[phi'(u) phi'(v)]``
    along the way, starting at ``Theta = K``.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, n_features)
        Points, float32 or float64 (other real numbers are converted to float64).
    Y : array-like of shape (n_samples_Y, n_features), default=None
        Second set of points; ``None`` takes X, and gives an exactly symmetric matrix.
    kind : {"ntk", "nngp"}, default="ntk"
        Neural tangent kernel (all layers trained) or Gaussian-process kernel (last layer trained).
    depth : int, default=1
        Number of hidden layers; 0 gives the linear kernel.
    activation : {"relu", "leaky_relu", "erf", "identity"}, default="relu"
        Nonlinearity of the hidden layers.
    negative_slope : float, default=0.2
        Slope of "leaky_relu" below 0; not used by the others.
    w_std : float, default=sqrt(2)
        Standard deviation of the weights (before the division by the square root of the fan-in).
    b_std : float, default=0.0
        Standard deviation of the biases.
    n_jobs : int, default=None
        Threads; ``None`` takes what a ``joblib.parallel_config`` says, otherwise as many as BLAS may use; -1 takes all
        cores. More than 1 pays off only for deep networks and millions of values. Results do not depend on it, and
        with two sets of points the values of a row do not depend on the other rows of X.

    Returns
    -------
    kernel : ndarray of shape (n_samples_X, n_samples_Y)
        Kernel values, of the dtype of X and Y (float32 only if both are).

    Raises
    ------
    ValueError
        If a parameter is outside its range, the arrays are not two-dimensional or do not hold real numbers, their
        numbers of features differ, or entries are NaN, infinite, or so large that kernel values could overflow.

    See Also
    --------
    convolutional_kernel : The same for networks on images.

    References
    ----------
    Jacot, Gabriel & Hongler 2018; Lee et al. 2019 (parametrisation, as in neural-tangents);
    Cho & Saul 2009 (arc-cosine kernels); Williams 1997 (erf).

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.kernels import fully_connected_kernel
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> fully_connected_kernel(X, depth=1).round(4)
    array([[2.    , 0.3183],
           [0.3183, 2.    ]])
    """
    check_network(kind, depth, activation, negative_slope, w_std, b_std, n_jobs)
    X, Y, symmetric = as_points(X, Y)
    dtype = X.dtype
    # what rounding leaves undetermined in the cosine of two points, from the Gram product on
    resolution = np.finfo(dtype).eps * (8.0 + 2.0 * np.sqrt(X.shape[1]))
    layer = make_layer(activation, negative_slope, w_std, b_std, resolution, kind, dtype)
    first = (layer.w2 / dtype.type(X.shape[1]), layer.b2)
    scales_x, diagonal = _scales("X", X, depth, first, layer)
    scales_y = scales_x if symmetric else _scales("Y", Y, depth, first, layer)[0]
    kernel = _lower_gram(X) if symmetric else ordered_product(X, Y.T, n_jobs)

    def fill(rows):
        tiles = [np.empty(_TILE, dtype=dtype) for _ in range(3)]
        _through_layers(kernel, rows.start, rows.stop, scales_x, scales_y, first, layer, symmetric, *tiles)
        if symmetric:
            mirror_rows(kernel, rows.start, rows.stop)

    run_in_threads(fill, blocks(X.shape[0], _TASK_ROWS), n_jobs)
    if symmetric:
        np.fill_diagonal(kernel, diagonal)
    return kernel


def _scales(name, points, depth, first, layer):
    """Scales before each layer, and the kernel's diagonal, if nothing on the way to it is near overflow."""
    squares = squared_lengths(name, points)
    with np.errstate(over="ignore", invalid="ignore"):
        scales, diagonal = scales_ahead_of_layers(squares * first[0] + first[1], depth, layer)
        check_sizes(name, diagonal)
        check_sizes(name, np.square(scales[0]))  # erf bounds what follows, whatever came before it
    return scales, diagonal


def _lower_gram(X):
    """``X @ X.T`` in blocks of rows, the upper triangle left unset except for corners of the blocks."""
    gram = np.empty((X.shape[0], X.shape[0]), dtype=X.dtype)
    for rows in blocks(X.shape[0], _GRAM_ROWS):
        np.matmul(X[rows], X[: rows.stop].T, out=gram[rows, : rows.stop])
    return gram


@compiled(error_model="numpy", fastmath={"contract"})
def _through_layers(gram, first_row, last_row, scales_x, scales_y, first, layer, lower_only, thetas, scales, inverses):
    """Turn rows of Gram products into kernel values, in place, tile by tile through all layers.

    ``scales_x`` and ``scales_y`` hold the scales and the inverse scales before each layer, shape (2, depth, n);
    ``first`` has the factor and the summand of the covariance before the first layer. The last three are workspace.
    """
    for i in range(first_row, last_row):
        n_columns = i + 1 if lower_only else gram.shape[1]
        for start in range(0, n_columns, _TILE):
            stop = start + _TILE if start + _TILE < n_columns else n_columns
            k, theta = gram[i, start:stop], thetas[: stop - start]
            for j in range(k.shape[0]):
                k[j] = k[j] * first[0] + first[1]
                theta[j] = k[j]
            for ahead in range(scales_x.shape[1]):
                x_scale, x_inverse = scales_x[0, ahead, i], scales_x[1, ahead, i]
                y_scale, y_inverse = scales_y[0, ahead, start:stop], scales_y[1, ahead, start:stop]
                for j in range(k.shape[0]):
                    scales[j] = x_scale * y_scale[j]
                    inverses[j] = x_inverse * y_inverse[j]
                activation_layer(k, theta, scales, inverses, layer)
            if layer.tangent:
                for j in range(k.shape[0]):
                    k[j] = theta[j]
