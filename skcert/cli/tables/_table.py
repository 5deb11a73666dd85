"""Types: one table as it was read, and two that were read together."""

from typing import Any, NamedTuple

import numpy as np

from ._candidates import Candidates
from ._columns import Column
from ._reading import Reading


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
    """Shape (n_rows,), text: names of rows, from ``--id`` or an index; None if they have none."""
    rows: np.ndarray | None = None
    """Shape (n_rows,): which rows of the file these are, ascending; None if all."""

    def row_number(self, row):
        """The number in the file; the first below the header is 0."""
        return int(row if self.rows is None else self.rows[row])

    def taken(self, rows):
        """Some of its rows."""
        labels, ids = (None if part is None else part[rows] for part in (self.labels, self.ids))
        return Table(self.path, self.numbers[rows], self.categories[rows], labels, ids, rows)


class Tables(NamedTuple):
    """The rows that train, those to certify, and how they were read."""

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
    classes: np.ndarray | None = None
    """All labels that rows may have, sorted."""
    train_cells: Any = None
    """The `Cells` of the training table's file; None if it was read earlier."""
    test_cells: Any = None
    """The `Cells` of the file with the rows to certify."""
    reading: Reading | None = None
    """How to read one more table."""
    split: str = ""
    """Which rows of a single table are certified, in a sentence."""

    def names(self, kind):
        """Names of the columns of one kind, in the order of their features."""
        return [column.name for column in self.columns if column.kind == kind]
