"""Interrupted, killed, starved: a clear end, nothing half-fitted, and the same bits the next time."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)

ROOT = Path(__file__).parents[1]
MODELS = [
    NTKRegressorClassifier(alpha=0.1),
    NTKRegressorClassifier(alpha=np.inf, weight_center=0.8),
    KernelRegressorClassifier(gamma=0.02),
    CertifiedKNeighborsClassifier(n_neighbors=11),
    PartitionAggregationEnsemble(n_partitions=4),
    PartitionAggregationEnsemble(n_partitions=4, voting="soft"),
    PartitionAggregationEnsemble(LogisticRegression(), n_partitions=4),
    FiniteAggregationEnsemble(n_partitions=3, random_state=0),
]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:200] / 16, y[:200], X[600:640] / 16


def _assert_same(first, second):
    for name in ("prediction", "radius", "radius_upper", "flips_to_class"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def _assert_not_fitted(model, X_test):
    assert not [name for name in vars(model) if name.endswith("_") and not name.startswith("__")]
    with pytest.raises(NotFittedError):
        model.predict(X_test)


class Fatal(ClassifierMixin, BaseEstimator):
    """A base that ends its fit badly while a file is there, and votes for the most frequent class otherwise."""

    def __init__(self, how="interrupt", flag=None, parent=None):
        self.how = how
        self.flag = flag
        self.parent = parent

    def fit(self, X, y):
        if Path(self.flag).exists():
            if self.how == "interrupt":
                raise KeyboardInterrupt
            if self.how == "memory":
                raise MemoryError("no memory for this member")
            if os.getpid() != self.parent:
                if self.how == "kill once":
                    Path(self.flag).unlink(missing_ok=True)
                os.kill(os.getpid(), signal.SIGKILL)
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(X.shape[0], self.most_)


@pytest.mark.parametrize(("how", "error"), [("interrupt", KeyboardInterrupt), ("memory", MemoryError)])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_fit_that_ends_badly_leaves_nothing_behind(digits, tmp_path, how, error, n_jobs):
    X, y, X_test = digits
    flag = tmp_path / "flag"
    ensemble = PartitionAggregationEnsemble(Fatal(how, str(flag)), n_partitions=6, n_jobs=n_jobs)
    expected = clone(ensemble).fit(X, y).certify(X_test)
    ensemble.fit(X, y)
    flag.touch()
    with pytest.raises(error):
        ensemble.fit(X, y)
    _assert_not_fitted(ensemble, X_test)
    flag.unlink()
    _assert_same(ensemble.fit(X, y).certify(X_test), expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A worker stopped while some jobs")
def test_a_killed_worker_process(digits, tmp_path):
    X, y, X_test = digits
    flag = tmp_path / "flag"
    ensemble = PartitionAggregationEnsemble(Fatal("kill", str(flag), os.getpid()), n_partitions=6, n_jobs=2)
    expected = clone(ensemble).fit(X, y).certify(X_test)
    flag.touch()
    with parallel_config(backend="loky"), pytest.raises(TerminatedWorkerError):
        ensemble.fit(X, y)
    _assert_not_fitted(ensemble, X_test)
    flag.unlink()
    with parallel_config(backend="loky"):
        _assert_same(ensemble.fit(X, y).certify(X_test), expected)


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster(digits, tmp_path):
    """The cluster replaces it; joblib may have lost track of its tasks by then, and says so."""
    distributed = pytest.importorskip("dask.distributed", reason="needs dask[distributed]")
    X, y, X_test = digits
    flag = tmp_path / "flag"
    ensemble = PartitionAggregationEnsemble(Fatal("kill once", str(flag), os.getpid()), n_partitions=6)
    expected = clone(ensemble).fit(X, y).certify(X_test)
    flag.touch()
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster),
        parallel_config(backend="dask"),
    ):
        try:
            ensemble.fit(X, y)
        except Exception as error:
            assert "cancelled" in str(error).lower() or "lost" in str(error)
            _assert_not_fitted(ensemble, X_test)
            ensemble.fit(X, y)
        assert not flag.exists()
        _assert_same(ensemble.certify(X_test), expected)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX signals")
@pytest.mark.parametrize("model", ["NTKRegressorClassifier()", "PartitionAggregationEnsemble(n_partitions=4)"])
def test_ctrl_c_during_fit_and_certify(model):
    """SIGINT at several moments: a KeyboardInterrupt, nothing half-fitted, and the same radii afterwards."""
    code = f"""
        import os, signal, threading
        import numpy as np
        from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

        signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(2500, 40)), rng.integers(0, 3, 2500)
        model = {model}.fit(X[:300], y[:300])
        expected = model.certify(X[300:400]).radius
        interrupted = 0
        for delay in (0.001, 0.02, 0.1, 0.3):
            signal.setitimer(signal.ITIMER_REAL, delay)
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
            try:
                try:
                    model.fit(X, y)
                    model.certify(X)
                    signal.pause()
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                interrupted += 1
            fitted = [name for name in vars(model) if name.endswith("_")]
            assert "label_codes_" in fitted or not fitted, fitted
        assert interrupted == 4
        assert np.array_equal(model.fit(X[:300], y[:300]).certify(X[300:400]).radius, expected)
        print("same")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "same", done.stderr


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_read_only_and_memory_mapped_rows(digits, tmp_path, model):
    X, y, X_test = digits
    expected = clone(model).fit(X, y).certify(X_test)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    read_only, labels = X_test.copy(), y.copy()
    read_only.flags.writeable = labels.flags.writeable = False
    _assert_same(clone(model).fit(mapped, labels).certify(read_only), expected)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_pickles_keep_every_bit(digits, model):
    X, y, X_test = digits
    trusted = np.arange(200) % 5 == 0
    model = clone(model).fit(X, y, trusted=trusted)
    _assert_same(pickle.loads(pickle.dumps(model)).certify(X_test), model.certify(X_test))


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array])
def test_sparse_rows_of_a_base_that_takes_them(digits, make):
    X, y, X_test = digits
    ensemble = PartitionAggregationEnsemble(LogisticRegression(), n_partitions=4)
    expected = clone(ensemble).fit(X, y).certify(X_test)
    _assert_same(clone(ensemble).fit(make(X), y).certify(make(X_test)), expected)


def test_trusted_rows_arrive_by_metadata_routing(digits):
    X, y, X_test = digits
    trusted = np.arange(200) % 3 == 0
    expected = make_pipeline(StandardScaler(), NTKRegressorClassifier())
    expected.fit(X, y, ntkregressorclassifier__trusted=trusted)
    with config_context(enable_metadata_routing=True):
        network = NTKRegressorClassifier().set_fit_request(trusted=True)
        routed = make_pipeline(StandardScaler(), network).fit(X, y, trusted=trusted)
    assert np.array_equal(routed[-1].trusted_, trusted)
    scaled = expected[0].transform(X_test)
    _assert_same(routed[-1].certify(scaled), expected[-1].certify(scaled))
