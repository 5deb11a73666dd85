"""Votes of classifiers that are each fitted on some of the training rows: what these ensembles share."""

from abc import abstractmethod
from functools import partial
from numbers import Integral

import numpy as np

from .._utils import (
    SavesVersion,
    all_or_nothing,
    blas_share,
    encode_all_labels,
    runs_foreign_code,
    trusted_mask,
)
from ..certificates import NO_VOTE
from ._base import silent_about_classes
from ._diagnosis import warn_of_unequal_classes
from ._fitting import fit_all_members
from ._for_prediction import VoteForPrediction
from ._members import members_votes
from ._parallel import run_over_partitions
from ._seeding import fixed_seed, member_seeds
from ._vote import Vote
from ._without_own import AuditableVote

# Test rows times the squared number of rows of a member, up to which it may answer before threads have started.
_MAY_BE_SHORT = 2**29


class MemberVote(SavesVersion, VoteForPrediction, AuditableVote, Vote):
    """Base of ensembles that fit a clone of one classifier on each of several sets of rows and let them vote.

    A subclass decides which rows each member gets (`_split`) and what a vote proves (``certify``). It has the
    parameters below.
    """

    _parameter_constraints: dict = {
        **Vote._parameter_constraints,
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    @abstractmethod
    def _split(self, X, random_state):
        """Row indices of each member, from the rows and the seed alone."""

    def _fit(self, X, y, trusted, candidate_labels):
        """Fit everything, or nothing. What is used after ``fit`` is the ensemble's own from here on."""
        with all_or_nothing(self):
            self._take_base(X)
            X, y = self._validate(X, y, reset=True)
            if self._pairwise() and X.shape[0] != X.shape[1]:
                raise ValueError(
                    f"The base estimator works on a kernel or distance matrix, so X must be square, but has shape "
                    f"{X.shape}. Pass kernel(X_train, X_train), or distances between the training rows."
                )
            encoded = encode_all_labels(y, self.classes, trusted, candidate_labels)
            self.classes_, codes, self.trusted_, self.candidates_ = encoded
            self._take_score_weight(codes)
            self.random_state_ = fixed_seed(self.random_state)
            random_state = np.random.RandomState(self.random_state_)
            indices = self._split(X, random_state)
            bases = self._seeded_bases(member_seeds(random_state, len(indices)))
            with silent_about_classes():
                members = fit_all_members(self, bases, X, y, codes, indices, self._may_be_white_box())
            self.estimators_, label_free_members = members
            self._take_certificate(label_free_members, [rows.size > 0 for rows in indices], bases(0))
            self._check_members(self.estimators_, self.label_free_)
            self.label_codes_ = codes
            self.partition_indices_ = indices
            if not getattr(self, "_is_member", False):
                warn_of_unequal_classes(self, X)
        return self

    def _check_members(self, members, label_free):
        """ValueError for fitted members that cannot serve this vote."""

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

    def _n_members(self):
        return len(self.estimators_)

    def _n_train(self):
        return self.label_codes_.shape[0]

    def _unflippable(self):
        trusted = trusted_mask(self.trusted_, self.label_codes_.shape[0])
        return [p for p, indices in enumerate(self.partition_indices_) if indices.size and trusted[indices].all()]

    def _votes_that_count(self, X):
        """Votes for a few validated rows, without messages of progress."""
        votes = np.full((X.shape[0], len(self.estimators_)), NO_VOTE, dtype=np.int32)
        function, rows = partial(members_votes, self.classes_), slice(0, X.shape[0])
        for members, part in self._over_members(function, X, rows, "votes", verbose=0):
            votes[:, members] = part
        return votes
