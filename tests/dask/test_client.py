"""Which cluster: the one that is given, or the active one; and workers that die."""

import os
import signal

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from skcert import CertifiedRidgeClassifier, PartitionAggregationEnsemble
from skcert.dask import DaskPartitionAggregationEnsemble
from tests.dask.comparing import assert_same, blocks

RIDGE = CertifiedRidgeClassifier(alpha=100.0)


@pytest.fixture
def no_active_client(client, monkeypatch):
    def none():
        raise ValueError("No client found")

    monkeypatch.setattr("skcert.dask._client.get_client", none)
    return client


def test_the_client_that_is_given(digits, no_active_client):
    X, y, X_test = digits
    with pytest.raises(ValueError, match="fit needs a cluster, and client=None finds no active one"):
        DaskPartitionAggregationEnsemble(RIDGE).fit(*blocks(X, y))
    ensemble = DaskPartitionAggregationEnsemble(RIDGE, n_partitions=5, client=no_active_client).fit(*blocks(X, y))
    expected = PartitionAggregationEnsemble(RIDGE, n_partitions=5).fit(X, y).certify(X_test)
    assert_same(ensemble.certify(X_test), expected)


def test_asynchronous_clients_are_refused(digits, client):
    class Asynchronous:
        asynchronous = True
        submit = compute = gather = print

    with pytest.raises(ValueError, match="is asynchronous, and fit waits for answers"):
        DaskPartitionAggregationEnsemble(RIDGE, client=Asynchronous()).fit(*blocks(*digits[:2]))


@pytest.mark.slow
def test_workers_that_die(digits, tmp_path):
    """Their members are fitted again, from the files, elsewhere; and nothing but the time shows it."""
    X, y, X_test = digits
    names = [f"f{i}" for i in range(64)]
    for number, rows in enumerate(np.array_split(np.arange(600), 5)):
        pd.DataFrame(X[rows], columns=names).assign(label=y[rows]).to_parquet(tmp_path / f"{number}.parquet")
    frame = dd.read_parquet(tmp_path / "*.parquet")
    in_memory = PartitionAggregationEnsemble(RIDGE, n_partitions=20).fit(X, y)
    expected = in_memory.certify(X_test)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        ensemble = DaskPartitionAggregationEnsemble(RIDGE, n_partitions=20, client=client)
        ensemble.fit(frame[names].values, frame["label"])
        assert_same(ensemble.certify(X_test), expected)
        assert set(client.who_has(ensemble.groups_).values()) != {()}
        for _ in range(2):
            first = next(iter(client.run(os.getpid).values()))
            os.kill(first, signal.SIGKILL)
            assert_same(ensemble.certify(X_test), expected)
        lazy = ensemble.predict(da.from_array(X_test, chunks=(20, -1)))
        assert np.array_equal(client.compute(lazy).result(), expected.prediction)
