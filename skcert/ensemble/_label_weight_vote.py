"""What an ensemble can do if its members state their label weights: soft votes, and attacks on hard ones."""

from dataclasses import replace

import numpy as np

from .._utils import check_two_classes, reported, row_chunks, trusted_mask
from ..certificates import attack_result, attack_votes, certify_versions, new_rules, rules_of_rows, score_chunks
from ..label_use import is_plain_pipeline, unwrapped
from ..learners import labelling_of
from ._member_vote import MemberVote
from ._members import (
    members_label_weights,
    members_plain_label_weights,
    require_white_box,
    share_of_soft_vote,
    states_label_weights,
)

# More test rows at once do not make the members' matrix products faster, only the chunks larger.
_MAX_SOFT_CHUNK_ROWS = 1024


def voting_of(ensemble):
    """The vote in use; before ``fit``, the one asked for."""
    return getattr(ensemble, "voting_", ensemble.voting)


def votes_softly(ensemble):
    return voting_of(ensemble) == "soft"


class LabelWeightVote(MemberVote):
    """Base of ensembles on disjoint sets of rows whose members may be label-linear."""

    def _member_label_weights(self, X, rows, of_members=members_label_weights):
        """Partition and label weights of each member."""
        for members, group in self._over_members(of_members, X, rows, "label weights"):
            yield from zip(members, group)

    def _soft_weight_chunks(self, X):
        """Slices of X with the label weights of the soft vote."""
        for rows in self._soft_chunks(X):
            yield rows, self._averaged(self._member_label_weights(X, rows), rows)

    def _soft_chunks(self, X):
        return row_chunks(X.shape[0], 28 * self.label_codes_.shape[0], _MAX_SOFT_CHUNK_ROWS)

    def _averaged(self, members, rows):
        """Members' label weights for some test rows, scaled to absolute sum 1 and averaged."""
        n_members = sum(member is not None for member in self.estimators_)
        averaged = np.zeros((rows.stop - rows.start, self.label_codes_.shape[0]))
        for p, weights in members:
            averaged[:, self.partition_indices_[p]] = share_of_soft_vote(weights, n_members, p)
        return averaged

    def _dial(self):
        """The dial of the members; None if they have none, or the vote is hard."""
        if getattr(self, "voting_", None) != "soft":
            return None
        member = next(member for member in self.estimators_ if member is not None)
        return getattr(_last(member), "_dial", lambda: None)()

    def _certify_at(self, X, dials):
        """What ``certify`` of a soft vote returns after refits whose members have each of these dials."""
        X = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        chunks = ((rows, self._soft_versions(X, rows, dials)) for rows in self._soft_chunks(X))
        results = certify_versions(chunks, len(dials), X.shape[0], labelling_of(self))
        return [replace(result, caveats=self.caveats_) for result in results]

    def _soft_versions(self, X, rows, dials):
        plain = list(self._member_label_weights(X, rows, members_plain_label_weights))
        for dial in dials:
            at_dial = ((p, _last(self.estimators_[p])._label_weights_at(weights, dial)) for p, weights in plain)
            yield self._averaged(at_dial, rows)

    def _soft_scores(self, X):
        X = self._validate_test_rows(X)
        return score_chunks(self._soft_weight_chunks(X), X.shape[0], labelling_of(self))

    def _votes_that_count(self, X):
        """Of a soft vote, the prediction."""
        if not votes_softly(self):
            return super()._votes_that_count(X)
        return self._soft_scores(X).argmax(axis=1)[:, None]

    def _averages_scores(self):
        return votes_softly(self)

    def _may_mix_members(self):
        return super()._may_mix_members() and not votes_softly(self)

    def _may_be_white_box(self):
        if not votes_softly(self):
            return super()._may_be_white_box()
        if self.certificate == "black-box":
            raise ValueError("voting='soft' has no black-box certificate; use certificate='auto' or voting='hard'.")
        require_white_box(self.estimator_, "voting='soft'", "voting='hard'", weights_needed=True)
        return True

    def _white_box_demand(self):
        return ("voting='soft'", "voting='hard'") if votes_softly(self) else super()._white_box_demand()

    def _attack_hard_votes(self, X, targets):
        """An `AttackResult`; `targets` has a class index per test row, or is None for any change."""
        if not self.label_free_ or not states_label_weights(self.estimator_):
            raise ValueError(
                f"attack needs label-linear members, such as NTKRegressorClassifier; estimator={self.estimator_!r} "
                "does not state label weights."
            )
        n_classes = self.classes_.shape[0]
        trusted = trusted_mask(self.trusted_, self.label_codes_.shape[0])
        rules = new_rules(self.score_weight_, self.candidates_, self.trusted_, n_classes)
        answers = []
        chunks = self._test_chunks(X, 8 * (self.label_codes_.shape[0] + 2 * len(self.estimators_) * n_classes))
        for rows in reported(chunks, f"{type(self).__name__}: attack", X.shape[0], "test rows", self.verbose):
            members = {
                p: (
                    weights,
                    self.label_codes_[self.partition_indices_[p]],
                    trusted[self.partition_indices_[p]],
                    rules_of_rows(rules, self.partition_indices_[p]),
                    self.partition_indices_[p],
                )
                for p, weights in self._member_label_weights(X, rows)
            }
            part = None if targets is None else targets[rows]
            answers.append(attack_votes(self._votes(X, rows), members, n_classes, part))
        attacks = [attack for found, *_ in answers for attack in found]
        predictions, attacked_predictions, lower = (np.concatenate(part) for part in list(zip(*answers))[1:])
        return attack_result(self.classes_, predictions, attacked_predictions, attacks, lower)


def _last(member):
    """The last step of a member."""
    return unwrapped(member, is_plain_pipeline)[1]
