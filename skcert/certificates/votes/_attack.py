"""Attacks on a plurality vote over partitions whose members are label-linear: upper bounds on its radius.

Each member's smallest attack (any other vote) and its targeted attacks are real, so the cheapest combination of them,
by the same knapsack as the certificate's, is a real attack on the vote. Where it takes one flip more than the
certified radius, both are exact.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from ...results import UNBOUNDED
from .._no_vote import NO_VOTE
from ..label_linear import (
    TargetedFlips,
    certify_label_linear_unchecked,
    class_scores_unchecked,
    smallest_attack_unchecked,
    targeted_attack_unchecked,
)
from ._disjoint import certify_votes_unchecked, count_votes_unchecked
from ._knapsack import Ballot, cheapest_moves, new_market

_CLASSES_AT_ONCE = 16


def attack_votes(votes, members, n_classes, targets=None):
    """The smallest attack known on each plurality vote.

    Parameters
    ----------
    votes : ndarray of shape (n_test, n_partitions)
        Class index that each partition votes for; ``NO_VOTE`` (-1) where it is empty.
    members : dict of int to tuple
        For each partition that votes ``(weights, labels, trusted, rules, rows)``: label weights (n_test, n_rows),
        class indices (n_rows,), mask of trusted rows or None, `Rules` or None, and indices of the rows in the whole
        training set.
    n_classes : int
        Number of classes.
    targets : ndarray of shape (n_test,), default=None
        Class index to bring about; ``None`` takes any other than the present one.

    Returns
    -------
    attacks : list of n_test tuples ``(rows, new_labels, found)``
        Training rows to relabel, their new class indices, and whether an attack was found.
    prediction : ndarray of shape (n_test,), int64
        Class with the most votes.
    attacked_prediction : ndarray of shape (n_test,), int64
        Class with the most votes after the attack.
    lower : ndarray of shape (n_test,), int64
        Lower bound on the flips of any such attack, from the tightest bounds on the members' flips.
    """
    n_test, n_partitions = votes.shape
    lower_costs = np.zeros((n_test, n_partitions, n_classes), dtype=np.int64)
    cheapest_change = np.full((n_test, n_partitions), UNBOUNDED, dtype=np.int64)
    forced = {}
    for p, (weights, labels, trusted, rules, _) in members.items():
        _, _, radius_upper, lower_costs[:, p] = certify_label_linear_unchecked(
            weights, labels, n_classes, trusted=trusted, rules=rules
        )
        cheapest_change[:, p] = np.minimum(radius_upper + 1, UNBOUNDED)
        forced[p] = TargetedFlips(labels, n_classes, trusted, rules)
    predictions, _, flips_to_class = certify_votes_unchecked(votes, lower_costs)
    lower = np.empty(n_test, dtype=np.int64)
    attacks = []
    attacked_prediction = predictions.copy()
    for t in range(n_test):
        costs = MemberCosts(lower_costs[t], np.full((n_partitions, n_classes), UNBOUNDED), cheapest_change[t])
        weights_of = {p: weights[t : t + 1] for p, (weights, *_) in members.items()}

        def force(classes, costs=costs, weights_of=weights_of):
            for p, weights in weights_of.items():
                forced[p].fill(weights, classes, costs.lower[p][None], costs.upper[p][None])

        if targets is None:
            moves = _moves_to_any_other(votes[t], costs, flips_to_class[t], force)
        else:
            force(targets[t : t + 1] if n_classes > _CLASSES_AT_ONCE else np.arange(n_classes))
            moves = _moves_to_target(votes[t], costs.upper, targets[t], n_classes)
        _, (radius,), (flips,) = certify_votes_unchecked(votes[t : t + 1], lower_costs[t : t + 1])
        lower[t] = flips[targets[t]] if targets is not None else min(radius + 1, UNBOUNDED)
        if moves is None:
            attacks.append((np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), False))
            continue
        rows, new_labels, attacked_votes = _carry_out(moves, t, votes[t], members, n_classes)
        attacks.append((rows, new_labels, True))
        attacked_prediction[t] = count_votes_unchecked(attacked_votes[None, :], n_classes)[0].argmax()
    return attacks, predictions, attacked_prediction, lower


class MemberCosts(NamedTuple):
    """What it takes to change the members' votes at one test row."""

    lower: np.ndarray
    """(n_partitions, n_classes): lower bounds on the flips that make a member vote for a class."""
    upper: np.ndarray
    """(n_partitions, n_classes): flips that do; `UNBOUNDED` where no attack is known."""
    cheapest_change: np.ndarray
    """(n_partitions,): flips that make a member vote for any other class."""


def _moves_to_any_other(votes, costs, flips_to_class, force):
    """Cheapest ``{partition: new vote}``, with -1 for any other vote, after which another class comes before.

    ``force(classes)`` works out what it takes to make members vote for some classes. It is asked for those that take
    least by the bounds in `flips_to_class`, until these show that no other is cheaper.
    """
    n_classes = flips_to_class.shape[0]
    counts = count_votes_unchecked(votes[None, :], n_classes)[0]
    ballot = Ballot(votes.copy(), costs.upper, costs.cheapest_change, np.empty_like(votes))
    market, predicted = new_market(votes.shape[0]), counts.argmax()
    best_cost, best_moves = UNBOUNDED, None
    rivals = np.argsort(flips_to_class, kind="stable")
    rivals = rivals[rivals != predicted]
    for batch in gen_batches(n_classes - 1, _CLASSES_AT_ONCE):
        if flips_to_class[rivals[batch.start]] >= best_cost:
            break
        force(np.sort(rivals[batch]))
        for rival in np.sort(rivals[batch]):
            cost, moves = cheapest_moves(ballot, counts, predicted, rival, market)
            if cost < best_cost:
                best_cost = cost
                best_moves = {int(p): int(rival) if moves[p] == 2 else -1 for p in np.flatnonzero(moves)}
    return best_moves


def _moves_to_target(votes, costs, target, n_classes):
    """``{partition: target}`` until the target wins: the cheapest vote of the class that leads, again and again."""
    moves: dict[int, int] = {}
    votes = votes.copy()
    while True:
        counts = count_votes_unchecked(votes[None, :], n_classes)[0]
        leader = counts.argmax()
        if leader == target:
            return moves
        movable = np.flatnonzero((votes != target) & (votes != NO_VOTE) & (costs[:, target] < UNBOUNDED))
        if movable.size == 0:
            return None
        # a vote of the leader's closes its lead by 2, any other by 1
        price = costs[movable, target] / np.where(votes[movable] == leader, 2, 1)
        chosen = movable[price.argmin()]
        moves[int(chosen)] = int(target)
        votes[chosen] = target


def _carry_out(moves, t, votes, members, n_classes):
    """Rows, new labels and votes of the moves at test row `t`, the votes counted anew from the changed labels."""
    votes = votes.copy()
    all_rows, all_labels = [], []
    for p, new_vote in moves.items():
        weights, labels, trusted, rules, rows = members[p]
        if new_vote < 0:
            flipped, new_labels = smallest_attack_unchecked(
                weights[t], labels, n_classes, trusted=trusted, rules=rules
            )
        else:
            flipped, new_labels, _, _ = targeted_attack_unchecked(
                weights[t], labels, n_classes, new_vote, trusted=trusted, rules=rules
            )
        attacked = labels.copy()
        attacked[flipped] = new_labels
        votes[p] = class_scores_unchecked(weights[t : t + 1], attacked, n_classes, rules)[0].argmax()
        all_rows.append(rows[flipped])
        all_labels.append(new_labels)
    return (
        np.concatenate([*all_rows, np.empty(0, np.int64)]),
        np.concatenate([*all_labels, np.empty(0, np.int64)]),
        votes,
    )
