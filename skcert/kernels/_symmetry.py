"""Symmetric matrices of which only one triangle has been computed."""

from .._utils import compiled

_BLOCK = 64


@compiled
def mirror_lower_triangle(matrix):
    """Copy the lower triangle of a square matrix onto the upper one, in place, block by block."""
    for first in range(0, matrix.shape[0], _BLOCK):
        mirror_rows(matrix, first, min(first + _BLOCK, matrix.shape[0]))


@compiled
def mirror_rows(matrix, first, last):
    """Copy rows ``first`` to ``last`` of the lower triangle onto the upper one, in place, block by block."""
    for start in range(0, last, _BLOCK):
        for i in range(first, last):
            for j in range(start, min(start + _BLOCK, i)):
                matrix[j, i] = matrix[i, j]
