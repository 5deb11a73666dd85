"""Certificates of a plurality vote against rows that are inserted, deleted or relabelled.

Nothing is known of a voter: whatever happens to one of its rows may make it vote anything, and one that has no rows,
and so no vote, may get one and start to vote. For class c (`target`) to come before class j (`loser`) the attacker
needs the gain ``G = N_j - N_c + [c > j]``. A voter gains 2 at most if it votes j, 1 if it votes another class than c
or not at all, and 0 if it votes c.

*Disjoint partitions* (Levine & Feizi 2021). A row touches one voter, so the attacker needs ``ceil(G / 2)`` rows, and
the predicted class asks for the largest G. It has votes enough: ``G <= 2 N_j`` unless nobody votes at all, when
``G <= 1``.

*Bags* (Wang et al. 2022). A row touches the d bags of its bucket, and any bucket may get a row. So the gains of the
buckets where they are largest sum to G or more, as in `_overlapping`: there, a bag without a vote is one that votes
for a class of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...results import UNBOUNDED
from .._door import check_bags, check_n_classes, check_votes
from .._no_vote import NO_VOTE
from ._disjoint import count_votes_unchecked
from ._overlapping import certify_counted_votes


def certify_votes_against_rows(
    votes: ArrayLike, *, n_classes: int, bags_of_bucket: ArrayLike | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Radius of a plurality vote in rows that are inserted, deleted or relabelled, and rows to each class.

    Where a row goes, to one partition or to the bags of one bucket, must depend on that row alone, and a vote on the
    rows of its partition or bag alone.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_partitions), int
        Class index that each partition votes for; ``NO_VOTE`` (-1) where it is empty. A row that comes there makes it
        vote.
    n_classes : int
        Number of classes, at least 2.
    bags_of_bucket : ndarray of shape (n_buckets, d), int, default=None
        For bags that share rows: the d different bags, columns of `votes`, that hold each bucket. ``None``: disjoint
        partitions.

    Returns
    -------
    prediction : ndarray of shape (n_test,), int64
        Class with the most votes, the smallest index among equals.
    radius : ndarray of shape (n_test,), int64
        A number of rows, inserted, deleted or relabelled, that cannot change the prediction. A row whose features
        change is one deleted and one inserted.
    rows_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the rows after which the prediction is that class: the most that any single other class demands.
        0 at the prediction.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    See Also
    --------
    certify_votes, certify_overlapping_votes : The same against label flips, which empty partitions do not help.

    References
    ----------
    Levine & Feizi 2021 (arXiv 2006.14768), DPA; Wang, Levine & Feizi 2022 (arXiv 2202.02628), Finite Aggregation.

    Examples
    --------
    Four votes against none: rows in two of these partitions make a tie, which class 0 wins. Where each row is in two
    bags, two rows are enough.

    >>> import numpy as np
    >>> from skcert.certificates import certify_votes_against_rows
    >>> certify_votes_against_rows(np.array([[0, 0, 0, 0, -1]]), n_classes=2)
    (array([0]), array([2]), array([[0, 3]]))
    >>> bags_of_bucket = (np.arange(5)[:, None] + [0, 1]) % 5
    >>> votes = np.array([[0, 0, 0, 0, -1]])
    >>> certify_votes_against_rows(votes, n_classes=2, bags_of_bucket=bags_of_bucket)
    (array([0]), array([1]), array([[0, 2]]))
    """
    n_classes = check_n_classes(n_classes)
    votes = check_votes(votes, n_classes, voter="partition" if bags_of_bucket is None else "bag")
    if bags_of_bucket is not None:
        bags_of_bucket = check_bags(bags_of_bucket, votes.shape[1])
    return certify_votes_against_rows_unchecked(votes, n_classes, bags_of_bucket)


def certify_votes_against_rows_unchecked(votes, n_classes, bags_of_bucket=None):
    counts = count_votes_unchecked(votes, n_classes)
    if bags_of_bucket is None:
        return _certify_disjoint(counts, votes.shape[1])
    ballots = np.where(votes == NO_VOTE, n_classes, votes).astype(np.int64)
    return certify_counted_votes(ballots, n_classes + 1, counts, bags_of_bucket)


def _certify_disjoint(counts, n_partitions):
    """No class asks more of a target than the predicted one: its votes come first, and among equals its index."""
    prediction = counts.argmax(axis=1).astype(np.int64, copy=False)
    loser = prediction[:, None]
    gains = np.take_along_axis(counts, loser, axis=1) - counts + (np.arange(counts.shape[1]) > loser)
    rows_to_class = (gains + 1) // 2
    if n_partitions == 0:  # where no row can go
        rows_to_class[:] = UNBOUNDED
    np.put_along_axis(rows_to_class, loser, UNBOUNDED, axis=1)
    fewest = rows_to_class.min(axis=1)
    np.put_along_axis(rows_to_class, loser, 0, axis=1)
    return prediction, np.where(fewest < UNBOUNDED, fewest - 1, UNBOUNDED), rows_to_class
