"""A table's cells: from CSV as text, from Parquet as text or floats. What columns mean is not decided here."""

import codecs
import csv
import io
import json
import re
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._file import CSV, DAMAGED, PARQUET, damaged, opened_table
from ._size import check_csv_size
from ._words import printable

_MOST_WHOLE = 10**15  # beyond it, whole numbers are text: there, it is digits that count
_BLOCK_ROWS = 4096
_STATEMENT = re.compile(r"sep=[^\r\n](\r\n|\n|\r)", re.IGNORECASE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Cells(NamedTuple):
    """What a file says."""

    path: str
    kind: str
    """"CSV", in which everything is text, or "Parquet"."""
    columns: dict
    """Cells by column name: an ndarray of floats with NaN where empty, or a list of text with "" where empty."""
    n_rows: int
    index_names: tuple[str, ...] = ()
    """Names of columns that are row names, in the file's own words."""
    notes: tuple[str, ...] = ()
    """What may be wrong with the file."""


def read_cells(path, *, separator=None, encoding=None):
    """Read a file.

    Parameters
    ----------
    path : str or path-like
        Parquet, or CSV with a header line; compressed or not.
    separator : str, default=None
        Separator of the fields in a CSV file; None means a comma, or a tab in ``.tsv`` files.
    encoding : str, default=None
        Encoding of a CSV file; None means UTF-8.

    Returns
    -------
    cells : Cells
        At least one row and one column; column names are text, and all different.

    Raises
    ------
    ValueError
        If the file is no such table.
    ImportError
        For Parquet, without pyarrow and pandas.
    """
    with opened_table(path) as (file, kind):
        try:
            cells = _from_parquet(path, file) if kind == PARQUET else _from_csv(path, file, separator, encoding)
        except DAMAGED as error:
            raise damaged(path, kind, error) from None
        except OSError as error:
            if error.filename is not None:
                raise
            raise damaged(path, kind, error) from None
    if cells.n_rows == 0:
        raise ValueError(f"{path} has columns but no rows; it needs at least one row.")
    return cells


def _from_csv(path, file, separator, encoding):
    if separator is None:
        separator = "\t" if ".tsv" in Path(path).suffixes else ","
    check_csv_size(path, file, separator)
    try:
        with _decoded(file, encoding) as text:
            reader = csv.reader(text, delimiter=_stated_separator(text) or separator, strict=True)
            header = next((row for row in reader if row), [])
            if not header:
                raise ValueError(f"{path} is empty; it needs a header line and at least one row.")
            names = [name or f"Unnamed: {place}" for place, name in enumerate(header)]
            _refuse_repeated(path, names)
            rows = _Rows(path, reader, names)
            columns = _transposed(rows, len(names))
    except csv.Error as error:
        raise ValueError(f"{path} cannot be read as CSV: {_csv_problem(error)}") from None
    except UnicodeError as error:
        raise ValueError(_encoding_message(path, file, encoding, error)) from None
    except LookupError:
        raise ValueError(f"--encoding {encoding} is not known; say utf-8, utf-16, cp1252 or latin-1.") from None
    index = ("Unnamed: 0",) if names[0] == "Unnamed: 0" else ()
    return Cells(printable(path), CSV, dict(zip(names, columns)), len(columns[0]), index, tuple(rows.notes()))


def _stated_separator(text):
    """The separator that a first line says, as Excel writes it: ``sep=;``. Without such a line, nothing is read."""
    first = text.readline()
    if _STATEMENT.fullmatch(first):
        return first[4]
    text.seek(0)
    return None


@contextmanager
def _decoded(file, encoding):
    if encoding is None or codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"  # which takes a byte order mark for what it is
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()  # the file is not ours to close


class _Rows:
    """The rows of a CSV file below its header, each of them as long as the header; and what is odd about them."""

    def __init__(self, path, reader, names):
        self._path, self._reader, self._names = path, reader, names
        self._n_rows, self._n_short, self._first_short, self._n_empty = 0, 0, 0, 0

    def __iter__(self):
        n_columns, n_blank = len(self._names), 0
        for row in self._reader:
            if not row:  # a blank line: nothing, or between others the missing cell of an only column
                n_blank += n_columns == 1
                continue
            for _ in range(n_blank):
                self._n_rows += 1
                yield [""]
            n_blank = 0
            self._n_rows += 1
            if len(row) != n_columns:
                row = self._completed(row)
            self._n_empty += not any(row)
            yield row

    def notes(self):
        """What may be wrong with the file, in words."""
        if self._n_short:
            rows = "1 row is" if self._n_short == 1 else f"{self._n_short} rows are"
            first = f"first: row {self._first_short - 1}, counted from 0"
            yield f"{rows} shorter than the header ({first}); cells at the end are missing"
        if self._n_empty and len(self._names) > 1:
            yield f"{self._n_empty} {'row has' if self._n_empty == 1 else 'rows have'} no value at all"

    def _completed(self, row):
        n_missing = len(self._names) - len(row)
        if n_missing < 0:
            raise ValueError(
                f"{self._path} cannot be read as CSV: it has rows longer than its header, such as row "
                f"{self._n_rows - 1}, counted from 0, with {len(row)} cells instead of {len(self._names)}. Name every "
                f"column, and quote cells that hold separators.{separator_hint(self._names)}"
            )
        self._n_short += 1
        self._first_short = self._first_short or self._n_rows
        return row + [""] * n_missing


def _transposed(rows, n_columns):
    columns: list[list[str]] = [[] for _ in range(n_columns)]
    rows = iter(rows)
    while block := list(islice(rows, _BLOCK_ROWS)):
        for column, cells in zip(columns, zip(*block)):
            column.extend(cells)
    return columns


def _csv_problem(error):
    """What is wrong, and what to do."""
    if "field limit" in str(error):
        return (
            f"it has a cell of more than {csv.field_size_limit():,} characters. Close a quotation mark that is left "
            "open, shorten the cell, or take the column out."
        )
    return f"{error}. Close quotation marks, and double those inside quoted cells; or save the table again."


def _encoding_message(path, file, encoding, error):
    try:
        file.seek(0)
        start = file.read(512)
    except (*DAMAGED, OSError):
        start = b""
    if b"\0" in start and start[:2] not in _UTF_16:
        return f"{path} is neither CSV nor Parquet, but binary; save the table as CSV. ({error})"
    remedy = "--encoding utf-16" if start[:2] in _UTF_16 else "--encoding cp1252 or --encoding latin-1"
    both = " --encoding is about both tables." if encoding else ""
    problem = f"{path} cannot be read as CSV in {encoding or 'UTF-8'}: {error}."
    return f"{problem} Name its encoding, for instance {remedy}.{both}"


def _from_parquet(path, file):
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError("Reading Parquet needs pyarrow: pip install 'skcert[tables]'.") from error
    try:
        table = pq.read_table(file)
    except pa.ArrowException as error:
        raise damaged(path, PARQUET, error) from None
    _refuse_repeated(path, table.column_names)
    columns = {
        name: _from_arrow(pa, path, name, column) for name, column in zip(table.column_names, table.itercolumns())
    }
    index_names, ranges = _pandas_index(table)
    return Cells(printable(path), PARQUET, ranges | columns, table.num_rows, index_names)


def _from_arrow(pa, path, name, column):
    try:
        cells = _arrow_cells(pa, column)
    except Exception as error:  # text that is none, dates out of range, and what else a conversion can meet
        raise ValueError(f"Column {name!r} of {path} cannot be read as {column.type}: {error}.") from None
    if cells is None:
        raise ValueError(f"Column {name!r} of {path} holds {column.type}; a column must hold numbers, text or dates.")
    return cells


def _arrow_cells(pa, column):
    """Cells of an Arrow column; None if their type is not one of single values."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _arrow_cells(pa, column.cast(kind.value_type))
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return _whole_numbers(column)
    if pa.types.is_float64(kind):
        return column.to_numpy().astype(np.float64)
    if pa.types.is_decimal(kind):
        return column.cast(pa.string()).cast(pa.float64()).to_numpy().astype(np.float64)  # the nearest, as from CSV
    if pa.types.is_floating(kind):
        numbers = column.to_numpy()
        return numbers.astype(str).astype(np.float64)  # as they would be written, not 0.10000000149 for 0.1
    if pa.types.is_time(kind):
        column = column.cast(pa.string())
    elif not (pa.types.is_boolean(kind) or pa.types.is_temporal(kind) or pa.types.is_null(kind)):
        if "string" not in str(kind):  # also large ones and views
            return None
        column = column.cast(pa.large_string())
    values = column.to_pandas().astype(object)  # dates as pandas writes them to CSV
    return ["" if empty else str(value) for value, empty in zip(values, values.isna())]


def _whole_numbers(column):
    values = [None if value is None else int(value) for value in column.to_pylist()]
    if any(value is not None and abs(value) >= _MOST_WHOLE for value in values):
        return ["" if value is None else str(value) for value in values]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _pandas_index(table):
    """Names of the columns that were the index of a pandas frame, and the cells of those that are stored as a range.

    A range that counts rows from 0 and has no name says nothing.
    """
    content = (table.schema.metadata or {}).get(b"pandas")
    names, ranges = [], {}
    try:
        described = [] if content is None else json.loads(content).get("index_columns", [])
        for place, level in enumerate(described):
            if isinstance(level, str):
                names += [level] if level in table.column_names else []
                continue
            name, numbers = level["name"], range(level["start"], level["stop"], level["step"])
            if len(numbers) == table.num_rows and (name is not None or numbers != range(table.num_rows)):
                name = f"__index_level_{place}__" if name is None else str(name)
                names.append(name)
                ranges[name] = np.array(numbers, dtype=np.float64)
    except (ValueError, AttributeError, KeyError, TypeError):  # not as pandas writes it
        return (), {}
    return tuple(names), ranges


def check_separator(separator):
    """Raise ValueError unless `separator` is None or one character that can separate fields."""
    allowed = separator is None or separator == "\t" or (len(separator) == 1 and " " <= separator <= "~")
    if not allowed or separator == '"':
        raise ValueError(
            f"--separator {separator!r} must be a single ASCII character other than a quotation mark, such as ';'; "
            "leave it out for commas, and for tabs in .tsv files."
        )


def separator_hint(names):
    """What to try if a file seems to have a single column because its fields are separated by something else."""
    names = list(names)
    found = [mark for mark in ";\t|," if len(names) == 1 and mark in names[0]]
    return f" Its fields seem to be separated by {found[0]!r}: add --separator {found[0]!r}." if found else ""


def _refuse_repeated(path, names):
    repeated = [(name, count) for name, count in Counter(names).items() if count > 1]
    if repeated:
        name, count = repeated[0]
        raise ValueError(f"{path} names column {name!r} {count} times; rename or remove one.")
