"""Votes of classifiers that are each fitted on some of the training rows: what these ensembles share."""

from abc import ABCMeta, abstractmethod
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .._utils import (
    Rows,
    SavesVersion,
    all_or_nothing,
    blas_share,
    check_two_classes,
    encode_all_labels,
    encode_score_weight,
    row_chunks,
    runs_foreign_code,
    trusted_mask,
)
from ..certificates import NO_VOTE, black_box_costs, count_votes_unchecked
from ..label_use import prefitted_label_use, unseeded_parts
from ..learners import OverBase, base_tags
from ..results import UNBOUNDED, CertificationResult
from ._base import check_is_no_other_kind, silent_about_classes, warn_of_categories
from ._diagnosis import warn_of_unequal_classes
from ._fitting import fit_all_members
from ._for_prediction import VoteForPrediction
from ._members import (
    members_flips,
    members_votes,
    obstacle_to_white_box,
    require_white_box,
    score_weight_of,
    states_label_weights,
)
from ._parallel import run_over_partitions, run_over_rows
from ._row_vote import certified_against_rows, obstacle_to_rows
from ._seeding import fixed_seed, member_seeds, own_clone, seeded_clone
from ._without_own import AuditableVote

# Test rows times the squared number of rows of a member, up to which it may answer before threads have started.
_MAY_BE_SHORT = 2**29


class MemberVote(
    SavesVersion, VoteForPrediction, AuditableVote, OverBase, ClassifierMixin, BaseEstimator, metaclass=ABCMeta
):
    """Base of ensembles that fit a clone of one classifier on each of several sets of rows and let them vote.

    A subclass decides which rows each member gets (`_split`) and what a vote proves (``certify``). It has the
    parameters below.
    """

    _answers_for_its_base = True  # reports itself how labels and chance enter through its base

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit"]), None],  # `predict` may exist only once fitted, as for StackingClassifier
        "n_partitions": [Interval(Integral, 1, None, closed="left")],
        "certificate": [StrOptions({"auto", "white-box", "black-box"})],
        "classes": ["array-like", None],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    certifies_refits = True
    """Certificates are about what a refit predicts: a white-box ensemble may rely on them."""

    @abstractmethod
    def _split(self, X, random_state):
        """Row indices of each member, from the rows and the seed alone."""

    def _fit(self, X, y, trusted, candidate_labels):
        """Fit everything, or nothing. What is used after ``fit`` is the ensemble's own from here on."""
        with all_or_nothing(self):
            check_is_no_other_kind(self._base(), type(self).__name__)
            self.estimator_ = own_clone(self._base())
            if not states_label_weights(self.estimator_):
                warn_of_categories(X, type(self).__name__)
            X, y = self._validate(X, y, reset=True)
            if self._pairwise() and X.shape[0] != X.shape[1]:
                raise ValueError(
                    f"The base estimator works on a kernel or distance matrix, so X must be square, but has shape "
                    f"{X.shape}. Pass kernel(X_train, X_train), or distances between the training rows."
                )
            encoded = encode_all_labels(y, self.classes, trusted, candidate_labels)
            self.classes_, codes, self.trusted_, self.candidates_ = encoded
            given = score_weight_of(self.estimator_)
            self.score_weight_, self.weights_counted_ = encode_score_weight(given, self.classes_, codes)
            if self.weights_counted_ and not self._averages_scores():
                raise ValueError(
                    f"The base of {type(self).__name__} has score_weight='balanced', and in a vote of members it is "
                    "not clear which labels to count, those of a partition or all. Pass a dict of weights, such as "
                    "1 / (n_classes * prior), or voting='soft' to PartitionAggregationEnsemble, which counts all."
                )
            self.random_state_ = fixed_seed(self.random_state)
            random_state = np.random.RandomState(self.random_state_)
            indices = self._split(X, random_state)
            bases = self._seeded_bases(member_seeds(random_state, len(indices)))
            with silent_about_classes():
                members = fit_all_members(self, bases, X, y, codes, indices, self._may_be_white_box())
            self.estimators_, self.label_free_members_ = members
            self.label_free_ = bool(self.label_free_members_[[rows.size > 0 for rows in indices]].all())
            self._check_members(self.estimators_, self.label_free_)
            enough = self.label_free_members_.any() if self._may_mix_members() else self.label_free_
            white_box = self.certificate != "black-box" and enough
            self.certificate_ = "white-box" if white_box else "black-box"
            self.caveats_ = self._caveats(bases(0))
            self._obstacle_to_rows = obstacle_to_rows(self, bases(0))
            self.label_codes_ = codes
            self.partition_indices_ = indices
            if not getattr(self, "_is_member", False):
                warn_of_unequal_classes(self, X)
        return self

    def _averages_scores(self):
        """Whether there is one score for all members, for which all labels count, and not a vote of each."""
        return False

    def _may_mix_members(self):
        """Whether some members may be black boxes, and others white ones."""
        return True

    def _check_members(self, members, label_free):
        """ValueError for fitted members that cannot serve this vote."""

    def certify_rows(self, X: Rows) -> CertificationResult:
        """Certify predictions against inserted, deleted and relabelled training rows, black-box.

        Needs ``classes=``, a hard vote and, in `PartitionAggregationEnsemble`, ``partition="hash"``. Any base will do.
        Rows that are ``trusted`` in ``fit``, and ``candidate_labels``, are ignored: they say which labels can be
        flipped, and rows can be inserted beside them all the same.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        result : CertificationResult
            With ``threat="rows"``. ``radius`` is a lower bound on each prediction's radius in rows: refitting this
            ensemble, with the same parameters, classes and seed, after at most ``radius`` rows were inserted, deleted
            or relabelled, never changes the prediction. A row whose features change counts twice, as one deleted and
            one inserted. The other rows stay as they are, of the same dtype.

        Raises
        ------
        ValueError
            If `classes` was not given, the partition is random, the vote is soft, the base works on kernel or distance
            matrices, or it holds parts that were fitted beforehand, perhaps on such rows.
        sklearn.exceptions.NotFittedError
            Before ``fit``.

        See Also
        --------
        skcert.certify_rows : The same for pipelines, whose steps in front must not have been fitted on rows.
        skcert.certificates.certify_votes_against_rows : The certificate, for any votes.

        References
        ----------
        Levine & Feizi 2021 (arXiv 2006.14768), DPA; Wang, Levine & Feizi 2022 (arXiv 2202.02628), Finite Aggregation.
        """
        X = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        if self._obstacle_to_rows is not None:
            raise ValueError(f"certify_rows needs {self._obstacle_to_rows}")
        return certified_against_rows(self, X)

    def votes(self, X: Rows) -> NDArray[Any]:
        """The class that each member votes for.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_test, n_features)
            Test rows.

        Returns
        -------
        votes : ndarray of shape (n_test, n_members)
            Class labels. One column per partition or bag. If some are empty, and so cast no vote, a
            masked array in which their columns are masked.
        """
        X = self._validate_test_rows(X)
        codes = np.concatenate([self._votes(X, rows) for rows in self._test_chunks(X)])
        labels = self.classes_[np.maximum(codes, 0)]
        return np.ma.masked_array(labels, codes == NO_VOTE) if (codes == NO_VOTE).any() else labels

    def _pairwise(self):
        return base_tags(self.estimator_).input_tags.pairwise

    def _may_be_white_box(self):
        """Whether members can serve the white-box certificate, unless their own rows or steps keep one from it."""
        if self._white_box_demand() is not None:
            require_white_box(self.estimator_, *self._white_box_demand())
        return obstacle_to_white_box(self.estimator_) is None

    def _white_box_demand(self):
        """What needs the white-box certificate, in words, and what to ask for instead; None if nothing does."""
        if self.certificate == "white-box":
            return "certificate='white-box'", "certificate='black-box' or 'auto'"
        return None

    def _seeded_bases(self, seeds):
        """The unfitted member of each partition, as a function of the partition."""
        return lambda p: seeded_clone(self.estimator_, seeds[p])

    def _caveats(self, base):
        """What limits the guarantee of every prediction, given an unfitted member."""
        carried = [
            f"No guarantee: {name!r} carries labels from outside into every member ({reason}); the radius is about "
            "flips that leave it unchanged."
            for name, reason in prefitted_label_use(base, "estimator")
        ]
        drawn = [
            f"No guarantee: {name!r} draws anew at each fit ({reason}), so that a refit may predict differently "
            "without any attack."
            for name, reason in unseeded_parts(base, "estimator")
        ]
        return (*carried, *drawn)

    def _rows(self, X, indices):
        """Rows of one partition; for a kernel matrix, their columns too."""
        return X[np.ix_(indices, indices)] if self._pairwise() else X[indices]

    def _over_members(self, function, X, rows, phase, verbose=None):
        """``function`` of the ``(p, member, X[rows])`` of some members at a time, with their partitions.

        `phase` describes the work in progress messages; without `verbose`, how many there are is the ensemble's.
        """
        verbose = self.verbose if verbose is None else verbose
        part, pairwise = X[rows], self._pairwise()
        occupied = np.flatnonzero([member is not None for member in self.estimators_])
        tasks = ((p, self.estimators_[p], part[:, self.partition_indices_[p]] if pairwise else part) for p in occupied)
        phase = f"{type(self).__name__}: {phase}, test rows {rows.start + 1} to {rows.stop} of {X.shape[0]}"
        one_of_each_type = {type(self.estimators_[p]): self.estimators_[p] for p in occupied}
        foreign = any(runs_foreign_code(member) for member in one_of_each_type.values())
        answers = run_over_partitions(
            function,
            tasks,
            len(occupied),
            self.n_jobs,
            verbose,
            phase,
            may_be_short=part.shape[0] * max(map(len, self.partition_indices_)) ** 2 <= _MAY_BE_SHORT,
            foreign=foreign,
            threads_per_worker=blas_share(len(self.estimators_)),
        )
        return [(occupied[positions], answer) for positions, answer in answers]

    def _test_chunks(self, X, more_row_bytes=0):
        """Slices of test rows whose votes, costs and counts fit scikit-learn's ``working_memory``."""
        n_classes = self.classes_.shape[0]
        members_bytes = 2 * 4 * len(self.estimators_) * (n_classes + 1)  # theirs, and ours joined
        return row_chunks(X.shape[0], members_bytes + 2 * 8 * n_classes + more_row_bytes)

    def _votes(self, X, rows):
        """Class index of each vote, ``NO_VOTE`` for empty partitions."""
        votes = np.full((rows.stop - rows.start, len(self.estimators_)), NO_VOTE, dtype=np.int32)
        for members, part in self._over_members(partial(members_votes, self.classes_), X, rows, "votes"):
            votes[:, members] = part
        return votes

    def _votes_and_costs(self, X, rows):
        """Votes, the costs of changing each, and where all of these costs are exact."""
        n_test, n_classes = rows.stop - rows.start, self.classes_.shape[0]
        exact = np.full(n_test, self.certificate_ == "white-box")
        if self.certificate_ == "white-box":
            votes = np.full((n_test, len(self.estimators_)), NO_VOTE, dtype=np.int32)
            costs = np.zeros((n_test, len(self.estimators_), n_classes), dtype=np.int32)
            function = partial(members_flips, self.classes_, self.label_free_members_)
            for members, part in self._over_members(function, X, rows, "votes and flips"):
                votes[:, members], costs[:, members], part_exact = part
                exact &= part_exact
        else:
            votes = self._votes(X, rows)
            costs = black_box_costs(votes, n_classes)
        trusted = trusted_mask(self.trusted_, self.label_codes_.shape[0])
        for p, indices in enumerate(self.partition_indices_):
            if indices.size and trusted[indices].all():
                costs[:, p] = np.where(votes[:, p, None] == np.arange(n_classes), 0, UNBOUNDED)
        return votes, costs, exact

    def _certified_votes(self, X, certificate, disjoint, ballots=None):
        """A `CertificationResult` of votes.

        ``certificate(votes, costs)`` gives predictions, radii and flips to each class; `disjoint` says whether each
        row is in one member only; `ballots` is what stands for `_votes_and_costs` where members do more than vote.
        """
        ballots = ballots or self._votes_and_costs
        n_test, n_classes = X.shape[0], self.classes_.shape[0]
        prediction = np.empty(n_test, dtype=np.int64)
        radius = np.empty(n_test, dtype=np.int64)
        radius_upper = np.full(n_test, UNBOUNDED)
        flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
        for rows in self._test_chunks(X):
            *cast, costs_exact = ballots(X, rows)
            certified = run_over_rows(certificate, cast, self.n_jobs)
            prediction[rows], radius[rows], flips_to_class[rows] = certified
            if disjoint and n_classes == 2:  # where the costs are exact, every attack that they allow can be made
                radius_upper[rows] = np.where(costs_exact, radius[rows], UNBOUNDED)
        return CertificationResult(
            prediction=self.classes_[prediction],
            radius=radius,
            radius_upper=radius_upper,
            flips_to_class=flips_to_class,
            classes=self.classes_,
            certificate=self.certificate_,
            n_train=self.label_codes_.shape[0],
            caveats=self.caveats_,
        )

    def _votes_that_count(self, X):
        """Votes for a few validated rows, without messages of progress."""
        votes = np.full((X.shape[0], len(self.estimators_)), NO_VOTE, dtype=np.int32)
        function, rows = partial(members_votes, self.classes_), slice(0, X.shape[0])
        for members, part in self._over_members(function, X, rows, "votes", verbose=0):
            votes[:, members] = part
        return votes

    def _vote_counts(self, X):
        """Votes for each class, some test rows at a time."""
        X = self._validate_test_rows(X)
        return (count_votes_unchecked(self._votes(X, rows), self.classes_.shape[0]) for rows in self._test_chunks(X))

    def _vote_shares(self, X):
        """Votes for each class divided by votes cast, shape (n_test, n_classes); all members have equal weight."""
        counts = np.concatenate(list(self._vote_counts(X)))
        return counts / counts.sum(axis=1, keepdims=True)

    def _vote_winners(self, X):
        """The class with the most votes, the first among equals."""
        winners = np.concatenate([counts.argmax(axis=1) for counts in self._vote_counts(X)])
        return self.classes_[winners]
