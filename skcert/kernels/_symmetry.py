"""Symmetric matrices of which only one triangle has been computed."""

from .._utils import compiled
from ._blocks import blocks

_BLOCK = 64


def mirror_lower_triangle(matrix):
    """Copy the lower triangle of a square matrix onto the upper one, in place, block by block."""
    for rows in blocks(matrix.shape[0], _BLOCK):
        mirror_rows(matrix, rows.start, rows.stop)


@compiled
def mirror_rows(matrix, first, last):
    """Copy rows ``first`` to ``last`` of the lower triangle onto the upper one, in place, block by block."""
    for start in range(0, last, _BLOCK):
        for i in range(first, last):
            for j in range(start, start + _BLOCK if start + _BLOCK < i else i):
                matrix[j, i] = matrix[i, j]
