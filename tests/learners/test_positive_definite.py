import numpy as np
import pytest

from skcert.learners._positive_definite import invert_positive_definite


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
@pytest.mark.parametrize("n", [1, 2, 100, 300])
def test_inverse(n, dtype, tolerance):
    X = np.random.default_rng(0).normal(size=(n, n))
    matrix = (X @ X.T / n + np.eye(n)).astype(dtype)
    inverse = matrix.copy()
    inverse[np.triu_indices(n, 1)] = np.nan  # must not be read
    invert_positive_definite(inverse)
    np.testing.assert_allclose(inverse @ matrix, np.eye(n), atol=tolerance)
    assert np.array_equal(inverse, inverse.T)


@pytest.mark.parametrize("matrix", [-np.eye(3), np.array([[1.0, 2.0], [2.0, 1.0]]), np.zeros((2, 2))])
def test_not_positive_definite(matrix):
    with pytest.raises(np.linalg.LinAlgError):
        invert_positive_definite(matrix)
