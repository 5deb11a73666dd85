import numpy as np
import pytest
from scipy import sparse

from skcert.ensemble._partition import hash_partition, random_partition


@pytest.fixture
def X():
    return np.random.default_rng(0).integers(-3, 4, size=(2_000, 3)).astype(np.float64)


def test_hash_is_the_same_on_every_machine():
    X = np.array([[0.0, 1.0], [2.5, -3.0], [1e300, 5e-324]])
    assert hash_partition(X, 1000).tolist() == hash_partition(X[::-1], 1000)[::-1].tolist() == [546, 554, 476]


def test_hash_depends_on_content_alone(X):
    expected = hash_partition(X, 7)
    order = np.random.default_rng(1).permutation(len(X))
    assert np.array_equal(hash_partition(X[order], 7), expected[order])
    assert np.array_equal(hash_partition(X[5:6], 7), expected[5:6])
    for same in (X.astype(np.float32), X.astype(int), np.asfortranarray(X), sparse.csr_matrix(X), X.astype(object)):
        assert np.array_equal(hash_partition(same, 7), expected)
    negative_zero = np.where(X == 0, -0.0, X)
    assert np.array_equal(hash_partition(negative_zero, 7), expected)


def test_hash_spreads_rows(X):
    counts = np.bincount(hash_partition(np.unique(X, axis=0), 5), minlength=5)
    assert counts.min() > 40 and counts.max() < 100  # 343 distinct rows


def test_hash_takes_text_and_missing_values():
    text = np.array([["a", "b"], ["a", "b"], ["ab", ""]], dtype=object)
    first, second, third = hash_partition(text, 10**6)
    assert first == second != third
    assert len(set(hash_partition(text.astype(str), 10**6))) == 2
    missing = np.array([[np.nan, 1.0], [-np.nan, 1.0]])
    assert len(set(hash_partition(missing, 10**6))) == 1


def test_random_is_balanced_and_seeded():
    partition = random_partition(103, 10, 0)
    assert sorted(np.bincount(partition)) == [10] * 7 + [11] * 3
    assert np.array_equal(partition, random_partition(103, 10, 0))
    assert not np.array_equal(partition, random_partition(103, 10, 1))
