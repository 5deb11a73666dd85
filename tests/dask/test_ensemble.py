"""Partitions, votes and radii are those of the ensemble in memory, however the rows are cut."""

import pickle
import subprocess
import sys

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skcert
from skcert import CertifiedRidgeClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.dask import DaskPartitionAggregationEnsemble
from skcert.inspection import audit_labels
from tests.dask.comparing import assert_same, assert_same_ensembles, blocks, fitted_pair

RIDGE = CertifiedRidgeClassifier(alpha=100.0)
BASES = {
    "ridge": RIDGE,
    "network": None,
    "scaled": make_pipeline(StandardScaler(), NTKRegressorClassifier()),
    "tree": DecisionTreeClassifier(max_features=3),
    "neighbors that some partitions lack": KNeighborsClassifier(8),
}


@pytest.mark.filterwarnings("ignore:The base estimator could not be fitted on")
@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_as_in_memory(digits, base):
    X, y, X_test = digits
    assert_same_ensembles(fitted_pair(X, y, estimator=base, n_partitions=60), X_test)


@pytest.mark.parametrize("certificate", ["white-box", "black-box"])
@pytest.mark.parametrize("labels", ["numbers", "text", "two classes"])
def test_labels_of_any_kind(digits, labels, certificate):
    X, y, X_test = digits
    y = {"numbers": y, "text": np.array([f"digit {label}" for label in y]), "two classes": y > 4}[labels]
    pair = fitted_pair(X, y, estimator=RIDGE, n_partitions=7, certificate=certificate)
    assert_same_ensembles(pair, X_test)
    assert pair[0].predict(X_test).dtype == pair[1].predict(X_test).dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_precision_stays(digits, dtype):
    X, y, X_test = digits
    assert_same_ensembles(fitted_pair(X.astype(dtype), y, estimator=RIDGE, n_partitions=9), X_test.astype(dtype))


@pytest.mark.parametrize("chunks", [(600, -1), (41, -1), ((1, 299, 300), -1), (200, 10)], ids=str)
def test_however_the_rows_are_cut(digits, chunks):
    """In one block, in small and in unequal ones, in parts of rows; labels in other blocks than rows."""
    X, y, X_test = digits
    collections = da.from_array(X, chunks=chunks), da.from_array(y, chunks=123)
    assert_same_ensembles(fitted_pair(X, y, collections, estimator=RIDGE, n_partitions=11), X_test)


def test_more_partitions_than_rows_and_blocks_without_any(digits):
    X, y, X_test = digits[0][:90], digits[1][:90], digits[2]
    rows, labels = blocks(X, y, 10)
    kept = np.r_[np.zeros(20, bool), np.ones(50, bool), np.zeros(20, bool)]  # the first and last two blocks are empty
    mask = da.from_array(kept, chunks=10)
    pair = fitted_pair(X[kept], y[kept], (rows[mask], labels[mask]), estimator=RIDGE, n_partitions=64)
    assert (pair[0].partition_sizes_ == 0).any()
    assert_same_ensembles(pair, X_test)
    with pytest.raises(ValueError, match="X has no rows: all blocks are empty"):
        clone(pair[0]).fit(rows[mask & False], labels[mask & False])
    with pytest.raises(ValueError, match="X has no rows: all blocks are empty"):
        clone(pair[0]).set_params(classes=range(10)).fit(rows[mask & False], labels[mask & False])


def frame_of(X, y, names="f{}"):
    return pd.DataFrame(X, columns=[names.format(i) for i in range(X.shape[1])]).assign(label=y)


def test_from_parquet(digits, tmp_path):
    """Of few columns Dask's optimizer would join more files than of many."""
    X, y, X_test = digits
    for number, rows in enumerate(np.array_split(np.arange(600), 8)):
        frame_of(X[rows], y[rows]).to_parquet(tmp_path / f"{number}.parquet")
    frame = dd.read_parquet(tmp_path / "*.parquet")
    names = list(frame.columns[:-1])
    pair = fitted_pair(X, y, (frame[names], frame["label"]), estimator=RIDGE, n_partitions=12, classes=range(10))
    in_frame = frame_of(X_test, 0)[names]
    assert_same(pair[0].certify(in_frame), pair[1].certify(X_test))
    assert pair[0].feature_names_in_.tolist() == names and pair[0].n_features_in_ == 64
    by_blocks = clone(pair[0]).set_params(partition="blocks").fit(frame[names], frame["label"])
    assert by_blocks.partition_sizes_.tolist() == 8 * [75]


def test_one_partition_for_each_block(digits):
    X, y, X_test = digits
    ensemble = DaskPartitionAggregationEnsemble(RIDGE, partition="blocks", n_partitions=3).fit(*blocks(X, y, 200))
    members = [clone(RIDGE).set_params(classes=range(10)).fit(X[i : i + 200], y[i : i + 200]) for i in (0, 200, 400)]
    assert np.array_equal(ensemble.votes(X_test), np.stack([member.predict(X_test) for member in members], axis=1))
    assert ensemble.certify(X_test).certificate == "white-box"
    with pytest.raises(ValueError, match="certify_rows needs partition='hash'"):
        clone(ensemble).set_params(classes=range(10)).fit(*blocks(X, y, 200)).certify_rows(X_test)


def test_columns_that_are_no_numbers(digits):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.choice(["x", "y", "z"], 200), "b": rng.integers(0, 4, 200), "c": rng.random(200)})
    y = (frame["a"] == "x").to_numpy()
    base = make_pipeline(OneHotEncoder(handle_unknown="ignore"), RIDGE)
    collection = dd.from_pandas(frame.assign(label=y), npartitions=3)
    pair = fitted_pair(frame, y, (collection[["a", "b", "c"]], collection["label"]), estimator=base, n_partitions=4)
    assert_same_ensembles(pair, frame[:20])
    with pytest.raises(ValueError, match="could not convert string to float"):
        clone(pair[0]).set_params(estimator=RIDGE).fit(collection[["a", "b", "c"]], collection["label"])


def test_missing_values(digits):
    X, y, X_test = digits
    X = X.copy()
    X[5, 3] = np.nan
    base = make_pipeline(SimpleImputer(), RIDGE)
    assert_same_ensembles(fitted_pair(X, y, estimator=base, n_partitions=5), X_test)
    with pytest.raises(ValueError, match=r"Input X contains NaN(.|\n)*block 0"):
        DaskPartitionAggregationEnsemble(RIDGE).fit(*blocks(X, y))
    labels = y.astype(float)
    labels[7] = np.nan
    for classes in (None, range(10)):
        with pytest.raises(ValueError, match="y holds missing values, 1 of"):
            DaskPartitionAggregationEnsemble(RIDGE, classes=classes).fit(*blocks(digits[0], labels))


def test_sparse_rows(digits):
    X, y, X_test = digits
    rows = blocks(X, y)[0].map_blocks(sparse.csr_matrix)
    pair = fitted_pair(sparse.csr_matrix(X), y, (rows, blocks(X, y)[1]), estimator=RIDGE, n_partitions=6)
    assert_same(pair[0].certify(sparse.csr_matrix(X_test)), pair[1].certify(sparse.csr_matrix(X_test)))


def test_against_rows_and_through_skcert(digits, client):
    X, y, X_test = digits
    pair = fitted_pair(X, y, estimator=RIDGE, n_partitions=30, classes=range(10))
    assert_same(pair[0].certify_rows(X_test), pair[1].certify_rows(X_test))
    assert_same(skcert.certify_rows(pair[0], X_test), skcert.certify_rows(pair[1], X_test))
    assert_same(skcert.certify(pair[0].set_params(client=client), X_test), pair[1].certify(X_test))
    with pytest.raises(TypeError, match="audit_labels needs"):
        audit_labels(pair[0])


def test_small_messages_and_little_memory(digits, monkeypatch):
    X, y, X_test = digits
    pair = fitted_pair(X, y, estimator=RIDGE, n_partitions=5)
    monkeypatch.setattr("skcert.dask._ensemble._MOST_SENT", 7 * 64 * 4)
    assert_same(pair[0].certify(X_test), pair[1].certify(X_test))
    with config_context(working_memory=0.002):
        assert_same(pair[0].certify(X_test), pair[1].certify(X_test))


def test_seeds_are_kept(digits):
    """Members draw the same wherever they are fitted, and again when they are."""
    X, y, X_test = digits
    base = DecisionTreeClassifier(max_features=2)
    first = DaskPartitionAggregationEnsemble(base, n_partitions=6).fit(*blocks(X, y))
    again = PartitionAggregationEnsemble(base, n_partitions=6, random_state=first.random_state_).fit(X, y)
    assert np.array_equal(first.votes(X_test), again.votes(X_test))


def test_clone_and_pickle(digits, client):
    X, y, _ = digits
    ensemble = DaskPartitionAggregationEnsemble(RIDGE, n_partitions=5, client=client)
    assert clone(ensemble).client is client and clone(ensemble).n_partitions == 5
    assert clone(ensemble).estimator is not RIDGE
    unfitted = pickle.loads(pickle.dumps(clone(ensemble).set_params(client=None)))
    assert unfitted.n_partitions == 5
    with pytest.raises(TypeError, match="cannot be pickled: its members are on the workers"):
        pickle.dumps(ensemble.fit(*blocks(X, y)))


class TestBadInput:
    def _fails(self, X, y, message, kind=ValueError, **parameters):
        ensemble = DaskPartitionAggregationEnsemble(**{"estimator": RIDGE, **parameters})
        with pytest.raises(kind, match=message):
            ensemble.fit(X, y)
        assert [name for name in vars(ensemble) if name.endswith("_")] == []
        with pytest.raises(NotFittedError):
            ensemble.predict(np.zeros((1, 64)))
        with pytest.raises(NotFittedError):
            ensemble.certify(da.zeros((1, 64)))

    def test_not_of_dask(self, digits):
        X, y, _ = digits
        rows, labels = blocks(X, y)
        self._fails(X, labels, "X is a ndarray; pass a dask array .*PartitionAggregationEnsemble", TypeError)
        self._fails(rows, y, "y is a ndarray; pass a dask series", TypeError)
        self._fails(rows[0], labels, "X has shape")
        self._fails(rows, rows, "y has shape .600, 64.; pass one label for each row")

    def test_rows_and_labels_that_do_not_belong_together(self, digits):
        X, y, _ = digits
        rows, labels = blocks(X, y)
        self._fails(rows, labels[:-1], "X has 600 rows, but y has 599 labels")
        frame = dd.from_pandas(frame_of(X, y), npartitions=3)
        names = list(frame.columns[:-1])
        other = dd.from_pandas(frame_of(X, y), npartitions=4)["label"]
        self._fails(frame[names], other, "X has 3 blocks, but y has 4")
        self._fails(frame[names], frame, "y has the columns .*pass one of them")
        fewer = frame.map_partitions(lambda part: part.iloc[:-1])["label"]
        self._fails(frame[names], fewer, "X and y have 200 and 199 rows in block")
        moved = frame["label"].map_partitions(lambda part: part.set_axis(part.index + 1))
        self._fails(frame[names], moved, "X and y have different indices in block")
        fitted = DaskPartitionAggregationEnsemble(RIDGE).fit(frame[names], moved.values)  # in the same order
        assert fitted.n_train_ == 600

    def test_labels(self, digits):
        X, y, _ = digits
        rows, labels = blocks(X, y)
        self._fails(rows, labels, r"y has labels that classes=\[0, 1, 2\] lacks: \[3, 4", classes=range(3))
        mixed = np.array([*y[:300], *map(str, y[300:])], dtype=object)
        self._fails(rows, da.from_array(mixed, chunks=300), "mix|kinds")
        self._fails(rows, labels + 0.5, "Unknown label type")
        ensemble = DaskPartitionAggregationEnsemble(RIDGE).fit(rows, labels * 0)
        for X_test in (X, rows):
            with pytest.raises(ValueError, match="only one class"):
                ensemble.certify(X_test)

    def test_base(self, digits):
        X, y, _ = digits
        network = NTKRegressorClassifier(kernel="precomputed")
        self._fails(*blocks(X, y), "takes a kernel or distance matrix", estimator=network)
        tree = DecisionTreeClassifier()
        self._fails(*blocks(X, y), "certificate='white-box' needs", estimator=tree, certificate="white-box")
        balanced = NTKRegressorClassifier(score_weight="balanced")
        self._fails(*blocks(X, y), "score_weight='balanced'", estimator=balanced)
        self._fails(*blocks(X, y), "n_partitions", n_partitions=0)
        self._fails(*blocks(X, y), "client", client=3)

    def test_test_rows(self, digits):
        X, y, _ = digits
        rows, labels = blocks(X, y)
        ensemble = DaskPartitionAggregationEnsemble(RIDGE).fit(rows, labels)
        for method in (ensemble.votes, ensemble.certify_rows):
            with pytest.raises(ValueError, match="only certify, predict and predict_proba take"):
                method(rows)
        for X_test in (X[:, 1:], rows[:, 1:]):
            with pytest.raises(ValueError, match="X has 63 features, but .* is expecting 64"):
                ensemble.certify(X_test)
        with pytest.raises(ValueError, match="Input X contains NaN"):
            ensemble.predict(rows * np.nan).compute()


def test_a_base_that_cannot_be_fitted(digits):
    """The same words as in memory; rows that are gone are computed again to find out."""
    X, y, _ = digits
    some, all_of_them = KNeighborsClassifier(11), KNeighborsClassifier(100)
    said = []
    for kind, rows in ((DaskPartitionAggregationEnsemble, blocks(X, y)), (PartitionAggregationEnsemble, (X, y))):
        with pytest.warns(UserWarning, match="could not be fitted on .* of 60 partitions") as caught:
            kind(some, n_partitions=60).fit(*rows)
        with pytest.raises(ValueError, match="could not be fitted on any partition") as error:
            kind(all_of_them, n_partitions=60).fit(*rows)
        assert caught[0].filename == __file__
        said.append((str(caught[0].message), str(error.value)))
    assert said[0] == said[1]


def test_without_the_extra():
    code = """
import sys
import skcert
assert "dask" not in sys.modules
sys.modules["distributed"] = None
try:
    import skcert.dask
except ImportError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "pip install 'skcert[dask]'" in said
