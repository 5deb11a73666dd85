"""Test rows with a rival within reach of one budget of label flips, and the relabellings that matter to them.

With label weights a(t), relabelling row i as k closes the gap ``f_v - f_c`` between the predicted class v of test
row t and its rival c by the *gain*

    ``g[i, k] = a_i (w_c [k = c] - w_v [k = v] + w_v [y_i = v] - w_c [y_i = c])``

with score weights w.

Closing a gap to within rounding counts as closing it, as for one radius. A prediction also changes if its class
loses its last row: this is a pair without a rival, `VANISHES`, whose gap is the number of rows of the class, and each
of them that gets another label closes it by 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..label_linear import class_scores_unchecked, rows_of_classes

VANISHES = -1  # in place of a rival


@dataclass(frozen=True, eq=False)
class Pairs:
    """Test rows with a rival within reach of the budget, and the relabellings that matter to them."""

    point: np.ndarray
    """(n_pairs,): test row."""
    needed: np.ndarray
    """(n_pairs,): gain without which the rival does not overtake."""
    enough: np.ndarray
    """(n_pairs,): gain with which it certainly does, up to the order of summation."""
    fewest: np.ndarray
    """(n_pairs,): least number of flips that gain `needed`."""
    row: np.ndarray
    """(n_options,): training row."""
    new_label: np.ndarray
    """(n_options,): its new class index."""
    gains: sparse.csr_array
    """(n_pairs, n_options): by how much an option closes a pair's gap."""
    starts: np.ndarray
    """(n_pairs + 1,): where each pair begins in `useful`."""
    useful: np.ndarray
    """(n_useful,): options of positive gain, for each pair in descending order of gain."""
    useful_gains: np.ndarray
    """(n_useful,): their gains."""


def attackable_pairs(weights, training, rules, margins, whole, budget):
    """Pairs of a test row and a rival that `budget` flips can let overtake.

    Weights, ``margins`` and ``whole`` are those of `with_margin`; ``training`` are the `TrainingRows`.
    """
    labels, flippable = training
    n_classes = rules.score_weight.shape[0]
    counts, to_vanish = rows_of_classes(training, n_classes)
    scores = class_scores_unchecked(weights, labels, n_classes, rules)
    point, loser, rival, needed, enough, fewest, ahead_already = [], [], [], [], [], [], []

    def add(t, v, c, least, sure, flips):
        point.append(t)
        loser.append(v)
        rival.append(c)
        needed.append(least)
        enough.append(sure)
        fewest.append(flips)

    for t in range(weights.shape[0]):
        a = weights[t, flippable]
        predicted = int(scores[t].argmax())
        if 0 < to_vanish[predicted] <= budget:
            add(t, predicted, VANISHES, to_vanish[predicted], to_vanish[predicted], to_vanish[predicted])
        for c in range(n_classes):
            if c == predicted or (counts[c] == 0 and not rules.attainable[c]):
                continue
            gap = scores[t, predicted] - (scores[t, c] if counts[c] else 0.0)
            if whole[t]:  # a rival that loses ties needs one more
                least = sure = gap + (c > predicted)
            else:
                least, sure = gap - margins[t], gap + margins[t]
            gain = _largest_gain_of_each(rules, a, flippable, labels[flippable], predicted, c)
            largest = np.sort(gain)[::-1][:budget]
            closed = np.cumsum(largest[largest > 0])
            ahead = counts[c] == 0 and least <= 0  # any flip will do, even one that closes nothing
            if ahead and budget > 0:
                ahead_already.append(c)
            if budget == 0 or (not ahead and (closed.size == 0 or closed[-1] < least)):
                continue
            add(t, predicted, c, least, sure, np.searchsorted(closed, least) + 1)
    row, new_label, gains = _options(weights, labels, rules, flippable, point, loser, rival, ahead_already)
    starts, useful, useful_gains = _in_descending_order(gains)
    return Pairs(
        point=np.array(point, dtype=np.int64),
        needed=np.array(needed, dtype=np.float64),
        enough=np.array(enough, dtype=np.float64),
        fewest=np.array(fewest, dtype=np.int64),
        row=row,
        new_label=new_label,
        gains=gains,
        starts=starts,
        useful=useful,
        useful_gains=useful_gains,
    )


def _largest_gain_of_each(rules, a, flippable, labels, loser, rival):
    """The most that relabelling each row that can be flipped closes the gap between `loser` and `rival`."""
    of_loser, of_rival = rules.score_weight[loser], rules.score_weight[rival]
    to_loser = to_rival = np.ones(flippable.size)
    if rules.allowed.shape[0] > 0:
        to_loser, to_rival = rules.allowed[flippable][:, [loser, rival]].T
    from_loser = np.where(a > 0, a * (of_loser + of_rival * to_rival), 0.0)
    from_rival = np.where(a < 0, -a * (of_rival + of_loser * to_loser), 0.0)
    from_others = np.where(a > 0, a * of_rival * to_rival, -a * of_loser * to_loser)
    return np.select([labels == loser, labels == rival], [from_loser, from_rival], from_others)


def _options(weights, labels, rules, flippable, point, loser, rival, ahead):
    """Relabellings with a positive gain at some pair, or to a class that any row puts ahead, and their gains at all
    pairs.

    Classes that are neither predicted nor a rival anywhere are interchangeable: one stands for all.
    """
    in_play = np.setdiff1d(np.union1d(np.array(loser, dtype=np.int64), rival), VANISHES)
    row, new_label = _changes(labels, rules, flippable, in_play)
    old_label = labels[row]
    rows_of_gains = []
    for t, v, c in zip(point, loser, rival):
        if c == VANISHES:
            factor = 1.0 * (old_label == v) - (new_label == v)
        else:
            of_loser, of_rival = rules.score_weight[v], rules.score_weight[c]
            factor = of_rival * (new_label == c) - of_loser * (new_label == v)
            factor += of_loser * (old_label == v) - of_rival * (old_label == c)
            factor = np.where(factor != 0, factor * weights[t, row], 0.0)
        rows_of_gains.append(sparse.csr_array(factor[None, :]))
    if not rows_of_gains:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, sparse.csr_array((0, 0))
    gains = sparse.vstack(rows_of_gains, format="csr")
    matters = np.zeros(row.size, dtype=bool)
    matters[gains.indices[gains.data > 0]] = True
    matters |= np.isin(new_label, ahead)
    return row[matters], new_label[matters], gains[:, np.flatnonzero(matters)]


def _changes(labels, rules, flippable, in_play):
    """Rows and new labels that they may get: the classes in play, and one of the others."""
    n_classes = rules.score_weight.shape[0]
    may_get = np.ones((flippable.size, n_classes), dtype=bool)
    if rules.allowed.shape[0] > 0:
        may_get = rules.allowed[flippable].copy()
    may_get[np.arange(flippable.size), labels[flippable]] = False
    others = np.setdiff1d(np.arange(n_classes), in_play)
    may_get[:, others] &= may_get[:, others].cumsum(axis=1) == 1
    in_order = np.concatenate([in_play, others]).astype(np.int64)
    place, column = np.nonzero(may_get[:, in_order])
    return flippable[place].astype(np.int64), in_order[column]


def _in_descending_order(gains):
    """Positive gains of each pair, the largest first: where pairs start, options, gains."""
    pair = np.repeat(np.arange(gains.shape[0]), np.diff(gains.indptr))
    positive = gains.data > 0
    pair, option, gain = pair[positive], gains.indices[positive].astype(np.int64), gains.data[positive]
    order = np.lexsort((option, -gain, pair))
    starts = np.searchsorted(pair, np.arange(gains.shape[0] + 1))
    return starts, option[order], gain[order]
