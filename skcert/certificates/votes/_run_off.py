"""Certificates of a run-off election (Rezaei et al. 2023) whose voters sit on disjoint training rows.

The rules are in `_run_off_tally`. Let p be the winner, and N_j the first votes for class j.

*Lemma.* Another class wins if and only if (A) two classes come ahead of p in the first round, or (B) some class c
comes ahead of every class but p in the first round, and beats p head to head.

*Proof.* Let w, not p, win. If p is a front runner, w is the other one, so it is ahead of all but p, and has beaten p:
B. If p is none, w and the other front runner are ahead of it: A. Conversely, A puts p out. With B, c is a front
runner; the other one is p, which loses, or somebody else, and p is out.

To come ahead of j, c needs the gain ``N_j - N_c + [c > j]``; to beat p, it takes half of p's lead over it, in voters
that change their minds. `_run_off_events` counts the voters that each event takes: exactly, if one flip may change a
voter to anything (the black box). `_run_off_flips` bounds the flips, given what each voter takes. Of the two the
larger one counts, event by event, and the smallest event decides. As the proof says, w wins by an event A of w and
another class, or by B of w: the smallest of these bounds the flips to w.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._utils import compiled, read_only
from ...results import UNBOUNDED
from .._door import check_counts, check_scores
from ._run_off_events import voters_for_one, voters_for_two
from ._run_off_flips import enter_prices, flips_for_one, flips_for_two, new_prices
from ._run_off_tally import count_preferences, elect, list_voted, new_tally, score_blocks


def certify_run_off(
    scores: ArrayLike, *, vote_costs: ArrayLike | None = None, preference_costs: ArrayLike | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Radius and flips to each class of a run-off election among voters on disjoint partitions.

    A voter ranks the classes by their scores, the smallest index first among equals. The two classes that most voters
    rank first, smaller indices first among equals, run off: the one that more voters rank above the other wins, the
    smaller index among equals.

    Parameters
    ----------
    scores : ndarray of shape (n_test, n_partitions, n_classes)
        Scores of each class by each partition's classifier: whole numbers or floats, of which only the order matters;
        infinite ones are fine. NaN for all classes where a partition is empty: it takes no part.
    vote_costs : ndarray of shape (n_test, n_partitions, n_classes), int, default=None
        Lower bounds, in label flips, on what makes a partition rank each class first; `UNBOUNDED` where no number of
        flips does it. What stands at the class that it ranks first is not used, and 0 elsewhere counts as 1. ``None``
        takes 1 for all.
    preference_costs : ndarray of shape (n_test, n_partitions, n_classes), int, default=None
        Lower bounds, in label flips, on what makes a partition rank each class above the class that wins the election,
        such as `preference_flips` states. What stands where it does already is not used. ``None`` takes 1 for all.

    Returns
    -------
    prediction : ndarray of shape (n_test,), int64
        The class that wins the run-off.
    radius : ndarray of shape (n_test,), int64
        Label flips that cannot change the prediction; `UNBOUNDED` if no number can. Without costs it is exact if
        one flip can change a partition's scores to anything: no larger number holds for all such classifiers. With
        costs it is a lower bound, and no less.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips after which the prediction is that class.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above; NaN for some classes of a partition, but not for all.

    Notes
    -----
    The election is that of Rezaei et al. 2023 (arXiv 2302.02300), who leave open what tied scores of a voter mean.
    Their radius is sound, and sometimes less than this one. Voters that nobody can change have costs of `UNBOUNDED`
    throughout; with costs of 1 for all others the radius is again exact.

    Examples
    --------
    Two of three partitions prefer class 0 to class 1, and one flip in one of these is enough to reverse that. If a
    preference takes 4 flips and a first vote 5, it takes 4.

    >>> import numpy as np
    >>> from skcert.certificates import certify_run_off
    >>> scores = np.array([[[2, 1, 0], [0, 2, 1], [1, 0, 2]]])
    >>> certify_run_off(scores)
    (array([0]), array([0]), array([[0, 1, 1]]))
    >>> costs = {"vote_costs": np.full((1, 3, 3), 5), "preference_costs": np.full((1, 3, 3), 4)}
    >>> certify_run_off(scores, **costs)
    (array([0]), array([3]), array([[0, 4, 5]]))
    """
    scores = check_scores(scores)
    costs = [
        values if values is None else check_counts(name, values, scores.shape)
        for name, values in (("vote_costs", vote_costs), ("preference_costs", preference_costs))
    ]
    return certify_run_off_unchecked(scores, *costs)


def certify_run_off_unchecked(scores, vote_costs=None, preference_costs=None):
    n_test, n_voters, n_classes = scores.shape
    white_box = vote_costs is not None or preference_costs is not None
    prediction = np.empty(n_test, dtype=np.int64)
    radius = np.empty(n_test, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    tally, prices = new_tally(n_voters, n_classes), new_prices(n_voters if white_box else 0, n_classes)
    for rows, block in score_blocks(scores):
        costs = [_costs_of_rows(values, rows, block, white_box) for values in (vote_costs, preference_costs)]
        outcome = prediction[rows], radius[rows], flips_to_class[rows]
        _certify_rows(block, *costs, white_box, tally, prices, *outcome)
    return prediction, radius, flips_to_class


def _costs_of_rows(values, rows, block, white_box):
    """Costs of some test rows as compiled code takes them: 1 for all if not given, of no voters in the black box."""
    if values is not None:
        return read_only(values[rows])
    return read_only(np.ones((block.shape[0], block.shape[1] if white_box else 0, block.shape[2]), dtype=np.int32))


@compiled
def _certify_rows(block, vote_costs, preference_costs, white_box, tally, prices, prediction, radius, flips_to_class):
    for t in range(block.shape[0]):
        winner, to_class = elect(block[t], tally.votes, tally.counts), flips_to_class[t]
        n_classes, n_listed = to_class.shape[0], list_voted(tally)
        if white_box:
            enter_prices(block[t], vote_costs[t], preference_costs[t], winner, tally, prices)
        n_movable = count_preferences(block[t], winner, n_listed, tally)
        to_class[winner] = 0
        for c in range(n_classes):
            if c != winner:
                to_class[c] = voters_for_one(tally, n_listed, n_movable, winner, c)
                if white_box:
                    to_class[c] = max(to_class[c], flips_for_one(tally, winner, c, prices))
        for a in range(n_classes):
            for b in range(a + 1, n_classes):
                if a == winner or b == winner:
                    continue
                most = max(to_class[a], to_class[b])
                flips = voters_for_two(tally, n_movable, winner, a, b)
                if white_box and flips < most:
                    flips = max(flips, prices.past_winner[a], prices.past_winner[b])
                    if flips < most:
                        flips = max(flips, flips_for_two(tally, winner, a, b, prices))
                to_class[a] = min(to_class[a], flips)
                to_class[b] = min(to_class[b], flips)
        fewest = np.int64(UNBOUNDED)
        for c in range(n_classes):
            if c != winner:
                fewest = min(fewest, to_class[c])
        prediction[t] = winner
        radius[t] = fewest - 1 if fewest < UNBOUNDED else np.int64(UNBOUNDED)
