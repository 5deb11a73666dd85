"""From a kernel matrix to label weights: ridge, gradient flow, and the limit of infinite ridge.

With n training rows, label weights are ``a(x) = k(x) S + b``: a smoother matrix S of shape (n, n), or the identity,
and an offset b of shape (n,). All of it is computed without labels. ``centre`` means an unpenalised intercept.
"""

import numpy as np
from sklearn.utils import gen_batches

from ._positive_definite import invert_positive_definite

_BLOCK_ROWS = 256


def ridge_smoother(kernel, alpha, centre):
    """Kernel ridge regression: ``S = (K + alpha I)^-1``, with the intercept projected out.

    With M that inverse, u = M 1 and w = u / sum(u), label weights with intercept are k(x) (M - u w') + w.

    Parameters
    ----------
    kernel : ndarray of shape (n, n)
        Symmetric kernel matrix, C-contiguous; overwritten.
    alpha : float
        Ridge.
    centre : bool
        Whether there is an intercept.

    Returns
    -------
    smoother : ndarray of shape (n, n)
    offset : ndarray of shape (n,)
    condition : float
        Condition number of ``K + alpha I`` in the 1-norm.

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``K + alpha I`` is not positive definite.
    """
    kernel.flat[:: kernel.shape[0] + 1] += alpha
    norm = _one_norm(kernel)
    invert_positive_definite(kernel)
    inverse = kernel
    condition = float(norm) * float(_one_norm(inverse))
    if not centre:
        return inverse, np.zeros(inverse.shape[0], dtype=inverse.dtype), condition
    row_sums = inverse.sum(axis=1)
    offset = row_sums / row_sums.sum()
    for rows in gen_batches(inverse.shape[0], _BLOCK_ROWS):
        inverse[rows] -= np.outer(row_sums[rows], offset)
    return inverse, offset, condition


def gradient_flow_smoother(kernel, alpha, training_time, centre):
    """Gradient flow on the ridge objective, started at zero and stopped at `training_time`.

    ``S = (K + alpha I)^-1 (I - exp(-t (K + alpha I) / n))`` (Lee et al. 2019, section 2.2, plus ridge), by an
    eigendecomposition. The intercept is fitted at once, the flow works on the centred kernel.

    Parameters
    ----------
    kernel : ndarray of shape (n, n)
        Symmetric kernel matrix.
    alpha : float
        Ridge.
    training_time : float
        Time t, for learning rate 1 and the mean of the squared losses.
    centre : bool
        Whether there is an intercept.

    Returns
    -------
    smoother : ndarray of shape (n, n)
    offset : ndarray of shape (n,)

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``K + alpha I`` has an eigenvalue below zero by more than rounding.
    """
    n = kernel.shape[0]
    column_means = kernel.mean(axis=0)
    if centre:
        kernel = kernel - column_means - column_means[:, None] + column_means.mean()
    eigenvalues, vectors = np.linalg.eigh(kernel)
    eigenvalues += alpha
    rounding = n * np.finfo(kernel.dtype).eps * np.abs(eigenvalues).max()
    if eigenvalues.min() < -rounding:
        raise np.linalg.LinAlgError("kernel is not positive semi-definite")
    speeds = training_time / n * np.maximum(eigenvalues, 0.0)
    # (1 - exp(-s)) / s, which is 1 at 0
    fitted = np.ones_like(speeds)
    np.divide(-np.expm1(-speeds), speeds, out=fitted, where=speeds > 0.0)
    smoother = (vectors * (training_time / n * fitted)) @ vectors.T
    if not centre:
        return smoother, np.zeros(n, dtype=kernel.dtype)
    smoother -= smoother.mean(axis=0)
    smoother -= smoother.mean(axis=1)[:, None]
    return smoother, (1.0 / n - column_means @ smoother).astype(kernel.dtype, copy=False)


def infinite_ridge_offset(kernel_chunks, n):
    """Offset of the limit ``alpha -> inf`` with intercept, where label weights are the doubly centred kernel row.

    The scores of ridge regression, less the class frequencies and times alpha, tend to
    ``sum_i [y_i = c] (k(x, x_i) - mean_j k(x, x_j) - mean_j k(x_j, x_i) + mean_jl k(x_j, x_l))``. Nothing is
    factorised, and no matrix kept.

    Parameters
    ----------
    kernel_chunks : iterable of ndarrays of shape (n_rows, n)
        The kernel matrix, some rows at a time.
    n : int
        Number of training rows.

    Returns
    -------
    offset : ndarray of shape (n,), float64
        What is added to ``k(x) - mean(k(x))``.
    """
    column_means = np.zeros(n)
    for chunk in kernel_chunks:
        column_means += chunk.sum(axis=0, dtype=np.float64)
    column_means /= n
    return column_means.mean() - column_means


def _one_norm(matrix):
    """Largest absolute row sum, without a second array of the size of `matrix`."""
    return max(np.abs(matrix[rows]).sum(axis=1).max() for rows in gen_batches(matrix.shape[0], _BLOCK_ROWS))
