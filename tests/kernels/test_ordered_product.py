"""Products whose bits do not depend on the batch, the layout or the threads."""

from fractions import Fraction

import numpy as np
import pytest

from skcert.kernels._ordered_product import ordered_product

DTYPES = [np.float64, np.float32]
SHAPES = [(1, 1, 1), (5, 3, 7), (24, 8, 16), (30, 9, 31), (61, 300, 530), (100, 257, 129)]


def _factors(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    rows, terms, columns = shape
    return rng.normal(size=(rows, terms)).astype(dtype), rng.normal(size=(terms, columns)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_agrees_with_numpy(shape, dtype):
    A, B = _factors(shape, dtype)
    product = ordered_product(A, B)
    assert product.dtype == dtype
    tolerance = 4 * shape[1] * np.finfo(dtype).eps * (np.abs(A) @ np.abs(B))
    assert (np.abs(product - A.astype(np.float64) @ B) <= tolerance).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_bits_depend_on_the_row_and_the_matrix_alone(shape, dtype):
    A, B = _factors(shape, dtype)
    product = ordered_product(A, B)
    order = np.random.default_rng(1).permutation(shape[0])
    assert np.array_equal(ordered_product(A[order], B), product[order])
    assert np.array_equal(ordered_product(np.asfortranarray(A), np.asfortranarray(B)), product)
    assert np.array_equal(ordered_product(A, np.repeat(B, 2, axis=1)[:, ::2]), product)
    assert np.array_equal(ordered_product(A, B, n_jobs=3), product)
    for size in (1, 2, 7, 23, 25):
        parts = [ordered_product(A[first : first + size], B) for first in range(0, shape[0], size)]
        assert np.array_equal(np.concatenate(parts), product)
    assert np.array_equal(
        np.concatenate([ordered_product(A, B[:, :1]), ordered_product(A, B[:, 1:])], axis=1), product
    )


def test_large_products_are_split_among_threads_without_a_trace():
    A, B = _factors((50, 700, 3000), np.float32)
    assert np.array_equal(ordered_product(A, B, n_jobs=2), ordered_product(A, B))
    assert np.array_equal(ordered_product(A[:3], B), ordered_product(A, B)[:3])


def test_every_term_is_rounded_once():
    """Fused: in exact arithmetic, rounded to double after each term."""
    A, B = _factors((7, 12, 3), np.float64, seed=3)
    expected = np.zeros((7, 3))
    for t in range(7):
        for i in range(3):
            for j in range(12):
                exact = Fraction(A[t, j]) * Fraction(B[j, i]) + Fraction(expected[t, i])
                expected[t, i] = float(exact)
    assert np.array_equal(ordered_product(A, B), expected)


def test_empty_and_what_is_not_a_number():
    assert ordered_product(np.ones((0, 3)), np.ones((3, 2))).shape == (0, 2)
    assert ordered_product(np.ones((2, 0)), np.ones((0, 2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert ordered_product(np.ones((2, 3)), np.ones((3, 0))).shape == (2, 0)
    A = np.ones((40, 3))
    A[7, 1] = np.nan
    assert np.isnan(ordered_product(A, np.ones((3, 20)))).sum() == 20


def test_two_precisions_are_computed_in_double():
    A, B = _factors((30, 20, 40), np.float32)
    product = ordered_product(A.astype(np.float64), B)
    assert product.dtype == np.float64 and np.array_equal(product, ordered_product(A.astype(float), B.astype(float)))
