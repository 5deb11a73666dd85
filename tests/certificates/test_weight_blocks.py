"""One pass over label weights finds what makes them unusable."""

import numpy as np
import pytest

from skcert.certificates import largest_absolute_sum


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 100])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_largest_absolute_sum(n, dtype):
    weights = np.random.default_rng(n).normal(size=(5, n)).astype(dtype)
    assert largest_absolute_sum(weights) == pytest.approx(np.abs(weights).sum(axis=1, dtype=float).max(initial=0.0))
    assert largest_absolute_sum(weights[:0]) == 0.0
    for row in range(5 if n else 0):
        broken = weights.copy()
        broken[row, n // 2] = -np.inf
        assert largest_absolute_sum(broken) == np.inf
        broken[row, n - 1] = np.nan
        assert np.isnan(largest_absolute_sum(broken))
