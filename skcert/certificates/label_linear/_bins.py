"""Rows in bins by the size of |a|, and what those of each bin can do to the score of each class.

Relabelling row i raises the score of class c if a_i > 0 and the row may become c, or if a_i < 0 and the row is c's. It
lowers the score of class v if a_i < 0 and the row may become v, or if a_i > 0 and the row is v's. A bin holds a
sixteenth of an octave of |a|, the last one all that is smaller. What rows can do is added up for the largest |a|
first, for several bins at a time: to go through rows in their own order takes half of the time that bin by bin would,
where one sum waits for the other.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part

_MOST_BINS = 255
_FEWEST_BINS = 16
_MOST_CELLS = 2**18  # bins times classes: with many classes, there are fewer bins
_NO_BIN = 255  # of rows that weigh nothing
_SHIFT = 48  # bits of a double below the sixteenths of an octave
_SIZE = 0x7FFFFFFFFFFFFFFF  # all bits but the sign

_FIRST_SHARE = 16  # the first bins to be added up have one in so many rows
_GROWTH = 4

RAISING, LOWERING = 0, 1
_POSITIVE, _NEGATIVE = 0, 1
_USED, _FILLED = 0, 1  # places in `Bins.state`

CELL = np.dtype([("n", np.int64), ("sum", np.float64)], align=True)  # rows, and their |a|


class Bins(NamedTuple):
    """Made once by `new_bins`, and used again from row to row."""

    upper: np.ndarray
    """(n_bins + 1,): bin b holds |a| in ``[upper[b + 1], upper[b])``."""
    starts: np.ndarray
    """(n_bins + 1,): where the rows of each bin start."""
    bin_of: np.ndarray
    """(n_flippable,): the bin of each row that can be flipped."""
    rows: np.ndarray
    """(n_flippable,): the training rows, bin by bin."""
    chosen: np.ndarray
    """(n_flippable + 1,): workspace, places in `flippable` of the rows that are being added up."""
    changes: np.ndarray
    """(n_bins, 2, n_classes): a `CELL` of the rows that can raise the score of a class, and one of those that can
    lower it."""
    both: np.ndarray
    """(n_bins,): of the rows that can raise the target and also lower the loser."""
    own: np.ndarray
    """(n_bins, 2, n_classes): of the rows of a class with positive and with negative weights, if any row may get any
    label; no bins otherwise."""
    options: "Options"
    state: np.ndarray
    """How many bins there are, but for empty ones at the end, and how many of `changes` are filled."""


class Options(NamedTuple):
    """Labels that rows may get, if they are restricted, row by row and class by class."""

    labels: np.ndarray
    """The labels that each row may get, row after row ..."""
    labels_from: np.ndarray
    """(n_train + 1,): ... and where those of each row start."""
    places: np.ndarray
    """Places in `flippable` of the rows that may get a label other than their own, label after label ..."""
    places_from: np.ndarray
    """(n_classes + 1,): ... where those of each label start ..."""
    places_own: np.ndarray
    """... and the labels that these rows have, ascending for each that they may get."""


def new_bins(training, rules):
    """`Bins` for these rows."""
    n_classes, n = rules.score_weight.shape[0], training.flippable.shape[0]
    unrestricted = rules.allowed.shape[0] == 0
    n_bins = min(max(_MOST_CELLS // n_classes, _FEWEST_BINS), _MOST_BINS)
    return Bins(
        upper=np.empty(n_bins + 1),
        starts=np.empty(n_bins + 1, dtype=np.int64),
        bin_of=np.empty(n, dtype=np.uint8),
        rows=np.empty(n, dtype=np.int32),
        chosen=np.empty(n + 1, dtype=np.int32),
        changes=np.empty((n_bins, 2, n_classes), dtype=CELL),
        both=np.empty(n_bins, dtype=CELL),
        own=np.empty((n_bins if unrestricted else 0, 2, n_classes), dtype=CELL),
        options=_list_options(training, rules),
        state=np.zeros(2, dtype=np.int64),
    )


def _list_options(training, rules):
    flippable = training.flippable[: 0 if rules.allowed.shape[0] == 0 else None]
    own = training.labels[flippable]
    may_get = rules.allowed[flippable]
    may_get[np.arange(flippable.shape[0]), own] = False
    places, wanted = np.nonzero(may_get)
    by_label = np.lexsort((own[places], wanted))
    return Options(
        labels=np.nonzero(rules.allowed)[1].astype(np.int32),
        labels_from=np.concatenate([[0], np.cumsum(rules.allowed.sum(axis=1))]),
        places=places[by_label].astype(np.int32),
        places_from=np.concatenate([[0], np.cumsum(may_get.sum(axis=0))]),
        places_own=own[places[by_label]].astype(np.int32),
    )


@compiled_part
def start_bins(bins, row, training):
    """Forget the row before, and put the rows of this one in bins."""
    n_bins = bins.upper.shape[0] - 1
    starts, bin_of, rows, state, flippable = bins.starts, bins.bin_of, bins.rows, bins.state, training.flippable
    _find_bins(bins, row, flippable)
    places = np.zeros(_NO_BIN + 1, dtype=np.int64)
    for f in range(flippable.shape[0]):
        places[bin_of[f]] += 1
    start = 0
    state[_USED], state[_FILLED] = 0, 0
    for b in range(n_bins):
        if places[b] > 0:
            state[_USED] = b + 1
        starts[b] = start
        start += places[b]
        places[b] = starts[b]
    starts[n_bins] = start
    places[_NO_BIN] = start
    for f in range(flippable.shape[0]):
        b = bin_of[f]
        p = places[b]
        rows[p] = flippable[f]
        places[b] = p + 1


@compiled_part
def _find_bins(bins, row, flippable):
    """The bin of each row, from the bits of its weight: the exponent, and four more."""
    n_bins = bins.upper.shape[0] - 1
    bin_of, edges, bits = bins.bin_of, bins.upper.view(np.int64), row.view(np.int64)
    largest = 0
    for i in flippable:
        largest = max(largest, bits[i] & _SIZE)
    top = largest >> _SHIFT
    for f in range(flippable.shape[0]):
        size = bits[flippable[f]] & _SIZE
        bin_of[f] = min(top - (size >> _SHIFT), n_bins - 1) if size > 0 else _NO_BIN
    for b in range(n_bins):
        edges[b] = max(top + 1 - b, 0) << _SHIFT
    bins.upper[n_bins] = 0.0


@njit(inline="always")
def n_used(bins):
    """How many bins there are, but for empty ones at the end."""
    return bins.state[_USED]


@njit(inline="always")
def n_filled(bins):
    """Of how many bins it is known what their rows can do."""
    return bins.state[_FILLED]


@compiled_part
def fill_changes(bins, row, training, rules, wanted):
    """Fill in what the rows of bins can do, down to the one that is wanted or further."""
    state, starts = bins.state, bins.starts
    first, stop = state[_FILLED], wanted + 1
    if stop <= first:
        return
    n_enough = max(starts[state[_USED]] // _FIRST_SHARE, _GROWTH * starts[first])
    while stop < state[_USED] and starts[stop + 1] <= n_enough:
        stop += 1
    n_chosen = _choose(bins, first, stop)
    _clear(bins.changes, first, stop)
    if rules.allowed.shape[0] > 0:
        _add_up_options(bins, row, training, n_chosen)
    else:
        _clear(bins.own, first, stop)
        _add_up_own(bins, row, training, n_chosen)
        _add_up_others(bins, first, stop)
    state[_FILLED] = stop


@compiled_part
def _choose(bins, first, stop):
    """Note which rows are in ``[first, stop)``; returns how many."""
    bin_of, chosen = bins.bin_of, bins.chosen
    place = np.uint64(0)  # an index that cannot count from the back takes no check whether it does
    for f in range(bin_of.shape[0]):
        # written in any case, kept if in a bin: quicker than a branch that nobody can predict
        chosen[place] = f
        place += np.uint64((first <= bin_of[f]) & (bin_of[f] < stop))
    return np.int64(place)


@compiled_part
def _clear(cells, first, stop):
    for b in range(first, stop):
        for which in range(2):
            for c in range(cells.shape[2]):
                cells[b, which, c].n = 0
                cells[b, which, c].sum = 0.0


@compiled_part
def _add_up_options(bins, row, training, n_chosen):
    """Add each row to the cells of the classes that it can raise or lower."""
    chosen, bin_of, changes, (labels, flippable) = bins.chosen, bins.bin_of, bins.changes, training
    options, options_from = bins.options.labels, bins.options.labels_from
    for k in range(n_chosen):
        f = np.int64(chosen[k])
        b, i = bin_of[f], flippable[f]
        size, label, negative = abs(row[i]), labels[i], row[i] < 0.0
        for m in range(options_from[i], options_from[i + 1]):
            # RAISING where a row of weight < 0 can leave the class, or one of weight > 0 can get to it
            cell = changes[b, np.int64(negative != (options[m] == label)), options[m]]
            cell.n += 1
            cell.sum += size


@compiled_part
def _add_up_own(bins, row, training, n_chosen):
    """Add each row to the cells of its own class."""
    chosen, bin_of, own = bins.chosen, bins.bin_of, bins.own
    for k in range(n_chosen):
        f = np.int64(chosen[k])
        a = row[training.flippable[f]]
        cell = own[bin_of[f], np.int64(a < 0.0), training.labels[training.flippable[f]]]
        cell.n += 1
        cell.sum += abs(a)


@compiled_part
def _add_up_others(bins, first, stop):
    """What can raise or lower a class, from the rows of each class: its own of one sign, all others' of the other."""
    own, changes = bins.own, bins.changes
    n_classes = own.shape[2]
    for b in range(first, stop):
        for sign in range(2):  # of the others
            which = RAISING if sign == _POSITIVE else LOWERING
            n, total = 0, 0.0
            for c in range(n_classes):
                cell = changes[b, which, c]
                cell.n, cell.sum = n + own[b, 1 - sign, c].n, total + own[b, 1 - sign, c].sum
                n += own[b, sign, c].n
                total += own[b, sign, c].sum
            n, total = 0, 0.0
            for c in range(n_classes - 1, -1, -1):
                cell = changes[b, which, c]
                cell.n += n
                cell.sum += total
                n += own[b, sign, c].n
                total += own[b, sign, c].sum


@compiled_part
def fill_both(bins, row, training, rules, loser, target):
    """Fill in which rows can raise the target and lower the loser, if rows are restricted.

    These are rows of one that may become the other: the loser's of positive weight, and the target's of negative.
    """
    if rules.allowed.shape[0] == 0:
        return
    both, bin_of, places, own = bins.both, bins.bin_of, bins.options.places, bins.options.places_own
    for b in range(bins.state[_USED]):
        both[b].n, both[b].sum = 0, 0.0
    for sign in (1.0, -1.0):
        has, may_get = (loser, target) if sign > 0.0 else (target, loser)
        first, end = bins.options.places_from[may_get], bins.options.places_from[may_get + 1]
        first, end = first + np.searchsorted(own[first:end], has), first + np.searchsorted(own[first:end], has + 1)
        for k in range(first, end):
            b = bin_of[places[k]]
            if b != _NO_BIN:
                a = sign * row[training.flippable[places[k]]]
                # without a branch, because nobody can predict the sign
                both[b].n += np.int64(a > 0.0)
                both[b].sum += max(a, 0.0)


@njit(inline="always")
def rows_of_both(both, own, b, loser, target):
    """How many rows of a bin can raise the target and lower the loser, and the sum of their |a|."""
    if own.shape[0] == 0:
        return both[b].n, both[b].sum
    positive, negative = own[b, _POSITIVE, loser], own[b, _NEGATIVE, target]
    return positive.n + negative.n, positive.sum + negative.sum
