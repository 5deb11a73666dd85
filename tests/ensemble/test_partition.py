import numpy as np

from skcert._utils import row_digests
from skcert.ensemble._partition import hash_partition, hashed_parts, random_partition


def test_hash_is_the_same_on_every_machine():
    X = np.array([[0.0, 1.0], [2.5, -3.0], [1e300, 5e-324]])
    assert hash_partition(row_digests(X), 1000).tolist() == [546, 554, 476]


def test_hash_spreads_rows():
    X = np.random.default_rng(0).integers(-3, 4, size=(2_000, 3)).astype(np.float64)
    counts = np.bincount(hash_partition(row_digests(np.unique(X, axis=0)), 5), minlength=5)
    assert counts.min() > 40 and counts.max() < 100  # 343 distinct rows


def test_random_is_balanced_and_seeded():
    partition = random_partition(103, 10, 0)
    assert sorted(np.bincount(partition)) == [10] * 7 + [11] * 3
    assert np.array_equal(partition, random_partition(103, 10, 0))
    assert not np.array_equal(partition, random_partition(103, 10, 1))


def test_rows_of_a_partition_come_in_the_order_of_their_contents():
    """Whatever the order of all rows; equal contents in that of their positions."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, size=(60, 2)).astype(float)
    ids = np.arange(60)
    for _ in range(5):
        parts = hashed_parts(X, 4)
        contents = [X[rows].tolist() for rows in parts]
        for rows in parts:
            equal = (X[rows][1:] == X[rows][:-1]).all(axis=1)
            assert (np.diff(rows)[equal] > 0).all()
        order = rng.permutation(60)
        X, ids = X[order], ids[order]
        assert [X[rows].tolist() for rows in hashed_parts(X, 4)] == contents
