"""Tables from files: which files, what their columns mean, and the numbers that estimators take."""

from ._candidates import Candidates
from ._cells import check_separator, read_cells
from ._checked import CHECKED, KEY, LABEL, ROW, row_keys
from ._columns import CATEGORY, LEFT_OUT, NUMBER, Column, Options, text_of_numbers
from ._file import MODEL_FILE, check_there
from ._labels import as_in_training
from ._preprocessing import Preprocessing, as_it_is, fit_preprocessing, n_features, preprocessed, to_preprocess
from ._reading import Reading
from ._table import Table, Tables
from ._tables import read_rows, read_tables
from ._words import on_one_line, printable, short, some

__all__ = [
    "CATEGORY",
    "CHECKED",
    "KEY",
    "LABEL",
    "LEFT_OUT",
    "MODEL_FILE",
    "NUMBER",
    "ROW",
    "Candidates",
    "Column",
    "Options",
    "Preprocessing",
    "Reading",
    "Table",
    "Tables",
    "as_in_training",
    "as_it_is",
    "check_separator",
    "check_there",
    "fit_preprocessing",
    "n_features",
    "on_one_line",
    "preprocessed",
    "printable",
    "read_cells",
    "read_rows",
    "read_tables",
    "row_keys",
    "short",
    "some",
    "text_of_numbers",
    "to_preprocess",
]
