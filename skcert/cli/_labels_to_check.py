"""Training rows, the labels to check first at the top: a list to work through, which comes back as ``--trusted``."""

import numpy as np

from ._spreadsheets import mark_formulas
from .tables import CHECKED, KEY, LABEL, ROW, row_keys

LABELS_TO_CHECK = "labels_to_check.csv"


def labels_to_check(audit, tables):
    """A pandas DataFrame: the training rows by suspicion, trusted ones last.

    Parameters
    ----------
    audit : LabelAudit
        With test rows.
    tables : Tables
        The tables.

    Returns
    -------
    frame : pandas.DataFrame
        The column that names rows, if there is one; the label, in the column of labels or else ``skcert_label``;
        ``skcert_checked`` ("yes" for trusted rows), ``skcert_suggested``, ``skcert_why``, ``skcert_suspicion`` and
        ``skcert_predictions`` (whose smallest attack flips the label); the other columns of the table as its file has
        them; ``skcert_row`` (the number in that file, the first below the header being 0) and ``skcert_key`` (what the
        row is known by).
    """
    import pandas as pd

    train, cells, reading = tables.train, tables.train_cells, tables.reading
    n_train = len(audit.suspicion)
    trusted = np.zeros(n_train, dtype=bool) if tables.trusted is None else tables.trusted
    not_ranked = np.setdiff1d(np.arange(n_train), audit.ranking)  # trusted, or with a single possible label
    order = np.concatenate([audit.ranking, not_ranked[~trusted[not_ranked]], not_ranked[trusted[not_ranked]]])
    rows = (np.arange(n_train) if train.rows is None else train.rows)[order]
    file_columns = {name: np.asarray(part, dtype=_dtype(part))[rows] for name, part in cells.columns.items()}
    label = label_column(tables)
    columns = {} if reading.options.id is None else {reading.options.id: file_columns[reading.options.id]}
    columns |= {
        label: train.labels[order],
        CHECKED: np.where(trusted[order], "yes", "no"),
        "skcert_suggested": audit.suggested[order],
        "skcert_why": [_why(audit, row) for row in order.tolist()],
        "skcert_suspicion": audit.suspicion[order],
        "skcert_predictions": audit.n_attacks[order],
    }
    columns |= {name: part for name, part in file_columns.items() if name not in columns}
    keys = np.array(row_keys(cells, reading.apart))
    return pd.DataFrame(columns | {ROW: rows, KEY: keys[rows]})


def label_column(tables):
    """The column of a list that has the labels."""
    label = tables.reading.label
    return label if label in tables.train_cells.columns else LABEL


def write_labels_to_check(frame, path, separator=None, encoding=None):
    """Write that table, as the training table was read; text that starts like a formula is marked."""
    mark_formulas(frame).to_csv(path, index=False, sep=separator or ",", encoding=encoding or "utf-8")


def _why(audit, row):
    """Why somebody should look at a label, in words."""
    n_attacks, reasons = int(audit.n_attacks[row]), []
    if audit.suspicion[row] > 0:
        reasons.append(f"without it the model says {audit.suggested[row]}")
    if n_attacks:
        reasons.append(f"{n_attacks:,} {'prediction hangs' if n_attacks == 1 else 'predictions hang'} on it")
    return "; ".join(reasons)


def _dtype(part):
    """Text in arrays of objects: one long cell would make all of them long."""
    return None if isinstance(part, np.ndarray) else object
