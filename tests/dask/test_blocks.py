"""Blocks whose values Dask knows less of than they hold."""

import dask.array as da
import numpy as np
import pytest

from skcert import CertifiedRidgeClassifier
from skcert.dask import DaskPartitionAggregationEnsemble


def fit(kinds):
    """Fit on two blocks of these dtypes, of which Dask is told the first."""
    rng = np.random.default_rng(0)
    parts = [rng.integers(0, 90, size=(40, 3)).astype(kind) for kind in kinds]
    X = da.concatenate(
        [da.from_array(parts[0]), da.from_array(parts[0]).map_blocks(lambda _: parts[1], dtype=kinds[0])]
    )
    ensemble = DaskPartitionAggregationEnsemble(CertifiedRidgeClassifier(), n_partitions=3)
    return ensemble.fit(X, da.from_array(np.arange(80) % 2, chunks=40))


@pytest.mark.parametrize(
    ("kinds", "wider"),
    [((np.int8, np.int64), "int64"), ((np.int64, np.float64), "float64"), ((np.float32, np.float64), "float64")],
)
def test_a_block_of_a_wider_dtype_is_refused(kinds, wider):
    """It would be cast to what Dask knows of the first, which changes its values, and so partitions and radii."""
    with pytest.raises(ValueError, match=rf"block 1, but {kinds[0].__name__} by what Dask .* X.astype\('{wider}'\)"):
        fit(kinds)


@pytest.mark.parametrize("kinds", [(np.float64, np.float32), (np.int64, np.int8), (np.float64, np.int64)])
def test_a_block_of_a_narrower_dtype_is_widened(kinds):
    assert fit(kinds).partition_sizes_.sum() == 80
