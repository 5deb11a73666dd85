"""k nearest neighbours as a label-linear classifier."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from copy import deepcopy
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, Options, RealNotInt, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_non_negative, validate_data

from .._utils import all_or_nothing, check_two_classes, few_of, fit_context, plain_labels, row_digests
from ..certificates import Labelling, certify_chunks
from ..results import CertificationResult, with_index_of
from ._distances import depends_on_the_two_rows, distances_in_blocks
from ._kernel_matrix import check_square
from ._label_linear import LabelLinearClassifierMixin
from ._without_own import without_own

if TYPE_CHECKING:
    from typing_extensions import Self


def _counts_votes(neighbors):
    """Whether scores are votes of neighbours: of the parameters that `fit` got, once there are any."""
    parameters = getattr(neighbors, "fitted_params_", vars(neighbors))
    return parameters["far_weight"] == 0 and parameters["score_weight"] is None


class CertifiedKNeighborsClassifier(LabelLinearClassifierMixin, BaseEstimator):
    """k nearest neighbours, certified exactly against label flips, and against rows.

    Which rows are the neighbours of a row does not depend on labels, and each has one vote: label weights are 1 for
    the k nearest training rows, and 0 for all others, or -1, which is a vote against their classes. Whole numbers
    add up without rounding, so radii are exact even where votes tie. Rows at the same distance are in the order of a
    hash of their contents, equal contents in that of their positions. `certify_rows` counts rows that are inserted,
    deleted or relabelled.

    Parameters
    ----------
    n_neighbors : int or float, default=5
        Number of neighbours, or, as a float in (0, 1), their share of the training rows (rounded up). More
        neighbours give larger radii. If there are fewer training rows, all of them vote.
    far_weight : {0, -1}, default=0
        Label weight of all rows that are not among the k nearest. With -1 they vote against their classes. Where all
        classes are equally frequent in training, predictions are the same, and a radius of r becomes 2 r or 2 r + 1.
        Elsewhere rare classes are favoured: a class with m_c of the k neighbours and n_c training rows has score
        2 m_c - n_c, so choose -1 only if class sizes differ by much less than `n_neighbors`.
    metric : str or callable, default="euclidean"
        Distance, as in `sklearn.metrics.pairwise_distances`. "precomputed": X is the matrix of distances to the
        training rows. "nan_euclidean" takes missing values.
    n_jobs : int, default=None
        Threads that compute distances, as joblib understands it: ``None`` is 1 unless a ``joblib.parallel_config``
        says otherwise.
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
        Training rows.
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
    Jia, Liu, Cao & Gong 2022 (arXiv 2012.03765) certify nearest neighbours by their votes, as done here, against label
    flips and against inserted, deleted and changed rows.

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
        "verbose": ["verbose"],
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
        verbose: int = 0,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.far_weight = far_weight
        self.metric = metric
        self.n_jobs = n_jobs
        self.score_weight = score_weight
        self.classes = classes
        self.verbose = verbose

    _no_probabilities = "with far_weight=-1 or score_weight, its scores are no shares of the neighbours' votes"

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
        """Keep the training rows.

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
            For NaN or infinite X, labels outside `classes`, candidates without a row's own label, an unknown metric,
            or distances that are negative or not square. The estimator is then not fitted.
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
            if self.metric == "precomputed":
                check_square(X, "metric", "distance")
                check_non_negative(X, "distances")
            self._set_labels(y, trusted, candidate_labels)
            self.X_fit_ = X
            in_order = row_digests(X) if self.metric != "precomputed" else np.zeros(X.shape[0], dtype=np.uint64)
            self._by_content = np.argsort(in_order, kind="stable")
            self._classes_given = self.classes is not None
            next(distances_in_blocks(X[:1], X[:1], self.metric, None))  # a metric that does not do says so here
            self._warn_of_unequal_classes(X, stacklevel=3)
        return self

    @available_if(_counts_votes)
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Shares of the nearest rows' votes, for ``far_weight=0`` without `score_weight`.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        shares : ndarray of shape (n_test, n_classes)
            Votes for each class, divided by the number of neighbours: those of
            `sklearn.neighbors.KNeighborsClassifier`, ties in distance apart. They are not calibrated.
        """
        return np.maximum(self._class_scores(X), 0.0) / self._n_neighbors_among(self.label_codes_.shape[0])

    def _finite_or_missing(self):
        return "allow-nan" if self.fitted_params_["metric"] == "nan_euclidean" else True

    def certify_rows(self, X: ArrayLike) -> CertificationResult:
        """Certify predictions exactly against inserted, deleted and relabelled training rows.

        Each of these replaces one of the k votes at most (Jia et al. 2022). Needs ``classes=``, a whole number of
        neighbours, ``far_weight=0``, and a metric whose distances depend on the two rows alone. Rows that are
        ``trusted`` in ``fit``, and ``candidate_labels``, are ignored: they say which labels can be flipped, and rows
        can be inserted beside them all the same.

        Parameters
        ----------
        X : array-like of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            With ``threat="rows"``. ``radius`` counts rows: fitting again, with the same parameters and classes, after
            at most ``radius`` rows were inserted, deleted or relabelled, never changes the prediction, and after
            ``radius + 1``, well chosen, it does. A row whose features change counts twice, as one deleted and one
            inserted. The other rows stay as they are, in their order.

        Raises
        ------
        ValueError
            If a parameter is not as above, or ``score_weight`` is "balanced".
        sklearn.exceptions.NotFittedError
            Before ``fit``.

        See Also
        --------
        skcert.certify_rows : The same for pipelines, whose steps in front must not have been fitted on rows.
        """
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        obstacle = self._obstacle_to_rows()
        if obstacle is not None:
            raise ValueError(f"certify_rows needs {obstacle}")
        anyone = Labelling(self.label_codes_, self.classes_, None, None, self.score_weight_, False)
        result = certify_chunks(self._label_weight_chunks(rows), rows.shape[0], anyone)
        return with_index_of(X, dataclasses.replace(result, certificate="neighbors", threat="rows"))

    def _obstacle_to_rows(self):
        """What `certify_rows` needs and does not have, in words; None if it has everything."""
        parameters = self.fitted_params_
        metric = parameters["metric"]
        if not self._classes_given:
            return (
                "classes=..., all labels that rows may have: without it, a row can bring or take a class. Fit again "
                f"with classes={few_of(self.classes_)}, or more."
            )
        if parameters["n_neighbors"] < 1:
            return f"a whole n_neighbors, but n_neighbors={parameters['n_neighbors']} is a share, which rows change."
        if parameters["far_weight"] != 0:
            return f"far_weight=0, but with far_weight={parameters['far_weight']} every row has a vote."
        if self.weights_counted_:
            return "score_weight=None or a dict, but score_weight='balanced' counts rows."
        if not depends_on_the_two_rows(metric):
            return (
                "a metric whose distances depend on the two rows alone, such as 'euclidean' or 'manhattan', but "
                f"those of metric={metric!r} depend on other rows, if only by their rounding."
            )
        return None

    def _label_weights(self, X):
        return self._votes_of(X, self._n_neighbors_among(self.label_codes_.shape[0]))

    def _votes_of(self, X, k, own=None):
        """Label weights of rows; those that are training rows themselves, `own`, are none of their k neighbours."""
        weights = np.full((X.shape[0], self.label_codes_.shape[0]), float(self.fitted_params_["far_weight"]))
        metric, n_jobs = self.fitted_params_["metric"], self.fitted_params_["n_jobs"]
        for rows, distances in distances_in_blocks(X, self.X_fit_, metric, n_jobs):
            if own is not None:
                distances[np.arange(distances.shape[0]), own[rows]] = np.nan  # which comes after infinity
            by_content = distances[:, self._by_content]
            i, place = np.nonzero(_nearest(by_content, k))
            weights[rows.start + i, self._by_content[place]] = 1.0
        return weights

    def _row_bytes(self, dtype):
        return 28 * self.label_codes_.shape[0]  # distances and label weights twice, float64, and where the nearest are

    def _weights_without_own(self, rows, X):
        if type(self)._label_weights is not CertifiedKNeighborsClassifier._label_weights:
            return super()._weights_without_own(rows, X)
        return without_own(self._votes_of(X, self._n_neighbors_among(self.label_codes_.shape[0] - 1), rows), rows)

    def _n_neighbors_among(self, n_train):
        k = self.fitted_params_["n_neighbors"]
        return min(int(np.ceil(k * n_train)) if k < 1 else k, n_train)


def _nearest(distances, k):
    """Where the k smallest distances of each row are, the first among equals; shape of `distances`, bool."""
    if k == 0:
        return np.zeros(distances.shape, dtype=bool)
    furthest = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    nearest = distances <= furthest
    n_too_many = nearest.sum(axis=1) - k
    for row in np.flatnonzero(n_too_many):
        ties = np.flatnonzero(distances[row] == furthest[row])
        nearest[row, ties[ties.shape[0] - n_too_many[row] :]] = False
    return nearest
