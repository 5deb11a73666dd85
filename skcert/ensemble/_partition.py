"""Which training row belongs to which partition, decided by rows and seeds, never by labels."""

import hashlib

import numpy as np
from scipy import sparse
from sklearn.utils import check_random_state, gen_batches

_BLOCK_ROWS = 1024


def hash_partition(X, n_partitions):
    """Assign each row by a hash of its content.

    The same row goes to the same partition on every machine, at any position in X, next to any other
    rows, in float32 or float64, dense or sparse. Equal rows share a partition.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Rows; of dtype object where they are not numbers.
    n_partitions : int
        Number of partitions.

    Returns
    -------
    partition_of_row : ndarray of shape (n_samples,), int64
    """
    partition_of_row = np.empty(X.shape[0], dtype=np.int64)
    for rows in gen_batches(X.shape[0], _BLOCK_ROWS):
        for i, content in enumerate(_row_contents(X[rows]), start=rows.start):
            digest = hashlib.blake2b(content, digest_size=8).digest()
            partition_of_row[i] = int.from_bytes(digest, "little") % int(n_partitions)
    return partition_of_row


def random_partition(n_samples, n_partitions, random_state):
    """Assign rows at random to partitions whose sizes differ by at most one.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    n_partitions : int
        Number of partitions.
    random_state : int, RandomState instance or None
        Seed.

    Returns
    -------
    partition_of_row : ndarray of shape (n_samples,), int64
    """
    return check_random_state(random_state).permutation(np.arange(n_samples, dtype=np.int64) % n_partitions)


def partitions_of_rows(kind, X, n_partitions, random_state):
    """The partition of each row, by its hash or at random; ValueError for more partitions than rows."""
    check_n_partitions(n_partitions, X.shape[0])
    if kind == "hash":
        return hash_partition(X, n_partitions)
    return random_partition(X.shape[0], n_partitions, random_state)


def rows_of_each(partition_of_row, n_partitions):
    """Row indices of each partition, ascending: a list of `n_partitions` ndarrays."""
    by_partition = np.argsort(partition_of_row, kind="stable")
    ends = np.cumsum(np.bincount(partition_of_row, minlength=n_partitions))
    return np.split(by_partition, ends[:-1])


def check_n_partitions(n_partitions, n_samples):
    """Raise ValueError for more partitions than rows."""
    if n_partitions > n_samples:
        raise ValueError(
            f"n_partitions={n_partitions} is more than n_samples={n_samples}; "
            f"choose n_partitions between 1 and {n_samples}."
        )


def _row_contents(block):
    """One bytes object per row, equal for rows of equal content."""
    if sparse.issparse(block):
        block = block.toarray()
    if block.dtype == object:
        try:
            block = block.astype(np.float64)
        except (TypeError, ValueError):
            return [repr(row).encode() for row in block.tolist()]
    elif block.dtype.kind in "US":
        return [repr(row).encode() for row in block.tolist()]
    block = np.ascontiguousarray(block, dtype="<f8") + 0.0  # -0.0 becomes 0.0
    block[np.isnan(block)] = np.nan
    return [row.tobytes() for row in block]
