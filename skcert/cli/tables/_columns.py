"""How a column is read: as numbers, as categories, or not at all. The training table decides, for all tables.

A column's cells are an array of floats, NaN where one is empty, if the file has types and says so; otherwise a list
of text, "" where one is empty. What is decided depends on what cells say, so that files with types and without give
the same.
"""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np

from ._missing import EMPTY_WORDS, MISSING, means_no_value
from ._numbers import MOST, Style, has_codes, is_share, like_thousands, number, plain_numbers, possible_styles
from ._useless import reason_to_leave_out
from ._words import some

NUMBER, CATEGORY, LEFT_OUT = "number", "category", "left out"

_SOME = 0.2  # of its cells are numbers, so that it is worth saying that a column is not
_FEW = 20  # different numbers, besides other text, that may well be codes
_SHOWN = 3  # cells that a message lists
_TRUTH = frozenset({"true", "false", "yes", "no"})
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d|-?\d+ days?)?(?:(?(day)[ T])\+?(?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


class Options(NamedTuple):
    """What the user says about columns."""

    keep: tuple[str, ...] = ()
    """Columns that are not left out."""
    category: tuple[str, ...] = ()
    """Columns that are categories, whatever they look like."""
    missing: tuple[str, ...] = ()
    """Cells that are empty, in addition to the usual ones."""
    decimal: str | None = None
    drop: tuple[str, ...] = ()
    """Columns that are left out."""
    id: str | None = None
    """The column that names rows, which is no feature."""

    def of(self, names):
        """The same, where a name that no column has may be several with commas between them."""

        def apart(given):
            return tuple(part for name in given for part in ([name] if name in names else _between_commas(name)))

        return self._replace(keep=apart(self.keep), category=apart(self.category), drop=apart(self.drop))


class Column(NamedTuple):
    """How one column is read."""

    name: str
    kind: str
    notes: tuple[str, ...] = ()
    """What a user may want to know about it; why it is left out."""
    style: Style | None = None
    """How numbers are written."""
    folded: bool = False
    """Whether upper and lower case are the same, as in columns of true and false."""
    known: frozenset = frozenset()
    """The categories of the training table."""


class Unclear(ValueError):
    """A column that can be read in more than one way."""


def decide(name, cells, options):
    """How a column of the training table is read.

    Parameters
    ----------
    name : str
    cells : ndarray of floats, or list of str
    options : Options

    Returns
    -------
    column : Column
    values : ndarray or None
        Floats, or categories; None if the column is left out.

    Raises
    ------
    Unclear
    """
    column, values = _decided(name, _emptied(cells, options), options)
    useless = None if name in options.keep else reason_to_leave_out(name, values, column.kind == NUMBER)
    if useless is not None:
        return Column(name, LEFT_OUT, (useless,)), None
    return (column._replace(known=frozenset(values)) if column.kind == CATEGORY else column), values


def read(column, cells, options):
    """A column of another table, read as decided.

    Parameters
    ----------
    column : Column
        Not left out.
    cells : ndarray of floats, or list of str
    options : Options

    Returns
    -------
    values : ndarray
        Floats, or categories.
    notes : list of str

    Raises
    ------
    Unclear
    """
    cells = _emptied(cells, options)
    if column.kind == CATEGORY:
        return _known_categories(column, _categories(cells, column.folded))
    if isinstance(cells, np.ndarray):
        if column.style is not None and is_share(column.style):
            raise Unclear(f"is {_notes_on_style(column.style)[-1]} in the training table, but has plain numbers here.")
        return cells, []
    plain = plain_numbers(cells) if column.style is None else None
    if plain is not None:
        return plain, []
    present = _present(cells)
    values = {cell: number(cell, column.style or Style(".")) for cell in present}
    odd = [cell for cell, value in values.items() if value is None and not means_no_value(cell)]
    if odd:
        raise Unclear(
            f"is numeric in the training table{_style_in_words(column.style)}, but has {some(odd, _SHOWN)} here. "
            + _remedies(column.name, odd)
        )
    codes = [cell for cell in present if has_codes([cell])]
    notes = [f"{some(codes, _SHOWN)} read as numbers, as in the training table"] if codes else []
    return _looked_up(cells, values), notes + _notes_on_gaps(cells, values)


def _between_commas(text):
    return [part.strip() for part in text.split(",")]


def _decided(name, cells, options):
    if name in options.category:
        return Column(name, CATEGORY, ("--category",)), _categories(cells)
    if isinstance(cells, np.ndarray):
        return Column(name, NUMBER), cells
    plain = None if options.decimal == "," else plain_numbers(cells)
    if plain is not None:
        grouped = None if options.decimal else like_thousands(cells)
        notes = (f"{grouped!r} read with a decimal point (--decimal ,)",) if grouped else ()
        return Column(name, NUMBER, notes), plain
    present = _present(cells)
    if has_codes(present):
        return Column(name, CATEGORY, ("codes with leading zeros or many digits",)), _categories(cells)
    if {cell.lower() for cell in present} <= _TRUTH:
        return Column(name, CATEGORY, folded=True), _categories(cells, folded=True)
    candidates = [cell for cell in present if not means_no_value(cell)]
    styles, parsed = possible_styles(candidates, options.decimal)
    among = dict(zip(candidates, parsed))
    n_numbers = sum(present[cell] for cell in candidates if among[cell])
    share = n_numbers / max(sum(present[cell] for cell in candidates), 1)
    odd = [cell for cell in candidates if not among[cell]]
    if share < MOST or (odd and len(candidates) - len(odd) <= _FEW):
        notes = (f"{share:.0%} of the cells are numbers, but not {some(odd, _SHOWN)}",) if share >= _SOME else ()
        return Column(name, CATEGORY, notes), _categories(cells)
    _check_clear(name, candidates, styles, odd)
    style = None if styles[0] == Style(".") else styles[0]
    values = {cell: number(cell, styles[0]) for cell in present}
    notes = [*_notes_on_style(style), *_notes_on_gaps(cells, values)]
    return Column(name, NUMBER, tuple(notes), style), _looked_up(cells, values)


def _check_clear(name, candidates, styles, odd):
    """Unclear if some cells, `odd`, are no numbers, or if it is not known which numbers they are."""
    if odd:
        raise Unclear(f"looks numeric, but has {some(odd, _SHOWN)}. {_remedies(name, odd)}")
    if len(styles) > 1:
        cell = next(cell for cell in candidates if number(cell, styles[0]) != number(cell, styles[1]))
        raise Unclear(
            f"has {cell!r}, which may mean {number(cell, styles[0]):.15g} or {number(cell, styles[1]):g}. "
            "Say which mark separates decimals: --decimal . or --decimal ,"
        )


def _emptied(cells, options):
    """The cells, without those that the user takes for empty."""
    if not options.missing:
        return cells
    if isinstance(cells, np.ndarray):
        return np.where(np.isin(cells, _as_numbers(options.missing)), np.nan, cells)
    empty = words_in(cells, options.missing)
    return ["" if cell in empty else cell for cell in cells]


def words_in(cells, words):
    """The cells that are one of the words, or the same number; as a set of text."""
    if isinstance(cells, np.ndarray):
        cells = text_of_numbers(np.unique(cells))
    numbers = _as_numbers(words)
    found = set()
    for cell in set(cells):
        text = cell.strip()
        if text in words or (numbers and number(text, Style(".")) in numbers):
            found.add(cell)
    return found


def _as_numbers(words):
    return [value for word in words if (value := number(word, Style("."))) is not None]


def _remedies(name, odd):
    return (
        f"Correct these cells, or read them as empty (--missing={odd[0]!r}), or the column as categories "
        f"(--category {name!r})."
    )


def _present(cells):
    """How often each cell occurs that is not empty, without blanks around it, in order of appearance."""
    counts: Counter[str] = Counter()
    for cell, count in Counter(cells).items():
        if cell.strip() not in EMPTY_WORDS:
            counts[cell.strip()] += count
    return counts


def _looked_up(cells, values):
    """Floats of cells; NaN for those that have none."""
    numbers = {cell: values.get(cell.strip()) for cell in dict.fromkeys(cells)}
    return np.array([np.nan if numbers[cell] is None else numbers[cell] for cell in cells], dtype=np.float64)


def _categories(cells, folded=False):
    """The category of each cell, as an array of text."""
    if isinstance(cells, np.ndarray):
        cells = text_of_numbers(cells)
    names = {}
    for cell in dict.fromkeys(cells):
        text = cell.strip()
        names[cell] = MISSING if text in EMPTY_WORDS else _canonical(text.lower() if folded else text)
    return np.array([names[cell] for cell in cells], dtype=object)


def _known_categories(column, values):
    """The categories, where unknown numbers are the known one of the same value; and what remains unknown."""
    meant = {}
    by_number: dict[float | None, list[str]] = {}
    for name in column.known:
        by_number.setdefault(number(name, Style(".")), []).append(name)
    by_number.pop(None, None)
    for value in set(values) - column.known - {MISSING}:
        alike = by_number.get(number(value, Style(".")), [])
        if len(alike) == 1:
            meant[value] = alike[0]
    values = np.array([meant.get(value, value) for value in values], dtype=object)
    unknown = [value for value in values if value not in column.known and value != MISSING]
    if not unknown:
        return values, []
    rows = "1 row" if len(unknown) == 1 else f"{len(unknown)} rows"
    which = "all rows" if len(unknown) == len(values) and len(values) > 1 else rows
    return values, [f"{which} with categories that the training table lacks, such as {some(unknown[:1])}"]


def _canonical(text):
    """One text for a date, a time or a duration: libraries add zeros to all cells of a column if one needs them."""
    match = _TIME.fullmatch(text)
    if match is None or not (match["day"] or match["time"]):
        return text
    time = match["time"] or ""
    time = time.rstrip("0").rstrip(".") if "." in time else time
    if match["day"] and time in ("00:00", "00:00:00"):
        time = ""
    return " ".join(filter(None, (match["day"], time))) + (match["zone"] or "")


def text_of_numbers(values):
    """Floats as text: whole numbers without a point; "" for NaN."""
    return ["" if np.isnan(x) else str(int(x)) if x.is_integer() else repr(x) for x in values.tolist()]


def _notes_on_style(style):
    if style is None:
        return []
    notes = []
    if style.decimal == ",":
        notes.append("decimal commas")
    if style.thousands is not None:
        notes.append(f"thousands separated by {style.thousands[0]!r}")
    if style.unit is not None:
        notes.append(f"in {style.unit}")
    return notes


def _style_in_words(style):
    notes = _notes_on_style(style)
    return f" ({', '.join(notes)})" if notes else ""


def _notes_on_gaps(cells, values):
    """Which cells that are not empty were read as if they were."""
    odd = [cell for cell, value in values.items() if value is None]
    if not odd:
        return []
    count = sum(cell.strip() in odd for cell in cells)
    return [f"{count} {'cell' if count == 1 else 'cells'} {some(odd, _SHOWN)} read as missing"]
