import numpy as np
import pytest
from sklearn.datasets import load_digits

pytest.importorskip("dask.dataframe", reason="needs dask[distributed]")
distributed = pytest.importorskip("distributed", reason="needs dask[distributed]")


@pytest.fixture(scope="package", autouse=True)
def client():
    """One worker, a thread of this process."""
    with distributed.Client(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as client:
        yield client


@pytest.fixture(scope="package")
def digits():
    """Rows of which some occur several times, far from each other, with different labels."""
    X, y = load_digits(return_X_y=True)
    X, y = X.astype(np.float32), y.copy()
    X[300:330] = X[:30]
    return X[:600], y[:600], X[600:660]
