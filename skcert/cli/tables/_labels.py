"""The label column: text, as in the file, and the same text for the same label in both tables."""

import unicodedata
from contextlib import suppress
from math import isfinite

import numpy as np

from ._columns import words_in
from ._file import CSV
from ._missing import EMPTY_WORDS
from ._words import some

_MANY = 10  # classes, which few rows may well have
_FEW = 20  # different numbers with decimals that may well be names of classes, such as grades
_LONGEST = 1000  # characters of a label, whose length all of them take in memory


def training_labels(cells, label, missing=()):
    """Labels of the training table.

    Parameters
    ----------
    cells : Cells
    label : str
        Name of the label column.
    missing : sequence of str
        Cells of features that the user takes for missing.

    Returns
    -------
    labels : ndarray of str
    notes : list of str
        Labels that may be meant as the same, as missing, or as measurements.
    """
    labels = _texts(cells, label)
    _check_classes(labels, cells.path, label)
    notes = [
        f"--missing={word!r} is about features: as a label it stays a class"
        for word in missing
        if words_in(cells.columns[label], (word,))
    ]
    return np.array(labels), notes + notes_on_labels(labels, len(labels), f"column {label!r}")


def notes_on_labels(labels, n_rows, where):
    """What of labels may be meant in another way.

    Parameters
    ----------
    labels : sequence of str
    n_rows : int
    where : str
        Where they stand.

    Returns
    -------
    notes : list of str
    """
    groups = [some(names, len(names)) for names in _alike(labels).values() if len(names) > 1]
    notes = []
    if groups:
        notes.append(
            "labels that differ only in blanks, case or the way a number is written are different classes: "
            f"{'; '.join(groups)}"
        )
    n_classes = len(set(labels))
    if n_classes > max(n_rows // 2, _MANY):
        notes.append(f"{where} has {n_classes} different labels in {n_rows} rows; is it one of classes?")
    return notes


def test_labels(cells, label, classes):
    """Labels of the test table, in the words of the training table.

    Parameters
    ----------
    cells : Cells
    label : str
        Name of the label column.
    classes : ndarray of str
        Labels of the training table.

    Returns
    -------
    labels : ndarray of str
    notes : list of str
        Labels that were found only by what they have in common with one in the training table.
    unknown : list of str
        Labels that the training table does not have.
    """
    labels = _texts(cells, label)
    meant, notes, unknown = as_in_training(labels, classes)
    return np.array([meant.get(name, name) for name in labels]), notes, unknown


def as_in_training(names, classes):
    """Labels of another file, in the words of the training table.

    Parameters
    ----------
    names : list of str
        Labels of the other file.
    classes : ndarray of str
        Labels of the training table.

    Returns
    -------
    meant : dict of str
        The label of the training table that each name means.
    notes : list of str
        Names that were found only by what they have in common with a label of the training table.
    unknown : list of str
        Names that mean none of its labels, or several.
    """
    known = set(classes.tolist())
    alike = _alike(known)
    meant, notes, unknown = {}, [], []
    for name in sorted(set(names)):
        candidates = [name] if name in known else alike.get(_essence(name), [])
        if len(candidates) != 1:
            unknown.append(name)
            continue
        meant[name] = candidates[0]
        if not _equal_numbers(name, candidates[0]):
            notes.append(f"label {name!r} read as {candidates[0]!r}")
    return meant, notes, unknown


def _check_classes(labels, path, label):
    """ValueError if labels look like measurements or like names of rows."""
    names = set(labels)
    numbers = [_as_number(name) for name in names]
    where = f"Column {label!r} of {path} (--label)"
    if None not in numbers:
        most = _FEW if any(value % 1 for value in numbers) else max(len(labels) // 2, _MANY)
        if len(names) > most:
            raise ValueError(
                f"{where} has {len(names):,} different numbers in {len(labels):,} rows, like a measurement rather "
                "than classes. Name another column, or cut the numbers into a few classes first, such as low and "
                "high. If they are names of classes, put a letter in front of each."
            )
    if len(names) == len(labels) > _MANY:
        raise ValueError(
            f"{where} never repeats a label in {len(labels):,} rows, like names of rows rather than classes. Name "
            "another column."
        )


def _as_number(name):
    """A finite number, or None."""
    with suppress(ValueError):
        value = float(name)
        return value if isfinite(value) else None
    return None


def _alike(names):
    """Labels by what a person takes for the same."""
    alike: dict[object, list[str]] = {}
    for name in sorted(set(names)):
        alike.setdefault(_essence(name), []).append(name)
    return alike


def texts_of(cells, name):
    """The labels of a column as text, None where one is missing."""
    column = cells.columns[name]
    if isinstance(column, np.ndarray):
        whole = all(value.is_integer() for value in column.tolist() if value == value)
        return [None if value != value else str(int(value)) if whole else repr(value) for value in column.tolist()]
    empty = EMPTY_WORDS if cells.kind == CSV else ("",)
    return [None if text.strip() in empty else text for text in column]


def _texts(cells, label):
    texts = texts_of(cells, label)
    n_missing = texts.count(None)
    if n_missing:
        raise ValueError(
            f"{cells.path}: {n_missing} of {len(texts)} rows have no label in column {label!r} (in CSV, words such "
            "as NA and None count as missing). Fill in, rename or remove them."
        )
    too_long = next((row for row, text in enumerate(texts) if len(text) > _LONGEST), None)
    if too_long is not None:
        raise ValueError(
            f"{cells.path}: the label of row {too_long}, counted from 0, has {len(texts[too_long]):,} characters "
            f"in column {label!r}; labels are names of classes, of {_LONGEST:,} characters at most. Shorten it, or "
            "name another column."
        )
    return texts


def _essence(name):
    """What two labels have in common that a person takes for the same."""
    text = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    with suppress(ValueError):
        return float(text)
    return text


def _equal_numbers(one, other):
    if one == other:
        return True
    with suppress(ValueError):
        return float(one) == float(other)
    return False
