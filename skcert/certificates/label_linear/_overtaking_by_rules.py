"""How many flips it takes each class to overtake one that leads, under `Rules`: a selection for each pair of classes.

For target c to overtake the class v that is to lose, the gap ``f_v - f_c`` has to close. Relabelling row i closes
it by ``w_c |a_i|`` if it can raise the score of c, by ``w_v |a_i|`` if it can lower that of v (`_bins`), and by
the sum of both if it is v's with a_i > 0 and may become c, or c's with a_i < 0 and may become v. Rows act
independently, so the least number of flips takes the largest amounts first.

Bins tell how far down that goes. Whole bins are taken as long as they do not close the gap, however their rows and
those of other kinds are mixed; so all amounts from some number on are taken. From the few bins that hold the amounts
below it, the largest are selected one by one.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled, compiled_part
from ...results import UNBOUNDED
from ._bins import LOWERING, RAISING, Bins, fill_both, fill_changes, n_filled, n_used, new_bins, rows_of_both
from ._order import SHORT, partition, sort_short

_BOTH, _TARGET, _LOSER = 0, 1, 2  # whose score changes to the advantage of the target: the kind of a row

KIND = np.dtype(
    [
        ("weight", np.float64),  # what |a| is multiplied by
        ("taken", np.int64),  # bins of which all rows of the kind are flipped
        ("stop", np.int64),  # the first bin of which none is
    ],
    align=True,
)


class Walk(NamedTuple):
    """Workspace of the selections; of the last one, what is flipped."""

    bins: Bins
    kinds: np.ndarray
    """(3,): records of `KIND`."""


def new_walk(training, rules):
    """A `Walk`; None without rules."""
    return None if rules is None else Walk(new_bins(training, rules), np.empty(3, dtype=KIND))


@compiled_part
def overtake_by_rules(order, row, training, rules, loser, more, ties_count, race):
    """As `overtake`; ``race.apart`` is left as it was for the last class that runs."""
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
        if _is_settled(row, training, rules, loser, c, race):
            continue
        fill_both(race.apart.bins, row, training, rules, loser, c)
        _overtake(order, row, training, rules, loser, c, race)
        if racer.flips == UNBOUNDED and training.flippable.shape[0] > 0:
            let_through_for_nothing(race, c)


@compiled_part
def _is_settled(row, training, rules, loser, target, race):
    """Whether so many flips as it takes in any case are enough, without a closer look.

    Of the rows of bins down to some |a|, those that can do both are counted twice.
    """
    bins, racer = race.apart.bins, race.classes[target]
    if racer.known == 0:
        return False
    changes, filled, raised, lowered, n_flips = bins.changes, n_filled(bins), 0.0, 0.0, 0
    for b in range(n_used(bins)):
        if b >= filled:
            fill_changes(bins, row, training, rules, b)
            filled = n_filled(bins)
        raising, lowering = changes[b, RAISING, target], changes[b, LOWERING, loser]
        n_flips += raising.n + lowering.n
        if n_flips > racer.known:
            return False
        raised += raising.sum
        lowered += lowering.sum
        closed = rules.score_weight[target] * raised + rules.score_weight[loser] * lowered
        if n_flips > 0 and reaches(closed, racer.needed, racer.strict):
            racer.flips = n_flips
            _note_other_gaps(race, rules, target, raised)
            return True
    return False


@compiled_part
def _overtake(order, row, training, rules, loser, target, race):
    """Find the fewest flips with which the target overtakes, if any do; no more closely than is asked."""
    bins, kinds = race.apart
    racer, last, both, own, changes = race.classes[target], n_used(bins), bins.both, bins.own, bins.changes
    kinds[_BOTH].weight = rules.score_weight[loser] + rules.score_weight[target]
    kinds[_TARGET].weight, kinds[_LOSER].weight = rules.score_weight[target], rules.score_weight[loser]
    for kind in kinds:
        kind.taken, kind.stop = 0, 0
    # the largest bins first, by the most that their rows may close
    closing, closed, n_flips = _take_bins(row, training, rules, loser, target, race, 0, 0.0, 0)
    if closing < 0:
        return
    most_left = kinds[closing].weight * bins.upper[kinds[closing].stop]
    closed, n_flips, raised = 0.0, 0, 0.0
    for k in range(3):
        kind = kinds[k]
        # of what was taken, some may close less than what was not
        while kind.stop > 0 and kind.weight * bins.upper[kind.stop] < most_left:
            kind.stop -= 1
        kind.taken = kind.stop
        for b in range(kind.taken):
            n, total = _cell(both, own, changes, k, b, loser, target)
            n_flips += n
            closed += kind.weight * total
            raised += total if k != _LOSER else 0.0
    # on from there, by the least that their rows close: all that close as much as the last of these are enough
    closing, _, at_most = _take_bins(row, training, rules, loser, target, race, 1, closed, n_flips)
    least_needed = 0.0
    if closing >= 0:
        least_needed = kinds[closing].weight * bins.upper[kinds[closing].stop + 1]
        at_most += _cell(both, own, changes, closing, kinds[closing].stop, loser, target)[0]
        if at_most <= racer.known:
            racer.flips = at_most
            _note_other_gaps(race, rules, target, raised)
            return
    for kind in kinds:
        while kind.stop < last and kind.weight * bins.upper[kind.stop] > least_needed:
            kind.stop += 1
    n_listed = _list_rows(order, row, training, rules, loser, target, race)
    closed, n_selected = select_largest(order, n_listed, racer.needed, racer.strict, closed)
    racer.flips, racer.closed, racer.steps = n_flips + n_selected, closed, n_selected
    racer.keeps_a_row = racer.flips < racer.n_rows or _keeps_a_row(order, row, training, rules, loser, target, race)
    if race.also_closed.shape[0] > 0:
        for p in range(n_selected):
            raised += abs(row[order.rows[p] >> 2]) if order.rows[p] & 3 != _LOSER else 0.0
        _note_other_gaps(race, rules, target, raised)


@compiled_part
def reaches(closed, needed, strict):
    return closed > needed or (closed == needed and not strict)


@njit(inline="always")
def _cell(both, own, changes, kind, b, loser, target):
    """How many rows of a kind a bin has, and the sum of their |a|."""
    n, total = rows_of_both(both, own, b, loser, target)
    if kind == _TARGET:
        n, total = changes[b, RAISING, target].n - n, changes[b, RAISING, target].sum - total
    elif kind == _LOSER:
        n, total = changes[b, LOWERING, loser].n - n, changes[b, LOWERING, loser].sum - total
    return n, total if n > 0 else 0.0


@compiled_part
def _take_bins(row, training, rules, loser, target, race, edge, closed, n_flips):
    """Take whole bins, the largest first, by their upper (0) or lower (1) edges, up to the one that closes the gap.

    Returns the kind of that one, -1 if there is none, what the bins before it close, and how many rows they have.
    """
    bins, kinds = race.apart
    both, own, changes, upper, last, filled = (
        bins.both,
        bins.own,
        bins.changes,
        bins.upper,
        n_used(bins),
        n_filled(bins),
    )
    needed, strict, restricted = race.classes[target].needed, race.classes[target].strict, rules.allowed.shape[0] > 0
    while True:
        best, most = -1, -1.0
        for k in range(3):
            if kinds[k].stop < last:
                edge_of_kind = kinds[k].weight * upper[kinds[k].stop + edge]
                if edge_of_kind > most:
                    best, most = k, edge_of_kind
        if best < 0:
            return best, closed, n_flips
        b = kinds[best].stop
        if b >= filled and not (restricted and best == _BOTH):
            fill_changes(bins, row, training, rules, b)
            filled = n_filled(bins)
        n, total = _cell(both, own, changes, best, b, loser, target)
        if n > 0:
            more = closed + kinds[best].weight * total
            if more > needed or (more == needed and not strict):
                return best, closed, n_flips
            closed = more
            n_flips += n
        kinds[best].stop = b + 1


@njit(inline="always")
def _is_of_kind(kind, a, label, i, allowed, loser, target):
    """Whether row i, of weight a, closes the gap in this way; without a branch that nobody can predict."""
    may_raise, may_lower = True, True
    if allowed.shape[0] > 0:
        may_raise, may_lower = allowed[i, target], allowed[i, loser]
    raises = ((a > 0.0) & (label != target) & may_raise) | ((a < 0.0) & (label == target))
    lowers = ((a < 0.0) & (label != loser) & may_lower) | ((a > 0.0) & (label == loser))
    return (raises == (kind != _LOSER)) & (lowers == (kind != _TARGET))


@compiled_part
def _list_rows(order, row, training, rules, loser, target, race):
    """List the rows of bins of which only some are flipped, as ``4 * row + kind``; returns how many they are."""
    bins, kinds = race.apart
    keys, listed, rows, labels, allowed = order.keys, order.rows, bins.rows, training.labels, rules.allowed
    place = np.uint64(0)  # an index that cannot count from the back takes no check whether it does
    for k in range(3):
        weight = kinds[k].weight
        for p in range(bins.starts[kinds[k].taken], bins.starts[kinds[k].stop]):
            i = np.int64(rows[p])
            keys[place] = weight * abs(row[i])
            listed[place] = 4 * i + k
            place += np.uint64(_is_of_kind(k, row[i], labels[i], i, allowed, loser, target))
    return np.int64(place)


@compiled_part
def select_largest(order, end, needed, strict, closed):
    """Bring the largest of the listed amounts to the front, as many as close the gap; returns their sum and number."""
    keys, rows, first = order.keys, order.rows, 0
    while end - first > SHORT:
        middle = partition(keys, rows, first, end)
        total = closed
        for p in range(first, middle):
            total += keys[p]
        if reaches(total, needed, strict):
            end = middle
        else:
            first, closed = middle, total
    sort_short(order, first, end)
    while first < end:
        closed += keys[first]
        first += 1
        if reaches(closed, needed, strict):
            break
    return closed, first


@compiled_part
def _keeps_a_row(order, row, training, rules, loser, target, race):
    """Whether the target has a row after the flips: it gets one, or does not lose all of its own."""
    bins, kinds = race.apart
    rows, labels, n_left = bins.rows, training.labels, race.classes[target].n_rows
    for k in (_BOTH, _TARGET):
        for p in range(bins.starts[kinds[k].taken]):
            i = np.int64(rows[p])
            if _is_of_kind(k, row[i], labels[i], i, rules.allowed, loser, target):
                if row[i] > 0.0:
                    return True
                n_left -= 1
    for s in range(race.classes[target].steps):
        if order.rows[s] & 3 != _LOSER:
            if row[order.rows[s] >> 2] > 0.0:
                return True
            n_left -= 1
    return n_left > 0


@compiled_part
def _note_other_gaps(race, rules, target, raised):
    """The flips close the gap of any other class at least by what they raise: no row needs to become that class."""
    for j in range(race.also_closed.shape[0]):
        race.also_closed[target, j] = rules.score_weight[target] * raised


@compiled_part
def let_through_for_nothing(race, target):
    """A class that needs nothing closed takes any one flip: a tie but for rounding, or its first row puts it ahead."""
    racer = race.classes[target]
    if racer.needed < 0.0 or (racer.needed == 0.0 and not racer.strict):
        racer.flips, racer.closed, racer.steps = 1, 0.0, 0
        racer.keeps_a_row = racer.n_rows > 0
        for j in range(race.also_closed.shape[0]):
            race.also_closed[target, j] = -np.inf


@compiled
def flipped_rows(order, row, training, rules, loser, target, race):
    """The rows that the last class to run flips, those that close most first; none if any flip would do."""
    bins, kinds = race.apart
    labels, n, n_selected = training.labels, 0, race.classes[target].steps
    flips = np.empty(race.classes[target].flips if n_selected > 0 else 0, dtype=np.int64)
    amounts = np.empty(flips.shape[0])
    for k in range(3):
        for p in range(bins.starts[kinds[k].taken] if n_selected > 0 else 0):
            i = np.int64(bins.rows[p])
            if _is_of_kind(k, row[i], labels[i], i, rules.allowed, loser, target):
                flips[n], amounts[n] = i, kinds[k].weight * abs(row[i])
                n += 1
    for s in range(n_selected):
        i, kind = order.rows[s] >> 2, order.rows[s] & 3
        flips[n + s], amounts[n + s] = i, kinds[kind].weight * abs(row[i])
    return flips[np.argsort(-amounts, kind="mergesort")]
