"""One table from one file, CSV or Parquet."""

import lzma
import warnings
import zipfile
import zlib
from pathlib import Path

_PARQUET_SUFFIXES = (".parquet", ".pq")
_DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)  # compressed files


def read_table(path, label, separator=None):
    """Read a table; the file's suffix tells its format.

    Parameters
    ----------
    path : str or path-like
        Parquet if it ends in ``.parquet`` or ``.pq``, otherwise CSV with a header line, which may be compressed.
    label : str
        Name of the label column, which is read as text.
    separator : str, default=None
        Separator of the fields in a CSV file; None means a comma, or a tab in ``.tsv`` files.

    Returns
    -------
    table : pandas.DataFrame
        At least one row; column names are text, and all different.

    Raises
    ------
    ValueError
        If the file is not such a table.
    ImportError
        Without pandas, or for Parquet without pyarrow.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("Reading tables needs pandas: pip install 'skcert[tables]'.") from error
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder; give a CSV or Parquet file.")
    if Path(path).suffix.lower() in _PARQUET_SUFFIXES:
        table = _read_parquet(path)
    else:
        table = _read_csv(pd, path, label, separator)
    if table.shape[0] == 0:
        raise ValueError(f"{path} has columns but no rows.")
    return table


def _read_csv(pd, path, label, separator):
    if separator is None:
        separator = "\t" if ".tsv" in Path(path).suffixes else ","
    try:
        header = pd.read_csv(path, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False)
        names = header.iloc[0].tolist()
        _refuse_repeated(path, names)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header would be cut
            # every float exactly as written: rows are assigned to partitions by a hash
            types = {"dtype": {label: str}, "float_precision": "round_trip", "low_memory": False}
            table = pd.read_csv(path, sep=separator, index_col=False, **types)
    except pd.errors.EmptyDataError:
        raise ValueError(f"{path} is empty; it needs a header line and at least one row.") from None
    except pd.errors.ParserWarning:
        raise ValueError(
            f"{path} cannot be read as CSV: it has rows longer than its header.{separator_hint(names)}"
        ) from None
    except (pd.errors.ParserError, UnicodeDecodeError, *_DAMAGED) as error:
        raise ValueError(f"{path} cannot be read as CSV: {error}") from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise ValueError(f"{path} cannot be read as CSV: {error}") from None
    return table


def _read_parquet(path):
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError("Reading Parquet needs pyarrow: pip install 'skcert[tables]'.") from error
    try:
        with open(path, "rb") as file:
            table = pq.read_table(file)
    except pa.ArrowException as error:
        raise ValueError(f"{path} cannot be read as Parquet: {error}") from None
    _refuse_repeated(path, table.column_names)
    for index, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            raise ValueError(f"Column {field.name!r} of {path} holds {field.type}; a column must hold single values.")
        if pa.types.is_decimal(field.type):
            numbers = table.column(index).cast(pa.string()).cast(pa.float64())  # the nearest float, as from CSV
            table = table.set_column(index, field.name, numbers)
    return table.to_pandas(ignore_metadata=True)


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
    found = [mark for mark in ";\t|," if len(names) == 1 and mark in names[0]]
    return f" Its fields seem to be separated by {found[0]!r}: add --separator {found[0]!r}." if found else ""


def _refuse_repeated(path, names):
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(
            f"{path} names column {repeated[0]!r} {names.count(repeated[0])} times; rename or remove one."
        )
