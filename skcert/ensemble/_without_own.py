"""What votes say of the training rows without these rows' own labels.

Each member that has not seen a row has its say as it is. One that has seen it takes part if it is label-linear, by its
own label weights without the row's label; others abstain.
"""

from copy import copy
from functools import partial

import numpy as np
from scipy.sparse import issparse

from .._utils import row_chunks
from ..certificates import NO_VOTE, count_votes_unchecked, n_others, scores_without_own
from ..label_use import is_plain_pipeline, with_innermost
from ..learners import labelling_of, with_trusted
from ._members import members_label_weights, share_of_soft_vote, states_label_weights, through_transformers

_MAX_CHUNK_ROWS = 1024


class AuditableVote:
    """What an audit of the training labels asks an ensemble; as `learners.Auditable`."""

    def _audit_needs_rows(self):
        return True

    def _training_rows(self):
        return _training_rows_of_members(self)

    def _scores_without_own(self, X):
        return _vote_scores_without_own(self, X)

    def _with_trusted(self, trusted):
        return _vote_with_trusted(self, trusted)


def _vote_scores_without_own(ensemble, X):
    """Scores of each training row, shape (n_train, n_classes); X are all training rows.

    Of label-linear members, averaged as in a soft vote, whatever the vote; of others, shares of the votes.
    """
    if ensemble.label_free_ and states_label_weights(ensemble.estimator_):
        return scores_without_own(_weight_chunks(ensemble, X), labelling_of(ensemble))
    return _vote_shares(ensemble, X)


def _weight_chunks(ensemble, X):
    """Slices of the training rows with averaged label weights, each without its own."""
    n_train = X.shape[0]
    for rows in row_chunks(n_train, 4 * n_train * 8, _MAX_CHUNK_ROWS):
        averaged = np.zeros((rows.stop - rows.start, n_train))
        n_members = np.zeros((rows.stop - rows.start, 1))
        for members, group in ensemble._over_members(members_label_weights, X, rows, "label weights"):
            for p, weights in zip(members, group):
                weights = np.array(weights)
                seen, places = _seen(ensemble.partition_indices_[p], rows)
                if seen.size:
                    weights[seen] = _weights_of_own_member(ensemble, p, X[rows][seen], places)
                averaged[:, ensemble.partition_indices_[p]] += share_of_soft_vote(weights, 1, p)
                n_members += 1.0
                if ensemble.partition_indices_[p].shape[0] == 1:  # without its only row, there is no such member
                    n_members[seen] -= 1.0
        averaged /= np.maximum(n_members, 1.0)
        yield rows, averaged


def _seen(indices, rows):
    """Which of the rows a member has seen: their places in the slice, and among the member's rows."""
    places = np.flatnonzero((indices >= rows.start) & (indices < rows.stop))
    return indices[places] - rows.start, places


def _weights_of_own_member(ensemble, p, X, places):
    """A member's label weights at rows that it has seen, without their own labels."""
    if ensemble._pairwise():
        X = X[:, ensemble.partition_indices_[p]]
    final, X_seen = through_transformers(ensemble.estimators_[p], X)
    if hasattr(final, "_weights_without_own"):
        return final._weights_without_own(places, final._validate_test_rows(X_seen))
    weights = np.array(final.label_weights(X_seen))
    weights[np.arange(places.shape[0]), places] = 0.0
    return weights


def _vote_shares(ensemble, X):
    """Votes of the members that have not seen a row, divided by their number."""
    shares, others = [], n_others(ensemble.label_codes_, ensemble.classes_.shape[0])
    for rows in ensemble._test_chunks(X):
        votes = ensemble._votes(X, rows)
        for p, indices in enumerate(ensemble.partition_indices_):
            votes[_seen(indices, rows)[0], p] = NO_VOTE
        counts = count_votes_unchecked(votes, ensemble.classes_.shape[0])
        n_votes = counts.sum(axis=1, keepdims=True)
        if not n_votes.all():
            row = rows.start + int(np.flatnonzero(n_votes[:, 0] == 0)[0])
            raise ValueError(
                f"All members have seen training row {row}, so none can say what it would be without its own label: "
                "use more partitions (n_partitions), or label-linear members."
            )
        shares.append(np.where(others[rows] > 0, counts / n_votes, -np.inf))
    return np.concatenate(shares)


def _training_rows_of_members(ensemble):
    """The training rows, put together from what the members keep of them; None if they keep nothing usable."""
    parts = []
    for member, indices in zip(ensemble.estimators_, ensemble.partition_indices_):
        if member is not None:
            part = getattr(member, "_training_rows", lambda: None)()
            if part is None or issparse(part) or ensemble._pairwise() or is_plain_pipeline(member):
                return None
            parts.append((indices, part))
    X = np.empty((ensemble.label_codes_.shape[0], parts[0][1].shape[1]), dtype=parts[0][1].dtype)
    for indices, part in parts:
        X[indices] = part
    return X


def _vote_with_trusted(ensemble, trusted):
    """A copy of a fitted ensemble that trusts these rows, too, and whose members do."""
    copied = with_trusted(ensemble, trusted)
    copied.estimators_ = [
        None if member is None else with_innermost(member, partial(_member_with_trusted, trusted=trusted[indices]))
        for member, indices in zip(ensemble.estimators_, ensemble.partition_indices_)
    ]
    return copied


def _member_with_trusted(member, trusted):
    if hasattr(member, "_with_trusted"):
        return member._with_trusted(trusted)
    copied = copy(member)
    if trusted.any():  # one that cannot be told certifies less than it could: soundly, but not exactly
        copied._knows_who_may_flip = False
    return copied
