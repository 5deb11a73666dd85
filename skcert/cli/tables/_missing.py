"""Which cells of features are empty, and which only look as if somebody had meant to leave them empty."""

MISSING = "(missing)"
"""The category of empty cells."""

# What pandas takes for an empty cell of a CSV file; the same in every kind of file.
EMPTY_WORDS = frozenset(
    "|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split("|")
)
# Among numbers, these are no numbers, and no values either.
_NO_VALUE = frozenset(
    "unknown|missing|not available|not applicable|none|nil|na|n.a.|n.d.|nd|tbd|(null)|(none)|(missing)|(unknown)"
    "|#value!|#div/0!|#ref!|#name?|#num!|#null!|#n/a|#nv|#wert!|#bezug!|#zahl!|error|nan|nat|null|\\n".split("|")
)


def means_no_value(cell):
    """Whether a cell among numbers says that there is none, such as "?", "--" or "unknown"."""
    return not any(character.isalnum() for character in cell) or cell.lower() in _NO_VALUE
