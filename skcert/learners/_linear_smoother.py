"""Label weights of ridge regression on the rows themselves, linear in the number of rows.

With training rows x_i, their mean m (0 without an intercept) and ``C = sum_i (x_i - m)(x_i - m)'``, label weights are

    ``a_i(x) = g(x)'x_i + o(x),   g(x) = (C + alpha I)^-1 (x - m),   o(x) = 1 / n - g(x)'m``

(without an intercept, o = 0): of rank n_features + 1, so that no n x n matrix is needed. With fewer rows than columns,
the n x n matrix is the smaller one, and ``a(x) = k(x) S + b`` with ``k_i(x) = (x - m)'(x_i - m)`` and S, b as in
`ridge_smoother`. In the limit ``alpha -> inf`` of alpha times the scores, less class frequencies, nothing is inverted:
``g(x) = x - m`` and ``o(x) = -g(x)'m``.

Scores are ``f_c = sum_i a_i [y_i = c]``, or, in another order of summation, ``g(x)' sum_i x_i [y_i = c] + n_c o(x)``.
`SumsByClass` computes them in this order, at a cost that does not depend on n, and `LinearSmoother.rounding` bounds by
how much the two may differ. With u the unit roundoff of label weights, v that of double precision, d features, and
``S = sum_i |g|'|x_i| + n |o|``:

- a label weight is a chain of d products and sums, and o. Each step is off by u times the partial sum s_ik that it
  makes (and u |g_k x_ik| where products are rounded, too), so all label weights by u sum_ik |s_ik| + 2 u S. The sum is
  at most d S, too much in single precision, where few predictions would be certain; by Cauchy & Schwarz its term k is
  also at most ``(n g_k' G_k g_k)^(1/2)``, with the first k coordinates of g and the Gram matrix G_k of the first k
  columns of all rows (not centred), which is smaller by about ``d^(1/2)``. That the s_ik are those computed costs
  (d u)^2 S more;
- a sum of label weights by class is off by n v S more, once multiplied by a score weight by v S;
- a sum of rows by class is off by n v ``sum_i |x_i|``, so what g makes of it by (n + d) v S; o and the score weight
  cost 4 v S.

(Higham 2002, chapter 3.) The bound takes machine epsilons 2 u and 2 v for u and v wherever that does not matter, a
tenth more for the rounding of the bound itself, and the smallest number there is for each operation that underflows.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from .._utils import blas_threads
from ..kernels import ordered_product
from ._positive_definite import invert_positive_definite
from ._row_sums import absolute_column_sums, class_sums, column_means, dense, gram_of_columns, gram_of_rows
from ._smoother import ridge_smoother, smoothed_labels


class LinearSmoother:
    """From rows to label weights; for each row the same to the last bit, whatever the other rows are.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, n_features), float32 or float64
        Training rows; kept, not copied.
    alpha : float
        Ridge; ``numpy.inf`` is the limit.
    centre : bool
        Whether there is an intercept.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix to invert is not positive definite.
    FloatingPointError
        If it overflows.
    """

    def __init__(self, X, alpha, centre):
        n, n_features = X.shape
        self.rows = X
        self.mean = column_means(X) if centre else np.zeros(n_features)
        self.constant = 1.0 / n if centre and alpha < np.inf and n >= n_features else 0.0
        self.inverse = self.smoother = self.offset = self.products = None
        self.condition = 1.0
        with np.errstate(over="ignore", invalid="ignore"):
            self.row_sizes = absolute_column_sums(X)
            if alpha < np.inf:
                (self._set_smoother if n < n_features else self._set_inverse)(X, alpha, centre)

    def _set_inverse(self, X, alpha, centre):
        matrix = _finite(gram_of_columns(X, self.mean))
        if X.dtype == np.float32:
            self.products = np.tril(matrix + X.shape[0] * np.outer(self.mean, self.mean))
        matrix.flat[:: matrix.shape[0] + 1] += alpha
        norm = np.abs(matrix).sum(axis=1).max()
        invert_positive_definite(matrix)
        self.inverse = matrix
        self.condition = float(norm * np.abs(matrix).sum(axis=1).max())

    def _set_smoother(self, X, alpha, centre):
        kernel = _finite(gram_of_rows(X, self.mean))
        if centre:  # a constant changes nothing but the eigenvalue 0 of the centred kernel
            kernel += np.trace(kernel) / kernel.shape[0] ** 2
        self.smoother, self.offset, self.condition = ridge_smoother(kernel, alpha, centre)

    def is_low_rank(self):
        """Whether label weights are ``g(x)'x_i + o(x)``."""
        return self.smoother is None

    def coordinates(self, X):
        """The vectors g(x) of some rows, in the precision of the training rows; without an inverse, x - m."""
        rows = dense(X) - self.mean
        if self.inverse is not None:
            rows = ordered_product(rows, self.inverse, blas_threads())
        with np.errstate(over="ignore"):  # what overflows makes label weights overflow, which is refused
            return rows.astype(self.rows.dtype)

    def offsets(self, coordinates):
        """The numbers o(x), in the precision of the training rows."""
        along_mean = ordered_product(coordinates.astype(np.float64), self.mean[:, None])[:, 0]
        with np.errstate(over="ignore", invalid="ignore"):
            return (self.constant - along_mean).astype(self.rows.dtype)

    def sums_by_class(self, one_hot):
        """Sums of label weights by class, as a matrix by which rows less their mean are multiplied, and a constant."""
        rows, counts = self.rows, one_hot.sum(axis=0)
        if not self.is_low_rank():
            smoothed = smoothed_labels(one_hot, self.smoother, centre=False)
            return rows.T @ smoothed - np.outer(self.mean, smoothed.sum(axis=0)), self.offset @ one_hot
        sums = rows.T @ one_hot - np.outer(self.mean, counts)
        return sums if self.inverse is None else self.inverse @ sums, self.constant * counts

    def own_weights(self, coordinates, offsets, X):
        """The label weight of each of some training rows at itself, of a smoother of low rank; float64."""
        return np.einsum("ij,ij->i", coordinates.astype(np.float64), dense(X)) + offsets

    def weights(self, coordinates):
        """Label weights, a new array of shape (n_rows, n)."""
        weights = self._products(coordinates)
        with np.errstate(over="ignore", invalid="ignore"):
            weights += self.offsets(coordinates)[:, None]
            if self.is_low_rank():
                return weights
            weights = ordered_product(weights.astype(np.float64), self.smoother, blas_threads()) + self.offset
            return weights.astype(self.rows.dtype, copy=False)

    def sizes(self, coordinates, offsets):
        """No less than the sum of the absolute values of the label weights, shape (n_rows,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            sums = ordered_product(np.abs(coordinates.astype(np.float64)), self.row_sizes[:, None], blas_threads())
            return 1.1 * (sums[:, 0] + np.abs(offsets.astype(np.float64)) * self.rows.shape[0])

    def rounding(self, coordinates, offsets):
        """By how much a sum of label weights by class may differ from `SumsByClass.scores`, shape (n_rows,)."""
        (n, n_features), precision = self.rows.shape, np.finfo(coordinates.dtype)
        single, double = float(precision.eps), float(np.finfo(np.float64).eps)
        smallest = float(precision.tiny) * single
        with np.errstate(over="ignore", invalid="ignore"):
            sizes = self.sizes(coordinates, offsets)
            partial_sums = self._partial_sums(coordinates, sizes)
            relative = 2.0 * single + (n_features * single) ** 2 + (n + n_features + 8) * double
            return 1.1 * (0.5 * single * partial_sums + relative * sizes) + 2.0 * n * (n_features + 2) * smallest

    def _partial_sums(self, coordinates, sizes):
        """No less than the sum of the absolute partial sums of the products that make the label weights."""
        n, n_features = self.rows.shape
        if self.products is None:
            return n_features * sizes
        g = coordinates.astype(np.float64)
        below = ordered_product(g, self.products.T, blas_threads())  # for each k, of the first k coordinates
        diagonal = self.products.diagonal()
        squares = np.cumsum(2.0 * g * below - diagonal * g**2, axis=1)
        lengths = np.cumsum(np.abs(g) * np.sqrt(diagonal), axis=1)
        squares += (n + 4 * n_features + 16) * float(np.finfo(np.float64).eps) * lengths**2
        return np.sqrt(n * np.maximum(squares, 0.0)).sum(axis=1)

    def _products(self, coordinates):
        if not sparse.issparse(self.rows):
            return ordered_product(coordinates, self.rows.T, blas_threads())
        products = np.empty((coordinates.shape[0], self.rows.shape[0]), dtype=self.rows.dtype)
        for product, vector in zip(products, coordinates):  # one by one, which no batch can change
            product[:] = self.rows @ vector
        return products


class SumsByClass(NamedTuple):
    """The training rows as scores need them where label weights are not computed."""

    of_rows: np.ndarray
    """(n_features, n_classes): the sum of the rows of each class."""
    counts: np.ndarray
    """(n_classes,): how many rows each class has."""

    def scores(self, coordinates, offsets):
        """``g(x)' sum_i x_i [y_i = c] + n_c o(x)``, shape (n_rows, n_classes), float64."""
        with np.errstate(over="ignore", invalid="ignore"):
            sums = ordered_product(coordinates.astype(np.float64), self.of_rows, blas_threads())
            return sums + offsets.astype(np.float64)[:, None] * self.counts


def sums_by_class(X, codes, n_classes):
    """`SumsByClass` of training rows."""
    with np.errstate(over="ignore", invalid="ignore"):
        return SumsByClass(class_sums(X, codes, n_classes), np.bincount(codes, minlength=n_classes))


def _finite(matrix):
    if not np.isfinite(matrix).all():
        raise FloatingPointError("overflow")
    return matrix
