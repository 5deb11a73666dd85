"""k nearest neighbours as a label-linear classifier."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils._param_validation import Interval, Options, RealNotInt, StrOptions
from sklearn.utils.validation import validate_data

from .._utils import all_or_nothing, fit_context, in_fixed_blocks, plain_labels
from ._kernel_matrix import check_square
from ._label_linear import LabelLinearClassifierMixin
from ._without_own import without_own

if TYPE_CHECKING:
    from typing_extensions import Self


class CertifiedKNeighborsClassifier(LabelLinearClassifierMixin, BaseEstimator):
    """k nearest neighbours, certified exactly against label flips.

    Which rows are the neighbours of a row does not depend on labels, and each has one vote: label weights are 1 for
    the k nearest training rows, and 0 for all others, or -1, which is a vote against their classes. Whole numbers
    add up without rounding, so radii are exact even where votes tie.

    Parameters
    ----------
    n_neighbors : int or float, default=5
        Number of neighbours, or, as a float in (0, 1), their share of the training rows (rounded up). More
        neighbours give larger radii.
    far_weight : {0, -1}, default=0
        Label weight of all rows that are not among the k nearest. With -1 they vote against their classes. Where all
        classes are equally frequent in training, predictions are the same, and a radius of r becomes 2 r or 2 r + 1.
        Elsewhere rare classes are favoured: a class with m_c of the k neighbours and n_c training rows has score
        2 m_c - n_c, so choose -1 only if class sizes differ by much less than `n_neighbors`.
    metric : str or callable, default="euclidean"
        Distance, as in `sklearn.neighbors.NearestNeighbors`. "precomputed": X is the matrix of distances to the
        training rows. "nan_euclidean" takes missing values.
    n_jobs : int, default=None
        Workers of the neighbour search, as joblib understands it: ``None`` is 1 unless a ``joblib.parallel_config``
        says otherwise.
    score_weight : dict or "balanced", default=None
        What the score of each class is multiplied by, for classes of unequal size: a dict from labels to weights above
        0, 1 for labels that it lacks. Give 1 / (n_classes * prior), where frequencies are known without the training
        labels; certificates are then exact. "balanced" counts them in the labels, n_train / n_rows of the class,
        which the attacker changes: `certify` gives a lower bound then, and only it and attacks without a target are
        available. Not scikit-learn's ``class_weight``, which weighs rows in the loss. ``None`` multiplies by nothing.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes; ``None`` takes those that occur in ``y``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    label_codes_ : ndarray of shape (n_train,)
        Index into ``classes_`` of each training label.
    neighbors_ : NearestNeighbors
        The neighbour search, fitted on the training rows.
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
    sklearn.neighbors.KNeighborsClassifier : The same predictions (for ``far_weight=0``, and its uniform
        weights), without certificates.

    References
    ----------
    Jia, Liu, Cao & Gong 2022 (arXiv 2012.03765) certify nearest neighbours by their votes, as done here.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import CertifiedKNeighborsClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> neighbors = CertifiedKNeighborsClassifier(n_neighbors=15).fit(X[::2], y[::2])
    >>> neighbors.certify(X[1::2]).certified_accuracy(y[1::2], [0, 3, 6]).round(2)
    array([0.92, 0.87, 0.69])
    """

    _parameter_constraints: dict = {
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), Interval(RealNotInt, 0, 1, closed="neither")],
        "far_weight": [Options(Integral, {0, -1})],
        "metric": [str, callable],
        "n_jobs": [Integral, None],
        "score_weight": [dict, StrOptions({"balanced"}), None],
        "classes": ["array-like", None],
    }

    def __init__(
        self,
        n_neighbors: int | float = 5,
        *,
        far_weight: int = 0,
        metric: str | Callable[..., float] = "euclidean",
        n_jobs: int | None = None,
        score_weight: dict | str | None = None,
        classes: ArrayLike | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.far_weight = far_weight
        self.metric = metric
        self.n_jobs = n_jobs
        self.score_weight = score_weight
        self.classes = classes

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == "precomputed"
        tags.input_tags.positive_only = tags.input_tags.pairwise
        tags.input_tags.allow_nan = self.metric == "nan_euclidean"
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        trusted: ArrayLike | None = None,
        candidate_labels: ArrayLike | None = None,
    ) -> Self:
        """Fit the neighbour search.

        Parameters
        ----------
        X : array-like of shape (n_train, n_features)
            Training rows, or their distances (n_train, n_train) for ``metric="precomputed"``.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Rows whose labels are known to be correct, so that the attacker cannot flip them.
        candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
            The labels that each row may get, its own among them: who may flip what. A table has a column for each
            class, in the order of ``classes_``; or give a list, or a column of a frame, with a collection of labels
            for each row, whose labels are then known classes, too. ``None``: any label. They change radii, not
            predictions.

        Returns
        -------
        self : CertifiedKNeighborsClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            For NaN or infinite X, labels outside `classes`, candidates without a row's own label, more neighbours than
            training rows, or distances that are negative or not square. The estimator is then not fitted.
        """
        with all_or_nothing(self):
            self.fitted_params_ = deepcopy(self.get_params(deep=False))
            X, y = validate_data(
                self,
                X,
                plain_labels(y, "y"),
                dtype=[np.float64, np.float32],
                order="C",
                copy=True,
                ensure_all_finite=self._finite_or_missing(),
            )
            n_train = X.shape[0]
            if self.metric == "precomputed":
                check_square(X, "metric", "distance")
            if self.n_neighbors > n_train:
                raise ValueError(
                    f"n_neighbors={self.n_neighbors} is more than n_samples={n_train}; choose {n_train} or fewer, "
                    "or a share of the rows, such as 0.1."
                )
            self._set_labels(y, trusted, candidate_labels)
            k = self._n_neighbors_among(n_train)
            self.neighbors_ = NearestNeighbors(n_neighbors=k, metric=self.metric, n_jobs=self.n_jobs).fit(X)
            self._warn_of_unequal_classes(X, stacklevel=3)
        return self

    def _finite_or_missing(self):
        return "allow-nan" if self.fitted_params_["metric"] == "nan_euclidean" else True

    def _label_weights(self, X):
        return self._votes_of(self._neighbors_of(X, self.neighbors_.n_neighbors))

    def _neighbors_of(self, X, k):
        """The k nearest training rows of each row, the nearest first."""
        find = partial(self.neighbors_.kneighbors, n_neighbors=k, return_distance=False)
        # a tree treats one row at a time; the rounding of matrix products depends on their shapes
        brute = self.neighbors_._fit_method == "brute"
        return in_fixed_blocks(find, X) if brute else find(X)

    def _votes_of(self, nearest):
        weights = np.full((nearest.shape[0], self.label_codes_.shape[0]), float(self.fitted_params_["far_weight"]))
        np.put_along_axis(weights, nearest, 1.0, axis=1)
        return weights

    def _training_rows(self):
        return self.neighbors_._fit_X

    def _weights_without_own(self, rows, X):
        if type(self)._label_weights is not CertifiedKNeighborsClassifier._label_weights:
            return super()._weights_without_own(rows, X)
        n_others = self.label_codes_.shape[0] - 1
        k = min(self._n_neighbors_among(n_others), n_others)
        nearest = self._neighbors_of(X, k + 1)
        others = nearest != rows[:, None]
        others[others.all(axis=1), k] = False  # among many equal rows, the row itself need not be one of the nearest
        return without_own(self._votes_of(nearest[others].reshape(rows.shape[0], k)), rows)

    def _n_neighbors_among(self, n_train):
        k = self.fitted_params_["n_neighbors"]
        return int(np.ceil(k * n_train)) if k < 1 else k
