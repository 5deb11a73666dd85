"""Dask collections as blocks of rows: which ones are taken, and what each block has to be where it is read."""

from typing import Any, NamedTuple

import dask.array as da
import numpy as np
from dask.base import is_dask_collection
from sklearn.utils import check_array

from .._utils import check_none_missing, check_one_kind, encode_labels, plain_labels


class Reader(NamedTuple):
    """How a block is read, where it is."""

    dtype: Any
    """Of the rows of all blocks."""
    n_features: int
    allow_missing: bool
    owner: str
    classes: Any = None
    """Sorted class labels; None where there are no labels to read."""

    def rows(self, block, number):
        """The rows of a block, checked as an ensemble in memory checks all rows."""
        if len(block.shape) == 2 and block.shape[0] == 0:
            return np.empty((0, self.n_features), dtype=self.dtype)
        rows = check_array(
            block,
            dtype=None,
            accept_sparse="csr",
            ensure_all_finite=not self.allow_missing,
            input_name="X",
            estimator=f"{self.owner} (block {number})",
        )
        if rows.shape[1] != self.n_features:
            raise ValueError(f"X has {rows.shape[1]} features in block {number}, but {self.n_features} elsewhere.")
        if not np.can_cast(rows.dtype, self.dtype, "safe"):
            wider = str(np.promote_types(rows.dtype, self.dtype))
            raise ValueError(
                f"X has dtype {rows.dtype} in block {number}, but {self.dtype} by what Dask knows of it, which would "
                f"change its values: pass X.astype({wider!r}), or files of one "
                "schema."
            )
        return rows if rows.dtype == self.dtype else rows.astype(self.dtype)

    def rows_and_codes(self, rows, labels, number):
        """The rows of a block, and the class index of each of their labels."""
        if rows.shape[0] != labels.shape[0]:
            raise ValueError(
                f"X and y have {rows.shape[0]} and {labels.shape[0]} rows in block {number}: each row needs its "
                "label, in the same place. Take both from one frame, as df[features] and df[label]."
            )
        if hasattr(rows, "index") and hasattr(labels, "index") and not rows.index.equals(labels.index):
            raise ValueError(
                f"X and y have different indices in block {number}, so their rows may not belong together. Take both "
                "from one frame, or pass y.values if they are in the same order."
            )
        if labels.shape[0] == 0:
            return self.rows(rows, number), np.empty(0, dtype=np.int32)
        labels = plain_labels(labels, "y")
        check_none_missing(labels, "y")
        return self.rows(rows, number), encode_labels(labels, self.classes)[1].astype(np.int32)


def is_frame(X):
    """Whether rows are a dask dataframe."""
    return _is_of_pandas(X) and X.ndim == 2


def _is_of_pandas(X):
    """Whether something is a dask dataframe or series."""
    return is_dask_collection(X) and hasattr(X, "divisions") and hasattr(X, "to_delayed")


def is_collection(X):
    """Whether rows are a dask array or dataframe."""
    return isinstance(X, da.Array) or is_frame(X)


def example_rows(X):
    """Two rows in memory, of the columns and dtypes of a collection."""
    if is_frame(X):
        return X._meta_nonempty.iloc[[0, 0]].reset_index(drop=True)  # text may be missing in the second one
    return np.ones((2, X.shape[1]), dtype=X.dtype)


def check_rows(X):
    """A dask array whose blocks are whole rows, or a dask dataframe; TypeError or ValueError for anything else."""
    if not is_collection(X):
        raise TypeError(
            f"X is a {type(X).__name__}; pass a dask array of rows, or a dask dataframe. For rows in memory, there is "
            "skcert.PartitionAggregationEnsemble."
        )
    if is_frame(X):
        return X
    if X.ndim != 2 or np.isnan(X.shape[1]):
        raise ValueError(f"X has shape {X.shape}; a dask array of rows has two dimensions, the second one known.")
    return X if X.numblocks[1] == 1 else X.rechunk({1: -1})


def check_labels(y):
    """TypeError or ValueError unless labels are a dask series, or a dask array of one dimension."""
    if is_frame(y):
        raise ValueError(f"y has the columns {list(y.columns)}; pass one of them, such as df[label].")
    if not (
        isinstance(y, da.Array) or (is_dask_collection(y) and hasattr(y, "to_delayed") and hasattr(y, "divisions"))
    ):
        raise TypeError(f"y is a {type(y).__name__}; pass a dask series, such as df[label], or a dask array.")
    if isinstance(y, da.Array) and y.ndim != 1:
        raise ValueError(f"y has shape {y.shape}; pass one label for each row, of shape (n_train,).")


def paired_blocks(X, y):
    """Blocks of rows and of labels, in pairs: two lists of delayed objects.

    Rows and labels whose numbers are known are cut alike; of others, each block is checked where it is read.
    """
    check_labels(y)
    if isinstance(X, da.Array) and isinstance(y, da.Array) and not (np.isnan(X.shape[0]) or np.isnan(y.shape[0])):
        if X.shape[0] != y.shape[0]:
            raise ValueError(f"X has {X.shape[0]} rows, but y has {y.shape[0]} labels; each row needs one.")
        y = y if y.chunks[0] == X.chunks[0] else y.rechunk((X.chunks[0],))
    rows, labels = blocks_of(X), blocks_of(y)
    if len(rows) != len(labels):
        raise ValueError(
            f"X has {len(rows)} blocks, but y has {len(labels)}: which labels belong to which rows is not known. Take "
            "both from one frame, as df[features] and df[label], or use repartition() or rechunk() first."
        )
    return rows, labels


def blocks_of(collection):
    """Blocks of whole rows, or of labels, as a list of delayed objects.

    Dask's optimizer would join small files, and of few columns more of them than of many: then rows and labels of one
    frame would no longer be cut alike. Here only the columns that are needed are read.
    """
    if hasattr(collection, "simplify"):
        return list(collection.simplify().to_delayed(optimize_graph=False))
    return list(np.ravel(collection.to_delayed()))


def labels_of_block(block):
    """The different labels of a block, as an array."""
    labels = plain_labels(block, "y")
    check_none_missing(labels, "y")
    check_one_kind(labels, "y")
    return np.unique(labels)


def joined_classes(found):
    """All classes, sorted, from those of each block; ValueError if they are not of one kind."""
    found = [labels for labels in found if labels.shape[0]]
    if not found:
        raise ValueError("X has no rows: all blocks are empty.")
    one_kind = len({labels.dtype.kind for labels in found}) == 1
    joined = np.concatenate(found) if one_kind else [label for labels in found for label in labels.tolist()]
    return encode_labels(np.repeat(joined, 3) if one_kind else 3 * joined)[0]  # so that many classes are no regression
