"""Members that rank the classes, and a run-off between the two that most of them rank first."""

from functools import partial

import numpy as np

from .._utils import trusted_mask
from ..certificates import Labelling, certify_run_off_unchecked, elect_unchecked
from ..results import UNBOUNDED
from ._label_weight_vote import LabelWeightVote, voting_of
from ._member_scores import (
    check_scores_classes,
    check_states_scores,
    members_scores,
    members_scores_by_weights,
    members_turning_flips,
)
from ._members import obstacle_to_white_box, require_white_box

_DEMAND = ("certificate='white-box' with voting='run-off'", "certificate='black-box' or 'auto'")


class RunOffVote(LabelWeightVote):
    """Base of ensembles on disjoint sets of rows that may decide by run-off.

    Of label-linear members, scores and flips come from their label weights and the labels of their rows; of others,
    scores from ``decision_function`` or ``predict_proba``.
    """

    def _run_off_winners(self, X):
        X = self._validate_test_rows(X)
        winners = [elect_unchecked(self._scores(X, rows))[1] for rows in self._test_chunks(X)]
        return self.classes_[np.concatenate(winners)]

    def _certified_run_off(self, X):
        return self._certified_votes(X, certify_run_off_unchecked, disjoint=True, ballots=self._scores_and_costs)

    def _scores(self, X, rows, verbose=None):
        """Scores of each class by each member, NaN for empty partitions; shape (n_test, n_members, n_classes)."""
        n_test, n_classes = rows.stop - rows.start, self.classes_.shape[0]
        scores = np.full((n_test, len(self.estimators_), n_classes), np.nan)
        if self.label_free_:
            function = partial(members_scores_by_weights, self._labellings())
        else:
            function = partial(members_scores, self.classes_)
        for members, part in self._over_members(function, X, rows, "scores", verbose):
            scores[:, members] = part
        return scores

    def _scores_and_costs(self, X, rows):
        """Scores, the costs of votes and of preferences if any are known, and where all of these are exact."""
        scores = self._scores(X, rows)
        exact = np.full(scores.shape[0], self.certificate_ == "white-box")
        fixed = self._unflippable()
        if self.certificate_ != "white-box" and not fixed:
            return scores, exact
        vote_costs = np.ones(scores.shape, dtype=np.int32)
        vote_costs[:, fixed] = UNBOUNDED
        if self.certificate_ != "white-box":
            return scores, vote_costs, vote_costs, exact
        preference_costs = np.ones(scores.shape, dtype=np.int32)
        function = partial(members_turning_flips, self._labellings(), elect_unchecked(scores)[1])
        for members, part in self._over_members(function, X, rows, "flips"):
            vote_costs[:, members], preference_costs[:, members], part_exact = part
            exact &= part_exact
        return scores, vote_costs, preference_costs, exact

    def _labellings(self):
        """What is known of the labels of each partition."""
        trusted = trusted_mask(self.trusted_, self.label_codes_.shape[0])
        return [
            Labelling(
                codes=self.label_codes_[indices],
                classes=self.classes_,
                trusted=trusted[indices],
                candidates=None if self.candidates_ is None else self.candidates_[indices],
                score_weight=self.score_weight_,
            )
            for indices in self.partition_indices_
        ]

    def _test_chunks(self, X, more_row_bytes=0):
        if voting_of(self) == "run-off":
            n_scores = len(self.estimators_) * self.classes_.shape[0]
            largest = max(indices.size for indices in self.partition_indices_)
            more_row_bytes += 2 * 8 * n_scores + 4 * 8 * largest  # theirs, and ours joined; one member's label weights
        return super()._test_chunks(X, more_row_bytes)

    def _votes(self, X, rows):
        """Of a run-off, first votes."""
        if voting_of(self) != "run-off":
            return super()._votes(X, rows)
        return elect_unchecked(self._scores(X, rows))[0].astype(np.int32)

    def _votes_that_count(self, X):
        """Of a run-off, the prediction."""
        if voting_of(self) != "run-off":
            return super()._votes_that_count(X)
        return elect_unchecked(self._scores(X, slice(0, X.shape[0]), verbose=0))[1][:, None]

    def _may_mix_members(self):
        return super()._may_mix_members() and voting_of(self) != "run-off"

    def _may_be_white_box(self):
        if voting_of(self) != "run-off":
            return super()._may_be_white_box()
        check_scores_classes(self.estimator_)
        if self.certificate == "white-box":
            require_white_box(self.estimator_, *_DEMAND, weights_needed=True)
        return obstacle_to_white_box(self.estimator_, weights_needed=True) is None

    def _white_box_demand(self):
        if voting_of(self) == "run-off" and self.certificate == "white-box":
            return _DEMAND
        return super()._white_box_demand()

    def _check_members(self, members, label_free):
        if voting_of(self) == "run-off" and not label_free:
            for member in members:
                if member is not None:
                    check_states_scores(member)
