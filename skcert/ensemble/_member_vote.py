"""Votes of classifiers that are each fitted on some of the training rows: what these ensembles share."""

import warnings
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
    all_or_nothing,
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
from ._base import (
    advice_on_labels,
    are_numbered,
    can_be_fitted_on,
    check_is_no_other_kind,
    dealt_out,
    silent_about_classes,
    warn_of_categories,
)
from ._diagnosis import warn_of_unequal_classes
from ._members import (
    fit_black_box_member,
    fit_members,
    fit_white_box_member,
    members_flips,
    members_votes,
    obstacle_to_white_box,
    require_white_box,
    score_weight_of,
    states_label_weights,
)
from ._parallel import run_over_partitions, run_over_rows
from ._seeding import fixed_seed, member_seeds, own_clone, seeded_clone
from ._without_own import AuditableVote

# A kernel regression on fewer rows spends more time in the interpreter than in BLAS (benchmarks/parallel.py).
_ROWS_WORTH_A_THREAD = 200


class MemberVote(AuditableVote, OverBase, ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
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
            if self.weights_counted_ and not self._counts_all_labels():
                raise ValueError(
                    f"The base of {type(self).__name__} has score_weight='balanced', and in a vote of members it is "
                    "not clear which labels to count, those of a partition or all. Pass a dict of weights, such as "
                    "1 / (n_classes * prior), or voting='soft' to PartitionAggregationEnsemble, which counts all."
                )
            self.random_state_ = fixed_seed(self.random_state)
            random_state = np.random.RandomState(self.random_state_)
            indices = self._split(X, random_state)
            bases = self._seeded_bases(member_seeds(random_state, len(indices)))
            self.label_free_ = self._is_label_free(self._rows(X, next(i for i in indices if i.size)))
            with silent_about_classes():
                self.estimators_ = self._fit_members(bases, X, y, codes, indices)
            self.certificate_ = "white-box" if self.label_free_ and self.certificate != "black-box" else "black-box"
            self.caveats_ = self._caveats(bases(0))
            self.label_codes_ = codes
            self.partition_indices_ = indices
            if not getattr(self, "_is_member", False):
                warn_of_unequal_classes(self, X)
        return self

    def _counts_all_labels(self):
        """Whether weights that are counted in the labels are those of the ensemble."""
        return False

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

    def _is_label_free(self, X):
        """Whether the base can serve the white-box certificate, tried out on the rows X of one partition."""
        if self.certificate == "white-box":
            require_white_box(self.estimator_, X, "certificate='white-box'", "certificate='black-box' or 'auto'")
            return True
        return obstacle_to_white_box(self.estimator_, X)[0] is None

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
            "without any flip."
            for name, reason in unseeded_parts(base, "estimator")
        ]
        return (*carried, *drawn)

    def _fit_members(self, bases, X, y, codes, indices):
        """Members of the occupied partitions, the same under both certificates, and so are their votes."""
        fit_member = fit_white_box_member if self.label_free_ else fit_black_box_member
        occupied = [p for p, rows in enumerate(indices) if rows.size]
        trusted = trusted_mask(self.trusted_, codes.shape[0])
        tasks = (
            (
                fit_member,
                bases(p),
                self._rows(X, indices[p]),
                y[indices[p]],
                self.classes_,
                trusted[indices[p]],
                None if self.candidates_ is None else self.candidates_[indices[p]],
            )
            for p in occupied
        )
        phase = f"{type(self).__name__}: fit on {codes.shape[0]} rows"
        tiny = fit_member is fit_white_box_member and codes.shape[0] < _ROWS_WORTH_A_THREAD * len(occupied)
        groups = run_over_partitions(
            fit_members,
            tasks,
            len(occupied),
            self.n_jobs,
            self.verbose,
            phase,
            not tiny,
            runs_foreign_code(self.estimator_),
        )
        members = [None] * len(indices)
        failed = {}
        for p, (member, error) in zip(occupied, (fitted for _, group in groups for fitted in group)):
            members[p] = member
            if error is not None:
                failed[p] = error
        if not all(hasattr(members[p], "predict") for p in occupied):
            raise ValueError(
                f"The 'estimator' parameter of {type(self).__name__} must be a classifier, but {self._base()!r} has "
                "no method 'predict', even once fitted."
            )
        if failed:
            self._answer_for_failed(failed, bases, X, y, {p: indices[p] for p in occupied})
        return members

    def _answer_for_failed(self, failed, bases, X, y, rows_of):
        """Warn of partitions on which the base could not be fitted; raise if it cannot be fitted on such rows at all.

        An attacker could break every member by flips. Whether the ensemble fails is therefore decided without the
        labels: with the classes assigned in turn to the rows of the largest partition.
        """
        first = min(failed)
        trained = any(p not in failed and np.unique(y[rows]).shape[0] > 1 for p, rows in rows_of.items())
        largest = max(rows_of, key=lambda p: rows_of[p].size)
        even_labels = dealt_out(self.classes_, rows_of[largest].size)
        gaps = next((p for p in failed if not are_numbered(y[rows_of[p]])), None)
        advice = ""
        if gaps is not None:
            advice = advice_on_labels(lambda: bases(gaps), self._rows(X, rows_of[gaps]), y[rows_of[gaps]])
        if not trained and not can_be_fitted_on(bases(largest), self._rows(X, rows_of[largest]), even_labels):
            error = failed[first]
            where = f"The base could not be fitted on any partition; this is the error in partition {first}."
            error.args = (" ".join(filter(None, [str(error), where, advice])),)
            raise error
        warnings.warn(
            f"The base estimator could not be fitted on {len(failed)} of {len(rows_of)} partitions, which vote "
            f"for their most frequent class instead. First error, in partition {first}: {failed[first]} "
            f"{advice or 'With fewer partitions (n_partitions), each has more rows.'}",
            UserWarning,
            stacklevel=6,
        )

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
        answers = run_over_partitions(function, tasks, len(occupied), self.n_jobs, verbose, phase, foreign=foreign)
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
            function = partial(members_flips, self.classes_)
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
