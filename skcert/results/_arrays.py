"""Arrays as what JSON knows, and back, equal to the bit; what does not come back as it is is refused."""

from __future__ import annotations

import math
import re

import numpy as np

from .._utils import check_memory

_TYPES: dict[str, set[type]] = {"b": {bool}, "i": {int}, "u": {int}, "M": {int}, "m": {int}, "U": {str}, "S": {str}}
_DTYPE = re.compile(r"[<>|=](b1|[iu][1248]|f[248]|[USM]\d+|[Mm]8\[\d*[a-zA-Zμ]+\]|O)\Z")
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encoded(array):
    """An array as a dict that JSON can hold: ``dtype``, ``shape`` and ``values``, row by row.

    Dates are whole numbers of their unit, bytes text in Latin 1, floats that are not finite text. TypeError for an
    array that cannot be written.
    """
    kind = array.dtype.kind
    if not _DTYPE.match(array.dtype.str):
        raise TypeError(f"Arrays of dtype {array.dtype} cannot be written to a file.")
    flat = array.ravel()
    if kind in "Mm":
        values = flat.astype(array.dtype.newbyteorder("=")).view(np.int64).tolist()
    elif kind == "f":
        values = [value if math.isfinite(value) else str(value) for value in flat.tolist()]
    elif kind == "S":
        values = [value.decode("latin-1") for value in flat.tolist()]
    else:
        values = [encoded_scalar(value) for value in flat.tolist()] if kind == "O" else flat.tolist()
    return {"dtype": array.dtype.str, "shape": list(array.shape), "values": values}


def decoded(content):
    """The array that `encoded` took apart; ValueError if the content is none."""
    shape, values = content["shape"], content["values"]
    if not all(type(length) is int and length >= 0 for length in shape) or math.prod(shape) != len(values):
        raise ValueError(f"an array of shape {shape} has {len(values)} values")
    return from_values(values, dtype_of(content["dtype"])).reshape(shape)


def dtype_of(name):
    """The dtype of this name; ValueError for one that `encoded` does not write."""
    if not _DTYPE.match(name):
        raise ValueError(f"no array of dtype {name} is written")
    return np.dtype(name)


def from_values(values, dtype):
    """A one-dimensional array of values as `encoded` has them; ValueError if these are not exact in the dtype."""
    # a dtype of long text takes few bytes in a file
    check_memory(len(values) * dtype.itemsize, f"An array of {len(values):,} values", "It cannot be read here.")
    if dtype.kind == "O":
        array = np.empty(len(values), dtype=object)
        for place, value in enumerate(values):
            array[place] = decoded_scalar(value)
        return array
    if dtype.kind == "f":
        values = [_NOT_FINITE[value] if isinstance(value, str) else value for value in values]
        if not set(map(type, values)) <= {int, float}:
            raise ValueError("an array of floats has other values")
        return np.array(values, dtype=dtype)
    if not set(map(type, values)) <= _TYPES[dtype.kind]:
        raise ValueError(f"an array of dtype {dtype.str} has values of other types")
    if dtype.kind in "iu" and values and not np.iinfo(dtype).min <= min(values) <= max(values) <= np.iinfo(dtype).max:
        raise ValueError(f"an array of dtype {dtype.str} has values that are too large")
    if dtype.kind in "US" and max(map(len, values), default=0) > dtype.itemsize // (4 if dtype.kind == "U" else 1):
        raise ValueError(f"an array of dtype {dtype.str} has longer text")
    if dtype.kind == "S":
        return np.array([value.encode("latin-1") for value in values], dtype=dtype)
    if dtype.kind in "Mm":
        return np.array(values, dtype=np.int64).view(dtype.newbyteorder("=")).astype(dtype)
    return np.array(values, dtype=dtype)


def encoded_scalar(value):
    """A label, or a name, as what JSON can hold; TypeError for what is none of text, numbers, bytes and None."""
    if isinstance(value, np.generic):
        return {"numpy": encoded(np.asarray(value))}
    if type(value) is float and not math.isfinite(value):
        return {"float": str(value)}
    if type(value) is bytes:
        return {"bytes": value.decode("latin-1")}
    if value is None or type(value) in (str, bool, int, float):
        return value
    raise TypeError(
        f"{value!r} cannot be written to a file: text, whole numbers, floats, booleans, bytes and None can, and "
        "arrays of dates."
    )


def decoded_scalar(content):
    """The value that `encoded_scalar` took."""
    if not isinstance(content, dict):
        return content
    ((kind, value),) = content.items()
    if kind == "numpy":
        return decoded(value)[()]
    return _NOT_FINITE[value] if kind == "float" else value.encode("latin-1")
