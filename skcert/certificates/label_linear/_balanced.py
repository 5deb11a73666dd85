"""Score weights that are counted in the labels, ``w_c = n / n_c``: the attacker moves them, so a bound.

These are scikit-learn's "balanced" weights times the number of classes, so that a refit that knows fewer classes,
because one has lost its last row, has the same numbers.

With r flips, class c has between ``n_c - r`` and ``n_c + r`` rows, and at least one if it is to matter, so its weight
lies between two known numbers. For fixed flips, "class c comes before v" is linear in the two weights, and so the most
that any flips close of the gap, less the gap, is convex: it is largest at one of the four corners of what the two
weights may be, each with flips of its own. The radius is the largest r that survives all four corners of every rival;
more flips make the ranges wider, so what survives r survives less.

One "worst" corner would not do: scores may be negative, and then a larger weight is worse for its class.

Counted weights are rounded: 4 u W S more in the margin of `_rounding`, and equal scores may come out either way.
"""

from typing import NamedTuple

import numpy as np

from ..._utils import compiled, compiled_part
from ...results import UNBOUNDED
from .._rules import Rules, any_other_labels, best_labels
from .._weight_blocks import absolute_sum, double_blocks
from ._overtaking import overtake, start_race
from ._overtaking_by_rules import flipped_rows
from ._radius import Workspace, new_workspace
from ._rounding import weighted_margin
from ._scores import class_scores_unchecked
from ._training_rows import TrainingRows, training_rows

# attacks that are tried: at which corner of what no or the certified number of flips can make of weights, and how much
# more they close than the gap there
_TRIED = tuple((flips, corner, surplus) for surplus in (0.0, 0.25, 1.0) for flips in (0, 1) for corner in range(4))


class Balance(NamedTuple):
    """What all test rows share."""

    training: TrainingRows
    rules: Rules
    """Whose score weights are set anew for each corner."""
    counts: np.ndarray
    """(n_classes,): rows of each class."""
    can_gain: np.ndarray
    """(n_classes,): how many rows a class may gain ..."""
    can_lose: np.ndarray
    """(n_classes,): ... and lose."""
    sums: np.ndarray
    """(n_classes,): workspace, the sum of each class's label weights."""
    workspace: Workspace


def counted_weights(labels, n_classes):
    """Score weights ``n / n_c``, shape (n_classes,); a class without rows counts as if it had one."""
    return labels.shape[0] / np.maximum(np.bincount(labels, minlength=n_classes), 1.0)


def _new_balance(labels, trusted, rules):
    training, n_classes = training_rows(labels, trusted), rules.score_weight.shape[0]
    flippable = training.flippable
    own = labels[flippable]
    can_gain = flippable.shape[0] - np.bincount(own, minlength=n_classes)
    if rules.allowed.shape[0] > 0:
        can_gain = rules.allowed[flippable].sum(axis=0) - np.bincount(own, minlength=n_classes)
    return Balance(
        training=training,
        rules=rules._replace(score_weight=rules.score_weight.copy()),
        counts=np.bincount(labels, minlength=n_classes),
        can_gain=can_gain,
        can_lose=np.bincount(own, minlength=n_classes),
        sums=np.empty(n_classes),
        workspace=new_workspace(training, rules, n_classes, paired=False),
    )


def certify_balanced(weights, labels, *, trusted, rules):
    """As `certify_label_linear_unchecked`, and the attacks that ``radius_upper`` rests on.

    Flips to each class are those to overtake the predicted one. An attack is ``(rows, new_labels)``, both empty where
    none is known.
    """
    n_test, n_classes = weights.shape[0], rules.score_weight.shape[0]
    prediction, radius = np.empty(n_test, dtype=np.int64), np.empty(n_test, dtype=np.int64)
    radius_upper = np.full(n_test, UNBOUNDED, dtype=np.int64)
    flips_to_class = np.empty((n_test, n_classes), dtype=np.int64)
    balance, attacks = _new_balance(labels, trusted, rules), []
    for test, block in double_blocks(weights):
        for t, row in zip(range(test.start, test.stop), block):
            prediction[t] = _certify_row(row, balance, flips_to_class[t])
            fewest = np.delete(flips_to_class[t], prediction[t]).min()
            radius[t] = fewest - 1 if fewest < UNBOUNDED else UNBOUNDED
            attacks.append(_attack(row, balance, prediction[t], fewest, flips_to_class[t]))
            size = attacks[-1][0].shape[0]
            radius_upper[t] = size - 1 if size else UNBOUNDED
    return prediction, radius, radius_upper, flips_to_class, attacks


@compiled_part
def _counted(n, n_rows):
    return n / max(n_rows, 1.0)


@compiled
def _certify_row(row, balance, flips_to_class):
    """Fill in the flips to each class; returns the prediction."""
    order, race, _ = balance.workspace
    labels, n_classes = balance.training.labels, flips_to_class.shape[0]
    for c in range(n_classes):
        balance.sums[c] = 0.0
    for i in range(row.shape[0]):
        balance.sums[labels[i]] += row[i]
    predicted, highest = 0, -np.inf
    for c in range(n_classes):
        score = _counted(row.shape[0], balance.counts[c]) * balance.sums[c]
        if balance.counts[c] > 0 and score > highest:
            predicted, highest = c, score
    total = absolute_sum(row)
    start_race(order, row, balance.training, balance.rules, race)
    for c in range(n_classes):
        flips = _flips_to_overtake(row, balance, predicted, c, total) if c != predicted else 0
        to_vanish = race.classes[predicted].to_vanish if c != predicted else 0
        flips_to_class[c] = min(flips, to_vanish)
    return predicted


@compiled_part
def _flips_to_overtake(row, balance, loser, target, total):
    """One more than the largest number of flips that survives all corners; `UNBOUNDED` if any number does."""
    if balance.counts[target] == 0 and balance.can_gain[target] == 0:
        return UNBOUNDED
    n_flippable = balance.training.flippable.shape[0]
    survives, most = 0, min(n_flippable, _fewest_at_corners(row, balance, loser, target, total, 0) - 1)
    tried = most
    while survives < most:
        at_corners = _fewest_at_corners(row, balance, loser, target, total, tried)
        if at_corners > tried:
            survives = tried
        else:  # no more flips are sure to survive than the worst of these corners needs
            survives, most = max(survives, at_corners - 1), tried - 1
        tried = (survives + most + 1) // 2
    return survives + 1 if survives < n_flippable else UNBOUNDED


@compiled_part
def _fewest_at_corners(row, balance, loser, target, total, flips):
    """The fewest flips with which the target overtakes at any corner of what `flips` flips can make of two weights."""
    fewest = UNBOUNDED
    for corner in range(4):
        if flips == 0 and corner > 0:
            break  # the corners are one
        found = _overtake_at_corner(row, balance, loser, target, total, flips, corner, -1.0, 0.0)
        fewest = found if found < fewest else fewest
    return fewest


@compiled
def _overtake_at_corner(row, balance, loser, target, total, flips, corner, margins, surplus):
    """Flips with which the target overtakes where both weights are at an end of their range.

    The gap has to close by so many margins, and that share of itself, more than it is wide.
    """
    order, race, _ = balance.workspace
    classes, weights = race.classes, balance.rules.score_weight
    n, n_classes = row.shape[0], classes.shape[0]
    lost = min(flips, balance.can_lose[loser]) if corner & 1 else -min(flips, balance.can_gain[loser])
    weights[loser] = _counted(n, balance.counts[loser] - lost)
    lost = min(flips, balance.can_lose[target]) if corner & 2 else -min(flips, balance.can_gain[target])
    weights[target] = _counted(n, balance.counts[target] - lost)
    margin = weighted_margin(n + 8, max(weights[loser], weights[target]) * total)
    for c in range(n_classes):
        classes[c].runs = c == target
        classes[c].score = weights[c] * balance.sums[c]
    more = margins * margin + surplus * (classes[loser].score - classes[target].score)
    overtake(order, row, balance.training, balance.rules, loser, more, False, race, None)
    return classes[target].flips


def _attack(row, balance, predicted, fewest, flips_to_class):
    """The smallest attack known: rows and new labels, both empty if none is known.

    Flips that close a gap at a corner, the largest first, until a refit changes; or all rows of the predicted class.
    """
    smallest = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if fewest == UNBOUNDED:
        return smallest
    order, race, _ = balance.workspace
    total = absolute_sum(row)
    to_vanish = int(race.classes["to_vanish"][predicted])
    if to_vanish < UNBOUNDED:
        flippable = balance.training.flippable
        emptied = flippable[balance.training.labels[flippable] == predicted]
        smallest = emptied, any_other_labels(balance.rules, emptied, predicted, balance.sums.shape[0])
    for rival in np.argsort(flips_to_class, kind="stable"):
        if rival == predicted:
            continue
        for flips, corner, surplus in _TRIED:
            if 0 < smallest[0].shape[0] <= flips_to_class[rival]:
                break
            found = _overtake_at_corner(row, balance, predicted, rival, total, flips * fewest, corner, 1.0, surplus)
            if found < UNBOUNDED:
                flipped = flipped_rows(order, row, balance.training, balance.rules, predicted, rival, race)
                attack = _shortest_that_works(row, balance, predicted, rival, flipped)
                if attack is not None and not 0 < smallest[0].shape[0] <= attack[0].shape[0]:
                    smallest = attack
    return smallest


def _shortest_that_works(row, balance, predicted, rival, flipped):
    """The first of these flips after which a refit changes, if it does: rows and new labels."""
    labels = balance.training.labels
    new_labels = best_labels(balance.rules, row, labels, flipped, predicted, rival)
    attacked = labels.copy()
    n_classes = balance.sums.shape[0]
    least = _first_change(row, balance, predicted, flipped, new_labels)
    if least == 0:
        return None
    flipped, new_labels = flipped[:least], new_labels[:least]
    attacked[flipped] = new_labels
    scores = balanced_scores(row[None, :], attacked, n_classes)
    return (flipped, new_labels) if scores.argmax() != predicted else None


def balanced_scores(weights, labels, n_classes):
    """Class scores under the weights that are counted in `labels`."""
    return class_scores_unchecked(weights, labels, n_classes) * counted_weights(labels, n_classes)


@compiled
def _first_change(row, balance, predicted, flipped, new_labels):
    """How many of these flips it takes until another class comes first; 0 if they never do it."""
    labels, n, n_classes = balance.training.labels, row.shape[0], balance.sums.shape[0]
    sums, counts = balance.sums.copy(), balance.counts.copy()
    for f in range(flipped.shape[0]):
        i = flipped[f]
        sums[labels[i]] -= row[i]
        counts[labels[i]] -= 1
        sums[new_labels[f]] += row[i]
        counts[new_labels[f]] += 1
        first, highest = -1, -np.inf
        for c in range(n_classes):
            score = _counted(n, counts[c]) * sums[c]
            if counts[c] > 0 and score > highest:
                first, highest = c, score
        if first != predicted:
            return f + 1
    return 0
