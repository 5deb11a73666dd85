"""The same answers by slower and plainer roads: exhaustive search, integer programs, the knapsack table."""

from functools import lru_cache
from itertools import product

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from skcert import UNBOUNDED


@lru_cache
def all_labelings(n, n_classes):
    """Every labeling of n rows, shape (n_classes ** n, n)."""
    return np.array(list(product(range(n_classes), repeat=n)), dtype=np.int64).reshape(-1, n)


def flips_to_each_class(predictions, labelings, labels, n_classes):
    """Least flips from `labels` to a labeling on which the prediction is each class."""
    distance = (labelings != labels).sum(axis=1)
    return np.array([distance[predictions == c].min(initial=UNBOUNDED) for c in range(n_classes)])


def radius_of(flips, prediction):
    """Radius that exact flips to each class imply."""
    least = np.delete(flips, prediction).min()
    return least - 1 if least < UNBOUNDED else UNBOUNDED


def linear_predictions(weights, labelings, n_classes):
    """Predictions of a label-linear classifier on every labeling; exact for whole-number weights.

    A class without rows is never predicted.
    """
    has_class = [labelings == c for c in range(n_classes)]
    scores = np.stack([np.where(rows.any(axis=1), rows @ weights, -np.inf) for rows in has_class], axis=1)
    return scores.argmax(axis=1)


def summed_scores(weights, labelings, n_classes):
    """Scores of one test row under each labeling, rounded as `class_scores` rounds them: added row by row."""
    scores = np.zeros((len(labelings), n_classes))
    each = np.arange(len(labelings))
    for weight, labels in zip(weights.astype(np.float64), labelings.T):
        scores[each, labels] += weight
    absent = (labelings[:, :, None] != np.arange(n_classes)).all(axis=1)
    scores[absent] = -np.inf
    return scores


def milp_flips_to_overtake(weights, labels, n_classes, loser, target):
    """Least flips after which `target` comes before `loser`, by an integer program over all relabellings.

    For whole-number weights, so that "strictly more" is "one more". One binary per row and label: the present one, the
    target, the loser, and one of the others, which all count alike.
    """
    n = weights.shape[0]
    others = [c for c in range(n_classes) if c not in (loser, target)][:1]
    choices = np.stack([labels, *(np.full(n, c) for c in (target, loser, *others))], axis=1)
    gain = weights[:, None] * ((choices == target).astype(int) - (choices == loser))
    one_label_each = sparse.kron(sparse.identity(n), np.ones((1, choices.shape[1])))
    needed = 0 if target < loser else 1
    overtakes = sparse.csr_matrix(gain.reshape(1, -1))
    limits = np.append(np.ones(n), needed), np.append(np.ones(n), np.inf)
    constraints = LinearConstraint(sparse.vstack([one_label_each, overtakes]), *limits)
    cost = (choices != labels[:, None]).astype(float).ravel()
    answer = milp(cost, integrality=1, bounds=Bounds(0, 1), constraints=constraints, options={"presolve": False})
    return round(answer.fun) if answer.success else UNBOUNDED


def table_flips_to_overtake(weights, labels, n_classes, loser):
    """Least flips after which each class comes before `loser`, by a table of what m flips can gain at most.

    Row by row: it keeps its label, or spends one flip on any other. For whole-number weights; 0 for the loser itself.
    """
    n, classes = weights.shape[0], np.arange(n_classes)
    lead = np.eye(n_classes) - (classes == loser)  # lead[c, k]: what a weight of 1 with label k adds to c's lead
    most = np.full((n_classes, n + 1), -np.inf)
    most[:, 0] = lead[:, labels] @ weights
    for weight, label in zip(weights, labels):
        gain = (weight * (np.delete(lead, label, axis=1) - lead[:, [label]])).max(axis=1)
        most[:, 1:] = np.maximum(most[:, 1:], most[:, :-1] + gain[:, None])
    overtakes = most >= np.where(classes < loser, 0, 1)[:, None]
    flips = np.where(overtakes.any(axis=1), overtakes.argmax(axis=1), UNBOUNDED)
    flips[loser] = 0
    return flips


def table_flips_to_gain(votes, costs, loser, target):
    """Least cost for `target` to come before `loser` in the vote: the textbook O(P G) knapsack table."""
    n_classes = costs.shape[1]
    counts = [(votes == c).sum() for c in range(n_classes)]
    gain = max(counts[loser] - counts[target] + (target > loser), 0)
    best = np.full(gain + 1, UNBOUNDED, dtype=np.int64)
    best[0] = 0
    for vote, cost in zip(votes, costs.astype(np.int64)):
        if vote < 0 or vote == target:
            continue
        if vote == loser:
            options = [(1, min(np.delete(cost, vote))), (2, cost[target])]
        else:
            options = [(1, cost[target])]
        improved = best.copy()
        for step, price in options:
            for reached in range(gain + 1):
                there = min(reached + step, gain)
                improved[there] = min(improved[there], best[reached] + price)
        best = np.minimum(improved, UNBOUNDED)
    return best[-1]


def pairwise_certificate(weights, labels, n_classes, flippable):
    """Radius and flips to each class by a full sort per pair of classes; for whole-number weights.

    Class c comes before class j when it overtakes, or when j loses its last row.
    """
    scores = np.array([weights[labels == c].sum() for c in range(n_classes)])
    counts = np.bincount(labels, minlength=n_classes)
    to_vanish = np.where(np.bincount(labels[~flippable], minlength=n_classes) > 0, UNBOUNDED, counts)
    predicted = int(np.where(counts > 0, scores, -np.inf).argmax())
    flips = np.zeros((n_classes, n_classes), dtype=np.int64)
    for j in range(n_classes):
        for c in range(n_classes):
            gap = scores[j] - scores[c]
            if c != j and counts[j] > 0 and (gap > 0 or (gap == 0 and c > j) or j == predicted):
                closes = np.abs(weights) + weights * ((labels == j).astype(int) - (labels == c))
                closed = np.cumsum(np.sort(closes[flippable & (closes > 0)])[::-1])
                enough = closed > gap if c > j else closed >= gap
                flips[j, c] = min(enough.argmax() + 1 if enough.any() else UNBOUNDED, to_vanish[j])
    least = np.delete(flips[predicted], predicted).min()
    targeted = flips.max(axis=0)
    targeted[predicted] = 0
    return least - 1 if least < UNBOUNDED else UNBOUNDED, targeted


def run_off_winner(rankings):
    """Winner of a run-off election among voters that each list all classes, the best first."""
    n_classes = len(rankings[0])
    votes = [sum(ranking[0] == c for ranking in rankings) for c in range(n_classes)]
    first, second = sorted(sorted(range(n_classes), key=lambda c: (-votes[c], c))[:2])
    ahead = sum(1 if list(ranking).index(first) < list(ranking).index(second) else -1 for ranking in rankings)
    return first if ahead >= 0 else second


def rankings_of(scores):
    """Each voter's classes by descending scores, smaller indices first among equals; without voters that are NaN."""
    return [np.lexsort((np.arange(len(row)), -row)) for row in scores if not np.isnan(row).any()]
