"""A row's digest depends on that row alone."""

from decimal import Decimal

import numpy as np
import pytest
from scipy import sparse

from skcert._utils import row_digests


@pytest.fixture
def X():
    return np.random.default_rng(0).integers(-3, 4, size=(2_000, 3)).astype(np.float64)


def test_position_and_type_of_the_array_do_not_matter(X):
    expected = row_digests(X)
    order = np.random.default_rng(1).permutation(len(X))
    assert np.array_equal(row_digests(X[order]), expected[order])
    assert np.array_equal(row_digests(X[5:6]), expected[5:6])
    for same in (X.astype(np.float32), X.astype(int), np.asfortranarray(X), sparse.csr_matrix(X), X.astype(object)):
        assert np.array_equal(row_digests(same), expected)
    negative_zero = np.where(X == 0, -0.0, X)
    assert np.array_equal(row_digests(negative_zero), expected)


def test_explicit_zeros_do_not_matter():
    stored = sparse.csr_matrix((np.array([1.0, 0.0]), np.array([0, 2]), np.array([0, 2])), shape=(1, 3))
    assert np.array_equal(row_digests(stored), row_digests(np.array([[1.0, 0.0, 0.0]])))


@pytest.mark.parametrize(
    "stranger",
    ["text", None, 10**400, Decimal("0.1"), b"bytes", (1, "a"), np.nan, True],
    ids=lambda cell: repr(cell)[:9],
)
def test_a_row_of_another_kind_moves_no_other(X, stranger):
    """A block used to be hashed in another way as a whole once it had one cell of text."""
    rows = X[:50].astype(object)
    beside = np.concatenate([rows[:20], np.array([[stranger, 1.0, 2.0]] * 2, dtype=object), rows[20:]])
    digests = row_digests(beside)
    assert np.array_equal(np.delete(digests, [20, 21]), row_digests(X[:50]))
    assert digests[20] == digests[21]


def test_text_and_what_is_missing():
    text = np.array([["a", "b"], ["a", "b"], ["ab", ""]], dtype=object)
    first, second, third = row_digests(text)
    assert first == second != third
    assert np.array_equal(row_digests(text.astype(str)), row_digests(text))
    longer = np.concatenate([text.astype(str), np.array([["a much longer text", "b"]])])
    assert np.array_equal(row_digests(longer)[:3], row_digests(text))
    missing = np.array([[np.nan, 1.0], [-np.nan, 1.0]])
    assert len(set(row_digests(missing))) == 1
    assert np.array_equal(row_digests(np.array([[None, 1], [np.nan, 1]], dtype=object)), row_digests(missing))


def test_numbers_beside_text_are_numbers():
    """A column of whole numbers becomes one of floats once somebody inserts 2.5."""
    whole = np.array([["a", 1], ["b", 0]], dtype=object)
    floats = np.array([["a", 1.0], ["b", -0.0]], dtype=object)
    single = np.array([["a", np.float32(1)], ["b", np.int8(0)]], dtype=object)
    assert np.array_equal(row_digests(whole), row_digests(floats))
    assert np.array_equal(row_digests(whole), row_digests(single))
    apart = np.array([["1", "x"], [1, "x"], ["nan", "x"], [np.nan, "x"]], dtype=object)
    assert len(set(row_digests(apart))) == 4


def test_no_columns_and_no_rows():
    assert row_digests(np.empty((0, 3))).shape == (0,)
    assert len(set(row_digests(np.empty((4, 0))))) == 1
