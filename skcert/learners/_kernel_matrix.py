"""Kernel matrices that users bring along, as arrays or by functions: what they have to be."""

import numpy as np
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_array

_BLOCK_ROWS = 256


def called_kernel(function, X, Y, dtype):
    """``function(X, Y)`` as an array of one of the `dtype`, C-contiguous, of one row for each of X."""
    kernel = check_array(function(X, Y), dtype=dtype, input_name="kernel(X, Y)", order="C")
    if kernel.shape != (X.shape[0], Y.shape[0]):
        raise ValueError(
            f"kernel={function!r} returned shape {kernel.shape} for {X.shape[0]} and {Y.shape[0]} rows; "
            f"it must return ({X.shape[0]}, {Y.shape[0]})."
        )
    return kernel


def check_square(matrix, parameter="kernel", what="kernel"):
    """ValueError unless a matrix of kernel values or distances, which `parameter` calls "precomputed", is square."""
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"{parameter}='precomputed' needs a square {what} matrix in fit, (n_train, n_train), but X has "
            f"shape {matrix.shape}. Pass {what}(X_train, X_train)."
        )


def check_symmetric(kernel, name):
    """ValueError unless a square kernel matrix is symmetric but for rounding; `name` is the parameter's value."""
    tolerance = np.sqrt(np.finfo(kernel.dtype).eps) * np.abs(kernel).max()
    for rows in gen_batches(kernel.shape[0], _BLOCK_ROWS):
        if np.abs(kernel[rows] - kernel[:, rows].T).max() > tolerance:
            raise ValueError(
                f"kernel={name!r} needs a symmetric kernel matrix in fit, but it is asymmetric. "
                "Pass kernel(X_train, X_train); (K + K.T) / 2 mends asymmetry that comes from rounding."
            )
