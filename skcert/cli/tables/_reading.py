"""What a table of training rows decides: which columns are features, and how each of them is read."""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from ._columns import LEFT_OUT, Column, Options, Style, Unclear, decide, read
from ._missing import MISSING
from ._useless import is_index_name
from ._words import columns_there_are, some

# Columns that `skcert certify` adds to a list of labels to check.
OWN_COLUMNS = "skcert_"


class Reading(NamedTuple):
    """All that it takes to read one more table in the same way."""

    path: str
    """The table of training rows."""
    columns: list[Column]
    options: Options
    label: str | None
    apart: list[str]
    """Columns that are no features because options give them another meaning, the labels among them."""
    classes: list[str]

    def as_plain(self):
        """The same in lists, dicts and text, as JSON can hold it."""
        columns = [{**column._asdict(), "known": sorted(column.known)} for column in self.columns]
        return {**self._asdict(), "columns": columns, "options": self.options._asdict()}

    @classmethod
    def from_plain(cls, plain):
        columns = [
            Column(
                name=column["name"],
                kind=column["kind"],
                notes=tuple(column["notes"]),
                style=None if column["style"] is None else Style(*column["style"]),
                folded=column["folded"],
                known=frozenset(column["known"]),
            )
            for column in plain["columns"]
        ]
        given: dict = {
            name: tuple(part) if isinstance(part, list) else part for name, part in plain["options"].items()
        }
        return cls(**{**plain, "columns": columns, "options": Options(**given)})


def decide_columns(cells, apart, options):
    """How each column is read, and the values of those that are features.

    Parameters
    ----------
    cells : Cells
        The table that decides.
    apart : set of str
        Columns that are no features because options give them another meaning.
    options : Options

    Returns
    -------
    columns : list of Column
    values : dict of ndarray
    """
    _check_names(cells, apart, options)
    columns, values = [], {}
    for name, column_cells in cells.columns.items():
        if name in apart:
            continue
        reason = _reason_not_to_look(name, cells, options)
        if reason is not None:
            columns.append(Column(name, LEFT_OUT, (reason,)))
            continue
        with _named(name, cells.path):
            column, values[name] = decide(name, column_cells, options)
        columns.append(column)
    if not columns:
        raise ValueError(f"{cells.path} has no column except the labels; it needs features.")
    if all(column.kind == LEFT_OUT for column in columns):
        reasons = ", ".join(f"{column.name!r} ({column.notes[0]})" for column in columns[:5])
        raise ValueError(
            f"{cells.path} has no feature left: left out are {reasons}. Add a column of features, or use "
            "--keep COLUMN for some of these."
        )
    return columns, values


def _reason_not_to_look(name, cells, options):
    if name == options.id:
        return "--id"
    if name in options.drop:
        return "--drop"
    return "an index" if name in cells.index_names and name not in options.keep else None


def _check_names(cells, apart, options):
    """ValueError for options about columns that do not exist, or that contradict each other."""
    given = {"--keep": options.keep, "--category": options.category, "--drop": options.drop}
    given["--id"] = () if options.id is None else (options.id,)
    seen: dict[str, str] = {}
    for option, names in given.items():
        for name in names:
            if name in apart:
                raise ValueError(
                    f"{option} {name!r} names the column of --label or --trusted, or one of --annotators, which is no "
                    "feature: give each column one meaning."
                )
            if name not in cells.columns:
                raise ValueError(
                    f"{cells.path} has no column {name!r} ({option}); {columns_there_are(cells.columns, name)}"
                )
            if {seen.setdefault(name, option), option} not in ({option}, {"--keep", "--category"}):
                raise ValueError(
                    f"Column {name!r} is named by {seen[name]} and by {option}, which contradict each other: leave "
                    "one of them out."
                )
    odd = [name for name in cells.columns if name.startswith(OWN_COLUMNS)]
    if odd:
        raise ValueError(
            f"{cells.path} has a column {odd[0]!r}: skcert writes such columns into lists of labels to check, which "
            "are no tables to train on. Give the table that the list was made from, and the list as --trusted; or "
            "rename the column."
        )


def read_as_decided(cells, reading, id_column=None):
    """The columns of another table.

    Parameters
    ----------
    cells : Cells
    reading : Reading
    id_column : str, default=None
        A column that names rows, if the table that decided had none of this name.

    Returns
    -------
    columns : list of Column
        With notes on what is odd about this table.
    values : dict of ndarray
    """
    apart = {*reading.apart, id_column}
    wanted = {column.name for column in reading.columns}
    missing = [
        column.name for column in reading.columns if column.kind != LEFT_OUT and column.name not in cells.columns
    ]
    extra = [
        name
        for name in cells.columns
        if name not in wanted and name not in apart and name not in cells.index_names and not is_index_name(name)
    ]
    if missing or extra:
        raise ValueError(
            f"{cells.path} must have the feature columns of {reading.path}: "
            f"missing {some(missing)}, unexpected {some(extra)}."
        )
    values, noted = {}, []
    for column in reading.columns:
        notes = list(column.notes)
        if column.kind != LEFT_OUT:
            with _named(column.name, cells.path):
                values[column.name], more_notes = read(column, cells.columns[column.name], reading.options)
            if _is_empty(values[column.name]):
                more_notes = ["no values"]
            notes += [f"in {cells.path}: {note}" for note in more_notes]
        noted.append(column._replace(notes=tuple(notes)))
    return noted, values


def _is_empty(values):
    return bool((np.isnan(values) if values.dtype.kind == "f" else values == MISSING).all())


@contextmanager
def _named(name, path):
    """Says which column of which file is unclear."""
    try:
        yield
    except Unclear as error:
        raise ValueError(f"Column {name!r} of {path} {error}") from None
