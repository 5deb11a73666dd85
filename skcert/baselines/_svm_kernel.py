"""Kernel matrices of the support vector machine, from the parameters that it was fitted with."""

import numpy as np
from scipy.linalg import eigvalsh

from ..kernels import fully_connected_kernel
from ..learners import called_kernel, check_square, check_symmetric

# Negative eigenvalues up to this share of the largest count as rounding.
_EIGENVALUE_TOLERANCE = 1e-9
_NETWORK = ("depth", "activation", "w_std", "b_std")


def train_kernel(X, fitted):
    """Kernel matrix of the training rows, symmetric to the last bit; ValueError unless positive semi-definite."""
    name = fitted["kernel"]
    if name == "precomputed":
        check_square(X)
    kernel = kernel_values(X, X, fitted)
    if not np.isfinite(kernel).all():
        raise ValueError("The kernel overflows at this scale of X; scale the features.")
    check_symmetric(kernel, name)
    kernel = (kernel + kernel.T) / 2
    eigenvalues = eigvalsh(kernel)
    if eigenvalues[0] < -_EIGENVALUE_TOLERANCE * np.abs(eigenvalues).max():
        raise ValueError(
            f"The kernel matrix is not positive semi-definite, its least eigenvalue is {eigenvalues[0]:.3g}: "
            f"check that kernel={name!r} is one, or add a constant to the diagonal of a precomputed matrix."
        )
    return kernel


def kernel_values(X, Y, fitted):
    """Kernel of two sets of rows; X itself, if that is the kernel."""
    function = fitted["kernel"]
    if callable(function):
        return called_kernel(function, X, Y, np.float64)
    if function == "precomputed":
        return X
    return fully_connected_kernel(X, Y, kind=function, **{name: fitted[name] for name in _NETWORK})
