"""Test rows that are a dask collection: nothing is computed before it is asked for, and then the same."""

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from dask.base import is_dask_collection
from sklearn import config_context

from skcert import CertifiedRidgeClassifier
from skcert.dask import DaskPartitionAggregationEnsemble
from tests.dask.comparing import blocks, fitted_pair

RIDGE = CertifiedRidgeClassifier(alpha=100.0)


@pytest.fixture(scope="module")
def pair(digits):
    X, y, _ = digits
    return fitted_pair(X, y, estimator=RIDGE, n_partitions=9)


def assert_frames_equal(frame, expected):
    pd.testing.assert_frame_equal(frame, expected, check_index_type=False)


@pytest.mark.parametrize("memory", [1024, 0.001])
def test_arrays(digits, pair, memory):
    X_test = digits[2]
    collection = da.from_array(X_test, chunks=(25, 30))
    expected = pair[1].certify(X_test).to_frame()
    with config_context(working_memory=memory):
        lazy = pair[0].certify(collection), pair[0].predict(collection), pair[0].predict_proba(collection)
    assert all(map(is_dask_collection, lazy)) and lazy[0].npartitions == 3
    assert lazy[1].shape == (60,) and lazy[2].shape == (60, 10)
    assert_frames_equal(lazy[0].compute(), expected)
    assert np.array_equal(lazy[1].compute(), pair[1].predict(X_test))
    assert np.array_equal(lazy[2].compute(), pair[1].predict_proba(X_test))


def refuse(*arguments):
    raise RuntimeError("members are asked")


def test_nothing_is_asked_before_it_is_computed(digits, pair, monkeypatch):
    monkeypatch.setattr("skcert.dask._lazy.ask_group", refuse)
    collection = da.from_array(digits[2], chunks=(60, -1))
    for lazy in (pair[0].predict(collection), pair[0].certify(collection)):
        with pytest.raises(RuntimeError, match="members are asked"):
            lazy.compute()


def test_blocks_of_unknown_length_and_empty_ones(digits, pair):
    X_test = digits[2]
    kept = np.arange(60) >= 25
    collection = da.from_array(X_test, chunks=(20, -1))[da.from_array(kept, chunks=20)]  # the first block is empty
    expected = pair[1].certify(X_test[kept]).to_frame()
    assert_frames_equal(pair[0].certify(collection).compute(), expected)
    assert np.array_equal(pair[0].predict(collection).compute(), expected["prediction"])
    none = collection[collection[:, 0] > 1e9]
    assert len(pair[0].certify(none).compute()) == len(pair[0].predict(none).compute()) == 0


@pytest.mark.parametrize("text", [False, True])
def test_parquet_in_and_out(digits, tmp_path, text):
    X, y, X_test = digits
    y = np.array([f"digit {label}" for label in y]) if text else y
    names = [f"f{i}" for i in range(64)]
    train = dd.from_pandas(pd.DataFrame(X, columns=names).assign(label=y), npartitions=3)
    on_cluster, in_memory = fitted_pair(X, y, (train[names], train["label"]), estimator=RIDGE, n_partitions=9)
    tests = pd.DataFrame(X_test, columns=names, index=pd.Index(np.arange(60) * 3 + 7, name="id"))
    dd.from_pandas(tests, npartitions=4).to_parquet(tmp_path / "tests")
    on_cluster.certify(dd.read_parquet(tmp_path / "tests")).to_parquet(tmp_path / "results")
    written = pd.read_parquet(tmp_path / "results")
    expected = in_memory.certify(X_test).to_frame().set_index(tests.index)
    assert written["prediction"].tolist() == expected["prediction"].tolist()
    assert_frames_equal(written.drop(columns="prediction"), expected.drop(columns="prediction"))
    with pytest.raises(ValueError, match="feature names should match"):
        on_cluster.certify(dd.read_parquet(tmp_path / "tests").rename(columns={"f0": "g0"}))


def test_results_outlive_the_ensemble(digits):
    X, y, X_test = digits
    ensemble = DaskPartitionAggregationEnsemble(RIDGE, n_partitions=4).fit(*blocks(X, y))
    expected, lazy = ensemble.predict(X_test), ensemble.predict(da.from_array(X_test, chunks=(30, -1)))
    del ensemble
    assert np.array_equal(lazy.compute(), expected)
