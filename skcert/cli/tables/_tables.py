"""Two tables, read the way their owner meant them: the training table decides how."""

import json
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from .._spreadsheets import unmark_formula
from ._candidates import Candidates, annotator_labels, only_flips
from ._cells import read_cells, separator_hint
from ._columns import CATEGORY, LEFT_OUT, NUMBER, Column, Options, Unclear, decide, read, text_of_numbers, words_in
from ._labels import test_labels, training_labels
from ._missing import MISSING
from ._useless import is_index_name
from ._words import some

# Squares of larger numbers, as in variances and lengths of rows, may exceed the largest double.
LARGEST = 1e150
# Columns that `skcert certify` adds to a table, which are no features when it comes back.
OWN_COLUMNS = "skcert_"
LEFT_OUT_BEFORE = "skcert_left_out"
_YES, _NO = {"true", "yes", "1", "1.0"}, {"false", "no", "0", "0.0"}


class Table(NamedTuple):
    """One table: features, and what else is known of its rows."""

    path: str
    numbers: np.ndarray
    """Shape (n_rows, n_numbers), NaN where missing."""
    categories: np.ndarray
    """Shape (n_rows, n_categories), text."""
    labels: np.ndarray | None
    """Shape (n_rows,), text; None if there are none."""
    ids: np.ndarray | None
    """Shape (n_rows,), text: names of rows, from an index; None if they have none."""


class Tables(NamedTuple):
    """Both tables, and how they were read."""

    train: Table
    test: Table
    trusted: np.ndarray | None
    """Shape (n_train,), bool: rows whose labels the attacker cannot flip; None if nothing says so."""
    columns: list[Column]
    """All columns of the training table but the labels, in its order."""
    notes: list[str]
    """What may have been meant in another way, besides the notes of columns."""
    candidates: Candidates | None = None
    """The labels that training rows may get; None if any."""
    train_cells: dict | None = None
    """The columns of the training table as its file has them."""

    def classes(self):
        """Labels of training rows, and those that they may get, sorted."""
        return _classes(self.train.labels, self.candidates)

    def names(self, kind):
        """Names of the columns of one kind, in the order of their features."""
        return [column.name for column in self.columns if column.kind == kind]


def read_tables(
    train_path,
    test_path,
    label,
    *,
    trusted=None,
    annotators=(),
    flips=(),
    separator=None,
    encoding=None,
    options=None,
):
    """Read the training and the test table.

    Parameters
    ----------
    train_path, test_path : str or path-like
        CSV files with a header line, or Parquet files. The test table may lack the label column, and columns that are
        left out.
    label : str or None
        Name of the label column. Labels are taken as text, as in the training table. With `annotators`, the training
        table may lack it.
    trusted : str, default=None
        Name of a column of the training table that is true for rows whose labels the attacker cannot flip.
    annotators : sequence of str
        Columns of the training table with annotators' labels: the candidates of a row, and, without a label column, by
        majority its label.
    flips : sequence of str
        Labels that flips may lead to, or FROM:TO pairs of labels.
    separator, encoding : str, default=None
        Of CSV files: see `read_cells`.
    options : Options, default=None
        What the user says about columns.

    Returns
    -------
    tables : Tables

    Raises
    ------
    ValueError
        If a table cannot be read, is empty, lacks the label column or some labels, does not match the other, or has a
        column that can be read in more than one way.
    ImportError
        For Parquet, without pyarrow and pandas.
    """
    options = Options() if options is None else options
    train, test = (read_cells(path, separator=separator, encoding=encoding) for path in (train_path, test_path))
    train = _as_before(train)
    y_train, candidates, notes = _training_labels(train, test, label, annotators, flips, options)
    y_test = None
    if label in test.columns:
        y_test, more_notes, unknown = test_labels(test, label, _classes(y_train, candidates))
        notes += more_notes
        if unknown:
            raise ValueError(
                f"{test.path} has labels in column {label!r} that {train.path} never has: {some(unknown)}. "
                "Remove those rows, add training rows of that class, or leave the column out."
            )
    if trusted in annotators:
        raise ValueError(f"--trusted {trusted!r} names a column of --annotators.")
    trusted_rows = None if trusted is None else _trusted_rows(train, trusted)
    apart = {label, trusted, *annotators}
    columns, read_train = _decide_columns(train, apart, options)
    columns, read_test = _read_columns(train, test, columns, apart, read_train, options)
    notes += [f"{cells.path}: {note}" for cells in (train, test) for note in cells.notes]
    notes += _unused_words(options.missing, (train, test), apart)
    tables = Tables(
        train=_table(train, columns, read_train, y_train, apart),
        test=_table(test, columns, read_test, y_test, apart),
        trusted=trusted_rows,
        columns=columns,
        notes=notes,
        candidates=candidates,
        train_cells=train.columns,
    )
    for table in (tables.train, tables.test):
        _check_size(table, tables.names(NUMBER))
    return tables


def _as_before(train):
    """A training table that `skcert certify` has written, with its text as it was before marks for spreadsheets."""
    if LEFT_OUT_BEFORE not in train.columns:
        return train
    columns = {
        unmark_formula(name): cells if isinstance(cells, np.ndarray) else [unmark_formula(cell) for cell in cells]
        for name, cells in train.columns.items()
    }
    return train._replace(columns=columns, index_names=tuple(map(unmark_formula, train.index_names)))


def _left_out_before(train):
    """Columns that were no features when `skcert certify` wrote this table."""
    try:
        return set(json.loads(next(iter(filter(None, train.columns.get(LEFT_OUT_BEFORE, []))), "[]")))
    except (TypeError, ValueError):
        raise ValueError(
            f"{train.path} has a column {LEFT_OUT_BEFORE!r} that is not as skcert wrote it, a list of columns in its "
            "first cell; remove the column."
        ) from None


def _training_labels(train, test, label, annotators, flips, options):
    """Labels of the training rows, the labels that they may get, and notes."""
    if annotators and flips:
        raise ValueError("--annotators and --only-flips both say which labels rows may get; give one of them.")
    if label is None and not annotators:
        raise ValueError("--label COLUMN is missing, the name of the label column; or give --annotators.")
    own, notes = None, []
    if label in train.columns:
        own, notes = training_labels(train, label, options.missing)
    elif label is not None and not (annotators and label in test.columns):
        raise ValueError(
            f"{train.path} has no column {label!r} (--label); its columns are {some(train.columns)}."
            + separator_hint(train.columns)
            + "".join(f" Blanks count: --label {name!r}." for name in train.columns if name.strip() == label)
        )
    if not annotators:
        return own, only_flips(own, flips) if flips else None, notes
    labels, candidates, more_notes = annotator_labels(train, annotators, own)
    return labels, candidates, [*notes, *(note for note in more_notes if note not in notes)]


def _classes(labels, candidates):
    return np.array(sorted(set(labels.tolist()).union(*(() if candidates is None else candidates.labels))))


def _unused_words(words, tables, apart):
    """Words for missing cells that no cell of a feature is, which may be misspelt."""
    columns = [cells for table in tables for name, cells in table.columns.items() if name not in apart]
    return [f"--missing={word!r} occurs nowhere" for word in words if not any(words_in(c, (word,)) for c in columns)]


def _decide_columns(train, apart, options):
    """How each column is read, and the values of those that are."""
    for option, names in (("--keep", options.keep), ("--category", options.category)):
        if apart.intersection(names):
            raise ValueError(
                f"{option} {names[0]!r} names the column of --label or --trusted, or one of --annotators, which is no "
                "feature."
            )
        unknown = [name for name in names if name not in train.columns]
        if unknown:
            raise ValueError(
                f"{train.path} has no column {unknown[0]!r} ({option}); its columns are {some(train.columns)}."
            )
    columns, values, before = [], {}, _left_out_before(train)
    for name, cells in train.columns.items():
        if name in apart:
            continue
        if name in train.index_names and name not in options.keep:
            columns.append(Column(name, LEFT_OUT, ("an index",)))
            continue
        if name.startswith(OWN_COLUMNS) and name not in options.keep:
            columns.append(Column(name, LEFT_OUT, ("written by skcert",)))
            continue
        if name in before and name not in (*options.keep, *options.category):
            columns.append(Column(name, LEFT_OUT, ("left out before",)))
            continue
        with _named(name, train.path):
            column, values[name] = decide(name, cells, options)
        columns.append(column)
    if not columns:
        raise ValueError(f"{train.path} has no column except the labels; it needs features.")
    if all(column.kind == LEFT_OUT for column in columns):
        reasons = ", ".join(f"{column.name!r} ({column.notes[0]})" for column in columns[:5])
        raise ValueError(f"{train.path} has no feature left: left out are {reasons}. Use --keep COLUMN for some.")
    return columns, values


def _read_columns(train, test, columns, apart, read_train, options):
    """The same columns of the test table, with notes on what it has that the training table lacks."""
    wanted = {column.name for column in columns}
    missing = [column.name for column in columns if column.kind != LEFT_OUT and column.name not in test.columns]
    extra = [
        name
        for name in test.columns
        if name not in wanted
        and name not in apart
        and name not in test.index_names
        and not is_index_name(name)
        and not name.startswith(OWN_COLUMNS)
    ]
    if missing or extra:
        raise ValueError(
            f"{test.path} must have the feature columns of {train.path}: "
            f"missing {some(missing)}, unexpected {some(extra)}."
        )
    values = {}
    noted = []
    for column in columns:
        notes = list(column.notes)
        if column.kind != LEFT_OUT:
            with _named(column.name, test.path):
                values[column.name], more_notes = read(column, test.columns[column.name], options)
            if _is_empty(values[column.name]) and not _is_empty(read_train[column.name]):
                more_notes = ["no values"]
            notes += [f"in {test.path}: {note}" for note in more_notes]
        noted.append(column._replace(notes=tuple(notes)))
    return noted, values


def _is_empty(values):
    return bool((np.isnan(values) if values.dtype.kind == "f" else values == MISSING).all())


def _table(cells, columns, values, labels, apart):
    def stacked(kind, dtype):
        parts = [values[column.name] for column in columns if column.kind == kind]
        return np.column_stack(parts) if parts else np.empty((cells.n_rows, 0), dtype=dtype)

    return Table(
        path=cells.path,
        numbers=stacked(NUMBER, np.float64),
        categories=stacked(CATEGORY, object),
        labels=labels,
        ids=_ids(cells, [name for name in cells.index_names if name not in apart]),
    )


def _ids(cells, names):
    if not names:
        return None
    parts = [cells.columns[name] for name in names]
    texts = [text_of_numbers(part) if isinstance(part, np.ndarray) else part for part in parts]
    return np.array([", ".join(row) for row in zip(*texts)], dtype=object)


def _trusted_rows(cells, name):
    """The mask of trusted rows."""
    if name not in cells.columns:
        raise ValueError(f"{cells.path} has no column {name!r} (--trusted); its columns are {some(cells.columns)}.")
    column = cells.columns[name]
    words = [word.strip().lower() for word in (text_of_numbers(column) if isinstance(column, np.ndarray) else column)]
    odd = list(dict.fromkeys(word for word in words if word not in _YES | _NO))
    if odd:
        raise ValueError(
            f"Column {name!r} of {cells.path} (--trusted) must say true or false, yes or no, 1 or 0 in every row, "
            f"but has {some(odd)}."
        )
    return np.array([word in _YES for word in words])


def _check_size(table, names):
    too_large = ~(np.abs(table.numbers) <= LARGEST) & ~np.isnan(table.numbers)
    found = np.argwhere(too_large)
    if not len(found):
        return
    row, place = found[0]
    value = table.numbers[row, place]
    if np.isinf(value):
        raise ValueError(
            f"Column {names[place]!r} of {table.path} has infinite values; replace them or leave them empty."
        )
    raise ValueError(
        f"Column {names[place]!r} of {table.path} has {value:g} in row {row + 1} below the header, too large to "
        f"compute with (more than {LARGEST:g}). Correct it, or leave it empty."
    )


@contextmanager
def _named(name, path):
    """Says which column of which file is unclear."""
    try:
        yield
    except Unclear as error:
        raise ValueError(f"Column {name!r} of {path} {error}") from None
