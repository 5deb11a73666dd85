"""How many flips it takes each class to overtake one class that leads: a single walk down the order of |a|.

For target c to overtake the class that is to lose, the gap ``f_loser - f_c`` has to close. Relabelling row i closes
it by ``2 |a_i|`` ("double") if the row is of the loser with a_i > 0 or of c with a_i < 0, by ``|a_i|`` ("single") if
it is of a third class, and by nothing otherwise. The least number of flips takes these amounts from the largest down.

All targets share one walk, because they share nearly all amounts. Doubles of the loser close every gap; a single
closes every gap but that of its own class; a double of class c closes the gap of c alone. So one sum holds what is
common to all, and each target keeps what remains: what the common sum has to reach. Nothing is compared until it
reaches the least of them. The walk goes down the order of |a| once for doubles and once for singles at the same time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ...results import UNBOUNDED
from ._bins import start_bins
from ._order import SORTED, extend_order, start_order
from ._overtaking_by_rules import Walk, new_walk, overtake_by_rules
from ._overtaking_in_bulk import overtake_in_bulk


class Race(NamedTuple):
    """What `overtake` is asked, what it answers, and its workspace."""

    classes: np.ndarray
    """(n_classes,): records of `CLASS`."""
    also_closed: np.ndarray
    """(n_classes, n_classes), or no rows: ``also_closed[c, j]`` is by how much the flips with which class c overtakes
    close the gap between class j and it, at least."""
    net: np.ndarray
    """(n_classes,): what the singles among a class's own rows do to its score."""
    walk: np.ndarray
    """(2 n_flippable,): ``2 * row`` for each step, plus 1 if it was a double; nothing in bulk, where nobody walks."""
    racers: np.ndarray
    """(n_classes,): the classes that have not overtaken yet."""
    apart: Walk | None
    """By rules, what each class walks with."""


def new_race(classes, training, rules, paired, bulk=None):
    """Arrays for `overtake`; ``also_closed`` has rows only if `paired`, and there is no walk with a `Bulk`."""
    n_classes, n_flippable = classes.shape[0], training.flippable.shape[0]
    return Race(
        classes=classes,
        also_closed=np.empty((n_classes if paired else 0, n_classes)),
        net=np.empty(n_classes),
        walk=np.empty(2 * n_flippable if bulk is None else 0, dtype=np.int64),
        racers=np.empty(n_classes, dtype=np.int64),
        apart=new_walk(training, rules),
    )


@compiled_part
def start_race(order, row, training, rules, race):
    """Forget the test row before."""
    if rules is None:
        start_order(order, row, training.flippable)
    else:
        start_bins(race.apart.bins, row, training)


@compiled_part
def overtake(order, row, training, rules, loser, more, ties_count, race, bulk):
    """Least flips, at least one, with which each of the classes that run comes before `loser`.

    Parameters
    ----------
    order : Order or None
        Order of |a|, started by `start_race`, and sorted further here; by rules, workspace; None in bulk.
    row : ndarray of shape (n_train,)
        Label weights.
    training : TrainingRows
    rules : Rules or None
    loser : int
        Class to overtake; it does not run itself.
    more : float
        What has to be closed beyond the gap, or, if negative, less than it.
    ties_count : bool
        Whether a tie is not enough for classes of a larger index than `loser`.
    race : Race
        Filled in for the classes that run.
    bulk : Bulk or None
        What takes the place of the walk, started by `start_bulk`.
    """
    if order is not None:
        if rules is None:
            _overtake_together(order, row, training, loser, more, ties_count, race)
        else:
            overtake_by_rules(order, row, training, rules, loser, more, ties_count, race)
    if bulk is not None:
        overtake_in_bulk(row, loser, more, ties_count, race, bulk)


@compiled_part
def _overtake_together(order, row, training, loser, more, ties_count, race):
    """The walk that all targets share."""
    classes, net, walk, keys, tags = race.classes, race.net, race.walk, order.keys, order.tags
    n, n_sorted = training.flippable.shape[0], order.state[SORTED]
    n_racers, least = _line_up(loser, more, ties_count, race)
    common, from_loser = 0.0, 0.0  # what common flips close, and the part of it that the loser's own rows make
    n_common = 0
    single, double, n_steps = 0, 0, 0  # positions in the order, and in the walk
    while n_racers > 0:
        # the next single: a row of another class
        by_single = 0.0
        while single < n:
            if single == n_sorted:
                n_sorted = extend_order(order, row, training)
            if tags[single] >> 1 != loser:
                by_single = keys[single]
                break
            single += 1
        # the next double, unless the single closes more than any double from here on
        by_double = 0.0
        while double < n:
            if double == n_sorted:
                n_sorted = extend_order(order, row, training)
            if 2.0 * keys[double] < by_single:
                break
            label, negative = tags[double] >> 1, tags[double] & 1
            if negative == (label != loser) and (label == loser or classes[label].racing):
                by_double = 2.0 * keys[double]
                break
            double += 1
        is_double = by_double > 0.0
        amount = by_double if is_double else by_single
        if amount == 0.0:
            break  # nothing is left that closes any gap
        p = double if is_double else single
        label, negative = tags[p] >> 1, tags[p] & 1
        double += is_double
        single += not is_double
        walk[n_steps] = 2 * order.rows[p] + is_double
        n_steps += 1
        if is_double and label != loser:
            classes[label].remaining -= amount
            classes[label].own_flips += 1
            if classes[label].remaining < least:
                least = classes[label].remaining
        else:
            common += amount
            n_common += 1
            if is_double:
                from_loser += 0.5 * amount
            else:
                classes[label].remaining += amount
                classes[label].own_flips -= 1
                net[label] += -amount if negative else amount
        if common >= least:
            n_racers, least = _let_through(race, n_racers, common, n_common, from_loser, n_steps)
    if n > 0:
        _let_through_for_nothing(race, n_racers)


@njit(inline="always")
def _line_up(loser, more, ties_count, race):
    """Let the classes that run start; returns how many they are, and the common sum that may be enough for one."""
    classes, racers = race.classes, race.racers
    n_racers, least = 0, np.inf
    for c in range(classes.shape[0]):
        racer = classes[c]
        racer.racing = racer.runs
        racer.needed = classes[loser].score - racer.score + more
        racer.strict = ties_count and c > loser
        racer.remaining = racer.needed
        racer.own_flips = 0
        race.net[c] = 0.0
        if racer.runs:
            racer.flips = UNBOUNDED
            racers[n_racers] = c
            n_racers += 1
            least = racer.needed if racer.needed < least else least
    return n_racers, least


@njit(inline="always")
def _let_through(race, n_racers, common, n_common, from_loser, n_steps):
    """Take out the classes that have overtaken by now; returns how many are left, and what may be enough for one."""
    classes, racers, net, also_closed = race.classes, race.racers, race.net, race.also_closed
    r, least = 0, np.inf
    while r < n_racers:
        c = racers[r]
        racer = classes[c]
        lead, flips = common - racer.remaining, n_common + racer.own_flips
        if lead < 0.0 or (lead == 0.0 and racer.strict) or flips == 0:
            least = racer.remaining if racer.remaining < least else least
            r += 1
            continue
        n_racers -= 1
        racers[r] = racers[n_racers]
        racer.racing = False
        racer.flips = flips
        racer.closed = racer.needed + lead
        racer.steps = n_steps
        for j in range(also_closed.shape[0]):
            also_closed[c, j] = racer.closed - from_loser + net[j]
    return n_racers, least


@njit(inline="always")
def _let_through_for_nothing(race, n_racers):
    """A class that needs nothing closed takes any one flip: a tie but for rounding, or its first row puts it ahead."""
    also_closed = race.also_closed
    for r in range(n_racers):
        c = race.racers[r]
        racer = race.classes[c]
        if racer.needed < 0.0 or (racer.needed == 0.0 and not racer.strict):
            racer.flips = 1
            racer.closed = 0.0
            racer.steps = 0
            for j in range(also_closed.shape[0]):
                also_closed[c, j] = -np.inf


@compiled_part
def keeps_a_row(rival, row, training, rules, loser, race):
    """Whether `rival` has a row after the flips with which it has overtaken `loser`."""
    if rules is not None:
        return race.classes[rival].keeps_a_row
    if race.walk.shape[0] == 0:  # in bulk
        return race.classes[rival].keeps_a_row
    labels, walk, racer = training.labels, race.walk, race.classes[rival]
    n_left = racer.n_rows
    if racer.flips < n_left:
        return True
    for s in range(racer.steps):
        step = walk[s]
        label = labels[step >> 1]
        # doubles of other classes and singles of its own close other gaps
        if label == loser or label == rival if step & 1 == 1 else label != rival:
            if row[step >> 1] > 0.0:
                return True
            n_left -= label == rival
    return n_left > 0
