"""A table's cells: from CSV as text, from Parquet as text or floats. What columns mean is not decided here."""

import codecs
import csv
import io
import json
from collections import Counter
from contextlib import contextmanager
from itertools import islice, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._file import CSV, DAMAGED, PARQUET, damaged, opened_table

_MOST_WHOLE = 10**15  # beyond it, whole numbers are text: there, it is digits that count
_BLOCK_ROWS = 4096
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
        Without pandas, or for Parquet without pyarrow.
    """
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise ImportError("Reading tables needs pandas: pip install 'skcert[tables]'.") from error
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
        raise ValueError(f"{path} has columns but no rows.")
    return cells


def _from_csv(path, file, separator, encoding):
    if separator is None:
        separator = "\t" if ".tsv" in Path(path).suffixes else ","
    try:
        with _decoded(file, encoding) as text:
            rows = (row for row in csv.reader(text, delimiter=separator, strict=True) if row)  # no blank lines
            header = next(rows, [])
            if not header:
                raise ValueError(f"{path} is empty; it needs a header line and at least one row.")
            names = [name or f"Unnamed: {place}" for place, name in enumerate(header)]
            _refuse_repeated(path, names)
            columns = _transposed(path, rows, names)
    except csv.Error as error:
        raise ValueError(f"{path} cannot be read as CSV: {error}.") from None
    except UnicodeError as error:
        raise ValueError(_encoding_message(path, file, encoding, error)) from None
    except LookupError:
        raise ValueError(f"--encoding {encoding} is not known; say utf-8, utf-16, cp1252 or latin-1.") from None
    index = ("Unnamed: 0",) if names[0] == "Unnamed: 0" else ()
    return Cells(str(path), CSV, dict(zip(names, columns)), len(columns[0]), index)


@contextmanager
def _decoded(file, encoding):
    text = io.TextIOWrapper(file, encoding=encoding or "utf-8-sig", newline="")
    try:
        yield text
    finally:
        text.detach()  # the file is not ours to close


def _transposed(path, rows, names):
    """Columns of rows, which may be shorter than the header: cells at their end are then empty."""
    columns: list[list[str]] = [[] for _ in names]
    while block := list(islice(rows, _BLOCK_ROWS)):
        longest = max(map(len, block))
        if longest > len(names):
            raise ValueError(
                f"{path} cannot be read as CSV: it has rows longer than its header.{separator_hint(names)}"
            )
        for column, cells in zip(columns, zip_longest(*block, fillvalue="")):
            column.extend(cells)
        for column in columns[longest:]:
            column.extend([""] * len(block))
    return columns


def _encoding_message(path, file, encoding, error):
    try:
        file.seek(0)
        start = file.read(2)
    except (*DAMAGED, OSError):
        start = b""
    remedy = "--encoding utf-16" if start in _UTF_16 else "--encoding cp1252 or --encoding latin-1"
    return f"{path} cannot be read as CSV in {encoding or 'UTF-8'}: {error}. Name its encoding, for instance {remedy}."


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
    return Cells(str(path), PARQUET, columns, table.num_rows, _pandas_index(table))


def _from_arrow(pa, path, name, column):
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _from_arrow(pa, path, name, pa.chunked_array(column).cast(kind.value_type))
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise ValueError(f"Column {name!r} of {path} holds {kind}; a column must hold single values.")
    if pa.types.is_integer(kind):
        return _whole_numbers(column)
    if pa.types.is_float64(kind):
        return column.to_numpy().astype(np.float64)
    if pa.types.is_decimal(kind):
        return column.cast(pa.string()).cast(pa.float64()).to_numpy().astype(np.float64)  # the nearest, as from CSV
    if pa.types.is_floating(kind):
        numbers = column.to_numpy()
        return numbers.astype(str).astype(np.float64)  # as they would be written, not 0.10000000149 for 0.1
    values = column.to_pandas().astype(object)  # dates as pandas writes them to CSV
    return ["" if empty else str(value) for value, empty in zip(values, values.isna())]


def _whole_numbers(column):
    values = column.to_pylist()
    if any(value is not None and abs(value) >= _MOST_WHOLE for value in values):
        return ["" if value is None else str(value) for value in values]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _pandas_index(table):
    """Names of the columns that were the index of a pandas frame."""
    content = (table.schema.metadata or {}).get(b"pandas")
    if content is None:
        return ()
    try:
        described = json.loads(content).get("index_columns", [])
    except (ValueError, AttributeError):  # not as pandas writes it
        return ()
    return tuple(name for name in described if isinstance(name, str) and name in table.column_names)


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
