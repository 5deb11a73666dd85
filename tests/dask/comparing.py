"""The ensemble on a cluster beside the one in memory."""

import dask.array as da
import numpy as np

from skcert import PartitionAggregationEnsemble
from skcert.dask import DaskPartitionAggregationEnsemble

FIELDS = ("prediction", "radius", "radius_upper", "flips_to_class")


def blocks(X, y, rows=170):
    return da.from_array(X, chunks=(rows, -1)), da.from_array(y, chunks=rows)


def assert_same(result, expected):
    for name in FIELDS:
        assert np.array_equal(getattr(result, name), getattr(expected, name)), name
        assert getattr(result, name).dtype == getattr(expected, name).dtype, name
    assert (result.certificate, result.caveats) == (expected.certificate, expected.caveats)
    assert result.n_train == expected.n_train


def fitted_pair(X, y, collections=None, **parameters):
    """The ensemble on the cluster and the one in memory, fitted on the same rows."""
    collections = blocks(X, y) if collections is None else collections
    parameters = {"random_state": 0, **parameters}
    on_cluster = DaskPartitionAggregationEnsemble(**parameters).fit(*collections)
    return on_cluster, PartitionAggregationEnsemble(**parameters).fit(X, y)


def assert_same_ensembles(pair, X_test):
    on_cluster, in_memory = pair
    assert_same(on_cluster.certify(X_test), in_memory.certify(X_test))
    assert np.array_equal(on_cluster.predict(X_test), in_memory.predict(X_test))
    assert np.array_equal(on_cluster.predict_proba(X_test), in_memory.predict_proba(X_test))
    assert np.array_equal(np.ma.filled(on_cluster.votes(X_test), 0), np.ma.filled(in_memory.votes(X_test), 0))
    assert [len(rows) for rows in in_memory.partition_indices_] == on_cluster.partition_sizes_.tolist()
    assert np.array_equal(on_cluster.label_free_members_, in_memory.label_free_members_)
    assert np.array_equal(on_cluster.classes_, in_memory.classes_)
    assert on_cluster.random_state_ == in_memory.random_state_
