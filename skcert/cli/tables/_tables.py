"""One table or two, read the way their owner meant them: the table of training rows decides how."""

from typing import Any

import numpy as np

from ._candidates import Candidates, annotator_labels, only_flips
from ._cells import read_cells, separator_hint
from ._checked import columns_and_lists, corrected, read_list, trusted_rows
from ._columns import CATEGORY, NUMBER, Options, text_of_numbers, words_in
from ._labels import test_labels, training_labels
from ._reading import Reading, decide_columns, read_as_decided
from ._split import split_in_words, split_rows
from ._table import Table, Tables
from ._words import columns_there_are, some

# Squares of larger numbers, as in variances and lengths of rows, may exceed the largest double.
LARGEST = 1e150


def read_tables(
    train_path,
    test_path,
    label,
    *,
    trusted=(),
    annotators=(),
    flips=(),
    separator=None,
    encoding=None,
    options=None,
    test_size=0.25,
    seed=0,
):
    """Read the table of training rows, and the rows to certify.

    Parameters
    ----------
    train_path : str or path-like
        CSV file with a header line, or Parquet file.
    test_path : str, path-like or None
        The same for the rows to certify, which may lack the label column, and columns that are left out. None
        certifies some of the rows of the first table, and trains on the others.
    label : str or None
        Name of the label column. Labels are taken as text, as in the training table. With `annotators`, the training
        table may lack it.
    trusted : sequence of str
        Columns of the training table that are true for rows whose labels the attacker cannot flip, and lists of labels
        to check in which somebody has said so.
    annotators : sequence of str
        Columns of the training table with annotators' labels: the candidates of a row, and, without a label column, by
        majority its label.
    flips : sequence of str
        Labels that flips may lead to, or FROM:TO pairs of labels.
    separator, encoding : str, default=None
        Of CSV files: see `read_cells`.
    options : Options, default=None
        What the user says about columns.
    test_size : float or int, default=0.25
        Share or number of the rows of a single table that are certified.
    seed : int, default=0
        Of that choice.

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
    train = read_cells(train_path, separator=separator, encoding=encoding)
    test = None if test_path is None else read_cells(test_path, separator=separator, encoding=encoding)
    parts = None if test is not None else split_rows(train.n_rows, test_size, seed, train.path)
    options = (Options() if options is None else options).of(train.columns)
    columns, lists = columns_and_lists(train, trusted)
    both = [name for name in columns if name in annotators]
    if both:
        raise ValueError(f"--trusted {both[0]!r} names a column of --annotators; give each column one meaning.")
    apart = {name for name in (label, *columns, *annotators) if name is not None}
    given = [
        read_list(
            path, train, apart, label if label in train.columns else None, separator=separator, encoding=encoding
        )
        for path in lists
    ]
    vouched = np.logical_or.reduce([np.zeros(train.n_rows, dtype=bool), *(trusted_rows(train, c) for c in columns)])
    y_train, candidates, trusted_mask, notes = _training_labels(
        train, test, label, annotators, flips, options, given, vouched
    )
    trusted_mask = trusted_mask if columns or lists else None

    decided, values = decide_columns(train, apart, options)
    reading = Reading(train.path, decided, options, label, sorted(apart), _classes(y_train, candidates).tolist())
    notes += [f"{train.path}: {note}" for note in train.notes]
    table = _table(train, decided, values, y_train, _id_names(train, reading, options.id))
    notes += _repeated_ids(table, options.id)
    if parts is not None:
        notes += _unused_words(options.missing, (train,), apart)
        tables = _split(table, reading, parts, notes, trusted_mask, candidates)
        tables = tables._replace(split=split_in_words(parts, seed))
    else:
        test_table, decided, more_notes = read_rows(test, reading, options.id)
        notes += [*more_notes, *_unused_words(options.missing, (train, test), apart)]
        tables = Tables(table, test_table, trusted_mask, decided, notes, candidates)
    return tables._replace(
        train_cells=train,
        test_cells=train if test is None else test,
        reading=reading,
        classes=np.array(reading.classes),
    )


def read_rows(cells, reading, id_column=None):
    """The rows of one more table.

    Parameters
    ----------
    cells : Cells
    reading : Reading
    id_column : str, default=None
        The column that names them; None takes the one of the training table, if it is there.

    Returns
    -------
    table : Table
    columns : list of Column
        With notes on what is odd about this table.
    notes : list of str
    """
    if id_column is not None and id_column not in cells.columns:
        raise ValueError(
            f"{cells.path} has no column {id_column!r} (--id); {columns_there_are(cells.columns, id_column)}"
        )
    features = [column.name for column in reading.columns if column.kind in (NUMBER, CATEGORY)]
    if id_column in features:
        raise ValueError(
            f"--id {id_column!r} is a feature of the model, so it cannot be what rows are called by: leave --id out, "
            "or fit again with it."
        )
    columns, values = read_as_decided(cells, reading, id_column)
    labels, notes = None, [f"{cells.path}: {note}" for note in cells.notes]
    if reading.label in cells.columns:
        labels, more_notes, unknown = test_labels(cells, reading.label, np.array(reading.classes))
        notes = [*more_notes, *notes]
        if unknown:
            raise ValueError(
                f"{cells.path} has labels in column {reading.label!r} that {reading.path} never has: {some(unknown)}. "
                "Remove those rows, add training rows of that class, or leave the column out."
            )
    names = _id_names(cells, reading, id_column or reading.options.id)
    return _table(cells, columns, values, labels, names), columns, notes


def _split(table, reading, parts, notes, trusted, candidates):
    """The rows of one table that train, and those to certify."""
    train, test = parts
    only_there = sorted(set(table.labels[test]) - set(table.labels[train]))
    if only_there:
        notes.append(
            f"labels without a training row, which is why their rows to certify count as wrong: {some(only_there)}"
        )
    if candidates is not None:
        candidates = candidates._replace(labels=tuple(candidates.labels[row] for row in train))
    return Tables(
        train=table.taken(train),
        test=table.taken(test),
        trusted=None if trusted is None else trusted[train],
        columns=reading.columns,
        notes=notes,
        candidates=candidates,
    )


def _training_labels(train, test, label, annotators, flips, options, lists, vouched):
    """Labels of the training rows, the labels that they may get, and notes."""
    if annotators and flips:
        raise ValueError("--annotators and --only-flips both say which labels rows may get; give one of them.")
    if label is None and not annotators:
        raise ValueError("--label COLUMN is missing, the name of the label column; or give --annotators.")
    labels: Any = None
    candidates, notes = None, []
    if label in train.columns:
        labels, notes = training_labels(train, label, options.missing)
    elif label is not None and not (annotators and test is not None and label in test.columns):
        raise ValueError(
            f"{train.path} has no column {label!r} (--label); {columns_there_are(train.columns, label)}"
            + separator_hint(train.columns)
        )
    if annotators:
        labels, candidates, more_notes = annotator_labels(train, annotators, labels)
        notes += [note for note in more_notes if note not in notes]
    labels, trusted, more_notes = corrected(labels, _classes(labels, candidates), lists, vouched)
    notes += more_notes
    if candidates is not None:  # a corrected label may be none of theirs
        both = (given | {own} for given, own in zip(candidates.labels, labels.tolist()))
        candidates = candidates._replace(labels=tuple(both))
    return labels, only_flips(labels, flips) if flips else candidates, trusted, notes


def _classes(labels, candidates: Candidates | None):
    return np.array(sorted(set(labels.tolist()).union(*(() if candidates is None else candidates.labels))))


def _unused_words(words, tables, apart):
    """Words for missing cells that no cell of a feature is, which may be misspelt."""
    columns = [cells for table in tables for name, cells in table.columns.items() if name not in apart]
    return [f"--missing={word!r} occurs nowhere" for word in words if not any(words_in(c, (word,)) for c in columns)]


def _table(cells, columns, values, labels, id_names):
    def stacked(kind, dtype):
        parts = [values[column.name] for column in columns if column.kind == kind]
        return np.column_stack(parts) if parts else np.empty((cells.n_rows, 0), dtype=dtype)

    table = Table(
        path=cells.path,
        numbers=stacked(NUMBER, np.float64),
        categories=stacked(CATEGORY, object),
        labels=labels,
        ids=_ids(cells, id_names),
    )
    _check_values(table, [column.name for column in columns if column.kind == NUMBER])
    return table


def _id_names(cells, reading, id_column):
    """The columns that name the rows of a table: what the user says, or else an index."""
    if id_column is not None and id_column in cells.columns:
        return [id_column]
    return [name for name in cells.index_names if name not in reading.apart]


def _ids(cells, names):
    if not names:
        return None
    parts = [cells.columns[name] for name in names]
    texts = [text_of_numbers(part) if isinstance(part, np.ndarray) else part for part in parts]
    return np.array([", ".join(row) for row in zip(*texts)], dtype=object)


def _repeated_ids(table, id_column):
    if id_column is None:
        return []
    n_repeated = len(table.ids) - len(set(table.ids))
    return [f"column {id_column!r} (--id) names {n_repeated} rows as it names others"] if n_repeated else []


def _check_values(table, names):
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
        f"Column {names[place]!r} of {table.path} has {value:g} in row {row}, counted from 0, too large to "
        f"compute with (more than {LARGEST:g}). Correct it, or leave it empty."
    )
