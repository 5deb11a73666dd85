"""LabelCert: infinitely wide networks trained on hinge loss, certified by integer programming.

The network is a support vector machine (`_svm_dual`), and the least number of label flips that changes a prediction
is the optimum of a mixed-integer linear program (`_label_search`). Sabanayagam et al. 2025 (arXiv 2412.00537).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from .._utils import (
    SavesVersion,
    SaysWhyNoProbabilities,
    all_or_nothing,
    blas_threads_limited,
    check_two_classes,
    encode_all_labels,
    fit_context,
    plain_labels,
    runs_foreign_code,
    trusted_mask,
)
from ..results import UNBOUNDED, CertificationResult, with_index_of
from ._label_search import LabelSearch, label_program, make_rivalry
from ._svm_dual import signed_dual_coefficients
from ._svm_kernel import kernel_values, train_kernel

if TYPE_CHECKING:
    from typing_extensions import Self

# Machines that are kept in case that another test row or rival needs them.
_MAX_MACHINES = 2**16


class NTKSVMClassifier(SaysWhyNoProbabilities, SavesVersion, ClassifierMixin, BaseEstimator):
    """Infinitely wide neural network trained on hinge loss, certified by LabelCert.

    A fully connected network of infinite width, trained on the soft-margin loss, is a support vector machine
    without bias with its neural tangent kernel. Its scores are not linear in the labels; the least number of
    label flips that changes a prediction is the optimum of a mixed-integer linear program. This is the
    baseline for ``NTKRegressorClassifier``, whose radii take polynomial time.

    Parameters
    ----------
    depth : int, default=1
        Number of hidden layers. Used by the kernels "ntk" and "nngp".
    activation : {"relu", "leaky_relu", "erf", "identity"}, default="relu"
        Nonlinearity of the hidden layers; "leaky_relu" has slope 0.2 below 0. Used by the kernels "ntk" and "nngp".
    w_std : float, default=sqrt(2)
        Standard deviation of the weights. Used by the kernels "ntk" and "nngp".
    b_std : float, default=0.1
        Standard deviation of the biases. Used by the kernels "ntk" and "nngp".
    C : float, default=1.0
        Largest dual coefficient: the weight of a training row's loss relative to the norm of the weights.
    kernel : {"ntk", "nngp", "precomputed"} or callable, default="ntk"
        "ntk": all layers trained by gradient descent; "nngp": only the last layer; "precomputed": X is
        the kernel matrix; a callable takes two arrays of rows and returns their kernel matrix.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.
    time_limit : float, default=60.0
        Seconds for one search; ``certify`` makes one per test row and rival. The result is what has been proved by
        then. Radii of searches that end early may differ from run to run, but are always sound.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    trusted_ : ndarray of shape (n_train,), bool
        Rows whose labels cannot be flipped; None if no row is trusted.
    candidates_ : ndarray of shape (n_train, n_classes), bool
        Labels that each row may get; None if any.
    X_fit_ : ndarray of shape (n_train, n_features)
        Training rows; None for ``kernel="precomputed"``.
    kernel_ : ndarray of shape (n_train, n_train)
        Kernel matrix Q of the training rows.
    dual_coef_ : ndarray of shape (1, n_train) or (n_classes, n_train)
        Signed dual coefficients s_i a_i: of the second class against the first, or of each class against the
        others.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    NTKRegressorClassifier : The network trained on squared loss, certified exactly in polynomial time.
    PartitionAggregationEnsemble : Votes over disjoint partitions; takes this classifier as a white-box base.

    Notes
    -----
    Two classes take one machine; more classes take one machine per class, against the others; the prediction is the
    class with the largest score, the first in ``classes_`` among equals. If Q is positive definite the dual has one
    solution. If it is singular, as with equal rows, scores are still unique for test rows whose kernel values belong
    to the same positive semi-definite kernel; otherwise predictions, and with them the certificate, are about the
    solution that ``fit`` finds.

    A search decides for one flip, then for two, and so on, whether the rival can overtake: by branch and bound on the
    mixed-integer program, and by refits on all labelings where a branch has few. At worst its time grows with n_train
    to the power of the radius, so tens of rows are practical, and hundreds only for small radii. Features should be
    scaled so that ``C * Q`` is moderate, because the tolerances are relative to its largest entries. Refits are cached
    within a call of ``certify``, so many test rows at once take less time than one by one.

    Computations are in double precision. Results hold for this estimator refitted on the same rows in the same
    order with the same parameters. Anything chosen with the help of the labels is outside the guarantee.

    References
    ----------
    Sabanayagam, Gosch, Günnemann & Ghoshdastidar 2025 (arXiv 2412.00537), LabelCert; Chen et al. 2021
    (arXiv 2111.06063), infinitely wide networks on soft-margin loss as SVMs.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcert.baselines import NTKSVMClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> X, y = StandardScaler().fit_transform(X[50:]), y[50:]
    >>> network = NTKSVMClassifier(C=0.03).fit(X[::7], y[::7])
    >>> network.certify(X[[1, 90]]).radius
    array([1, 1])
    """

    certifies_refits = True
    """Certificates are about what a refit predicts: a white-box ensemble may rely on them."""

    _no_probabilities = "the scores of a machine are distances to its boundary"

    _parameter_constraints: dict = {
        "depth": [Interval(Integral, 0, None, closed="left")],
        "activation": [StrOptions({"relu", "leaky_relu", "erf", "identity"})],
        "w_std": [Interval(Real, 0, None, closed="neither")],
        "b_std": [Interval(Real, 0, None, closed="left")],
        "C": [Interval(Real, 0, None, closed="neither")],
        "kernel": [StrOptions({"ntk", "nngp", "precomputed"}), callable],
        "classes": ["array-like", None],
        "time_limit": [Interval(Real, 0, None, closed="right")],
    }

    def __init__(
        self,
        *,
        depth: int = 1,
        activation: str = "relu",
        w_std: float = 2**0.5,
        b_std: float = 0.1,
        C: float = 1.0,
        kernel: str | Callable[..., ArrayLike] = "ntk",
        classes: ArrayLike | None = None,
        time_limit: float = 60.0,
    ) -> None:
        self.depth = depth
        self.activation = activation
        self.w_std = w_std
        self.b_std = b_std
        self.C = C
        self.kernel = kernel
        self.classes = classes
        self.time_limit = time_limit

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, trusted: ArrayLike | None = None, candidate_labels: ArrayLike | None = None
    ) -> Self:
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows, or the kernel matrix (n_train, n_train) for ``kernel="precomputed"``.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Training rows whose labels the attacker cannot flip. They do not change predictions.
        candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
            The labels that each row may get, its own among them; as in `NTKRegressorClassifier`.

        Returns
        -------
        self : NTKSVMClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            For NaN or infinite X, fewer than two classes, labels outside `classes`, `trusted` or `candidate_labels`
            not as above, a kernel matrix that is not square, symmetric and positive semi-definite, or one so badly
            scaled that the dual cannot be solved to the accuracy that the certificate needs. The estimator is then
            not fitted.
        """
        with all_or_nothing(self):
            self.fitted_params_ = deepcopy(self.get_params(deep=False))
            y = plain_labels(y, "y")
            X, y = validate_data(self, X, y, dtype=np.float64, order="C", copy=True)
            encoded = encode_all_labels(y, self.classes, trusted, candidate_labels)
            self.classes_, codes, self.trusted_, self.candidates_ = encoded
            check_two_classes(self.classes_)
            self.X_fit_ = None if self.fitted_params_["kernel"] == "precomputed" else X
            positive_classes = [1] if self.classes_.shape[0] == 2 else range(self.classes_.shape[0])
            with blas_threads_limited(foreign=runs_foreign_code(self)):
                self.kernel_ = train_kernel(X, self.fitted_params_)
                self.dual_coef_ = np.stack([self._solve(codes == c) for c in positive_classes])
            self.label_codes_ = codes
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Scores of the classes against the others.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows, or kernel values (n_test, n_train) for ``kernel="precomputed"``.

        Returns
        -------
        scores : ndarray of shape (n_test,) or (n_test, n_classes)
            One column per class; for two classes the score of the second against the first.
        """
        scores = self._scores(self._test_kernel(X))
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Predict class labels.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows, or kernel values (n_test, n_train) for ``kernel="precomputed"``.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equal scores.
        """
        scores = self._scores(self._test_kernel(X))
        return self.classes_[_predictions(scores)]

    def certify(self, X: ArrayLike) -> CertificationResult:
        """Certify predictions against label flips, by one search per test row and rival class.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows, or kernel values (n_test, n_train) for ``kernel="precomputed"``.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound on each prediction's radius, in label flips: refitting this classifier,
            with the same parameters and rows and ``classes=classes_``, on labels that differ in at most ``radius``
            places never changes the prediction. ``radius_upper + 1`` flips were found that do, confirmed by a refit;
            it is `UNBOUNDED` where none were found. Where the two differ, the exact radius is unknown: the time
            limit was reached, or scores tie to within rounding. ``flips_to_class`` is a lower bound on the flips after
            which a class overtakes the predicted one.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        kernel_rows = self._test_kernel(X)
        n_test, n_classes = kernel_rows.shape[0], self.classes_.shape[0]
        prediction = _predictions(self._scores(kernel_rows))
        flips_to_class = np.zeros((n_test, n_classes), dtype=np.int64)
        radius = np.empty(n_test, dtype=np.int64)
        radius_upper = np.empty(n_test, dtype=np.int64)
        program = label_program(self.kernel_, float(self.fitted_params_["C"]), 1 if n_classes == 2 else 2)
        train = _machines(self._solve)
        for t in range(n_test):
            fewest_found = UNBOUNDED
            for rival in range(n_classes):
                if rival != prediction[t]:
                    flips, found = self._flips_to_overtake(program, train, kernel_rows[t], prediction[t], rival)
                    flips_to_class[t, rival] = flips
                    fewest_found = min(fewest_found, found)
            fewest = np.delete(flips_to_class[t], prediction[t]).min()
            radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED
            radius_upper[t] = fewest_found - 1 if fewest_found < UNBOUNDED else UNBOUNDED
        result = CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            flips_to_class=flips_to_class,
            radius_upper=radius_upper,
            classes=self.classes_,
            certificate="LabelCert",
            n_train=self.label_codes_.shape[0],
        )
        return with_index_of(X, result)

    def _flips_to_overtake(self, program, train, kernel_row, loser, target):
        """Lower bound on the flips after which `target` overtakes `loser`, and the flips of an attack that does.

        The second is `UNBOUNDED` where no attack was found.
        """
        if not kernel_row.any():
            return UNBOUNDED, UNBOUNDED  # all scores are 0, whatever the labels
        rivalry = make_rivalry(self.label_codes_, loser, target, program.n_machines, self.candidates_)
        trusted = trusted_mask(self.trusted_, kernel_row.shape[0])
        return LabelSearch(program, rivalry, kernel_row, trusted, self.time_limit).run(train)

    def _solve(self, positive):
        return signed_dual_coefficients(self.kernel_, np.where(positive, 1.0, -1.0), float(self.fitted_params_["C"]))

    def _scores(self, kernel_rows):
        scores = kernel_rows @ self.dual_coef_.T
        if not np.isfinite(scores).all():
            raise ValueError(
                f"{type(self).__name__}: scores overflow at this scale of X; scale the features, for instance with "
                "sklearn.preprocessing.StandardScaler."
            )
        return scores

    def _test_kernel(self, X):
        """Kernel values of test rows with the training rows, shape (n_test, n_train)."""
        check_is_fitted(self, "label_codes_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return kernel_values(X, self.X_fit_, self.fitted_params_)


def _predictions(scores):
    """Class indices from the scores of one machine (second class against first), or of one per class."""
    return (scores[:, 0] > 0).astype(np.int64) if scores.shape[1] == 1 else scores.argmax(axis=1)


def _machines(solve):
    """`solve`, a function of the positive rows, with a cache."""

    @lru_cache(maxsize=_MAX_MACHINES)
    def from_bytes(positive):
        return solve(np.frombuffer(positive, dtype=bool))

    return lambda positive: from_bytes(positive.tobytes())
