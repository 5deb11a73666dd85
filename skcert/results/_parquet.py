"""The document of a result in Parquet: arrays with one entry for each row as columns, the rest as metadata."""

from __future__ import annotations

import json

import numpy as np

from ._arrays import dtype_of, encoded, from_values

_KEY = b"skcert"
_DATES = ("M8[ms]", "M8[us]", "M8[ns]", "m8[ms]", "m8[us]", "m8[ns]")
_IN_OBJECTS = {str, bool, int}
_LARGEST = 2**63


def written_parquet(document, columns):
    """The bytes of a file.

    Parameters
    ----------
    document : dict
        As `document_of` makes it.
    columns : dict of lists of str
        The names of columns that fields fill.
    """
    pa, pq = _pyarrow("to_parquet")
    table = _Columns(pa)
    document = {**document, "fields": dict(document["fields"])}
    index = document["fields"].get("index")
    if index is not None:
        levels = [_level(table, *level) for level in zip(index["levels"], index["names"])]
        document["fields"]["index"] = {**index, "levels": levels}
    for field, names in columns.items():
        array = document["fields"][field]
        if array is not None:
            document["fields"][field] = table.add(array, names)
    metadata = {_KEY: json.dumps(document, default=encoded, allow_nan=False).encode()}
    sink = pa.BufferOutputStream()
    pq.write_table(
        pa.Table.from_arrays(table.arrays, table.names).replace_schema_metadata(metadata), sink, version="2.6"
    )
    return sink.getvalue().to_pybytes()


def read_parquet(content):
    """The document in the bytes of a file, with its columns as arrays; ValueError for other files."""
    pa, pq = _pyarrow("from_parquet")
    try:
        table = pq.ParquetFile(pa.BufferReader(content)).read()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"it is no Parquet file, or not all of one ({error})") from error
    document = json.loads((table.schema.metadata or {}).get(_KEY, b"null"))
    if isinstance(document, dict) and isinstance(document.get("fields"), dict):
        document["fields"] = {name: _filled(value, table) for name, value in document["fields"].items()}
    return document


class _Columns:
    """Columns of a table, with names that differ."""

    def __init__(self, pa):
        self.pa = pa
        self.arrays, self.names = [], []

    def add(self, array, names):
        """Append an array of shape (n_rows,), or (n_rows, n_columns); what to write in its place."""
        first, parts = len(self.arrays), [array] if array.ndim == 1 else list(array.T)
        converted = [_to_arrow(self.pa, part) for part in parts]
        as_json = any(text for _, text in converted)
        self.arrays += [_as_json(self.pa, part) if as_json else column for part, (column, _) in zip(parts, converted)]
        for name in names:
            name = name.encode(errors="backslashreplace").decode()
            while name in self.names:
                name += "_"
            self.names.append(name)
        n_columns = None if array.ndim == 1 else array.shape[1]
        return {"dtype": array.dtype.str, "first_column": first, "n_columns": n_columns, "as_json": as_json}


def _level(table, level, name):
    """One level of an index, with its labels as a column."""
    if "range" in level:
        return level
    return {**level, "labels": table.add(level["labels"], [name if isinstance(name, str) else "index"])}


def _to_arrow(pa, array):
    """A column, and whether its values are written as JSON, because Parquet has no such type."""
    kind = array.dtype.kind
    if kind in "biuf" or array.dtype.str[1:] in _DATES:
        native = array.astype(_native(array.dtype))
        return pa.array(native), False
    if kind == "S":
        return pa.array(array.tolist(), pa.binary()), False
    if kind not in "UO":
        return _as_json(pa, array), True
    values, types = array.tolist(), set(map(type, array.tolist()))
    if types <= {str} and _is_utf8(values):
        return pa.array(values, pa.string()), False
    if len(types) == 1 and types <= {bool, int} and all(-_LARGEST <= value < _LARGEST for value in values):
        return pa.array(values), False
    return _as_json(pa, array), True


def _as_json(pa, array):
    return pa.array([json.dumps(value) for value in encoded(array)["values"]], pa.string())


def _filled(value, table):
    """What `_Columns.add` returned, wherever it is, as the array that it was."""
    if isinstance(value, list):
        return [_filled(part, table) for part in value]
    if not isinstance(value, dict):
        return value
    if "first_column" not in value:
        return {name: _filled(part, table) for name, part in value.items()}
    dtype, n_columns, first = dtype_of(value["dtype"]), value["n_columns"], value["first_column"]
    if n_columns == 0:
        return np.empty((table.num_rows, 0), dtype=dtype)
    places = range(first, first + (1 if n_columns is None else n_columns))
    parts = [_from_arrow(table.column(place), dtype, value["as_json"]) for place in places]
    return parts[0] if n_columns is None else np.stack(parts, axis=1)


def _from_arrow(column, dtype, as_json):
    if as_json:
        return from_values([json.loads(text) for text in column.to_pylist()], dtype)
    if dtype.kind == "S":
        return from_values([value.decode("latin-1") for value in column.to_pylist()], dtype)
    if dtype.kind in "UO":
        values = column.to_pylist()
        if not set(map(type, values)) <= _IN_OBJECTS:
            raise ValueError("a column of labels has values of other types")
        return from_values(values, dtype)
    array = column.to_numpy()
    if array.dtype != _native(dtype):
        raise ValueError(f"a column has the dtype {array.dtype}, and not {dtype}")
    return array.astype(dtype)


def _native(dtype):
    """As Parquet has it: in this machine's byte order, and no half floats."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype.newbyteorder("=")


def _is_utf8(values):
    try:
        "".join(values).encode()
    except UnicodeEncodeError:  # half a character
        return False
    return True


def _pyarrow(method):
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(f"{method}() needs pyarrow: pip install 'skcert[tables]', or use JSON.") from error
    return pa, pq
