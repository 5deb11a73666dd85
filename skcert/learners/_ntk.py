"""Kernel regression on one-hot labels with the kernel of an infinitely wide network."""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike
from sklearn.utils._param_validation import StrOptions

from ._kernel_regression import KernelRegression
from ._network_kernel import NETWORK_CONSTRAINTS, network_kernel


class NTKRegressorClassifier(KernelRegression):
    """Infinitely wide neural network, certified exactly against label flips.

    A network of infinite width, fully connected or convolutional, trained on squared loss to one-hot labels, is kernel
    ridge regression with its neural tangent kernel. Its scores are linear in the one-hot labels, so the
    least number of label flips that changes a prediction can be computed exactly, in polynomial time
    (ScaLabelCert).

    Parameters
    ----------
    depth : int, default=1
        Number of hidden layers. Used by the kernels "ntk" and "nngp".
    activation : {"relu", "leaky_relu", "erf", "identity"}, default="relu"
        Nonlinearity of the hidden layers. Used by the kernels "ntk" and "nngp".
    w_std : float, default=sqrt(2)
        Standard deviation of the weights. Used by the kernels "ntk" and "nngp".
    b_std : float, default=0.1
        Standard deviation of the biases. Used by the kernels "ntk" and "nngp".
    alpha : float, default=1.0
        Ridge added to the diagonal of the kernel matrix. A larger ridge flattens the label weights, and flat
        weights give large radii. ``numpy.inf`` is the ridge limit: label weights are the centred kernel
        row itself, nothing is factorised, and memory is linear in the training rows.
    fit_intercept : bool, default=True
        Whether to fit an unpenalised constant per class. Without it, the constant part of the kernel takes this role
        and gives the attacker influence cheaply.
    kernel : {"ntk", "nngp", "precomputed"} or callable, default="ntk"
        "ntk": all layers trained by gradient descent; "nngp": only the last layer (equivalently, the
        posterior mean of the network's Gaussian process); "precomputed": X is the kernel matrix;
        a callable takes two arrays of rows and returns their kernel matrix.
    training_time : float, default=None
        Stop gradient flow on the ridge objective at this time (learning rate 1, mean of the squared
        losses); ``None`` trains to the end.
    weight_center : float in [0, 1] or "mean", default=None
        Subtract from each test row's label weights their quantile at this level, in ``predict`` too, before
        `weight_clip` clips them: at 0.8 the nearest fifth of the rows, as the kernel sees it, speaks for its classes
        and the rest against theirs. With a small `weight_clip`, radii grow. Only for classes of about equal size:
        subtracting t from every weight subtracts t * n_c from the score of a class with n_c rows, so a positive t
        (high levels) favours rare classes, and clean accuracy suffers. "mean" subtracts the mean instead, before
        `weight_power` and `weight_clip` and again at the end, so that no class is favoured for its size. The
        certificate stays exact. ``None`` does not centre.
    weight_power : float in [0, 1], default=1.0
        Replace each label weight a by ``sign(a) |a|^p``, in ``predict`` too, after centring: radii grow as p falls,
        and some clean accuracy is lost; at 0 only the signs are left. Where weights are not centred at the mean, or
        classes equally frequent, it also favours classes for their size. The certificate stays exact.
    weight_clip : float in (0, 1], default=None
        Clip each test row's label weights at this quantile of their absolute values, in ``predict`` too:
        influence-bounded weights. Radii grow, often by half or more, and some clean accuracy is lost; the certificate
        stays exact. Where the weight at this quantile is 0, the bound is the smallest nonzero absolute value: then, as
        for tiny quantiles, hardly more than the signs of the weights is left. ``None`` does not clip.
    score_weight : dict or "balanced", default=None
        What the score of each class is multiplied by, for classes of unequal size: a dict from labels to weights above
        0, 1 for labels that it lacks. Give 1 / (n_classes * prior), where frequencies are known without the training
        labels; certificates are then exact. "balanced" counts them in the labels, n_train / n_rows of the class,
        which the attacker changes: `certify` gives a lower bound then, and only it and attacks without a target are
        available. Not scikit-learn's ``class_weight``, which weighs rows in the loss. ``None`` multiplies by nothing.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.
    negative_slope : float, default=0.2
        Slope of the activation "leaky_relu" below 0.
    image_shape : tuple of (int, int, int), default=None
        Height, width and channels of images that are the rows of X, flat in this order: the network is then
        convolutional, and ``depth`` counts its convolutions. ``None``: fully connected. Used by the kernels "ntk" and
        "nngp".
    filter_size : int, default=3
        Height and width of the convolutional network's filters, in pixels.
    readout : {"flatten", "gap"}, default="flatten"
        How the convolutional network ends: a dense layer on all pixels, or on their average (global average
        pooling), which costs height * width times as much.
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
    smoother_ : ndarray of shape (n_train, n_train)
        Label weights are ``kernel(x, X_fit_) @ smoother_ + offset_``, before centring and clipping. After
        `skcert.learners.alpha_path`, an object that represents this matrix by its eigenvectors, which the models
        share; it supports only this product. None for ``alpha=inf``, where label weights are ``kernel(x, X_fit_) +
        offset_`` less the mean of the kernel row.
    offset_ : ndarray of shape (n_train,)
        The intercept's share of the label weights; 0 without intercept.
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
    PartitionAggregationEnsemble : Votes over disjoint partitions, for larger radii and larger data.
    KernelRegressorClassifier : The same with any kernel of scikit-learn.
    skcert.learners.alpha_path : Many values of `alpha` from one kernel matrix.
    skcert.kernels.fully_connected_kernel, skcert.kernels.convolutional_kernel : The kernels.
    skcert.certificates.certify_label_linear : The certificate, for any label weights.

    Notes
    -----
    With kernel K, ``M = (K + alpha I)^-1``, u = M 1 and w = u / sum(u), the label weights are
    ``a(x) = k(x) (M - u w') + w``; the two terms in w are the intercept's. ``predict`` computes them
    too, at O(n_train**2) per test row, because predictions and certificates must rest on the same
    numbers. Fitting takes O(n_train**3) time, and memory for n_train**2 numbers. Rows of float32 give float32 weights
    in half the memory; the certificate is about the weights that are computed, and stays sound. A kernel matrix too
    ill-conditioned for its precision raises a `scipy.linalg.LinAlgWarning`. Large kernel blocks take as many threads
    as BLAS may use.

    The limit ``alpha=inf`` drops the class frequencies, which outweigh everything else there; it is a
    nearest-mean rule in the kernel's feature space, weighted by class sizes. Centring, clipping and this limit go
    beyond the published method.

    Results hold for this estimator refitted on the same rows in the same order with the same
    parameters. Anything chosen with the help of the labels, such as selected features or an `alpha` from
    cross-validation, is outside the guarantee.

    References
    ----------
    Mohgaonkar et al. 2026 (arXiv 2604.11416), ScaLabelCert; Jacot et al. 2018; Arora et al. 2019
    (arXiv 1904.11955).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcert import NTKRegressorClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = StandardScaler().fit_transform(X)
    >>> network = NTKRegressorClassifier(alpha=100.0).fit(X[:400], y[:400])
    >>> result = network.certify(X[400:])
    >>> result.radius[:5]
    array([29, 53, 41, 50, 52])
    >>> result.certified_accuracy(y[400:], flips=[0, 10, 20]).round(2)
    array([0.97, 0.91, 0.73])
    """

    _parameter_constraints: dict = {
        **KernelRegression._parameter_constraints,
        **NETWORK_CONSTRAINTS,
        "kernel": [StrOptions({"ntk", "nngp", "precomputed"}), callable],
    }

    def __init__(
        self,
        *,
        depth: int = 1,
        activation: str = "relu",
        w_std: float = 2**0.5,
        b_std: float = 0.1,
        alpha: float = 1.0,
        fit_intercept: bool = True,
        kernel: str | Callable[..., ArrayLike] = "ntk",
        training_time: float | None = None,
        weight_center: float | str | None = None,
        weight_power: float = 1.0,
        weight_clip: float | None = None,
        score_weight: dict | str | None = None,
        classes: ArrayLike | None = None,
        negative_slope: float = 0.2,
        image_shape: tuple[int, int, int] | None = None,
        filter_size: int = 3,
        readout: str = "flatten",
        verbose: int = 0,
    ) -> None:
        self.depth = depth
        self.activation = activation
        self.w_std = w_std
        self.b_std = b_std
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.kernel = kernel
        self.training_time = training_time
        self.weight_center = weight_center
        self.weight_power = weight_power
        self.weight_clip = weight_clip
        self.score_weight = score_weight
        self.classes = classes
        self.verbose = verbose
        self.negative_slope = negative_slope
        self.image_shape = image_shape
        self.filter_size = filter_size
        self.readout = readout
        self.verbose = verbose

    def _kernel_block(self, X, Y):
        return network_kernel(X, Y, self.fitted_params_)
