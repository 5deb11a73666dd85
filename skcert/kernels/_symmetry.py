"""Symmetric matrices of which only one triangle has been computed."""

from numba import njit


@njit(cache=True, nogil=True)
def mirror_lower_triangle(matrix):
    """Copy the lower triangle of a square matrix onto the upper one, in place, block by block."""
    n = matrix.shape[0]
    block = 64
    for i0 in range(0, n, block):
        for j0 in range(0, i0 + 1, block):
            for i in range(i0, min(i0 + block, n)):
                for j in range(j0, min(j0 + block, i)):
                    matrix[j, i] = matrix[i, j]
