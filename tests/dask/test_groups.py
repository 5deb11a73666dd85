"""Tasks that a dead worker leaves behind are computed again, with the same outcome."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier

from skcert._utils import row_digests
from skcert.dask._blocks import Reader
from skcert.dask._groups import Recipe, fit_group, number_of_groups, partitions_of_group, rows_of_member, split_block
from skcert.ensemble import hash_partition
from skcert.ensemble._partition import hashed_parts


def pieces_of(X, y, n_partitions, n_groups):
    reader = Reader(X.dtype, X.shape[1], False, "owner", np.unique(y))
    cut = [slice(0, 100), slice(100, 101), slice(101, 101), slice(101, None)]
    return [split_block(reader, n_partitions, n_groups, i, X[rows], y[rows]) for i, rows in enumerate(cut)]


@pytest.mark.parametrize(("n_partitions", "n_groups"), [(1, 1), (7, 7), (7, 3), (40, 6)])
def test_rows_and_their_order_are_those_in_memory(digits, n_partitions, n_groups):
    X, y, _ = digits
    recipe = Recipe(DecisionTreeClassifier(), np.arange(n_partitions), np.unique(y), n_partitions, False, 1)
    expected = hashed_parts(X, n_partitions)
    of_blocks = pieces_of(X, y, n_partitions, n_groups)
    seen = []
    for group in range(n_groups):
        for partition in partitions_of_group(group, n_groups, n_partitions):
            rows, codes = rows_of_member(recipe, partition, [pieces[group] for pieces in of_blocks])
            assert np.array_equal(rows, X[expected[partition]]) and rows.flags.c_contiguous
            assert np.array_equal(codes, y[expected[partition]])
            seen.append(partition)
    assert sorted(seen) == list(range(n_partitions))


def test_pieces_do_not_keep_their_block(digits):
    X, y, _ = digits
    assert all(piece.rows.base is None for pieces in pieces_of(X, y, 7, 3) for piece in pieces)


def test_fitting_again_gives_the_same(digits):
    X, y, X_test = digits
    base = DecisionTreeClassifier(max_features=2)
    recipe = Recipe(base, np.arange(5), np.unique(y), 5, False, 1)
    first, again = (fit_group(recipe, [0, 3], [pieces[0] for pieces in pieces_of(X, y, 5, 1)]) for _ in range(2))
    assert first.partitions == again.partitions == [0, 3]
    for member, other, partition in zip(first.members, again.members, first.partitions):
        assert np.array_equal(member.predict(X_test), other.predict(X_test))
        rows = hash_partition(row_digests(X), 5) == partition
        assert np.array_equal(member.predict(X[rows]).shape, (rows.sum(),))
        assert member.random_state == other.random_state is not None
    assert clone(base).random_state is None


@pytest.mark.parametrize(
    ("n_partitions", "n_blocks", "n_threads", "n_groups"),
    [
        (400, 64, 3, 128),
        (10, 64, 3, 10),
        (10_000, 64, 64, 256),
        (10_000, 10_000, 3, 12),
        (5000, 1, 2, 1024),
        (1, 9, 0, 1),
    ],
)
def test_there_are_few_pieces_and_enough_groups(n_partitions, n_blocks, n_threads, n_groups):
    assert number_of_groups(n_partitions, n_blocks, n_threads) == n_groups
