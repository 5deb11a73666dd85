"""LabelCert: infinitely wide networks trained on hinge loss, certified by mixed-integer programs.

A network of infinite width that is trained on the soft-margin loss is a support vector machine (SVM) without
bias whose kernel Q is the network's. With signs s_i = +-1 for the labels, its dual is

    minimise  1/2 sum_ij s_i s_j a_i a_j Q_ij - sum_i a_i  over  0 <= a_i <= C,

and its score at x is ``sum_i b_i Q(x, x_i)`` with the signed coefficients b_i = s_i a_i. Let ``f = Q b`` be the
scores of the training rows and h_i = max(0, 1 - s_i f_i) their losses. Coefficients within their bounds are
optimal exactly if the duality gap is closed:

    b' Q b <= sum_i a_i - C sum_i h_i.

Binaries for the signs make the labels that an attacker chooses variables too. The products s_i a_i and s_i f_i
become linear once b and f are split into a part for each sign, with the range of f_i as the only constant, which
follows from Q and C. The gap is convex: it is the intersection of its tangents, each of which is linear and
holds for all labels. So the least number of flips after which a rival overtakes is the optimum of a mixed-integer
linear program.

Sabanayagam et al. 2025 (arXiv 2412.00537) close the gap by complementary slackness instead: two more binaries for
each row, with multipliers and big-M constants. That program has the same solutions, but its relaxation says next to
nothing before most binaries are fixed. Here tangents are added where the relaxation violates them.

Soundness. The dual is solved to `_KKT_TOLERANCE`, and ``fit`` fails where that cannot be reached. The link between
b and f and the gap are slack by more: whatever the computed network does on any labels is a solution of the
program. Bounds of integer programming codes hold up to tolerances, and ``scipy.optimize.milp`` has returned some
that were above the true optimum of tiny programs like these, so the branch and bound is done here. A branch is
cut only where the multipliers of its linear relaxation prove, by weak duality and with room for rounding, that the
rival does not overtake; small branches are refitted labeling by labeling. So no number of flips rests on a
solver's word.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from math import comb
from numbers import Integral, Real

import numpy as np
from numba import njit
from scipy import sparse
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigvalsh
from scipy.optimize import linprog
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from .._all_or_nothing import all_or_nothing
from .._label_encoding import encode_labels
from .._trusted import check_trusted
from ..certificates import UNBOUNDED, CertificationResult
from ..kernels import fully_connected_kernel

# Both in units of a row's scale, max(1, C max_j |Q_ij|); the margin that the scores have to keep is 1.
_KKT_TOLERANCE = 1e-9
_SLACK = 1e-8
# Leads closer to 0 than this share of sum_i |Q(x, x_i)| may change sign by rounding.
_ROUNDING = 1e-10
# Negative eigenvalues up to this share of the largest count as rounding.
_EIGENVALUE_TOLERANCE = 1e-9

# Tangents are added at a node until none is violated by more than the tolerance.
_TANGENT_TOLERANCE = 1e-3
_MAX_TANGENT_ROUNDS = 8
_MAX_TANGENTS = 100
# Nodes with no more labelings than this are refitted one by one, which takes less than their linear program.
_MAX_LEAVES = 1000
# Machines that are kept in case that another test row or rival needs them.
_MAX_MACHINES = 2**16

_N_BLOCKS = 7
_SWEEPS_PER_ROUND = 10
_MAX_ROUNDS = 1000


class NTKSVMClassifier(ClassifierMixin, BaseEstimator):
    """Infinitely wide neural network trained on hinge loss, certified by LabelCert.

    A fully connected network of infinite width, trained on the soft-margin loss, is a support vector machine
    without bias with its neural tangent kernel. Its scores are not linear in the labels; the least number of
    label flips that changes a prediction is the optimum of a mixed-integer linear program. This is the
    baseline for ``NTKRegressorClassifier``, whose radii take polynomial time.

    Parameters
    ----------
    depth : int, default=1
        Number of hidden layers. Used by the kernels "ntk" and "nngp".
    activation : {"relu"}, default="relu"
        Nonlinearity of the hidden layers. Used by the kernels "ntk" and "nngp".
    w_std : float, default=sqrt(2)
        Standard deviation of the weights. Used by the kernels "ntk" and "nngp".
    b_std : float, default=0.1
        Standard deviation of the biases. Used by the kernels "ntk" and "nngp".
    C : float, default=1.0
        Largest dual coefficient: how much a training row's loss counts against the norm of the weights.
    kernel : {"ntk", "nngp", "precomputed"} or callable, default="ntk"
        "ntk": all layers trained by gradient descent; "nngp": only the last layer; "precomputed": X is
        the kernel matrix; a callable takes two arrays of rows and returns their kernel matrix.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.
    time_limit : float, default=60.0
        Seconds for one search; ``certify`` makes one per test row and rival. What is proved until then is the
        answer. Radii of searches that end early may differ from run to run; they are sound all the same.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    trusted_ : ndarray of shape (n_train,), bool
        Rows whose labels cannot be flipped; None if there are none.
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
    PartitionAggregationEnsemble : Votes over disjoint partitions; takes this classifier as white-box base.

    Notes
    -----
    Two classes take one machine, more take one against the others for each class; the prediction is the class
    with the largest score, the first in ``classes_`` among equals. If Q is positive definite the dual has one
    solution. If it is singular, as with equal rows, scores are still unique for test rows whose kernel values
    belong to the same positive semi-definite kernel; otherwise predictions, and with them the certificate, are
    about the solution that ``fit`` arrives at.

    A search decides for one flip, then for two, and so on, whether the rival can overtake: by branch and bound on
    the mixed-integer program, and by refits of all labelings where a branch has few. Its time grows with
    n_train to the power of the radius at worst, so tens of rows are practical and hundreds only for small
    radii. Features should be scaled so that ``C * Q`` is moderate, because the tolerances are relative to its
    largest entries. Refits are remembered within a call of ``certify``, so many test rows at once take less time
    than one by one.

    Computations are in double precision. Results hold for this estimator refitted on the same rows in the same
    order with the same parameters, whatever was chosen with the help of the labels excepted.

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

    _parameter_constraints: dict = {
        "depth": [Interval(Integral, 0, None, closed="left")],
        "activation": [StrOptions({"relu"})],
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
        depth=1,
        activation="relu",
        w_std=2**0.5,
        b_std=0.1,
        C=1.0,
        kernel="ntk",
        classes=None,
        time_limit=60.0,
    ):
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, trusted=None):
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows, or the kernel matrix (n_train, n_train) for ``kernel="precomputed"``.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Training rows whose labels the attacker cannot flip. Does not change predictions.

        Returns
        -------
        self : NTKSVMClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            For NaN or infinite X, fewer than two classes, labels outside `classes`, a `trusted` that is not a
            mask, a kernel matrix that is not square, symmetric and positive semi-definite, or one so badly scaled
            that the dual cannot be solved to the accuracy that the certificate rests on. The estimator is then
            not fitted.
        """
        with all_or_nothing(self):
            X, y = validate_data(self, X, y, dtype=np.float64)
            self.classes_, codes = encode_labels(y, self.classes)
            self.trusted_ = check_trusted(trusted, codes.shape[0])
            self.kernel_ = self._train_kernel(X)
            self.X_fit_ = None if self.kernel == "precomputed" else X
            positive_classes = [1] if self.classes_.shape[0] == 2 else range(self.classes_.shape[0])
            self.dual_coef_ = np.stack([self._solve(codes == c) for c in positive_classes])
            self.label_codes_ = codes
        return self

    def decision_function(self, X):
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

    def predict(self, X):
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

    def certify(self, X):
        """Certify predictions against label flips, by one search per test row and rival class.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows, or kernel values (n_test, n_train) for ``kernel="precomputed"``.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound on each prediction's radius, in label flips: refitting this classifier,
            with the same parameters and rows, on labels that differ in at most ``radius`` places never changes
            the prediction. ``radius_upper + 1`` flips were found that do, confirmed by a refit; it is `UNBOUNDED`
            where none were found. Where the two differ, what lies between is unknown: the time limit was
            reached, or scores tie to within rounding. ``flips_to_class`` has the flips after which a class
            overtakes the predicted one.

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
        program = _label_program(self.kernel_, float(self.C), 1 if n_classes == 2 else 2)
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
        return CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            flips_to_class=flips_to_class,
            radius_upper=radius_upper,
            classes=self.classes_,
            certificate="LabelCert",
            n_train=self.label_codes_.shape[0],
        )

    def _flips_to_overtake(self, program, train, kernel_row, loser, target):
        """Lower bound on the flips after which `target` overtakes `loser`, and the flips of an attack that does.

        The second is `UNBOUNDED` where no attack was found.
        """
        if not kernel_row.any():
            return UNBOUNDED, UNBOUNDED  # all scores are 0, whatever the labels
        rivalry = _rivalry(self.label_codes_, loser, target, program.n_machines)
        return _Search(program, rivalry, kernel_row, self.trusted_, self.time_limit).run(train)

    def _solve(self, positive):
        return _signed_dual_coefficients(self.kernel_, np.where(positive, 1.0, -1.0), float(self.C))

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
        return X if self.kernel == "precomputed" else self._kernel_values(X, self.X_fit_)

    def _train_kernel(self, X):
        if self.kernel == "precomputed" and X.shape[0] != X.shape[1]:
            raise ValueError(
                "kernel='precomputed' needs a square kernel matrix in fit, (n_train, n_train), but X has "
                f"shape {X.shape}. Pass kernel(X_train, X_train)."
            )
        kernel = X if self.kernel == "precomputed" else self._kernel_values(X, X)
        if not np.isfinite(kernel).all():
            raise ValueError("The kernel overflows at this scale of X; scale the features.")
        if np.abs(kernel - kernel.T).max() > np.sqrt(np.finfo(np.float64).eps) * np.abs(kernel).max():
            raise ValueError(
                f"kernel={self.kernel!r} needs a symmetric kernel matrix in fit, but it is asymmetric. "
                "Pass kernel(X_train, X_train); (K + K.T) / 2 mends asymmetry that comes from rounding."
            )
        kernel = (kernel + kernel.T) / 2
        eigenvalues = eigvalsh(kernel)
        if eigenvalues[0] < -_EIGENVALUE_TOLERANCE * np.abs(eigenvalues).max():
            raise ValueError(
                f"The kernel matrix is not positive semi-definite, its least eigenvalue is {eigenvalues[0]:.3g}: "
                f"check that kernel={self.kernel!r} is one, or add a constant to the diagonal of a precomputed matrix."
            )
        return kernel

    def _kernel_values(self, X, Y):
        if not callable(self.kernel):
            network = {"depth": self.depth, "activation": self.activation, "w_std": self.w_std, "b_std": self.b_std}
            return fully_connected_kernel(X, Y, kind=self.kernel, **network)
        kernel = check_array(self.kernel(X, Y), dtype=np.float64, input_name="kernel(X, Y)")
        if kernel.shape != (X.shape[0], Y.shape[0]):
            raise ValueError(
                f"kernel={self.kernel!r} returned shape {kernel.shape} for {X.shape[0]} and {Y.shape[0]} rows; "
                f"it must return ({X.shape[0]}, {Y.shape[0]})."
            )
        return kernel


def _predictions(scores):
    """Class indices from the scores of one machine (second class against first), or of one per class."""
    return (scores[:, 0] > 0).astype(np.int64) if scores.shape[1] == 1 else scores.argmax(axis=1)


def _machines(solve):
    """`solve`, a function of the positive rows, with memory."""

    @lru_cache(maxsize=_MAX_MACHINES)
    def from_bytes(positive):
        return solve(np.frombuffer(positive, dtype=bool))

    return lambda positive: from_bytes(positive.tobytes())


def _row_scales(kernel, C):
    return np.maximum(1.0, C * np.abs(kernel).max(axis=1))


# The support vector machine


def _signed_dual_coefficients(kernel, signs, C):
    """Coefficients ``signs * a`` of the SVM without bias, all conditions of optimality met to `_KKT_TOLERANCE`.

    Coordinate descent finds out which coefficients are at a bound, and Newton steps on the others make them
    accurate. Both only ever decrease the dual. Starts at 0, so that equal labels give equal numbers.
    """
    signed_kernel = kernel * np.outer(signs, signs)
    tolerance = _KKT_TOLERANCE * _row_scales(kernel, C)
    a = np.zeros(signs.shape[0])
    for _ in range(_MAX_ROUNDS):
        _coordinate_descent(signed_kernel, C, a, signed_kernel @ a - 1.0, _SWEEPS_PER_ROUND)
        _newton_steps(signed_kernel, C, a)
        gradient = signed_kernel @ a - 1.0
        violation = np.maximum(np.where(a > 0, gradient, 0.0), np.where(a < C, -gradient, 0.0))
        if (violation <= tolerance).all():
            return signs * a
    raise ValueError(
        f"The dual cannot be solved accurately enough for a certificate at C={C!r}: decrease `C`, scale the features, "
        "or remove rows that are nearly equal."
    )


@njit(cache=True, nogil=True)
def _coordinate_descent(signed_kernel, C, a, gradient, n_sweeps):
    n = a.shape[0]
    for _ in range(n_sweeps):
        for i in range(n):
            if signed_kernel[i, i] > 0.0:
                new = min(max(a[i] - gradient[i] / signed_kernel[i, i], 0.0), C)
            else:
                new = C if gradient[i] < 0.0 else 0.0  # the row is 0, and so is the score
            if new != a[i]:
                change = new - a[i]
                a[i] = new
                for j in range(n):
                    gradient[j] += change * signed_kernel[i, j]


def _newton_steps(signed_kernel, C, a):
    """Minimise over the coefficients between the bounds; those that reach a bound stay there."""
    for _ in range(a.shape[0]):
        free = np.flatnonzero((a > 0) & (a < C))
        if free.size == 0:
            return
        matrix = signed_kernel[np.ix_(free, free)]
        gradient = signed_kernel[free] @ a - 1.0
        try:
            direction = -cho_solve(cho_factor(matrix), gradient)
        except LinAlgError:
            direction = -np.linalg.lstsq(matrix, gradient, rcond=None)[0]
        slope, curvature = gradient @ direction, direction @ matrix @ direction
        if not slope < 0.0:
            return
        room = np.full(free.size, np.inf)
        up, down = direction > 0, direction < 0
        room[up] = (C - a[free[up]]) / direction[up]
        room[down] = -a[free[down]] / direction[down]
        whole = -slope / curvature if curvature > 0.0 else np.inf
        step = min(whole, room.min())
        a[free] = np.clip(a[free] + step * direction, 0.0, C)
        if step == whole:
            return
        stopped = room <= step
        a[free[stopped]] = np.where(up[stopped], C, 0.0)


# The program


@dataclass(frozen=True)
class _LabelProgram:
    """Constraints ``matrix @ v <= limits`` that all labelings of n rows fulfil, with the machines trained on them.

    Variables of a machine, n of each: sign (1 for +), coefficients of + and of -, scores of + and of -, losses of
    + and of -. Coefficients are in units of C. All variables have finite bounds.
    """

    matrix: sparse.csr_matrix
    limits: np.ndarray
    least: np.ndarray
    most: np.ndarray
    kernel: np.ndarray
    C: float
    n_machines: int
    gap_slack: float

    def row(self, signs=0.0, coefficients=0.0):
        """A row of weights of the signs and the coefficients, each (n_machines, n_rows) or a number."""
        row = np.zeros((self.n_machines, _N_BLOCKS, self.kernel.shape[0]))
        row[:, 0], row[:, 1], row[:, 2] = signs, coefficients, -coefficients
        return row.ravel()

    def parts(self, solution):
        """Signs and coefficients of a solution, each (n_machines, n_rows)."""
        blocks = solution.reshape(self.n_machines, _N_BLOCKS, self.kernel.shape[0])
        return blocks[:, 0], blocks[:, 1] - blocks[:, 2]

    def tangents(self, coefficients):
        """The duality gap of each machine, linearised at `coefficients`, (n_rows,): rows and their limit.

        In units of C: ``C (2 b' Q v - b' Q b) <= sum_i a_i - sum_i h_i`` for the variables v = s a, a and h.
        """
        slope = 2.0 * self.C * (self.kernel @ coefficients)
        limit = slope @ coefficients / 2.0 + self.gap_slack
        scale = 1.0 + np.abs(slope).max()
        rows = np.zeros((self.n_machines, self.n_machines, _N_BLOCKS, self.kernel.shape[0]))
        for m in range(self.n_machines):
            rows[m, m, 1], rows[m, m, 2] = slope - 1.0, -slope - 1.0
            rows[m, m, 5:] = 1.0
        return rows.reshape(self.n_machines, -1) / scale, limit / scale


def _label_program(kernel, C, n_machines):
    """The program of one machine, or of two of which at most one has sign + on a row."""
    n = kernel.shape[0]
    scales = _row_scales(kernel, C)
    shift = _eigenvalue_shift(kernel)
    lowest, highest = _score_range_of_positive(kernel, C, shift)
    one, none = sparse.eye(n, format="csr"), None
    link, scaled = sparse.csr_matrix(C * kernel / scales[:, None]), sparse.diags(1.0 / scales)
    low, high = sparse.diags(lowest), sparse.diags(highest)
    zero, full = np.zeros(n), np.ones(n)
    rows = [
        # f = Q b, slack
        ([none, -link, link, scaled, scaled, none, none], full * _SLACK),
        ([none, link, -link, -scaled, -scaled, none, none], full * _SLACK),
        # coefficients and scores belong to one sign
        ([-one, one, none, none, none, none, none], zero),
        ([one, none, one, none, none, none, none], full),
        ([-high, none, none, one, none, none, none], zero),
        ([low, none, none, -one, none, none, none], zero),
        ([high, none, none, none, -one, none, none], highest),
        ([-low, none, none, none, one, none, none], -lowest),
        # losses are at least 1 - s f
        ([one, none, none, -one, none, -one, none], zero),
        ([-one, none, none, none, one, none, -one], -full),
    ]
    matrix = sparse.bmat([row for row, _ in rows], format="csr")
    limits = np.concatenate([limit for _, limit in rows])
    largest = np.maximum(highest, -lowest)
    least = np.concatenate([zero, zero, zero, -largest, -largest, zero, zero])
    most = np.concatenate([full, full, full, largest, largest, 1.0 + largest, 1.0 + largest])
    if n_machines == 2:
        signs = sparse.hstack([one, sparse.csr_matrix((n, (_N_BLOCKS - 1) * n))])
        matrix = sparse.vstack([sparse.block_diag([matrix, matrix]), sparse.hstack([signs, signs])], format="csr")
        limits = np.concatenate([limits, limits, full])
        least, most = np.tile(least, 2), np.tile(most, 2)
    # with negative eigenvalues the gap can be below its tangents, by C shift |b - v|^2 with |b_i|, |v_i| <= 1
    gap_slack = _SLACK * scales.sum() + 5.0 * n * C * shift
    return _LabelProgram(matrix, limits, least, most, kernel, C, n_machines, gap_slack)


def _eigenvalue_shift(kernel):
    """What has to be added to all eigenvalues for the kernel matrix to be surely positive semi-definite."""
    norm = np.abs(kernel).sum(axis=1).max()
    return max(0.0, -eigvalsh(kernel)[0]) + kernel.shape[0] * np.finfo(np.float64).eps * norm


def _score_range_of_positive(kernel, C, shift):
    """Least and largest score that a training row of sign + can have, arrays of shape (n,). Mirrored for sign -.

    A row with s f > 1 has no coefficient, one with s f < 1 has C, and the other rows add at most ``C sum_j |Q_ij|``.
    Since only rows with s f <= 1 have a coefficient, the squared norm ``b' Q b = sum_i a_i s_i f_i`` is at most
    ``sum_i a_i <= n C``, hence ``|f_i| <= sqrt(Q_ii n C)``, with `shift` for eigenvalues just below 0.
    """
    n, diagonal = kernel.shape[0], kernel.diagonal()
    row_sums = np.abs(kernel).sum(axis=1)
    squared_norm = n * C * (1.0 + _KKT_TOLERANCE * _row_scales(kernel, C).max()) + shift * n * C**2
    by_norm = np.sqrt(np.maximum(diagonal + shift, 0.0) * squared_norm) + shift * C
    others = C * (row_sums - np.abs(diagonal))
    return np.minimum(np.maximum(C * diagonal - others, -by_norm), 1.0), np.maximum(np.minimum(others, by_norm), 1.0)


def _certain_minimum(objective, matrix, limits, least, most, multipliers):
    """Lower bound on ``objective @ v`` where ``matrix @ v <= limits`` and ``least <= v <= most``.

    True for any multipliers, whatever solver they come from (weak duality, Neumaier & Shcherbina 2004); at their
    best it is the minimum. What rounding may take off is subtracted.
    """
    multipliers = np.maximum(multipliers, 0.0)
    reduced = objective + matrix.T @ multipliers
    terms = np.concatenate([-multipliers * limits, np.minimum(reduced * least, reduced * most)])
    magnitude = np.abs(terms).sum() + (np.abs(objective) + abs(matrix).T @ multipliers) @ np.maximum(-least, most)
    return terms.sum() - 4.0 * (terms.size + 4) * np.finfo(np.float64).eps * magnitude


# The search


@dataclass(frozen=True)
class _Rivalry:
    """The labels' signs in the machines that decide whether `target` overtakes `loser`, and what others cost.

    ``alternatives[o]`` are the signs after the o-th way to flip a row. The flips of row i are
    ``present[:, i].any() + cost[:, i] @ signs[:, i]``; the target leads by ``direction @ coefficients @ kernel_row``.
    """

    present: np.ndarray
    alternatives: np.ndarray
    cost: np.ndarray
    direction: np.ndarray

    def row_flips(self, signs):
        return self.present.any(axis=0) + (self.cost * signs).sum(axis=0)


def _rivalry(labels, loser, target, n_machines):
    """For one machine, class 1 against class 0; for two, that of the loser and that of the target."""
    if n_machines == 1:
        present = (labels == 1)[None, :]
        return _Rivalry(
            present, ~present[None], np.where(present, -1.0, 1.0), np.array([1.0 if target == 1 else -1.0])
        )
    present = np.stack([labels == loser, labels == target])
    elsewhere = ~present.any(axis=0)
    # signs of a label: of the loser, of the target, of any other class; the other two are the ways to flip it
    signs = np.array([[True, False, False], [False, True, False]])
    kind = np.where(elsewhere, 2, present[1])
    alternatives = np.stack([signs[:, (kind + 1) % 3], signs[:, (kind + 2) % 3]])
    # a row of one of the two classes is flipped if it loses its sign, any other row if it gets one
    return _Rivalry(present, alternatives, np.where(elsewhere, 1.0, -1.0 * present), np.array([-1.0, 1.0]))


class _OutOfTime(Exception):
    """The time limit was reached."""


class _Search:
    """Branch and bound for the least flips after which the target leads: one flip, then two, and so on.

    A node has a choice for each row: open (-1), kept (0), or flipped in the o-th way (o + 1).
    """

    def __init__(self, program, rivalry, kernel_row, trusted, time_limit):
        self.program, self.rivalry, self.trusted = program, rivalry, trusted
        self.kernel_row = kernel_row / np.abs(kernel_row).max()
        self.margin = _ROUNDING * np.abs(self.kernel_row).sum()
        self.deadline = time.monotonic() + time_limit
        self.objective = -program.row(coefficients=np.outer(rivalry.direction, self.kernel_row))
        self.tangents, self.tangent_limits = [], []

    def run(self, train):
        """Lower bound on the flips, and the flips of an attack that a refit confirms; `UNBOUNDED` if there is none.

        ``train(positive)`` gives a machine's coefficients.
        """
        root = np.full(self.rivalry.present.shape[1], -1)
        if self.trusted is not None:
            root[self.trusted] = 0
        flips = 0
        try:
            for signs in self.rivalry.present:
                self._add_tangents(train(signs) / self.program.C)
            for flips in range(1, int((root < 0).sum()) + 1):
                lead = self._largest_lead(root, flips, train)
                if lead > self.margin:
                    return flips, flips
                if lead >= -self.margin:
                    return flips, UNBOUNDED
        except _OutOfTime:
            return max(flips, 1), UNBOUNDED
        return UNBOUNDED, UNBOUNDED

    def _largest_lead(self, root, flips, train):
        """Some lead above the margin after so many flips; if there is none, the largest that was not ruled out."""
        n_ways = self.rivalry.alternatives.shape[0]
        nodes, largest = [root], -np.inf
        while nodes and largest <= self.margin:
            choice = nodes.pop()
            open_rows, left = np.flatnonzero(choice < 0), flips - int((choice > 0).sum())
            if comb(open_rows.size, left) * n_ways**left <= _MAX_LEAVES:
                for leaf in self._leaves(choice, open_rows, left):
                    largest = max(largest, self._lead(leaf, train))
                    if largest > self.margin:
                        break
                continue
            row = self._row_to_branch_on(choice, open_rows, flips)
            if row is not None:
                nodes.extend(_with_choice(choice, [row], [option]) for option in range(n_ways + 1))
        return largest

    def _leaves(self, choice, open_rows, left):
        """All ways to flip so many of the open rows, and keep the others."""
        options = range(1, self.rivalry.alternatives.shape[0] + 1)
        for rows in combinations(open_rows, left):
            for ways in product(options, repeat=left):
                yield _with_choice(np.maximum(choice, 0), list(rows), ways)

    def _lead(self, choice, train):
        """The target's lead after a refit, in units of C and the largest kernel value."""
        self._check_time()
        signs = self._signs(choice)
        trained = np.stack([train(positive) for positive in signs])
        return self.rivalry.direction @ trained @ self.kernel_row / self.program.C

    def _signs(self, choice):
        return np.where(
            choice > 0,
            np.take_along_axis(self.rivalry.alternatives, np.maximum(choice - 1, 0)[None, None, :], axis=0)[0],
            self.rivalry.present,
        )

    def _row_to_branch_on(self, choice, open_rows, flips):
        """An open row, or None if no way to go on from this node lets the target lead."""
        program = self.program
        signs, fixed = self._signs(choice), choice >= 0
        least, most = program.least.copy(), program.most.copy()
        least[program.row(signs=signs & fixed) > 0] = 1.0
        most[program.row(signs=~signs & fixed) > 0] = 0.0
        count, n_kept = program.row(signs=self.rivalry.cost), self.rivalry.present.any(axis=0).sum()
        for _ in range(_MAX_TANGENT_ROUNDS):
            self._check_time()
            rows = np.array([count, -count, *self.tangents])
            matrix = sparse.vstack([program.matrix, sparse.csr_matrix(rows)], format="csr")
            limits = np.concatenate([program.limits, [flips - n_kept, n_kept - flips], self.tangent_limits])
            answer = linprog(self.objective, matrix, limits, bounds=np.stack([least, most], axis=1), method="highs-ds")
            if answer.x is None:
                return open_rows[0]
            multipliers = -answer.ineqlin.marginals
            if _certain_minimum(self.objective, matrix, limits, least, most, multipliers) > self.margin:
                return None
            signs, coefficients = program.parts(answer.x)
            if not self._add_violated_tangents(answer.x, coefficients):
                break
        return open_rows[self.rivalry.row_flips(signs)[open_rows].argmax()]

    def _add_tangents(self, coefficients):
        rows, limit = self.program.tangents(coefficients)
        self.tangents = [*self.tangents, *rows][-_MAX_TANGENTS:]
        self.tangent_limits = [*self.tangent_limits, *[limit] * len(rows)][-_MAX_TANGENTS:]

    def _add_violated_tangents(self, solution, coefficients):
        """Add the tangents at a solution's own coefficients that it violates; False if it violates none."""
        violated = False
        for point in coefficients:
            rows, limit = self.program.tangents(point)
            if (rows @ solution > limit + _TANGENT_TOLERANCE).any():
                self._add_tangents(point)
                violated = True
        return violated

    def _check_time(self):
        if time.monotonic() > self.deadline:
            raise _OutOfTime


def _with_choice(choice, rows, options):
    changed = choice.copy()
    changed[rows] = options
    return changed
