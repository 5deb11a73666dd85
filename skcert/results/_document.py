"""A result as a document of plain values and arrays, which files hold, and back: nothing in it is ever run."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from ._arrays import decoded
from ._index import index_from_parts, index_parts

FORMAT, VERSION = "skcert result", 1


def document_of(result):
    """A dict of plain values, lists and numpy arrays; TypeError or ValueError for what no file can hold."""
    result._check()
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "kind": type(result).__name__,
        "fields": {
            name: index_parts(value) if name == "index" and value is not None else _plain(value)
            for name, value in values.items()
        },
    }


def result_from(kind, path, read):
    """The result that a file holds.

    Parameters
    ----------
    kind : type
        What it should be, or a subclass of this.
    path : path-like
        What to call the file.
    read : callable
        Returns the document, whose arrays may still be encoded.

    Raises
    ------
    ValueError
        If the file does not hold such a result, or not all of it, or was written by a later version.
    """
    try:
        document = read()
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError("it is no result that skcert wrote")
        if type(document["version"]) is not int or document["version"] > VERSION:
            raise ValueError(f"its format has version {document['version']}, and this skcert reads up to {VERSION}")
        found = {each.__name__: each for each in _and_subclasses(kind)}.get(document["kind"])
        if found is None:
            raise ValueError(f"it holds a {document['kind']}")
        given, expected = document["fields"], {field.name for field in fields(found)}
        if set(given) != expected:
            raise ValueError(f"it has the fields {sorted(given)}, and not {sorted(expected)}")
        values = {name: _restored(value) for name, value in given.items()}
        if values.get("index") is not None:
            values["index"] = index_from_parts(values["index"])
        result = found(**values)
        result._check()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{path} holds no {kind.__name__} that can be read: {error}.") from error
    return result


def check_arrays(result, shapes, kinds):
    """ValueError unless fields are arrays of these shapes, and, where kinds are given, of this kind of dtype."""
    for name, shape in shapes.items():
        array = getattr(result, name)
        if not isinstance(array, np.ndarray) or array.shape != shape:
            raise ValueError(f"{name} should be an array of shape {shape}, but is {_short(array)}")
        if name in kinds and array.dtype.kind != kinds[name]:
            raise ValueError(f"{name} has the dtype {array.dtype}, which is none that it can have")


def check_values(result, kinds):
    """ValueError unless fields have exactly these types."""
    for name, kind in kinds.items():
        if not isinstance(getattr(result, name), kind):
            raise ValueError(f"{name} is {_short(getattr(result, name))}")


def _short(value):
    return f"of shape {value.shape}" if isinstance(value, np.ndarray) else f"{value!r:.50}"


def _and_subclasses(kind):
    yield kind
    for below in kind.__subclasses__():
        yield from _and_subclasses(below)


def _plain(value):
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def _restored(value):
    if isinstance(value, dict) and "values" in value:
        return decoded(value)
    if isinstance(value, dict):
        return {name: _inner(part) for name, part in value.items()}
    return tuple(_restored(part) for part in value) if isinstance(value, list) else value


def _inner(part):
    """Of the parts of an index: names stay as they are, and the labels of levels become arrays."""
    if not (isinstance(part, list) and part and isinstance(part[0], dict) and {"labels", "range"} & set(part[0])):
        return part
    return [{key: _restored(value) if key == "labels" else value for key, value in level.items()} for level in part]
