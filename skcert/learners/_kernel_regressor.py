"""Kernel regression on one-hot labels with any kernel of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

from numpy.typing import ArrayLike
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, pairwise_kernels
from sklearn.utils._param_validation import Interval, StrOptions

from ._dot_kernels import DOT_KERNELS, dot_kernel
from ._kernel_regression import KernelRegression


class KernelRegressorClassifier(KernelRegression):
    """Kernel regression on one-hot labels, certified exactly against label flips.

    `sklearn.kernel_ridge.KernelRidge` on one-hot labels, with an intercept, as a classifier: its scores are
    linear in the labels, and its radii exact. It is also the posterior mean of a Gaussian process on one-hot
    labels with noise variance `alpha`, as a classifier.

    Parameters
    ----------
    kernel : str or callable, default="rbf"
        A kernel name of `sklearn.metrics.pairwise.pairwise_kernels`, "precomputed", or a callable that takes
        two arrays of rows and returns their kernel matrix.
    gamma : float, default=None
        Parameter of the kernels that have one; ``None`` takes the kernel's own default.
    degree : float, default=3
        Degree of the polynomial kernel.
    coef0 : float, default=1
        Constant of the polynomial and the sigmoid kernel.
    alpha : float, default=1.0
        Ridge added to the diagonal of the kernel matrix; ``numpy.inf`` is the ridge limit (label weights are
        the centred kernel row, nothing is factorised).
    fit_intercept : bool, default=True
        Whether to fit a constant per class, unpenalised.
    training_time : float, default=None
        Stop gradient flow on the ridge objective at this time; ``None`` trains to the end.
    weight_center : float in [0, 1] or "mean", default=None
        Subtract from each test row's label weights their quantile at this level, before clipping, for larger radii
        where classes are about equally frequent; elsewhere it favours rare or frequent classes. "mean" subtracts the
        mean instead, at the end once more, and favours no class for its size. ``None`` does not centre.
    weight_power : float in [0, 1], default=1.0
        Replace each label weight a by ``sign(a) |a|^p`` after centring: as p falls, radii grow and some clean accuracy
        is lost.
    weight_clip : float in (0, 1], default=None
        Clip each test row's label weights at this quantile of their absolute values; ``None`` does not clip.
    score_weight : dict or "balanced", default=None
        What the score of each class is multiplied by, for classes of unequal size: a dict from labels to weights above
        0, 1 for labels that it lacks. Give 1 / (n_classes * prior), where frequencies are known without the training
        labels; certificates are then exact. "balanced" counts them in the labels, n_train / n_rows of the class,
        which the attacker changes: `certify` gives a lower bound then, and only it and attacks without a target are
        available. Not scikit-learn's ``class_weight``, which weighs rows in the loss. ``None`` multiplies by nothing.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes; ``None`` takes those that occur in ``y``.
    verbose : int, default=0
        Progress messages on stderr in whatever takes more than a second, an audit, too: 0 prints none, 1 to 10 about
        ten, or a bar at a terminal where tqdm is installed, larger values one after every chunk of test rows.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    X_fit_ : ndarray of shape (n_train, n_features)
        Training rows; None for ``kernel="precomputed"``.
    smoother_, offset_ : ndarrays of shape (n_train, n_train) and (n_train,)
        As in `NTKRegressorClassifier`.
    score_weight_ : ndarray of shape (n_classes,)
        What the scores are multiplied by, in the order of ``classes_``; None if by nothing.
    trusted_ : ndarray of shape (n_train,), bool
        Rows whose labels cannot be flipped; None if no row is trusted.
    candidates_ : ndarray of shape (n_train, n_classes), bool
        The labels that each row may get; None if any.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    NTKRegressorClassifier : The same with the kernel of an infinitely wide network; notes on all parameters.

    References
    ----------
    Mohgaonkar et al. 2026 (arXiv 2604.11416), ScaLabelCert, which applies to any kernel.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import KernelRegressorClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> regression = KernelRegressorClassifier(gamma=0.5).fit(X[::2], y[::2])
    >>> regression.certify(X[1::2]).certified_accuracy(y[1::2], [0, 3]).round(2)
    array([0.97, 0.64])
    """

    _parameter_constraints: dict = {
        **KernelRegression._parameter_constraints,
        "kernel": [StrOptions(set(PAIRWISE_KERNEL_FUNCTIONS) | {"precomputed"}), callable],
        "gamma": [Interval(Real, 0, None, closed="left"), None],
        "degree": [Interval(Real, 0, None, closed="left")],
        "coef0": [Interval(Real, None, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        kernel: str | Callable[..., ArrayLike] = "rbf",
        gamma: float | None = None,
        degree: float = 3,
        coef0: float = 1,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        training_time: float | None = None,
        weight_center: float | str | None = None,
        weight_power: float = 1.0,
        weight_clip: float | None = None,
        score_weight: dict | str | None = None,
        classes: ArrayLike | None = None,
        verbose: int = 0,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.training_time = training_time
        self.weight_center = weight_center
        self.weight_power = weight_power
        self.weight_clip = weight_clip
        self.score_weight = score_weight
        self.classes = classes
        self.verbose = verbose

    def _row_bytes(self, dtype):
        return 4 * 8 * self.label_codes_.shape[0]  # kernels are computed in double precision, in two arrays

    def _kernel_block(self, X, Y):
        fitted = self.fitted_params_
        name, parameters = fitted["kernel"], {key: fitted[key] for key in ("gamma", "degree", "coef0")}
        if Y is not None and name in DOT_KERNELS:
            return dot_kernel(X, Y, name, **parameters)
        given = {key: value for key, value in parameters.items() if value is not None}  # chi2 takes no gamma=None
        return pairwise_kernels(X, Y, metric=name, filter_params=True, **given)
