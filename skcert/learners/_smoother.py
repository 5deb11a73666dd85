"""From a kernel matrix to label weights: ridge, gradient flow, and the limit of infinite ridge.

With n training rows, label weights are ``a(x) = k(x) S + b``: a smoother matrix S of shape (n, n) and an offset b of
shape (n,). S may be an array, a `SpectralSmoother`, or None for the identity (with an intercept, less the mean of the
kernel row). `ridge_smoother`, `gradient_flow_smoother`, `limit_smoother` and `spectral_smoother` make a `Smoothing` of
them, and `smoothed` applies it. All of it is computed without labels. ``centre`` means an unpenalised intercept.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from sklearn.utils import gen_batches

from ..kernels import ordered_product
from ._positive_definite import invert_positive_definite

_BLOCK_ROWS = 256


class SpectralSmoother:
    """The smoother ``U diag(f) U'``, by which kernel rows are multiplied; several of them may share U.

    Parameters
    ----------
    vectors : ndarray of shape (n, n)
        The matrix U.
    factors : ndarray of shape (n,)
        The diagonal f.
    """

    def __init__(self, vectors, factors):
        self.vectors = vectors
        self.factors = factors


class Smoothing(NamedTuple):
    """What takes kernel rows to label weights, and how well it is determined."""

    smoother: np.ndarray | SpectralSmoother | None
    """The matrix S of shape (n, n); None for the identity."""
    offset: np.ndarray
    """The vector b of shape (n,)."""
    condition: float = 1.0
    """Condition number of the matrix that was inverted."""


def smoothed(kernel, smoother, offset, centre, n_jobs=1):
    """Label weights of kernel rows: for each row the same to the last bit, whatever the other rows are.

    Parameters
    ----------
    kernel : ndarray of shape (n_rows, n)
    smoother, offset
        As in `Smoothing`.
    centre : bool
        Whether there is an intercept.
    n_jobs : int, default=1
        Threads.

    Returns
    -------
    weights : ndarray of shape (n_rows, n)
        A new array.
    """
    if smoother is not None:
        weights = _product(kernel, smoother, n_jobs)
    elif centre:
        weights = kernel - kernel.mean(axis=1, keepdims=True)
    else:
        return np.array(kernel)
    weights += offset
    return weights


def smoothed_labels(one_hot, smoother, centre):
    """The matrix of which kernel rows make sums of label weights by class, but for the offset's; float64.

    Parameters
    ----------
    one_hot : ndarray of shape (n, n_classes), float64
    smoother, centre
        As in `smoothed`.

    Returns
    -------
    coefficients : ndarray of shape (n, n_classes)
    """
    if smoother is None:
        return one_hot - one_hot.mean(axis=0) if centre else one_hot
    if isinstance(smoother, SpectralSmoother):
        vectors = smoother.vectors
        return vectors @ (smoother.factors[:, None] * (vectors.T @ one_hot))
    return np.concatenate([smoother[rows] @ one_hot for rows in gen_batches(smoother.shape[0], _BLOCK_ROWS)])


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
    smoothing : Smoothing
        With an array, and the condition number of ``K + alpha I`` in the 1-norm.

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
        return Smoothing(inverse, np.zeros(inverse.shape[0], dtype=inverse.dtype), condition)
    row_sums = inverse.sum(axis=1)
    offset = row_sums / row_sums.sum()
    for rows in gen_batches(inverse.shape[0], _BLOCK_ROWS):
        inverse[rows] -= np.outer(row_sums[rows], offset)
    return Smoothing(inverse, offset, condition)


class Spectrum(NamedTuple):
    """Eigendecomposition of a kernel matrix, centred if there is an intercept."""

    eigenvalues: np.ndarray
    """Shape (n,), ascending. Of a centred kernel, the constant vector's is replaced by the mean of all."""
    vectors: np.ndarray
    """Shape (n, n), one per column. Of a centred kernel, each less its mean, so that the constant vector is 0."""
    column_means: np.ndarray | None
    """Shape (n,), of the kernel itself. None without intercept."""


def spectrum(kernel, centre):
    """Eigendecomposition for any ridge and any training time.

    The constant vector is an eigenvector of the centred kernel with eigenvalue 0, which no smoother uses. The
    eigenvalue is replaced by the mean of all, so that it makes no matrix look singular.

    Parameters
    ----------
    kernel : ndarray of shape (n, n)
        Symmetric kernel matrix; overwritten.
    centre : bool
        Whether there is an intercept.

    Returns
    -------
    spectrum : Spectrum
    """
    if not centre:
        eigenvalues, vectors = _eigh(kernel)
        return Spectrum(eigenvalues, vectors, None)
    n = kernel.shape[0]
    column_means = kernel.mean(axis=0)
    kernel -= column_means
    kernel -= column_means[:, None]
    kernel += column_means.mean()
    kernel += np.trace(kernel) / n / n
    eigenvalues, vectors = _eigh(kernel)
    vectors -= vectors.mean(axis=0)
    return Spectrum(eigenvalues, vectors, column_means)


def spectral_smoother(decomposed, alpha, training_time):
    """Ridge regression, or gradient flow stopped at `training_time`, from the kernel's eigendecomposition.

    ``S = (K + alpha I)^-1 (I - exp(-t (K + alpha I) / n))`` (Lee et al. 2019, section 2.2, plus ridge). The intercept
    is fitted at once; the flow works on the centred kernel.

    Parameters
    ----------
    decomposed : Spectrum
        Of the kernel matrix.
    alpha : float
        Ridge.
    training_time : float or None
        Time t, for learning rate 1 and the mean of the squared losses; None for the end of training.

    Returns
    -------
    smoothing : Smoothing
        With a `SpectralSmoother`, and the condition number of ``K + alpha I``, or 1 for a gradient flow, which inverts
        nothing.

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``K + alpha I`` is not positive definite; for a gradient flow, if it has an eigenvalue below zero by more
        than rounding.
    """
    eigenvalues, vectors, column_means = decomposed
    n = eigenvalues.shape[0]
    ridged = eigenvalues + eigenvalues.dtype.type(alpha)
    rounding = n * np.finfo(ridged.dtype).eps * np.abs(ridged).max()
    if ridged.min() < -rounding if training_time is not None else ridged.min() <= 0.0:
        raise np.linalg.LinAlgError("kernel is not positive definite")
    if training_time is None:
        factors, condition = 1.0 / ridged, float(ridged.max()) / float(ridged.min())
    else:
        speeds = training_time / n * np.maximum(ridged, 0.0)
        # (1 - exp(-s)) / s, which is 1 at 0
        fitted = np.ones_like(speeds)
        np.divide(-np.expm1(-speeds), speeds, out=fitted, where=speeds > 0.0)
        factors, condition = training_time / n * fitted, 1.0
    smoother = SpectralSmoother(vectors, factors.astype(vectors.dtype, copy=False))
    if column_means is None:
        return Smoothing(smoother, np.zeros(n, dtype=vectors.dtype), condition)
    smoothed_means = _product(column_means[None, :], smoother, 1)[0]
    return Smoothing(smoother, (1.0 / n - smoothed_means).astype(vectors.dtype, copy=False), condition)


def gradient_flow_smoother(kernel, alpha, training_time, centre):
    """Gradient flow on the ridge objective, started at zero and stopped at `training_time`.

    Parameters
    ----------
    kernel : ndarray of shape (n, n)
        Symmetric kernel matrix; overwritten.
    alpha, training_time, centre
        As in `spectral_smoother` and `spectrum`.

    Returns
    -------
    smoothing : Smoothing
        With an array.

    Raises
    ------
    numpy.linalg.LinAlgError
        If ``K + alpha I`` has an eigenvalue below zero by more than rounding.
    """
    smoother, offset, condition = spectral_smoother(spectrum(kernel, centre), alpha, training_time)
    return Smoothing((smoother.vectors * smoother.factors) @ smoother.vectors.T, offset, condition)


def limit_smoother(kernel_chunks, n, dtype, centre):
    """The limit ``alpha -> inf``: label weights are the kernel row, or with an intercept the doubly centred one.

    The scores of ridge regression, minus the class frequencies and times alpha, tend to
    ``sum_i [y_i = c] (k(x, x_i) - mean_j k(x, x_j) - mean_j k(x_j, x_i) + mean_jl k(x_j, x_l))``. Nothing is
    factorised, and no matrix is kept.

    Parameters
    ----------
    kernel_chunks : iterable of ndarrays of shape (n_rows, n)
        The kernel matrix, some rows at a time; not asked for without intercept.
    n : int
        Number of training rows.
    dtype : dtype
        Of the offset.
    centre : bool
        Whether there is an intercept.

    Returns
    -------
    smoothing : Smoothing
        With None for the smoother.
    """
    if not centre:
        return Smoothing(None, np.zeros(n, dtype=dtype))
    column_means = np.zeros(n)
    for chunk in kernel_chunks:
        column_means += chunk.sum(axis=0, dtype=np.float64)
    column_means /= n
    return Smoothing(None, (column_means.mean() - column_means).astype(dtype))


def _product(kernel, smoother, n_jobs):
    """Kernel rows times a smoother; a row's result does not depend on the others."""
    if not isinstance(smoother, SpectralSmoother):
        return ordered_product(kernel, smoother, n_jobs)
    coordinates = ordered_product(kernel, smoother.vectors, n_jobs)
    coordinates *= smoother.factors
    return ordered_product(coordinates, smoother.vectors.T, n_jobs)


def _one_norm(matrix):
    """Largest absolute row sum, without a second array of the size of `matrix`."""
    return max(np.abs(matrix[rows]).sum(axis=1).max() for rows in gen_batches(matrix.shape[0], _BLOCK_ROWS))


def _eigh(matrix):
    if matrix.shape[0] == 1:  # scipy before 1.11 asks LAPACK for too small a workspace here
        return matrix[0].copy(), np.ones_like(matrix)
    return eigh(matrix, driver="evd", overwrite_a=True, check_finite=False)
