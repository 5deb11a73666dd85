"""Which training row belongs to which partition, decided by rows and seeds, never by labels."""

import numpy as np
from sklearn.utils import check_random_state

from .._utils import row_digests


def hash_partition(digests, n_partitions):
    """Assign each row by a hash of its content: `row_digests`. Equal rows share a partition.

    Parameters
    ----------
    digests : ndarray of shape (n_samples,), uint64
    n_partitions : int

    Returns
    -------
    partition_of_row : ndarray of shape (n_samples,), int64
    """
    return (digests % np.uint64(n_partitions)).astype(np.int64)


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


def rows_of_each(partition_of_row, n_partitions):
    """Row indices of each partition, ascending: a list of `n_partitions` ndarrays."""
    by_partition = np.argsort(partition_of_row, kind="stable")
    ends = np.cumsum(np.bincount(partition_of_row, minlength=n_partitions))
    return np.split(by_partition, ends[:-1])


def by_content(indices, digests):
    """Ascending row indices in an order that depends on the rows' contents: equal contents by position.

    A member that is fitted in this order is a function of the rows that it gets, whatever their order. Labels have no
    say in it: label weights depend on the order of equal rows, and must not depend on labels.
    """
    return indices[np.argsort(digests[indices], kind="stable")]


def hashed_parts(X, n_partitions):
    """Rows of each partition by a hash of their content, in the order of their contents."""
    digests = row_digests(X)
    return [by_content(rows, digests) for rows in rows_of_each(hash_partition(digests, n_partitions), n_partitions)]


def random_parts(n_samples, n_partitions, random_state):
    """Rows of each random partition, ascending; ValueError if there are more partitions than rows."""
    if n_partitions > n_samples:  # some would always be empty
        raise ValueError(
            f"n_partitions={n_partitions} is more than n_samples={n_samples}; "
            f"choose n_partitions between 1 and {n_samples}."
        )
    return rows_of_each(random_partition(n_samples, n_partitions, random_state), n_partitions)
