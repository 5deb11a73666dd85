"""Tables from files: which files, what their columns mean, and the numbers that estimators take."""

from ._candidates import Candidates
from ._cells import check_separator
from ._columns import CATEGORY, LEFT_OUT, NUMBER, Column, Options
from ._labels import as_in_training
from ._preprocessing import preprocessed, to_preprocess
from ._tables import LEFT_OUT_BEFORE, OWN_COLUMNS, Tables, read_tables
from ._words import on_one_line, printable, short, some

__all__ = [
    "CATEGORY",
    "LEFT_OUT",
    "LEFT_OUT_BEFORE",
    "NUMBER",
    "OWN_COLUMNS",
    "Candidates",
    "Column",
    "Options",
    "Tables",
    "as_in_training",
    "check_separator",
    "on_one_line",
    "preprocessed",
    "printable",
    "read_tables",
    "short",
    "some",
    "to_preprocess",
]
