"""Sums over many rows, dense or sparse: means, Gram matrices, rows summed by class.

They are computed in double precision and in blocks of rows, so that nothing larger than a block is copied.
"""

import numpy as np
from scipy import sparse

_BLOCK_NUMBERS = 2**20
_LEAST_ROWS, _MOST_ROWS = 256, 8192
_SPARSE_ENOUGH = (
    8  # columns for each stored entry of a row, from which a sparse Gram product is faster than a dense one
)


def dense(X):
    """Rows as an array in double precision."""
    return (X.toarray() if sparse.issparse(X) else X).astype(np.float64, copy=False)


def column_means(X):
    """Mean of each column, float64."""
    if sparse.issparse(X):
        return np.bincount(X.indices, weights=X.data, minlength=X.shape[1]) / X.shape[0]
    return X.mean(axis=0, dtype=np.float64)


def absolute_column_sums(X):
    """Sum of the absolute values of each column, float64."""
    if sparse.issparse(X):
        return np.bincount(X.indices, weights=np.abs(X.data), minlength=X.shape[1])
    sums = np.zeros(X.shape[1])
    for rows in _blocks(X):
        sums += np.abs(X[rows]).sum(axis=0, dtype=np.float64)
    return sums


def class_sums(X, codes, n_classes):
    """Sum of the rows of each class, shape (n_features, n_classes), float64."""
    sums = np.zeros((n_classes, X.shape[1]))
    for rows in _blocks(X):
        own = codes[rows]
        members = sparse.csr_matrix((np.ones(own.shape[0]), (own, np.arange(own.shape[0]))), (n_classes, own.shape[0]))
        part = members @ X[rows]
        sums += part.toarray() if sparse.issparse(part) else part
    return np.ascontiguousarray(sums.T)


def gram_of_columns(X, mean):
    """``(X - mean)' (X - mean)``, shape (n_features, n_features)."""
    n_features = X.shape[1]
    gram = np.zeros((n_features, n_features))
    if sparse.issparse(X) and X.nnz * _SPARSE_ENOUGH <= X.shape[0] * n_features:
        for rows in _blocks(X, max(_MOST_ROWS, 4 * n_features)):
            block = X[rows].astype(np.float64)
            gram += (block.T @ block).toarray()
        gram -= X.shape[0] * np.outer(mean, mean)
        return gram
    for rows in _blocks(X):
        block = dense(X[rows]) - mean
        gram += block.T @ block
    return gram


def gram_of_rows(X, mean):
    """``(X - mean) (X - mean)'``, shape (n_rows, n_rows)."""
    gram = np.empty((X.shape[0], X.shape[0]))
    if sparse.issparse(X) and X.nnz * _SPARSE_ENOUGH <= X.shape[0] * X.shape[1]:
        X = X.astype(np.float64)
        for rows in _blocks(X, _LEAST_ROWS):
            gram[rows] = (X[rows] @ X.T).toarray()
        along_mean = X @ mean - 0.5 * (mean @ mean)
        gram -= along_mean
        gram -= along_mean[:, None]
        return gram
    for rows in _blocks(X):
        block = dense(X[rows]) - mean
        for columns in _blocks(X[: rows.stop]):
            gram[rows, columns] = block @ (dense(X[columns]) - mean).T
            gram[columns, rows] = gram[rows, columns].T
    return gram


def _blocks(X, height=None):
    height = height or min(max(_BLOCK_NUMBERS // X.shape[1], _LEAST_ROWS), _MOST_ROWS)
    return [slice(first, min(first + height, X.shape[0])) for first in range(0, X.shape[0], height)]
