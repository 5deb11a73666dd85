"""Kernel regressions for many ridges, from one kernel matrix and one eigendecomposition of it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ._kernel_regression import KernelRegression

Regression = TypeVar("Regression", bound=KernelRegression)


def alpha_path(
    estimator: Regression,
    X: ArrayLike,
    y: ArrayLike,
    alphas: ArrayLike,
    *,
    trusted: ArrayLike | None = None,
    candidate_labels: ArrayLike | None = None,
) -> list[Regression]:
    """Fit a kernel regression once for each of several ridges.

    With the eigendecomposition ``K = V diag(l) V'`` of the kernel matrix, the smoother of any ridge is
    ``V diag(1 / (l + alpha)) V'``, so that nothing is factorised again. With an intercept, K is the centred kernel.

    Parameters
    ----------
    estimator : NTKRegressorClassifier or KernelRegressorClassifier
        What to fit, apart from its `alpha`. It is not changed.
    X : array-like of shape (n_train, n_features)
        Training rows, or the kernel matrix (n_train, n_train) for ``kernel="precomputed"``.
    y : array-like of shape (n_train,)
        Class labels of any type.
    alphas : array-like of shape (n_alphas,)
        Ridges, 0 or more; ``numpy.inf`` is the ridge limit.
    trusted : array-like of shape (n_train,), bool, default=None
        Rows whose labels are known to be correct, so that the attacker cannot flip them.
    candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
        The labels that each row may get, its own among them.

    Returns
    -------
    models : list of length n_alphas
        Fitted clones of `estimator`, in the order of `alphas`. They share `X_fit_` and the eigenvectors.

    Raises
    ------
    ValueError
        If `estimator` is not a kernel regression, `alphas` is empty or not one-dimensional, or ``fit`` would raise
        for one of them.

    Notes
    -----
    A model's label weights agree with those of ``estimator.set_params(alpha=alpha).fit(X, y)`` up to rounding, and
    its radii up to ties. Strictly speaking, its certificates are about refits by this function.

    Memory is a few times n_train**2 numbers, for any number of ridges. Each of the models takes two matrix products
    where a model from ``fit`` takes one, so refit a model that certifies many more than n_train rows. With
    n_train / 4 test rows this function pays off from about 4 ridges at 2,000 training rows, and 7 at 3,000
    (``benchmarks/alpha_path.py``).

    A ridge chosen with the help of labels, for instance by cross-validation, is outside the guarantee.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.learners import alpha_path
    >>> X, y = load_digits(return_X_y=True)
    >>> alphas = [0.1, 10.0, float("inf")]
    >>> models = alpha_path(NTKRegressorClassifier(), X[:500] / 16, y[:500], alphas)
    >>> [model.certify(X[500:700] / 16).certified_accuracy(y[500:700], flips=5) for model in models]
    [0.085, 0.465, 0.53]
    """
    if not isinstance(estimator, KernelRegression):
        raise ValueError(
            f"estimator={estimator!r} has no kernel matrix; alpha_path needs an NTKRegressorClassifier or a "
            "KernelRegressorClassifier. Fit other estimators one by one."
        )
    ridges = np.asarray(alphas, dtype=np.float64)
    if ridges.ndim != 1 or ridges.size == 0:
        raise ValueError(f"alphas={alphas!r} must be a list of at least one ridge.")
    return estimator._fit_path(X, y, ridges, trusted, candidate_labels)
