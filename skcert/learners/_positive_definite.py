"""Inverse of a symmetric positive definite matrix, in place and without holding the interpreter lock.

scipy.linalg offers the same LAPACK routines, but its wrappers of the second one keep the lock, so that
every other partition's thread waits. Here they are called through the addresses that
scipy.linalg.cython_lapack publishes; ctypes releases the lock during a call.
"""

import ctypes

import numpy as np
from numba.extending import get_cython_function_address

from ..kernels import mirror_lower_triangle

_PREFIX = {np.dtype(np.float64): "d", np.dtype(np.float32): "s"}


def invert_positive_definite(matrix):
    """Replace `matrix` by its inverse; only its lower triangle is read.

    Parameters
    ----------
    matrix : ndarray of shape (n, n), C-contiguous, float32 or float64

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is not positive definite to working precision; the contents of `matrix` are then undefined.
    """
    # LAPACK is column-major: the lower triangle here is the upper one there
    for routine in ("potrf", "potri"):
        if _call(routine, matrix) != 0:
            raise np.linalg.LinAlgError("matrix is not positive definite")
    mirror_lower_triangle(matrix)


def _call(routine, matrix):
    """LAPACK's ``?potrf`` or ``?potri`` on the upper triangle (in its own order); returns ``info``."""
    address = get_cython_function_address("scipy.linalg.cython_lapack", _PREFIX[matrix.dtype] + routine)
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 5)(address)
    n = ctypes.c_int(matrix.shape[0])
    info = ctypes.c_int(0)
    function(b"U", ctypes.addressof(n), matrix.ctypes.data, ctypes.addressof(n), ctypes.addressof(info))
    return info.value
