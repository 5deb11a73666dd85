import numpy as np
import pytest

from skcert.kernels._symmetry import mirror_lower_triangle


@pytest.mark.parametrize("n", [0, 1, 5, 63, 64, 65, 200])
def test_mirror_lower_triangle(n):
    matrix = np.random.default_rng(0).normal(size=(n, n))
    lower = np.tril(matrix)
    mirror_lower_triangle(matrix)
    assert np.array_equal(matrix, lower + np.tril(lower, -1).T)
