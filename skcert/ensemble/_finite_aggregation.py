"""Votes of classifiers on overlapping bags of the training rows, certified against label flips."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval

from .._utils import Rows, check_two_classes, fit_context, row_digests, trusted_mask
from ..certificates import certify_overlapping_votes
from ..results import CertificationResult, with_index_of
from ._member_vote import MemberVote
from ._partition import by_content, hash_partition, rows_of_each

if TYPE_CHECKING:
    from typing_extensions import Self


class FiniteAggregationEnsemble(MemberVote):
    """Plurality vote over bags that share training rows, certified against label flips.

    Finite Aggregation: rows are hashed into ``n_partitions * spread`` buckets, and each bucket goes to `spread` of the
    ``n_partitions * spread`` bags. A bag is as large as one of `n_partitions` disjoint partitions, but there are
    `spread` times as many votes. A flipped label touches `spread` of them.

    Parameters
    ----------
    estimator : classifier, default=None
        Base classifier or pipeline, with ``fit`` and ``predict``; ``None`` stands for
        ``NTKRegressorClassifier()``. Members do on their rows what it does by itself, on arrays: names and
        dtypes of a frame's columns do not reach them.
    n_partitions : int, default=10
        Each bag holds one in `n_partitions` of the rows, on average.
    spread : int, default=2
        Number of bags that hold each row. With 1 this is a `PartitionAggregationEnsemble` with ``partition="hash"``.
    certificate : {"auto", "white-box", "black-box"}, default="auto"
        As in `PartitionAggregationEnsemble`.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.
    random_state : int, RandomState instance or None, default=None
        Seed of the assignment of buckets to bags, and of everything in members whose ``random_state`` is None or a
        generator; fixed in ``fit``, as in `PartitionAggregationEnsemble`.
    n_jobs : int, default=None
        Workers over the bags, as in `PartitionAggregationEnsemble`.
    verbose : int, default=0
        Progress messages on stderr: 0 prints none; 1 to 10, of whatever takes more than a second, about ten, or a bar
        at a terminal where tqdm is installed; larger values one after every task.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimators_ : list of length n_partitions * spread
        Members, each fitted on the rows and labels of its bag; None for an empty bag.
    partition_indices_ : list of n_partitions * spread ndarrays
        Training rows of each bag, in the order in which its member is fitted: that of a hash of their contents, equal
        ones ascending.
    bucket_of_row_ : ndarray of shape (n_train,), int64
        Bucket of each training row.
    bags_of_bucket_ : ndarray of shape (n_partitions * spread, spread), int64
        Bags that each bucket goes to.
    certificate_ : {"white-box", "black-box"}
        The certificate in use.
    estimator_, random_state_, caveats_, label_codes_, trusted_, candidates_, label_free_,
    label_free_members_, n_features_in_, feature_names_in_
        As in `PartitionAggregationEnsemble`.

    See Also
    --------
    PartitionAggregationEnsemble : Disjoint partitions.
    skcert.certificates.certify_overlapping_votes : The certificate, for any votes and costs.

    Notes
    -----
    Radii are lower bounds. The black-box one is that of Wang et al. 2022. The white-box one is the largest of several
    bounds derived for this library, of which the black-box one is the first; see
    `skcert.certificates.certify_overlapping_votes`.

    References
    ----------
    Wang, Levine & Feizi 2022 (arXiv 2202.02628), Finite Aggregation.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import FiniteAggregationEnsemble
    >>> X, y = load_digits(return_X_y=True)
    >>> ensemble = FiniteAggregationEnsemble(n_partitions=10, spread=3, random_state=0)
    >>> ensemble = ensemble.fit(X[:1000], y[:1000])
    >>> ensemble.votes(X[1000:1002]).shape
    (2, 30)
    >>> ensemble.certify(X[1000:1100]).certificate
    'white-box'
    """

    _parameter_constraints: dict = {
        **MemberVote._parameter_constraints,
        "spread": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_partitions: int = 10,
        spread: int = 2,
        certificate: str = "auto",
        classes: ArrayLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.n_partitions = n_partitions
        self.spread = spread
        self.certificate = certificate
        self.classes = classes
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Rows,
        y: ArrayLike,
        trusted: ArrayLike | None = None,
        candidate_labels: ArrayLike | None = None,
    ) -> Self:
        """Deal the training rows into bags and fit one member on each.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_train, n_features)
            Training rows; sparse, missing or non-numeric values if the base takes them.
        y : array-like of shape (n_train,)
            Class labels of any type.
        trusted : array-like of shape (n_train,), bool, default=None
            Rows whose labels are known to be correct, so that the attacker cannot flip them.
        candidate_labels : array-like of shape (n_train, n_classes), bool, or n_train collections, default=None
            The labels that each row may get, its own among them; as in `NTKRegressorClassifier`.

        Returns
        -------
        self : FiniteAggregationEnsemble
            The fitted ensemble.

        Raises
        ------
        ValueError
            As in `PartitionAggregationEnsemble`. The ensemble is then not fitted.
        """
        return self._fit(X, y, trusted, candidate_labels)

    def predict_proba(self, X: Rows) -> NDArray[np.float64]:
        """Vote shares. They are not calibrated probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        shares : ndarray of shape (n_test, n_classes)
            Votes for each class, divided by the votes cast.
        """
        return self._vote_shares(X)

    def predict(self, X: Rows) -> NDArray[Any]:
        """Predict class labels by plurality vote.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equal votes.

        Raises
        ------
        ValueError
            If a member returns anything other than one of the classes.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        return self._vote_winners(X)

    def certify(self, X: Rows) -> CertificationResult:
        """Certify predictions against label flips.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound on each prediction's radius, in label flips.

        Raises
        ------
        ValueError
            If there is one class only, or a member returns anything other than one of the classes.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        flippable = ~trusted_mask(self.trusted_, self.bucket_of_row_.shape[0])
        certificate = partial(
            _certify_overlapping,
            bags_of_bucket=self.bags_of_bucket_,
            rows_in_bucket=np.bincount(self.bucket_of_row_[flippable], minlength=self.bags_of_bucket_.shape[0]),
        )
        return with_index_of(X, self._certified_votes(rows, certificate, disjoint=False))

    def _split(self, X, random_state):
        n_bags = self.n_partitions * self.spread
        # each bucket goes to the bags at fixed distances after it, so that every bag gets `spread` buckets
        distances = random_state.permutation(n_bags)[: self.spread]
        self.bags_of_bucket_ = (np.arange(n_bags)[:, None] + distances) % n_bags
        digests = row_digests(X)
        self.bucket_of_row_ = hash_partition(digests, n_bags)
        buckets = rows_of_each(self.bucket_of_row_, n_bags)
        bags: list[list[np.ndarray]] = [[] for _ in range(n_bags)]
        for bucket, fed in enumerate(self.bags_of_bucket_):
            for bag in fed:
                bags[bag].append(buckets[bucket])
        return [by_content(np.sort(np.concatenate(parts)), digests) for parts in bags]


def _certify_overlapping(votes, costs, bags_of_bucket, rows_in_bucket):
    return certify_overlapping_votes(
        votes, bags_of_bucket, n_classes=costs.shape[2], costs=costs, rows_in_bucket=rows_in_bucket
    )
