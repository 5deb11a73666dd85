"""Lists, paths and long values in messages."""

import os
from difflib import get_close_matches

_SHOWN = 5
_LONGEST = 40  # characters of a value


def some(values, most=_SHOWN):
    """The first values, quoted."""
    values = list(values)
    if not values:
        return "none"
    return ", ".join(repr(short(value)) for value in values[:most]) + (", ..." if len(values) > most else "")


def columns_there_are(names, wanted):
    """What to say where a table lacks a column: those that it has, and the one that may be meant."""
    by_case = {name.casefold().strip(): name for name in names}
    meant = get_close_matches(wanted.casefold().strip(), by_case, n=1)
    hint = f" Did you mean {short(by_case[meant[0]])!r}?" if meant else ""
    return f"its columns are {some(names)}.{hint}"


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
