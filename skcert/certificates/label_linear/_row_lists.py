"""Which rows can raise the score of a class or lower it, in the order of |a|: lists that grow as the order does.

Relabelling row i raises the score of class c if a_i > 0 and the row may become c, or if a_i < 0 and the row is c's. It
lowers the score of class v if a_i < 0 and the row may become v, or if a_i > 0 and the row is v's. Where any row may
get any label, that is nearly the same for all classes: one list of positive and one of negative weights serve them.
"""

from typing import NamedTuple

import numpy as np

from ..._utils import compiled_part
from ._order import SORTED, extend_order


class RowLists(NamedTuple):
    """Made once by `new_row_lists`, and used again from row to row.

    There is a list of the rows of each tag, which is a class and a sign; after them one for each class of the rows
    that can raise its score, or a single one of all positive weights; and as many of those that can lower it, or a
    single one of all negative weights.
    """

    positions: np.ndarray
    """Positions in the order, ascending in each list."""
    starts: np.ndarray
    """(n_lists + 1,): where each list starts, with room for all that it may ever hold."""
    ends: np.ndarray
    """(n_lists,): where each list ends for now."""
    allowed: np.ndarray
    """The labels that each row may get, row after row, if they are restricted ..."""
    allowed_from: np.ndarray
    """(n_train + 1,): ... and where those of each row start."""
    raised: np.ndarray
    """(n_classes,): what all rows together could raise the sum of a class's label weights by; only if restricted."""
    lowered: np.ndarray
    """(n_classes,): what they could lower it by."""


def new_row_lists(training, rules):
    """Lists with room for all rows."""
    n_classes, (labels, flippable) = rules.score_weight.shape[0], training
    room_of_tags = np.repeat(np.bincount(labels[flippable], minlength=n_classes), 2)
    room = np.array([flippable.shape[0]])
    if rules.allowed.shape[0] > 0:
        room = rules.allowed[flippable].sum(axis=0)
    starts = np.concatenate([[0], np.cumsum(np.concatenate([room_of_tags, room, room]))])
    return RowLists(
        positions=np.empty(starts[-1], dtype=np.int32),
        starts=starts,
        ends=starts[:-1].copy(),
        allowed=np.nonzero(rules.allowed)[1].astype(np.int32),
        allowed_from=np.concatenate([[0], np.cumsum(rules.allowed.sum(axis=1))]),
        raised=np.full(n_classes, np.inf),
        lowered=np.full(n_classes, np.inf),
    )


@compiled_part
def raising(rules, label):
    """Which list has the rows that can raise the score of a class."""
    return 2 * rules.score_weight.shape[0] + (label if rules.allowed.shape[0] > 0 else 0)


@compiled_part
def lowering(rules, label):
    """Which list has the rows that can lower the score of a class."""
    n_classes = rules.score_weight.shape[0]
    return 3 * n_classes + label if rules.allowed.shape[0] > 0 else 2 * n_classes + 1


@compiled_part
def extend_lists(order, row, training, rules, lists):
    """Sort some more positions, as `extend_order` does, and list them; returns how many are sorted now."""
    first = order.state[SORTED]
    n_sorted = extend_order(order, row, training)
    rows, tags, positions, ends = order.rows, order.tags, lists.positions, lists.ends
    allowed, allowed_from, n_classes = lists.allowed, lists.allowed_from, rules.score_weight.shape[0]
    restricted = rules.allowed.shape[0] > 0
    if first == 0:  # another test row
        for k in range(ends.shape[0]):
            ends[k] = lists.starts[k]
        if restricted:
            _sum_up(row, training, lists)
    for p in range(first, n_sorted):
        label, negative = tags[p] >> 1, tags[p] & 1
        positions[ends[tags[p]]] = p
        ends[tags[p]] += 1
        if not restricted:
            which = 2 * n_classes + negative
            positions[ends[which]] = p
            ends[which] += 1
            continue
        for k in range(allowed_from[rows[p]], allowed_from[rows[p] + 1]):
            c = np.int64(allowed[k])
            which = (2 if (negative == 1) == (c == label) else 3) * n_classes + c
            positions[ends[which]] = p
            ends[which] += 1
    return n_sorted


@compiled_part
def _sum_up(row, training, lists):
    """Fill in what all rows together could do to each class."""
    raised, lowered, allowed, allowed_from = lists.raised, lists.lowered, lists.allowed, lists.allowed_from
    for c in range(raised.shape[0]):
        raised[c] = 0.0
        lowered[c] = 0.0
    for i in training.flippable:
        label, a = training.labels[i], row[i]
        up, down = max(a, 0.0), max(-a, 0.0)
        for k in range(allowed_from[i], allowed_from[i + 1]):
            raised[allowed[k]] += up
            lowered[allowed[k]] += down
        # its own label is among them, and works the other way round
        raised[label] += down - up
        lowered[label] += up - down
