"""Rows as their table has them: its cells beside what the report says of a row, as many as keep the page small."""

from pathlib import Path

import numpy as np

from ._markup import SHORT, as_name, as_text, cell, long_text
from .tables import NUMBER, short, text_of_numbers

COLUMNS = 20
_ROOM = 300_000  # characters of text in one table of the report
_ROWS, _CELLS = 1000, 12_000  # in the largest of them
_NAMES = 4  # columns of text that tables of the report have besides: the row, its labels


class Values:
    """The columns of a table that are shown beside its rows: the first of its file, but for labels and row names.

    Parameters
    ----------
    table : Table
    cells : Cells
        Of its file.
    tables : Tables
        How it was read.
    """

    def __init__(self, table, cells, tables):
        reading = tables.reading
        named = {reading.options.id} if reading.options.id is not None else set(cells.index_names)
        names = [name for name in cells.columns if name not in named | {reading.label}]
        self._table, self._cells, self._names = table, cells, names[:COLUMNS]
        self._left_out = len(names) - len(self._names)
        self._numbers = dict(zip(tables.names(NUMBER), table.numbers.T))

    def heads(self):
        """Headings of their cells, for `html_table`."""
        kinds = ["value number" if name in self._numbers else "value" for name in self._names]
        return [(as_name(short(name)), kind) for name, kind in zip(self._names, kinds)]

    def of(self, rows):
        """For each of some rows, its cells."""
        longest = self.longest(len(rows))
        columns = [self._column(name, rows, longest) for name in self._names]
        return ["".join(parts) for parts in zip(*columns)] if columns else [""] * len(rows)

    def most_rows(self):
        """How many rows a table may have."""
        return min(_ROWS, _CELLS // (len(self._names) + _NAMES))

    def longest(self, n_rows):
        """How long a text may be in a table of so many rows."""
        return _ROOM // (max(n_rows, 1) * (len(self._names) + _NAMES))

    def words(self, n_rows):
        """What is left out beside so many rows, as HTML."""
        said = []
        if self._left_out:
            said.append(
                f"Shown are the first {len(self._names):,} of {len(self._names) + self._left_out:,} columns; "
                f"{as_name(Path(self._cells.path).name)} has all of them."
            )
        if self.longest(n_rows) <= SHORT:
            said.append(f"Cells of more than {SHORT} characters are cut.")
        return " ".join(said)

    def _column(self, name, rows, longest):
        part = self._cells.columns[name]
        places = np.asarray(rows if self._table.rows is None else self._table.rows[rows])
        texts = text_of_numbers(part[places]) if isinstance(part, np.ndarray) else [part[place] for place in places]
        shown = [long_text(text, longest) if text else "" for text in texts]
        numbers = self._numbers.get(name)
        if numbers is None:
            return [cell(content, "value") for content in shown]
        keys = ["-Infinity" if np.isnan(number) else number for number in numbers[rows].tolist()]
        return [f'<td class="value number" data-value="{as_text(key)}">{text}</td>' for key, text in zip(keys, shown)]
