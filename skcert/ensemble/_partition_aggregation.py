"""Votes of classifiers on disjoint partitions of the training rows, certified against label flips."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, _fit_context, clone
from sklearn.dummy import DummyClassifier
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from .._all_or_nothing import all_or_nothing
from .._chunks import row_chunks
from .._label_encoding import encode_labels
from ..certificates import NO_VOTE, CertificationResult, black_box_costs, certify_votes, count_votes
from ..learners import NTKRegressorClassifier
from ._members import (
    can_certify,
    fit_black_box_member,
    fit_white_box_member,
    label_using_step,
    member_flips,
    member_votes,
)
from ._parallel import run_over_partitions
from ._partition import hash_partition, random_partition


class PartitionAggregationEnsemble(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Plurality vote over disjoint partitions of the training rows, certified against label flips.

    The training rows are split without looking at labels, one clone of the base classifier is fitted on
    each part, and they vote. A flipped label touches one vote. The black-box certificate counts the votes
    that have to change; the white-box certificate (EnsembleCert) also counts how many flips each of
    them takes, and is never below it.

    Parameters
    ----------
    estimator : classifier, default=None
        Base classifier or pipeline, with ``fit`` and ``predict``; ``None`` stands for
        ``NTKRegressorClassifier()``.
    n_partitions : int, default=10
        Number of partitions, at most the number of training rows.
    partition : {"hash", "random"}, default="hash"
        "hash": by a hash of the row's content, independent of row order, seed and labels; sizes vary,
        equal rows stay together, and in small data partitions may be empty. "random": by
        `random_state`, with sizes that differ by one at most.
    certificate : {"auto", "white-box", "black-box"}, default="auto"
        "white-box" needs a base whose last step can certify on given classes, as
        ``NTKRegressorClassifier`` does, and whose other steps can be fitted without labels (they then
        are). "auto" is white-box for such a base and black-box for any other.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes, which the attacker can flip labels to. ``None`` takes the classes that
        occur in ``y``.
    random_state : int, RandomState instance or None, default=None
        Seed of the random partition and of members that have a ``random_state``. Certificates are about
        refits with the same seed; give an int if you want to make such refits.
    n_jobs : int, default=None
        Workers over the partitions; threads unless a ``joblib.parallel_config`` says otherwise. ``None``:
        as many as BLAS may use threads. The results do not depend on it.
    verbose : int, default=0
        Progress messages, as in joblib.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    estimators_ : list of length n_partitions
        Fitted members, on class indices (positions in ``classes_``) as labels; None for an empty partition.
    partition_indices_ : list of n_partitions ndarrays
        Training rows of each partition, ascending.
    certificate_ : {"white-box", "black-box"}
        The certificate in use.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has string column names.

    See Also
    --------
    NTKRegressorClassifier : The default base classifier, and the single network with its exact radius.
    skcert.certificates.certify_votes : The certificate, for any votes and costs.

    Notes
    -----
    Radii are lower bounds, exact for two classes with the white-box certificate. Ties go to the first class
    in ``classes_``. A partition that has one class only, or on which a black-box base raises ValueError,
    votes for its most frequent class (white-box members need no such rule: their label weights exist for any
    labels). An empty partition casts no vote.

    References
    ----------
    Levine & Feizi 2021 (arXiv 2006.14768), DPA and SS-DPA; Mohgaonkar et al. 2026 (arXiv 2604.11416),
    EnsembleCert.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
    >>> X, y = load_digits(return_X_y=True)
    >>> base = NTKRegressorClassifier(alpha=10.0)
    >>> ensemble = PartitionAggregationEnsemble(base, n_partitions=10).fit(X[:1000], y[:1000])
    >>> white_box = ensemble.certify(X[1000:])
    >>> ensemble.set_params(certificate="black-box").fit(X[:1000], y[:1000])
    PartitionAggregationEnsemble(...)
    >>> black_box = ensemble.certify(X[1000:])
    >>> bool((white_box.radius >= black_box.radius).all())
    True
    """

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "n_partitions": [Interval(Integral, 1, None, closed="left")],
        "partition": [StrOptions({"hash", "random"})],
        "certificate": [StrOptions({"auto", "white-box", "black-box"})],
        "classes": ["array-like", None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_partitions=10,
        partition="hash",
        certificate="auto",
        classes=None,
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.n_partitions = n_partitions
        self.partition = partition
        self.certificate = certificate
        self.classes = classes
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        base = get_tags(self._base()).input_tags
        tags.input_tags.sparse = base.sparse
        tags.input_tags.allow_nan = base.allow_nan
        tags.input_tags.pairwise = base.pairwise
        return tags

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y):
        """Split the training rows and fit one member on each part.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_train, n_features)
            Training rows; sparse, missing or non-numeric values where the base takes them.
        y : array-like of shape (n_train,)
            Class labels of any type.

        Returns
        -------
        self : PartitionAggregationEnsemble
            The fitted ensemble.

        Raises
        ------
        ValueError
            For more partitions than rows, fewer than two classes, labels outside `classes`, values that
            the base does not take, ``certificate="white-box"`` with a base that cannot serve it, and where
            the base cannot be fitted on any partition. The ensemble is then not fitted.
        """
        with all_or_nothing(self):
            X, y = self._validate(X, y, reset=True)
            self.classes_, codes = encode_labels(y, self.classes)
            random_state = check_random_state(self.random_state)
            indices = self._split(X, random_state)
            label_free = self._is_label_free(self._rows(X, next(i for i in indices if i.size)))
            # members are the same under both certificates, so that their votes are, too
            fit_member = fit_white_box_member if label_free else fit_black_box_member
            self.estimators_ = self._fit_members(fit_member, X, codes, indices, random_state)
            self.certificate_ = "white-box" if label_free and self.certificate != "black-box" else "black-box"
            self.partition_indices_ = indices
        return self

    def votes(self, X):
        """The class that each partition votes for.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        votes : ndarray of shape (n_test, n_partitions)
            Class labels. If there are empty partitions, which cast no vote, a masked array in which
            their columns are masked.
        """
        X = self._validate_test_rows(X)
        codes = np.concatenate([self._votes(X[rows]) for rows in self._test_chunks(X)])
        labels = self.classes_[np.maximum(codes, 0)]
        return np.ma.masked_array(labels, codes == NO_VOTE) if (codes == NO_VOTE).any() else labels

    def predict_proba(self, X):
        """Vote shares. They are not calibrated probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        shares : ndarray of shape (n_test, n_classes)
            Votes for each class over votes cast.
        """
        counts = self._vote_counts(X)
        return counts / counts.sum(axis=1, keepdims=True)

    def predict(self, X):
        """Predict class labels by plurality vote.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        prediction : ndarray of shape (n_test,)
            Class labels; the first class in ``classes_`` among equal votes.
        """
        counts = self._vote_counts(X)
        return self.classes_[counts.argmax(axis=1)]

    def certify(self, X):
        """Certify predictions against label flips.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            ``radius`` is a lower bound on each prediction's radius, in label flips: refitting this
            ensemble, with the same parameters, seed and rows, on labels that differ in at most ``radius``
            places never changes the prediction.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        X = self._validate_test_rows(X)
        n_test, n_classes = X.shape[0], self.classes_.shape[0]
        prediction = np.empty(n_test, dtype=np.int64)
        radius = np.empty(n_test, dtype=np.int64)
        flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
        exact = np.zeros(n_test, dtype=bool)
        for rows in self._test_chunks(X):
            if self.certificate_ == "white-box":
                votes, costs, costs_exact = self._votes_and_costs(X[rows])
                # with two classes the costs are exact, and every attack they allow can be made
                exact[rows] = costs_exact if n_classes == 2 else False
            else:
                votes = self._votes(X[rows])
                costs = black_box_costs(votes, n_classes)
            prediction[rows], radius[rows], flips_to_class[rows] = certify_votes(votes, costs)
        return CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            flips_to_class=flips_to_class,
            exact=exact,
            classes=self.classes_,
            certificate=self.certificate_,
            n_train=sum(indices.size for indices in self.partition_indices_),
        )

    def _base(self):
        return NTKRegressorClassifier() if self.estimator is None else self.estimator

    def _pairwise(self):
        return get_tags(self).input_tags.pairwise

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
        check_is_fitted(self, "partition_indices_")
        return self._validate(X, reset=False)

    def _split(self, X, random_state):
        """Row indices of each partition, from the rows and the seed alone."""
        n_samples = X.shape[0]
        if self._pairwise() and X.shape[1] != n_samples:
            raise ValueError(
                f"The base estimator works on a kernel matrix, so X must be square, but has shape {X.shape}. "
                "Pass kernel(X_train, X_train)."
            )
        if self.n_partitions > n_samples:
            raise ValueError(
                f"n_partitions={self.n_partitions} is more than n_samples={n_samples}; "
                f"choose n_partitions between 1 and {n_samples}."
            )
        if self.partition == "hash":
            partition_of_row = hash_partition(X, self.n_partitions)
        else:
            partition_of_row = random_partition(n_samples, self.n_partitions, random_state)
        by_partition = np.argsort(partition_of_row, kind="stable")
        ends = np.cumsum(np.bincount(partition_of_row, minlength=self.n_partitions))
        return np.split(by_partition, ends[:-1])

    def _is_label_free(self, X):
        """Whether the base can serve the white-box certificate, tried out on the rows X of one partition."""
        base = self._base()
        if not can_certify(base):
            if self.certificate == "white-box":
                raise ValueError(
                    f"certificate='white-box' needs a base that can certify itself, such as NTKRegressorClassifier; "
                    f"estimator={base!r} cannot. Use certificate='black-box' or 'auto'."
                )
            return False
        step, error = label_using_step(base, X)
        if step is not None and self.certificate == "white-box":
            raise ValueError(
                f"certificate='white-box' needs transformers that can be fitted without labels, but step {step!r} "
                f"of the base cannot: {error} Remove that step, or use certificate='black-box'."
            ) from error
        return step is None

    def _fit_members(self, fit_member, X, codes, indices, random_state):
        n_classes = self.classes_.shape[0]
        seeds = random_state.randint(np.iinfo(np.int32).max, size=len(indices))
        occupied = [p for p, rows in enumerate(indices) if rows.size]
        tasks = (
            (_seeded_clone(self._base(), seeds[p]), self._rows(X, indices[p]), codes[indices[p]], n_classes)
            for p in occupied
        )
        fitted = run_over_partitions(fit_member, tasks, len(occupied), self.n_jobs, self.verbose)
        members = [None] * len(indices)
        for p, (member, _) in zip(occupied, fitted):
            members[p] = member
        failed = {p: error for p, (_, error) in zip(occupied, fitted) if error is not None}
        if failed:
            first = min(failed)
            if all(isinstance(member, DummyClassifier) for member, _ in fitted):
                raise failed[first]
            warnings.warn(
                f"The base estimator could not be fitted on {len(failed)} of {len(occupied)} partitions, which vote "
                f"for their most frequent class instead. First error, in partition {first}: {failed[first]} "
                "Fewer partitions (n_partitions) have more rows each.",
                UserWarning,
                stacklevel=4,
            )
        return members

    def _rows(self, X, indices):
        """Rows of one partition; of a kernel matrix their columns too."""
        return X[np.ix_(indices, indices)] if self._pairwise() else X[indices]

    def _over_members(self, function, X):
        """``function(member, X)`` for each member, with the partitions they stand for."""
        pairwise = self._pairwise()
        occupied = [p for p, member in enumerate(self.estimators_) if member is not None]
        tasks = ((self.estimators_[p], X[:, self.partition_indices_[p]] if pairwise else X) for p in occupied)
        answers = run_over_partitions(function, tasks, len(occupied), self.n_jobs, self.verbose)
        return zip(occupied, answers)

    def _test_chunks(self, X):
        """Slices of test rows whose votes and costs fit scikit-learn's ``working_memory``."""
        row_bytes = 4 * self.n_partitions * (2 * self.classes_.shape[0] + 1)
        return row_chunks(X.shape[0], row_bytes)

    def _votes(self, X):
        """Class index of each vote, ``NO_VOTE`` for empty partitions."""
        votes = np.full((X.shape[0], self.n_partitions), NO_VOTE, dtype=np.int32)
        for p, vote in self._over_members(member_votes, X):
            votes[:, p] = vote
        return votes

    def _votes_and_costs(self, X):
        """Votes, costs of changing each, and where all of these costs are exact."""
        n_test, n_classes = X.shape[0], self.classes_.shape[0]
        votes = np.full((n_test, self.n_partitions), NO_VOTE, dtype=np.int32)
        costs = np.zeros((n_test, self.n_partitions, n_classes), dtype=np.int32)
        exact = np.ones(n_test, dtype=bool)
        for p, (vote, flips, flips_exact) in self._over_members(member_flips, X):
            votes[:, p] = vote
            costs[:, p] = flips
            exact &= flips_exact
        return votes, costs, exact

    def _vote_counts(self, X):
        X = self._validate_test_rows(X)
        n_classes = self.classes_.shape[0]
        return np.concatenate([count_votes(self._votes(X[rows]), n_classes) for rows in self._test_chunks(X)])


def _seeded_clone(estimator, seed):
    """A clone whose ``random_state`` parameters, at any depth, are drawn from `seed`."""
    member = clone(estimator)
    random_state = np.random.RandomState(seed)
    names = [n for n in sorted(member.get_params()) if n == "random_state" or n.endswith("__random_state")]
    return member.set_params(**{name: random_state.randint(np.iinfo(np.int32).max) for name in names})
