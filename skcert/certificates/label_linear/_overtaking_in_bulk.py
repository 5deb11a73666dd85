"""How many flips it takes each class to overtake one, among very many rows: whole bins of rows at a time.

The same amounts as in `_overtaking`, for training rows that are all alike: none is trusted, and there are no rules. A
row is in a *cell* by the size of |a|, in bins of a sixteenth of an octave, by the sign of a and by its label. One pass
over the rows counts and adds up each cell. As doubles count twice, those of a bin are mixed with the singles of the
bin an octave further up, and with no others; together they are a *level*. So it is known how many flips take all
amounts down to a level, and what they close. From the level in which the gap closes, the largest amounts are selected;
one pass lists the rows in such levels for all classes that are to overtake the same one.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled_part
from ...results import UNBOUNDED
from ._bins import CELL
from ._order import Order, new_order
from ._overtaking_by_rules import let_through_for_nothing, reaches, select_largest

_FEWEST_ROWS = 2**15  # from which it pays, also where few flips are enough ...
_FEWEST_OF_CLASS = 3 * 2**10  # ... and from how many for each class, all of which have cells
_MOST_CLASSES = 64  # cells of more than twice as many would not fit a uint16

_OCTAVE = 16  # bins
_N_BINS = 16 * _OCTAVE  # the last one has all that is smaller
_SHIFT = 48  # bits of a double below the sixteenths of an octave
_SIZE = 0x7FFFFFFFFFFFFFFF  # all bits but the sign


class Bulk(NamedTuple):
    """Made once by `new_bulk`, and used again from row to row.

    In a bin, rows of class c are in cell c if a > 0, in cell ``n_classes + c`` if a < 0. Two more cells are the sums
    of each of these halves.
    """

    cell_of: np.ndarray
    """(n_train,): where the cell of each row is in ``larger``, flat."""
    larger: np.ndarray
    """(n_bins + 2, 2 n_classes + 2): a `CELL` for the rows of all bins before this one. After the last bin, there are
    rows that weigh nothing."""
    places: np.ndarray
    """The same shape: where the rows of each cell of the bin before this one end in ``sizes``; -1 if they are not
    listed."""
    sizes: np.ndarray
    """(n_train,): |a| of the rows that are listed, cell by cell."""
    scores: np.ndarray
    """(n_classes,): sums of label weights."""
    unclear: np.ndarray
    """(1,): whether it hangs on the order of equal amounts if some class has a row after the flips."""
    order: Order
    """Workspace: rows that are listed, and amounts from which the largest are selected."""


def new_bulk(training, n_classes):
    """A `Bulk` for these rows, None where it does not pay or rows are not all alike."""
    n, shape = training.labels.shape[0], (_N_BINS + 2, 2 * n_classes + 2)
    if training.flippable.shape[0] < n or n_classes > _MOST_CLASSES:
        return None
    if n < max(_FEWEST_ROWS, _FEWEST_OF_CLASS * n_classes):
        return None
    return Bulk(
        cell_of=np.empty(n, dtype=np.uint16),
        larger=np.empty(shape, dtype=CELL),
        places=np.empty(shape, dtype=np.int32),
        sizes=np.empty(n),
        scores=np.empty(n_classes),
        unclear=np.zeros(1, dtype=bool),
        order=new_order(n),
    )


@compiled_part
def start_bulk(bulk, row, labels, classes):
    """Forget the row before; put the rows of this one in cells, and add up these and the scores of the classes."""
    cell_of, scores, n_classes = bulk.cell_of, bulk.scores, classes.shape[0]
    cells, per_bin = bulk.larger.reshape(-1), 2 * n_classes + 2
    _find_cells(cell_of, row, labels, n_classes)
    for cell in cells:
        cell.n, cell.sum = 0, 0.0
    scores[:], bulk.unclear[0] = 0.0, False
    for i in range(row.shape[0]):
        cell = cells[np.uint64(cell_of[i])]  # an index that cannot count from the back takes no check whether it does
        cell.n += 1
        cell.sum += abs(row[i])
        scores[np.uint64(labels[i])] += row[i]
    for c in range(n_classes):
        classes[c].score = scores[c]
    for k in range(per_bin, cells.shape[0]):
        half = k % per_bin // n_classes
        if half < 2:
            both = cells[k - k % per_bin + 2 * n_classes + half]
            both.n += cells[k].n
            both.sum += cells[k].sum
        cells[k].n += cells[k - per_bin].n
        cells[k].sum += cells[k - per_bin].sum


@compiled_part
def _find_cells(cell_of, row, labels, n_classes):
    """The cell of each row, from the bits of its weight: the exponent, and four more."""
    bits, largest = row.view(np.int64), 0
    for i in range(row.shape[0]):
        largest = max(largest, bits[i] & _SIZE)
    top = largest >> _SHIFT
    for i in range(row.shape[0]):
        size = bits[i] & _SIZE
        b = min(top - (size >> _SHIFT), _N_BINS - 1) if size > 0 else _N_BINS
        cell_of[i] = (b + 1) * (2 * n_classes + 2) + np.int64(row[i] < 0.0) * n_classes + labels[i]


@compiled_part
def overtake_in_bulk(row, loser, more, ties_count, race, bulk):
    """As `overtake`, no more closely than is asked."""
    classes, also_closed, n_open = race.classes, race.also_closed, 0
    for c in range(classes.shape[0]):
        racer = classes[c]
        racer.racing = False
        if not racer.runs:
            continue
        racer.needed = classes[loser].score - racer.score + more
        racer.strict = ties_count and c > loser
        racer.flips = UNBOUNDED
        racer.steps = _closing_level(bulk.larger, racer.needed, racer.strict, loser, c)
        if racer.steps == _N_BINS:
            let_through_for_nothing(race, c)
            continue
        n_flips, _, _, raised = _down_to(bulk.larger, racer.steps + 1, loser, c)
        racer.racing = n_flips > racer.known
        n_open += racer.racing
        if not racer.racing:
            racer.flips = n_flips
            for j in range(also_closed.shape[0]):
                also_closed[c, j] = raised
    if n_open > 0:
        _list_sizes(row, loser, classes, bulk)
    for c in range(classes.shape[0]):
        if classes[c].racing:
            _select(loser, c, race, bulk)


@njit(inline="always")
def _bins_of_singles(level):
    """The bins whose singles are in a level; the last level has all that are left."""
    return max(level - _OCTAVE, 0), max(level + 1 - _OCTAVE, 0) if level < _N_BINS - 1 else _N_BINS


@compiled_part
def _down_to(larger, level, loser, target):
    """Of the flips that take all amounts of the levels before this one: how many they are, and what they close.

    Also how many of them give the target a row, and how far they raise its score.
    """
    n_classes = (larger.shape[1] - 2) // 2
    of_loser, of_target = larger[level, loser], larger[level, n_classes + target]
    singles = larger[_bins_of_singles(level - 1)[1]]
    n_up, up = singles[2 * n_classes].n, singles[2 * n_classes].sum
    n_down, down = singles[2 * n_classes + 1].n, singles[2 * n_classes + 1].sum
    for c in (loser, target):
        n_up, up = n_up - singles[c].n, up - singles[c].sum
        n_down, down = n_down - singles[n_classes + c].n, down - singles[n_classes + c].sum
    doubles = of_loser.sum + of_target.sum
    n = of_loser.n + of_target.n + n_up + n_down
    return n, 2.0 * doubles + (up + down), n_up + of_loser.n, doubles + up


@compiled_part
def _closing_level(larger, needed, strict, loser, target):
    """The level in which the gap closes, by at least one flip; the number of levels if there is none."""
    first, end = 0, _N_BINS
    while first < end:
        middle = (first + end) // 2
        n, closed, _, _ = _down_to(larger, middle + 1, loser, target)
        if n > 0 and reaches(closed, needed, strict):
            end = middle
        else:
            first = middle + 1
    return first


@compiled_part
def _list_sizes(row, loser, classes, bulk):
    """List |a| of all rows in cells of which some class flips only a part."""
    cell_of, sizes, rows, per_bin, n = bulk.cell_of, bulk.sizes, bulk.order.rows, bulk.larger.shape[1], 0
    bulk.places[:] = -1
    for c in range(classes.shape[0]):
        if classes[c].racing:
            first, stop = _bins_of_singles(classes[c].steps)
            bulk.places[first + 1 : stop + 1] = 0
            bulk.places[classes[c].steps + 1, loser] = 0
            bulk.places[classes[c].steps + 1, classes.shape[0] + c] = 0
    cells, places = bulk.larger.reshape(-1), bulk.places.reshape(-1)
    for k in range(per_bin, places.shape[0]):
        if places[k] == 0 and k % per_bin < per_bin - 2:
            places[k] = n
            n += cells[k].n - cells[k - per_bin].n
    n_listed = np.uint64(0)
    for i in range(row.shape[0]):
        # written in any case, kept if in such a cell: quicker than a branch that nobody can predict
        rows[n_listed] = i
        n_listed += np.uint64(places[np.uint64(cell_of[i])] >= 0)
    for p in range(n):
        k = cell_of[rows[p]]
        sizes[places[k]] = abs(row[rows[p]])
        places[k] += 1


@compiled_part
def _select(loser, target, race, bulk):
    """Flip the largest amounts of the level in which the gap closes, and all of those before."""
    racer, order, larger, n_classes, n = race.classes[target], bulk.order, bulk.larger, race.classes.shape[0], 0
    level = racer.steps
    n_flips, closed, n_got, raised = _down_to(larger, level, loser, target)
    for k in range(2 * n_classes):
        first, stop = _bins_of_singles(level)
        is_double = k == loser or k == n_classes + target
        if is_double:
            first, stop = level, level + 1
        elif k == target or k == n_classes + loser:
            continue
        for b in range(first, stop):
            end = bulk.places[b + 1, k]
            for p in range(end - larger[b + 1, k].n + larger[b, k].n, end):
                order.keys[n] = bulk.sizes[p] * (2.0 if is_double else 1.0)
                order.rows[n] = k
                n += 1
    closed, n_selected = select_largest(order, n, racer.needed, racer.strict, closed)
    for p in range(n_selected):
        k, amount = order.rows[p], order.keys[p]
        raised += 0.5 * amount if k == loser or k == n_classes + target else amount if k < n_classes else 0.0
    racer.flips, racer.closed = n_flips + n_selected, closed
    racer.keeps_a_row = n_got > 0 or larger[level + 1, n_classes + target].n < racer.n_rows
    bulk.unclear[0] |= racer.known == 0 and not racer.keeps_a_row
    for j in range(race.also_closed.shape[0]):
        race.also_closed[target, j] = raised
