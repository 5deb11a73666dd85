"""Randomised smoothing over training labels: the classifier that most noisy copies of the labels agree on.

The noise replaces each training label, independently and with probability q, by one of the K - 1 other
classes, all equally likely. The smoothed classifier g(x) is the class that the base classifier predicts with
probability above 1/2 when it is trained on noisy labels; it abstains where no class is that likely. Two steps certify
it, both without sampling.

1. For a label-linear base with weights a and predicted class c, the margin over a rival k on noisy labels z is
   ``f_c - f_k = sum_i a_i ([z_i = c] - [z_i = k])``, a sum of independent terms, each a_i, -a_i or 0. Chernoff:
   ``P(margin <= 0) <= prod_i E exp(-t margin_i)`` for every t >= 0. The sum over the rivals bounds the probability
   that the base predicts anything but c. Newton's method looks for the best t; wherever it stops, the bound holds.
2. Let the labels y and y' differ in r places. Noise around y and noise around y' have the likelihood ratio
   ``((1 - q) / s) ** S`` with s = q / (K - 1) and S the number of those places where z agrees with y minus the number
   where it agrees with y'. By the lemma of Neyman and Pearson, among all events with probability at least 1/2
   around y', the one least likely around y holds the smallest S. While its probability around y is above the bound of
   step 1, the base errs with probability below 1/2 around y' too.

Rounding. Margins within rounding of 0 count as errors, and every sum is pushed to the safe side by its
rounding error, as annotated below.
"""

from numbers import Real

import numpy as np
from numba import njit
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, _fit_context, clone
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from .._all_or_nothing import all_or_nothing
from .._chunks import row_chunks
from .._label_encoding import encode_labels
from ..certificates import UNBOUNDED, CertificationResult, class_scores
from ..learners import NTKRegressorClassifier

_EPS = float(np.finfo(np.float64).eps)
_MAX_CHUNK_ROWS = 1024
_LARGEST_EXPONENT = 600.0  # exp of it, and of its negative, is a normal number with room to spare
_NEWTON_STEPS = 60
_NEWTON_DECREMENT = 1e-6  # twice what a further step can take off the logarithm of the bound


class LabelFlipSmoothing(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Randomised smoothing over training labels, certified in closed form for a label-linear base.

    The baseline of Rosenfeld et al. 2020: the class that the base predicts with probability above 1/2 when
    each training label is replaced, with probability `flip_probability`, by another class drawn at
    random. The probability is bounded from the label weights, so nothing is sampled and nothing is refitted.

    Parameters
    ----------
    estimator : classifier, default=None
        Label-linear base classifier, with a method ``label_weights`` and a parameter ``classes``; ``None``
        stands for ``NTKRegressorClassifier()``.
    flip_probability : float, default=0.1
        Probability q that the noise replaces a training label, above 0 and below (K - 1) / K for K classes,
        where noise would leave nothing of the labels. More noise makes labels that differ harder to tell
        apart, and the base more often wrong.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to and which the noise draws from. ``None``
        takes the base's ``classes``, and where that is ``None`` too, the classes that occur in ``y``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimator_ : classifier
        The base, fitted on the labels as they are, without noise.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    NTKRegressorClassifier : The default base, and its exact radius without any noise.
    smoothing_radius : From the probability of an error to the radius.

    Notes
    -----
    The guarantee is about the ideal smoothed classifier g, which takes exact probabilities over the noise and
    has no closed form. ``predict`` is the base's prediction on the labels as they are, which is also the class with
    the largest expected score under noise. Where the bound on the probability of an error is below 1/2
    (``log_error_bound(X) < log(1/2)``), it is proved to be g(x), and g(x) is the same on all labels within the
    radius. ``predict`` after a refit is the base's prediction on those labels, which is not what the radius is
    about. Where the bound is 1/2 or more, g may abstain or be another class; the radius is then 0 and says
    nothing about g. The radius is also 0 where g(x) is known, but no flip is certified.

    Radii are lower bounds: Chernoff's bound exceeds the probability of an error, the sum over the rivals more so the
    more of them are close, and the Neyman-Pearson step takes the worst base classifier with such a probability.
    Step two is the best possible from that probability alone; the closed form of the paper, `smoothing_radius_kl`,
    is never above it. Certifying takes O(n_train * n_classes) time per test row and step of Newton's method,
    some ten of them, and O(radius**2) for the largest radius, once per chunk.

    References
    ----------
    Rosenfeld, Winston, Ravikumar & Kolter 2020 (arXiv 2002.03018).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.baselines import LabelFlipSmoothing
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = StandardScaler().fit_transform(X)
    >>> network = NTKRegressorClassifier(alpha=100.0)
    >>> smoothing = LabelFlipSmoothing(network, flip_probability=0.1).fit(X[:400], y[:400])
    >>> smoothing.certify(X[400:]).radius[:5]
    array([19, 32, 22, 25, 34])
    >>> network.fit(X[:400], y[:400]).certify(X[400:]).radius[:5]
    array([29, 53, 41, 50, 52])
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "flip_probability": [Interval(Real, 0, 1, closed="neither")],
        "classes": ["array-like", None],
    }

    def __init__(self, estimator=None, *, flip_probability=0.1, classes=None):
        self.estimator = estimator
        self.flip_probability = flip_probability
        self.classes = classes

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        base = get_tags(self._base()).input_tags
        tags.input_tags.sparse = base.sparse
        tags.input_tags.allow_nan = base.allow_nan
        tags.input_tags.pairwise = base.pairwise
        return tags

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y):
        """Fit the base on the labels as they are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_train, n_features)
            Training rows; sparse or missing values where the base takes them.
        y : array-like of shape (n_train,)
            Class labels of any type.

        Returns
        -------
        self : LabelFlipSmoothing
            The fitted estimator.

        Raises
        ------
        ValueError
            For a base without label weights, a `flip_probability` too large for the number of classes, fewer than
            two classes, labels outside `classes`, or rows that the base does not take. The estimator
            is then not fitted.
        """
        with all_or_nothing(self):
            X, y = self._validate(X, y, reset=True)
            base = clone(self._base())
            if not _is_label_linear(base):
                raise ValueError(
                    f"estimator={base!r} is not label-linear: smoothing in closed form needs a classifier with a "
                    "method label_weights and a parameter classes, such as NTKRegressorClassifier. Put transformers "
                    "ahead: make_pipeline(StandardScaler(), LabelFlipSmoothing())."
                )
            classes = base.get_params(deep=False)["classes"] if self.classes is None else self.classes
            self.classes_, codes = encode_labels(y, classes)
            _check_flip_probability(self.flip_probability, self.classes_.shape[0])
            self.estimator_ = base.set_params(classes=self.classes_).fit(X, self.classes_[codes])
            self.label_codes_ = codes
        return self

    def predict(self, X):
        """Predict class labels: the base's prediction on the labels as they are.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equal scores. The smoothed classifier's
            prediction wherever ``log_error_bound(X) < log(1/2)``.
        """
        X = self._validate_test_rows(X)
        prediction = np.empty(X.shape[0], dtype=np.int64)
        for rows, weights in self._label_weight_chunks(X):
            prediction[rows] = class_scores(weights, self.label_codes_, self.classes_.shape[0]).argmax(axis=1)
        return self.classes_[prediction]

    def log_error_bound(self, X):
        """Upper bound on the probability that noise makes the base predict another class, as a logarithm.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        log_error : ndarray of shape (n_test,)
            Natural logarithm, 0 at most. The base, trained on noisy labels, predicts ``predict(X)`` with
            probability at least ``1 - exp(log_error)``.
        """
        X = self._validate_test_rows(X)
        log_error = np.empty(X.shape[0])
        for rows, weights in self._label_weight_chunks(X):
            _, log_error[rows] = self._predict_and_bound(weights)
        return log_error

    def certify(self, X):
        """Certify the smoothed classifier against label flips.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound, in label flips: the smoothed classifier, which takes exact probabilities over
            the noise, is the same on any labels that differ from the training labels in at most ``radius`` places. It
            is 0, and says nothing about the smoothed classifier, where its prediction is not proved (see Notes).
            ``flips_to_class`` is ``radius + 1`` at all classes but the prediction. ``exact`` is False throughout.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        X = self._validate_test_rows(X)
        n_test, n_classes, n_train = X.shape[0], self.classes_.shape[0], self.label_codes_.shape[0]
        prediction = np.empty(n_test, dtype=np.int64)
        radius = np.empty(n_test, dtype=np.int64)
        for rows, weights in self._label_weight_chunks(X):
            prediction[rows], log_error = self._predict_and_bound(weights)
            radius[rows] = smoothing_radius(log_error, self.flip_probability, n_classes, n_train)
        flips_to_class = np.repeat(radius[:, None] + 1, n_classes, axis=1)
        flips_to_class[np.arange(n_test), prediction] = 0
        return CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            flips_to_class=flips_to_class,
            radius_upper=np.full(n_test, UNBOUNDED, dtype=np.int64),  # of the smoothed classifier no attack is known
            classes=self.classes_,
            certificate="smoothing",
            n_train=n_train,
        )

    def _base(self):
        return NTKRegressorClassifier() if self.estimator is None else self.estimator

    def _validate(self, X, y="no_validation", *, reset):
        tags = get_tags(self._base()).input_tags
        return validate_data(
            self,
            X,
            y,
            reset=reset,
            dtype=None,
            accept_sparse="csr",  # a base that does not take it says so
            ensure_all_finite=not tags.allow_nan,
        )

    def _validate_test_rows(self, X):
        check_is_fitted(self, "label_codes_")
        return self._validate(X, reset=False)

    def _label_weight_chunks(self, X):
        """Slices of X with their label weights; the same for `predict` and `certify`, so that they agree."""
        row_bytes = 2 * 8 * self.label_codes_.shape[0]  # the base's own work, and the weights
        for rows in row_chunks(X.shape[0], row_bytes, _MAX_CHUNK_ROWS):
            weights = check_array(
                self.estimator_.label_weights(X[rows]), dtype=[np.float64, np.float32], input_name="label_weights(X)"
            )
            expected = (rows.stop - rows.start, self.label_codes_.shape[0])
            if weights.shape != expected:
                raise ValueError(
                    f"estimator={self.estimator_!r} returned label weights of shape {weights.shape}; label_weights "
                    f"must return {expected}, one row per test row and one column per training row."
                )
            yield rows, weights

    def _predict_and_bound(self, weights):
        n_classes = self.classes_.shape[0]
        prediction = class_scores(weights, self.label_codes_, n_classes).argmax(axis=1)
        log_error = _log_error_bounds(weights, self.label_codes_, prediction, self.flip_probability, n_classes)
        return prediction, log_error


def smoothing_radius(log_error, flip_probability, n_classes, n_train):
    """The largest number of label flips after which the smoothed classifier is provably the same.

    Parameters
    ----------
    log_error : array-like of shape (n_test,)
        Natural logarithm of (an upper bound on) the probability that the base, trained on noisy labels, predicts
        anything but the class in question.
    flip_probability : float
        Probability that the noise replaces a label, above 0 and below ``(n_classes - 1) / n_classes``.
    n_classes : int
        Number of classes, at least 2.
    n_train : int
        Number of training labels, an upper limit to the radius.

    Returns
    -------
    radius : ndarray of shape (n_test,), int64
        Label flips. The class keeps a probability above 1/2 on all labels within the radius, whatever the
        base classifier is; with one flip more there is a base for which it does not. 0 also where the
        probability of an error is 1/2 or more, and nothing is proved.

    Raises
    ------
    ValueError
        If ``log_error`` is not a number somewhere, or ``flip_probability`` is out of range.

    Notes
    -----
    Worst case by the lemma of Neyman and Pearson, from the exact distribution of the likelihood ratio of the noise
    around two labelings that differ in r places; for discrete inputs the technique is that of Lee et al. 2019 (arXiv
    1906.04948).

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.baselines import smoothing_radius
    >>> smoothing_radius(np.log([0.5, 0.05, 1e-9]), flip_probability=0.1, n_classes=2, n_train=100)
    array([ 0,  1, 10])
    """
    log_error = _check_log_error(log_error)
    _check_flip_probability(flip_probability, n_classes)
    lowest = float(log_error.min(initial=0.0))
    thresholds = _log_error_thresholds(flip_probability, n_classes, lowest, n_train)
    # thresholds fall; the radius is the number of them that lie above log_error
    return np.searchsorted(-thresholds, -log_error, side="left").astype(np.int64)


def smoothing_radius_kl(log_error, flip_probability, n_classes, n_train):
    """A radius in closed form, from the Kullback-Leibler divergence; never above `smoothing_radius`.

    Parameters
    ----------
    log_error : array-like of shape (n_test,)
        Natural logarithm of (an upper bound on) the probability that the base, trained on noisy labels, predicts
        anything but the class in question.
    flip_probability : float
        Probability that the noise replaces a label, above 0 and below ``(n_classes - 1) / n_classes``.
    n_classes : int
        Number of classes, at least 2.
    n_train : int
        Number of training labels, an upper limit to the radius.

    Returns
    -------
    radius : ndarray of shape (n_test,), int64
        Label flips, 0 also where the probability of an error is 1/2 or more.

    Raises
    ------
    ValueError
        If ``log_error`` is not a number somewhere, or ``flip_probability`` is out of range.

    Notes
    -----
    With q the flip probability, s = q / (n_classes - 1) and p the probability of the class, the radius is the
    largest r with ``r (1 - q - s) log((1 - q) / s) < -log(4 p (1 - p)) / 2``: the left side is the
    Kullback-Leibler divergence of the noise around two labelings that differ in r places, the right side what a fall
    of p to 1/2 takes at least. For two classes this is ``r < log(4 p (1 - p)) / (2 (1 - 2 q) log(q / (1 - q)))``
    of Rosenfeld et al. 2020 (arXiv 2002.03018).

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.baselines import smoothing_radius_kl
    >>> smoothing_radius_kl(np.log([0.5, 0.05, 1e-9]), flip_probability=0.1, n_classes=2, n_train=100)
    array([0, 0, 5])
    """
    log_error = _check_log_error(log_error)
    _check_flip_probability(flip_probability, n_classes)
    swap = flip_probability / (n_classes - 1)
    # both pushed by their rounding error to the side of fewer flips
    per_flip = (1 - flip_probability - swap + 8 * _EPS) * (np.log((1 - flip_probability) / swap) + 8 * _EPS)
    log_error = np.minimum(log_error, np.log(0.5))
    needed = -0.5 * (np.log(4.0) + log_error + np.log1p(-np.exp(log_error)))
    needed = needed * (1 - 16 * _EPS) - 16 * _EPS
    flips = np.ceil(needed / per_flip * (1 - 16 * _EPS)) - 1  # the largest whole number strictly below
    return np.clip(flips, 0, n_train).astype(np.int64)


def _is_label_linear(estimator):
    return callable(getattr(estimator, "label_weights", None)) and "classes" in estimator.get_params(deep=False)


def _check_flip_probability(flip_probability, n_classes):
    if not 0 < flip_probability < (n_classes - 1) / n_classes:
        raise ValueError(
            f"flip_probability={flip_probability!r} must be above 0 and below (n_classes - 1) / n_classes = "
            f"{(n_classes - 1) / n_classes:.6g} for n_classes={n_classes}; with more noise a label says nothing, "
            "or the opposite. Lower flip_probability."
        )


def _check_log_error(log_error):
    log_error = np.asarray(log_error, dtype=np.float64)
    if np.isnan(log_error).any():
        raise ValueError("log_error has NaN; give logarithms of probabilities, for instance from log_error_bound.")
    return log_error


def _log_error_bounds(weights, labels, predicted, flip_probability, n_classes):
    """Logarithm of an upper bound on the probability that noise makes any rival overtake `predicted`."""
    per_rival = np.empty((weights.shape[0], n_classes))
    _log_overtaking_bounds(weights, labels, predicted, float(flip_probability), per_rival)
    return np.minimum(logsumexp(per_rival, axis=1), 0.0)


@njit(cache=True, nogil=True)
def _log_overtaking_bounds(weights, labels, predicted, flip_probability, log_bounds):
    """Chernoff bounds, per test row and rival, on the logarithm of P(the rival overtakes); -inf at `predicted`."""
    n_test, n_train = weights.shape
    n_classes = log_bounds.shape[1]
    scaled = np.empty(n_train)
    for t in range(n_test):
        largest = 0.0
        for i in range(n_train):
            largest = max(largest, abs(float(weights[t, i])))
        for i in range(n_train):
            # who overtakes does not depend on the scale
            scaled[i] = float(weights[t, i]) / largest if largest > 0.0 else 0.0
        for rival in range(n_classes):
            if rival == predicted[t]:
                log_bounds[t, rival] = -np.inf
            else:
                log_bounds[t, rival] = _log_overtaking_bound(
                    scaled, labels, predicted[t], rival, flip_probability, n_classes
                )


@njit(cache=True, nogil=True)
def _log_overtaking_bound(row, labels, predicted, rival, flip_probability, n_classes):
    """Logarithm of the smallest Chernoff bound found on P(f_predicted - f_rival <= rounding) under noise."""
    exponent = _chernoff_exponent(row, labels, predicted, rival, flip_probability, n_classes)
    log_bound, total = 0.0, 0.0
    for i in range(row.shape[0]):
        up, down, none = _margin_probabilities(labels[i], predicted, rival, flip_probability, n_classes)
        power = np.exp(-exponent * row[i])
        log_bound += np.log(up * power + down / power + none)
        total += abs(row[i])
    # Each logarithm is off by at most (|exponent a_i| + 10) eps, their sum by n eps times their sizes, and none is
    # larger than |exponent a_i|; the sum over the rivals adds at most n_classes eps. The factor 2 is to spare.
    n = row.shape[0]
    log_bound += 2.0 * (n + n_classes + 16) * _EPS * (n + exponent * total)
    # Two computed scores and the scaling are off by at most n eps total together, which the margin has to exceed.
    log_bound += exponent * 2.0 * (n + 4) * _EPS * total
    return min(log_bound, 0.0)


@njit(cache=True, nogil=True)
def _chernoff_exponent(row, labels, predicted, rival, flip_probability, n_classes):
    """An exponent t >= 0 that nearly minimises ``sum_i log E exp(-t margin_i)``, a convex function of t."""
    low, high = 0.0, _LARGEST_EXPONENT
    exponent = 0.0
    for _ in range(_NEWTON_STEPS):
        slope, curvature = 0.0, 0.0
        for i in range(row.shape[0]):
            up, down, none = _margin_probabilities(labels[i], predicted, rival, flip_probability, n_classes)
            power = np.exp(-exponent * row[i])
            up *= power
            down /= power
            total = up + down + none
            mean = (down - up) / total
            slope += row[i] * mean
            curvature += row[i] * row[i] * ((up + down) / total - mean * mean)
        if slope < 0.0:
            low = exponent
        else:
            high = exponent
        if slope * slope <= _NEWTON_DECREMENT * curvature or high <= low:
            break
        exponent = exponent - slope / curvature if curvature > 0.0 else high
        if not low < exponent < high:
            exponent = 0.5 * (low + high)
    return exponent


@njit(cache=True, nogil=True)
def _margin_probabilities(label, predicted, rival, flip_probability, n_classes):
    """Probabilities that a row adds its weight to the margin of `predicted` over `rival`, takes it off, or neither."""
    swap = flip_probability / (n_classes - 1)
    if label == predicted:
        return 1.0 - flip_probability, swap, swap * (n_classes - 2)
    if label == rival:
        return swap, 1.0 - flip_probability, swap * (n_classes - 2)
    return swap, swap, 1.0 - 2.0 * swap


@njit(cache=True, nogil=True)
def _log_error_thresholds(flip_probability, n_classes, lowest, n_train):
    """For r = 1, 2, ..., the logarithm of the error probability at which r flips can no longer be certified.

    It is the least probability around y of an event that has probability 1/2 around y', r labels away. Goes on until
    a threshold is at most `lowest`, or to `n_train`.

    With D the places, among the r, that agree with y' minus those that agree with y: around y', D is a sum of
    r independent terms 1, -1 and 0 with probabilities 1 - q, s and q - s; around y, D = d is ``ratio ** d`` times
    less likely, ratio = (1 - q) / s. The event takes the largest D, and a share of the last.
    """
    swap = flip_probability / (n_classes - 1)
    stay, neither = 1.0 - flip_probability, swap * (n_classes - 2)
    ratio = stay / swap
    log_ratio = np.log(ratio)
    thresholds = np.empty(n_train)
    probability = np.zeros(2 * n_train + 3)  # of D = d at index n_train + 1 + d
    origin = n_train + 1
    probability[origin] = 1.0
    previous = np.log(0.5)
    for r in range(1, n_train + 1):
        below = 0.0  # of d - 1, before this round
        for d in range(-r, r + 1):
            here = probability[origin + d]
            probability[origin + d] = stay * below + neither * here + swap * probability[origin + d + 1]
            below = here
        # A probability is off by at most 3 eps of itself per round, a sum by one eps per term, and a power of the
        # ratio by 3 eps per factor. 16 (r + 1) eps covers these together; it is taken off both sides.
        slack = 16.0 * (r + 1) * _EPS
        wanted = 0.5 * (1.0 - slack)
        mass = 0.0  # of the event around y'
        tail = 0.0  # of the event around y, times ratio ** d
        d = r
        while mass + probability[origin + d] < wanted and d > -r:
            mass += probability[origin + d]
            tail = tail / ratio + probability[origin + d]
            d -= 1
        tail = tail / ratio + max(wanted - mass, 0.0)
        threshold = np.log(tail) - d * log_ratio - slack * (1.0 + log_ratio)
        previous = min(previous, threshold)  # more flips are never harder to tell apart
        thresholds[r - 1] = previous
        if previous <= lowest:
            return thresholds[:r]
    return thresholds
