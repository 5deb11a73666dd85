"""How many flips it takes each class to overtake one that leads, under `Rules`: a walk for each pair of classes.

For target c to overtake the class v that is to lose, the gap ``f_v - f_c`` has to close. Relabelling row i closes
it by ``w_c |a_i|`` if it can raise the score of c, by ``w_v |a_i|`` if it can lower that of v (`_row_lists`), and by
the sum of both if it is v's with a_i > 0 and may become c, or c's with a_i < 0 and may become v. Rows act
independently, so the least number of flips takes the largest amounts first: heads go down the lists of rows, and of
those that are at rows of their own kind, the one that closes most moves on.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ...results import UNBOUNDED
from ._order import SORTED
from ._row_lists import RowLists, extend_lists, lowering, new_row_lists, raising

_TARGET, _LOSER, _BOTH = 1, 2, 3  # whose score changes to the advantage of the target

HEAD = np.dtype(
    [
        ("kind", np.int64),
        ("weight", np.float64),  # the score weights of its kind
        ("place", np.int64),  # where it is in its list
        ("end", np.int64),  # where that ends for now
        ("moves", np.bool_),
        ("amount", np.float64),  # by how much that row closes the gap
    ],
    align=True,
)


class Walk(NamedTuple):
    """Workspace of the walks."""

    lists: RowLists
    heads: np.ndarray
    """(4,): records of `HEAD`."""
    flipped: np.ndarray
    """(n_flippable,): the rows that the last class to run flips, as far as it had to."""


def new_walk(training, rules):
    """A `Walk`; None without rules."""
    if rules is None:
        return None
    flippable = training.flippable.shape[0]
    return Walk(new_row_lists(training, rules), np.empty(4, dtype=HEAD), np.empty(flippable, dtype=np.int64))


@compiled_part
def overtake_by_rules(order, row, training, rules, loser, more, ties_count, race):
    """As `overtake`; ``race.apart`` is left as it was for the last class that runs."""
    lists, worth = race.apart.lists, rules.score_weight
    if order.state[SORTED] == 0 and training.flippable.shape[0] > 0:
        extend_lists(order, row, training, rules, lists)
    for c in range(race.classes.shape[0]):
        racer = race.classes[c]
        if not racer.runs:
            continue
        racer.needed = race.classes[loser].score - racer.score + more
        racer.strict = ties_count and c > loser
        racer.flips = UNBOUNDED
        racer.keeps_a_row = False
        if racer.n_rows == 0 and not rules.attainable[c]:
            continue
        # what all rows together close; within the margin of enough, the walk decides
        if worth[c] * lists.raised[c] + worth[loser] * lists.lowered[loser] < racer.needed - abs(more):
            continue
        _walk(order, row, training, rules, loser, c, race)
        if racer.flips == UNBOUNDED and training.flippable.shape[0] > 0:
            _let_through_for_nothing(race, c)


@compiled_part
def _walk(order, row, training, rules, loser, target, race):
    """Flips until the target has overtaken, if it does."""
    lists, heads, flipped = race.apart
    racer, net, n = race.classes[target], race.net, training.flippable.shape[0]
    keys, rows, tags, positions, allowed = order.keys, order.rows, order.tags, lists.positions, rules.allowed
    needed, strict = racer.needed, racer.strict
    n_sorted = order.state[SORTED]
    _start_heads(rules, loser, target, race.apart)
    closed, to_target, to_loser = 0.0, 0.0, 0.0
    gained, n_left, n_flips = False, racer.n_rows, 0
    for j in range(net.shape[0]):
        net[j] = 0.0
    while True:
        best, unsorted_weight = _move_heads(keys, rows, tags, positions, heads, allowed, loser, target)
        if n_sorted < n and unsorted_weight * keys[n_sorted - 1] > heads[best].amount:
            n_sorted = extend_lists(order, row, training, rules, lists)
            _note_ends(rules, lists, heads, loser, target)
            continue
        if heads[best].amount == 0.0:
            return  # nothing is left that closes the gap
        head = heads[best]
        head.moves = True
        p = positions[head.place]
        head.place += 1
        i, label, negative = rows[p], tags[p] >> 1, tags[p] & 1 == 1
        becomes_target = not negative and head.kind != _LOSER
        closed += head.amount
        flipped[n_flips] = i
        n_flips += 1
        gained |= becomes_target
        n_left -= label == target
        if becomes_target or label == target:
            to_target += keys[p]
        if becomes_target:
            net[label] += keys[p]
        elif negative:
            net[label] -= keys[p]
            if allowed.shape[0] == 0:
                to_loser += keys[p]
            else:
                for k in range(lists.allowed_from[i], lists.allowed_from[i + 1]):
                    net[lists.allowed[k]] += keys[p]
        if closed > needed or (closed == needed and not strict):
            racer.flips, racer.closed, racer.steps = n_flips, closed, n_flips
            racer.keeps_a_row = gained or n_left > 0
            _note_other_gaps(rules, race, target, to_target, to_loser)
            return


@compiled_part
def _start_heads(rules, loser, target, walk):
    """Four heads: two for rows that count for both classes, one for the target's only and one for the loser's."""
    lists, heads = walk.lists, walk.heads
    of_loser, of_target = rules.score_weight[loser], rules.score_weight[target]
    for h in range(4):
        heads[h].kind, heads[h].weight = _BOTH, of_loser + of_target
    heads[2].kind, heads[2].weight = _TARGET, of_target
    heads[3].kind, heads[3].weight = _LOSER, of_loser
    heads[0].place = lists.starts[2 * loser]
    heads[1].place = lists.starts[2 * target + 1]
    heads[2].place = lists.starts[raising(rules, target)]
    heads[3].place = lists.starts[lowering(rules, loser)]
    for h in range(4):
        heads[h].end = heads[h].place
    _note_ends(rules, lists, heads, loser, target)


@compiled_part
def _note_ends(rules, lists, heads, loser, target):
    """Let the heads move that are at the end of their lists, after these have grown."""
    for h in range(4):
        heads[h].moves = heads[h].place == heads[h].end
    heads[0].end = lists.ends[2 * loser]
    heads[1].end = lists.ends[2 * target + 1]
    heads[2].end = lists.ends[raising(rules, target)]
    heads[3].end = lists.ends[lowering(rules, loser)]


@njit(inline="always")
def _move_heads(keys, rows, tags, positions, heads, allowed, loser, target):
    """Move those heads that have to, each to the next row of its kind.

    Returns the one that closes most there, and the largest weight of those that are at the end of their lists.
    """
    best, weight_at_end = 0, 0.0
    for h in range(4):
        head = heads[h]
        if head.moves:
            head.moves = False
            head.amount = 0.0
            place, end, kind = head.place, head.end, head.kind
            while place < end:
                p = positions[place]
                label, negative = tags[p] >> 1, tags[p] & 1 == 1
                raises = label == target if negative else label != target
                lowers = label != loser if negative else label == loser
                if allowed.shape[0] > 0 and (label == target or label == loser):
                    raises = raises and (negative or allowed[rows[p], target])
                    lowers = lowers and (not negative or allowed[rows[p], loser])
                if _TARGET * raises + _LOSER * lowers == kind:
                    head.amount = head.weight * keys[p]
                    break
                place += 1
            head.place = place
        if head.place == head.end and head.weight > weight_at_end:
            weight_at_end = head.weight
        if head.amount > heads[best].amount:
            best = h
    return best, weight_at_end


@compiled_part
def _note_other_gaps(rules, race, target, to_target, to_loser):
    """By how much the same rows, relabelled for that class instead, close the gap of any other class."""
    from_all = to_loser if rules.allowed.shape[0] == 0 else 0.0
    own = rules.score_weight[target] * to_target
    for j in range(race.also_closed.shape[0]):
        race.also_closed[target, j] = own + rules.score_weight[j] * (race.net[j] + from_all)


@compiled_part
def _let_through_for_nothing(race, target):
    """A class that needs nothing closed takes any one flip: a tie but for rounding, or its first row puts it ahead."""
    racer = race.classes[target]
    if racer.needed < 0.0 or (racer.needed == 0.0 and not racer.strict):
        racer.flips, racer.closed, racer.steps = 1, 0.0, 0
        racer.keeps_a_row = racer.n_rows > 0
        for j in range(race.also_closed.shape[0]):
            race.also_closed[target, j] = -np.inf
