"""What a vote proves, given what its members answer, wherever they are; and what they must agree on before."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from .._utils import Rows, SaysWhyNoProbabilities, check_two_classes, encode_score_weight, row_chunks
from ..certificates import NO_VOTE, black_box_costs, count_votes_unchecked
from ..label_use import prefitted_label_use, unseeded_parts
from ..learners import OverBase, base_tags
from ..results import UNBOUNDED, CertificationResult, with_index_of
from ._base import check_is_no_other_kind, warn_of_categories
from ._members import (
    members_flips,
    members_votes,
    obstacle_to_white_box,
    require_white_box,
    score_weight_of,
    states_label_weights,
)
from ._parallel import run_over_rows
from ._row_vote import certified_against_rows, obstacle_to_rows
from ._seeding import own_clone, seeded_clone


class Vote(SaysWhyNoProbabilities, OverBase, ClassifierMixin, BaseEstimator, metaclass=ABCMeta):
    """Base of ensembles whose members, clones of one classifier, vote.

    A subclass fits the members and asks them (`_over_members`). It has the parameters below.
    """

    _answers_for_its_base = True  # reports itself how labels and chance enter through its base

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit"]), None],  # `predict` may exist only once fitted, as for StackingClassifier
        "n_partitions": [Interval(Integral, 1, None, closed="left")],
        "certificate": [StrOptions({"auto", "white-box", "black-box"})],
        "classes": ["array-like", None],
        "random_state": ["random_state"],
    }

    certifies_refits = True
    """Certificates are about what a refit predicts: a white-box ensemble may rely on them."""

    @abstractmethod
    def _over_members(self, function, X, rows, phase):
        """``[(partitions, function(group)), ...]`` for groups of ``(partition, member, X[rows])``."""

    @abstractmethod
    def _n_members(self):
        """How many partitions there are, empty ones included."""

    @abstractmethod
    def _n_train(self):
        """How many training rows there are."""

    def _unflippable(self):
        """Partitions that have rows, none of which can get another label."""
        return []

    def _take_base(self, X):
        """Keep a copy of the base, after a look at its kind and at the rows' columns."""
        check_is_no_other_kind(self._base(), type(self).__name__)
        self.estimator_ = own_clone(self._base())
        if not states_label_weights(self.estimator_):
            warn_of_categories(X, type(self).__name__)

    def _take_score_weight(self, codes):
        """Read the base's score weights; ValueError if the members would each count their own."""
        given = score_weight_of(self.estimator_)
        self.score_weight_, self.weights_counted_ = encode_score_weight(given, self.classes_, codes)
        if self.weights_counted_ and not self._averages_scores():
            raise ValueError(
                f"The base of {type(self).__name__} has score_weight='balanced', and in a vote of members it is "
                "not clear which labels to count, those of a partition or all. Pass a dict of weights, such as "
                "1 / (n_classes * prior), or voting='soft' to PartitionAggregationEnsemble, which counts all."
            )

    def _take_certificate(self, label_free_members, occupied, base):
        """Which certificate the fitted members allow, and what limits the guarantee, given an unfitted one."""
        self.label_free_members_ = label_free_members
        self.label_free_ = bool(label_free_members[occupied].all())
        enough = label_free_members.any() if self._may_mix_members() else self.label_free_
        self.certificate_ = "white-box" if self.certificate != "black-box" and enough else "black-box"
        self.caveats_ = self._caveats(base)
        self._obstacle_to_rows = obstacle_to_rows(self, base)

    def _averages_scores(self):
        """Whether there is one score for all members, for which all labels count, and not a vote of each."""
        return False

    def _may_mix_members(self):
        """Whether some members may be black boxes, and others white ones."""
        return True

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
        rows = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        if self._obstacle_to_rows is not None:
            raise ValueError(f"certify_rows needs {self._obstacle_to_rows}")
        return with_index_of(X, certified_against_rows(self, rows))

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

    def _test_chunks(self, X, more_row_bytes=0):
        """Slices of test rows whose votes, costs and counts fit scikit-learn's ``working_memory``."""
        return row_chunks(X.shape[0], self._ballot_bytes() + more_row_bytes)

    def _ballot_bytes(self):
        """Bytes of the votes, costs and counts of one test row."""
        n_classes = self.classes_.shape[0]
        members_bytes = 2 * 4 * self._n_members() * (n_classes + 1)  # theirs, and ours joined
        return members_bytes + 2 * 8 * n_classes

    def _votes(self, X, rows):
        """Class index of each vote, ``NO_VOTE`` for empty partitions."""
        votes = np.full((rows.stop - rows.start, self._n_members()), NO_VOTE, dtype=np.int32)
        for members, part in self._over_members(partial(members_votes, self.classes_), X, rows, "votes"):
            votes[:, members] = part
        return votes

    def _votes_and_costs(self, X, rows):
        """Votes, the costs of changing each, and where all of these costs are exact."""
        function, phase = self._what_certify_asks()
        return self._joined(self._over_members(function, X, rows, phase), rows.stop - rows.start)

    def _what_certify_asks(self):
        """The function of some members that their vote's certificate needs, and what it is about."""
        if self.certificate_ == "white-box":
            return partial(members_flips, self.classes_, self.label_free_members_), "votes and flips"
        return partial(members_votes, self.classes_), "votes"

    def _joined(self, answers, n_test):
        """Votes, costs, and where all are exact, of all members, from the answers of some at a time."""
        n_classes, white_box = self.classes_.shape[0], self.certificate_ == "white-box"
        votes = np.full((n_test, self._n_members()), NO_VOTE, dtype=np.int32)
        exact = np.full(n_test, white_box)
        if white_box:
            costs = np.zeros((n_test, self._n_members(), n_classes), dtype=np.int32)
            for members, part in answers:
                votes[:, members], costs[:, members], part_exact = part
                exact &= part_exact
        else:
            for members, part in answers:
                votes[:, members] = part
            costs = black_box_costs(votes, n_classes)
        for p in self._unflippable():
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
            n_train=self._n_train(),
            caveats=self.caveats_,
        )

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
