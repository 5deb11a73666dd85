"""Lists, paths and long values in messages."""

import os

_SHOWN = 5
_LONGEST = 40  # characters of a value


def some(values, most=_SHOWN):
    """The first values, quoted."""
    values = list(values)
    if not values:
        return "none"
    return ", ".join(repr(short(value)) for value in values[:most]) + (", ..." if len(values) > most else "")


def printable(path):
    """A path as text that any file can hold, also if it is not valid in the file system's encoding."""
    return os.fsencode(path).decode("utf-8", "replace")


def short(value):
    """The beginning of a text, where all of it would be too much."""
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def on_one_line(text):
    """The beginning of a text, on one line and without what a terminal would obey."""
    return short(text if text.isprintable() else ascii(text))
