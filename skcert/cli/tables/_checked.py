"""Rows whose labels have been checked: a column that says so, or a list of labels to check that comes back."""

import codecs
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._spreadsheets import unmark_formula
from ._cells import read_cells
from ._columns import text_of_numbers
from ._labels import as_in_training, texts_of
from ._words import columns_there_are, printable, some

LABEL, CHECKED, ROW, KEY = "skcert_label", "skcert_checked", "skcert_row", "skcert_key"
"""Columns of a list: the label where the table has no column of labels; whether somebody has looked at it; the number
of the row in the table, from 0; what the row is known by."""
_YES, _NO = {"true", "yes", "1", "1.0"}, {"false", "no", "0", "0.0"}


class CheckedList(NamedTuple):
    """A list that comes back: for each of its rows the row of the table, the label, and whether that was checked."""

    path: str
    rows: np.ndarray
    labels: list[str]
    checked: np.ndarray


def columns_and_lists(cells, trusted):
    """Which of the names given as ``--trusted`` are columns of the table, and which are files."""
    columns = [name for name in trusted if name in cells.columns]
    files = [name for name in trusted if name not in cells.columns]
    for name in files:
        if not Path(name).exists():
            raise ValueError(
                f"{cells.path} has no column {name!r} (--trusted), and there is no such file; "
                f"{columns_there_are(cells.columns, name)}"
            )
    return columns, files


def trusted_rows(cells, name):
    """The rows where a column is true, as a mask."""
    column = cells.columns[name]
    words = [word.strip().lower() for word in (text_of_numbers(column) if isinstance(column, np.ndarray) else column)]
    odd = list(dict.fromkeys(word for word in words if word not in _YES | _NO))
    if odd:
        raise ValueError(
            f"Column {name!r} of {cells.path} (--trusted) must say true or false, yes or no, 1 or 0 in every row, "
            f"but has {some(odd)}."
        )
    return np.array([word in _YES for word in words])


def row_keys(cells, apart):
    """What each row of a table is known by, no two by the same: a hash of its cells, but for those set apart.

    Rows that are equal but for these are told apart by them, and by their order where they are equal altogether, when
    nothing hangs on which is which.
    """
    keys, own = _digests(cells, cells.columns.keys() - set(apart)), _digests(cells, set(apart))
    shared = {key for key, n in Counter(keys).items() if n > 1}
    keys = [f"{key}-{label}" if key in shared else key for key, label in zip(keys, own)]
    shared, seen = {key for key, n in Counter(keys).items() if n > 1}, Counter[str]()
    for row, key in enumerate(keys):
        if key in shared:
            seen[key] += 1
            keys[row] = f"{key}-{seen[key]}"
    return [f"row-{key}" for key in keys]


def _digests(cells, names):
    parts = [
        text_of_numbers(column) if isinstance(column, np.ndarray) else column
        for name, column in sorted(cells.columns.items())
        if name in names
    ]
    rows = zip(*parts) if parts else [()] * cells.n_rows
    return [hashlib.blake2b(json.dumps(row).encode(), digest_size=6).hexdigest() for row in rows]


def read_list(path, table, apart, label, *, separator=None, encoding=None):
    """A list of labels to check, as `skcert certify` wrote it and somebody went through it.

    Parameters
    ----------
    path : str or path-like
    table : Cells
        The table that the list was made from.
    apart : set of str
        Columns of the table that rows are not known by.
    label : str or None
        The label column.
    separator, encoding : str, default=None
        As of the table; a program that saved the list may have separated its fields in another way.

    Returns
    -------
    found : CheckedList

    Raises
    ------
    ValueError
        If it is no such list, or not one of this table.
    """
    label = LABEL if label is None else label
    cells = _read(path, {label, CHECKED, ROW, KEY}, separator, encoding)
    labels = texts_of(cells, label)
    if None in labels:
        raise ValueError(f"{cells.path} (--trusted) has no label in row {labels.index(None)}, counted from 0.")
    rows = _rows(cells, table, row_keys(table, apart))
    return CheckedList(cells.path, rows, [unmark_formula(name) for name in labels], trusted_rows(cells, CHECKED))


def corrected(labels, classes, lists, trusted):
    """Labels with those of lists, the rows whose labels somebody vouches for, and notes.

    What was checked, in a list or by a column, is what counts: an entry that nobody checked changes no such label.

    Parameters
    ----------
    labels : ndarray of str
        As the table has them.
    classes : ndarray of str
        All labels of the table.
    lists : list of CheckedList
    trusted : ndarray of bool
        Rows that a column of the table vouches for.

    Returns
    -------
    labels : ndarray of str
    trusted : ndarray of bool
    notes : list of str

    Raises
    ------
    ValueError
        For labels that the table never has, and where two labels of a row have been checked.
    """
    changed, trusted, all_notes = labels.astype(object), trusted.copy(), []
    meanings = []
    for found in lists:
        meant, notes, unknown = as_in_training(found.labels, classes)
        if unknown:
            raise ValueError(
                f"{found.path} (--trusted) has labels that the table never has: {some(unknown)}. Its labels are "
                f"{some(classes.tolist())}; correct the list, or enter a new class in the table."
            )
        meanings.append(np.array([meant[name] for name in found.labels], dtype=object))
        all_notes += notes
    for found, meant in zip(lists, meanings):
        rows, wanted = found.rows[found.checked], meant[found.checked]
        twice = np.flatnonzero(trusted[rows] & (changed[rows] != wanted))
        if twice.size:
            row, label = rows[twice[0]], wanted[twice[0]]
            raise ValueError(
                f"{found.path} (--trusted) says that the label of row {row}, counted from 0, was checked and is "
                f"{printable(str(label))!r}, but another list or column vouches for {printable(str(changed[row]))!r}: "
                "look at the row, and correct one of them."
            )
        changed[rows], trusted[rows] = wanted, True
    for found, meant in zip(lists, meanings):
        unchecked = ~found.checked & ~trusted[found.rows]
        changed[found.rows[unchecked]] = meant[unchecked]
        n_changed = int((changed[found.rows] != labels[found.rows]).sum())
        said = f"{_counted(int(found.checked.sum()), 'row')} trusted, {_counted(n_changed, 'label')} changed"
        all_notes.append(f"{found.path}: {said}")
    return np.array(changed.tolist()), trusted, all_notes


def _read(path, needed, separator, encoding):
    """The cells of a list, whatever separates its fields; names of columns as they were.

    A browser, and some spreadsheets, save lists of any table as UTF-8, with a mark that says so.
    """
    problem, readable = None, False
    with open(path, "rb") as file:
        encoding = None if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else encoding
    for mark in dict.fromkeys((separator, ",", ";", "\t")):
        try:
            cells = read_cells(path, separator=mark, encoding=encoding)
        except ValueError as error:
            problem = problem or error
            continue
        cells = cells._replace(columns={unmark_formula(name): column for name, column in cells.columns.items()})
        if needed <= set(cells.columns):
            return cells
        readable = True
    if problem is not None and not readable:
        raise problem
    raise ValueError(
        f"{printable(path)} (--trusted) is neither a column of the table nor a list of labels to check: such a list "
        f"has columns {some(sorted(needed))}. Make one with --report."
    )


def _rows(cells, table, keys):
    """For each row of a list, the row of the table."""
    row_of = {key: row for row, key in enumerate(keys)}
    rows = [row_of.get(key, -1) for key in _texts(cells.columns[KEY])]
    lost = [place for place, row in enumerate(rows) if row < 0]
    if lost or len(set(rows)) < len(rows):
        what = f"{_counted(len(lost), 'row')} that {table.path} lacks, first in row {lost[0]}, counted from 0"
        raise ValueError(
            f"{cells.path} (--trusted) has {what if lost else 'some rows more than once'}. Give the table that it was "
            "made from, with the same --label, --trusted and --annotators; or remove these rows from the list."
        )
    return np.array(rows)


def _texts(column):
    return [text.strip() for text in (text_of_numbers(column) if isinstance(column, np.ndarray) else column)]


def _counted(count, noun):
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
