"""Which labels the rows of the training table may get: those of their annotators, or where some flips lead."""

from typing import NamedTuple

import numpy as np

from ...annotators import labels_from_annotators
from ._cells import separator_hint
from ._labels import notes_on_labels, texts_of
from ._words import columns_there_are, some


class Candidates(NamedTuple):
    """The labels that each training row may get, and who says so."""

    labels: tuple[frozenset[str], ...]
    """For each training row, its own label among them."""
    annotators: tuple[str, ...] = ()
    """Columns with annotators' labels."""
    only: tuple[tuple[str | None, str], ...] = ()
    """From which label to which a flip may lead; None stands for any."""


def annotator_labels(cells, annotators, own=None):
    """Labels and candidates from columns of annotators.

    Parameters
    ----------
    cells : Cells
        The training table.
    annotators : sequence of str
        Names of the columns.
    own : ndarray of str, default=None
        Labels to use; None takes those of the majority.

    Returns
    -------
    labels : ndarray of str
    candidates : Candidates
    notes : list of str
    """
    _check_columns(cells, annotators)
    columns = [texts_of(cells, name) for name in annotators]
    empty = [row for row, given in enumerate(zip(*columns)) if not any(text is not None for text in given)]
    if empty:
        raise ValueError(
            f"{cells.path}: no annotator (--annotators) has a label for {len(empty)} of {cells.n_rows} rows; the "
            f"first is row {empty[0]}, counted from 0. Fill in or remove them."
        )
    votes = labels_from_annotators(list(zip(*columns)))
    notes = notes_on_labels(votes.classes, cells.n_rows, "--annotators")
    if own is None:
        n_tied = int(votes.tied.sum())
        if n_tied:
            notes.append(
                f"annotators are evenly divided about {n_tied} of {cells.n_rows} rows, which got the first of their "
                f"labels; the first is row {int(votes.tied.argmax())}, counted from 0"
            )
        return votes.labels, Candidates(votes.candidate_labels, tuple(annotators)), notes
    odd = [row for row, label in enumerate(own.tolist()) if label not in votes.candidate_labels[row]]
    if odd:
        raise ValueError(
            f"{cells.path}: the label of row {odd[0]}, counted from 0, {own.tolist()[odd[0]]!r} (--label), is "
            f"none of its annotators' labels, {some(sorted(votes.candidate_labels[odd[0]]))}; so it is in {len(odd)} "
            f"of {cells.n_rows} rows. Correct them, or leave --label out to take the majority's labels."
        )
    return own, Candidates(votes.candidate_labels, tuple(annotators)), notes


def _check_columns(cells, annotators):
    unknown = [name for name in annotators if name not in cells.columns]
    if unknown:
        raise ValueError(
            f"{cells.path} has no column {unknown[0]!r} (--annotators); "
            + columns_there_are(cells.columns, unknown[0])
            + separator_hint(cells.columns)
        )
    if len(set(annotators)) < max(len(annotators), 2):
        raise ValueError("--annotators needs two different columns or more, none of them twice.")


def only_flips(labels, words):
    """Candidates where flips lead to some labels only, or from some labels to others.

    Parameters
    ----------
    labels : ndarray of str
        Labels of the training table.
    words : sequence of str
        Labels that a flip may lead to, or pairs such as ``"benign:malignant"``.

    Returns
    -------
    candidates : Candidates
    """
    classes = np.unique(labels).tolist()
    flips = [_flip(word, classes) for word in words]
    if len({start is None for start, _ in flips}) > 1:
        raise ValueError("--only-flips takes labels that flips lead to, or FROM:TO pairs, but not both at once.")
    reached = {label: frozenset([label, *(to for start, to in flips if start in (None, label))]) for label in classes}
    return Candidates(tuple(reached[label] for label in labels.tolist()), only=tuple(dict.fromkeys(flips)))


def _flip(word, classes):
    """A label that flips lead to, or from which to which; labels may have colons themselves."""
    if word in classes:
        return None, word
    splits = [(word[:place], word[place + 1 :]) for place, mark in enumerate(word) if mark == ":"]
    known = [pair for pair in splits if pair[0] in classes and pair[1] in classes and pair[0] != pair[1]]
    if len(known) != 1:
        raise ValueError(
            f"--only-flips {word!r} is neither a label of the training table nor FROM:TO with two of them; its labels "
            f"are {some(classes)}."
        )
    return known[0]
