import numpy as np
import pytest
from numba import njit

from skcert.kernels._angle import angle_over_sine


@njit
def _compiled(x):
    return angle_over_sine(x)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 6e-16), (np.float32, 3e-7)])
def test_angles_from_cosines_and_from_sines(dtype, tolerance):
    x = np.concatenate([np.linspace(0, 1, 5_001)[:-1], 1 - np.logspace(-7, -1, 500)]).astype(dtype)
    sine = np.sqrt((1 - x) * (1 + x))
    for function in (angle_over_sine, _compiled):
        ours = np.array([function(value) for value in x])
        np.testing.assert_allclose(sine * ours.astype(dtype), np.arccos(x.astype(np.float64)), rtol=tolerance)
    assert angle_over_sine(dtype(0.5)).dtype == dtype
    assert abs(angle_over_sine(dtype(1.0)) - 1) < tolerance
    arcsin = x * np.array([_compiled(value) for value in sine])
    np.testing.assert_allclose(arcsin, np.arcsin(x.astype(np.float64)), rtol=tolerance)
