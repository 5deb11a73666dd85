import numpy as np
import pytest

from skcert.kernels._symmetry import mirror_lower_triangle, mirror_rows


@pytest.mark.parametrize("n", [0, 1, 5, 63, 64, 65, 200])
def test_mirror_lower_triangle(n):
    matrix = np.random.default_rng(0).normal(size=(n, n))
    lower = np.tril(matrix)
    mirror_lower_triangle(matrix)
    assert np.array_equal(matrix, lower + np.tril(lower, -1).T)


def test_mirror_rows():
    matrix = np.tril(np.random.default_rng(0).normal(size=(150, 150)))
    whole = matrix.copy()
    for first, last in ((100, 150), (0, 70), (70, 100)):
        mirror_rows(matrix, first, last)
    mirror_lower_triangle(whole)
    assert np.array_equal(matrix, whole)
