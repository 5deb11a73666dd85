"""The training table with the labels to check first at the top, which can be corrected and certified again."""

import json

import numpy as np

from ._spreadsheets import mark_formulas
from .tables import LEFT_OUT, LEFT_OUT_BEFORE, OWN_COLUMNS

LABELS_TO_CHECK = "labels_to_check.csv"


def labels_to_check(audit, tables, label, read_apart=()):
    """A pandas DataFrame: the training table by suspicion, trusted rows last, with six columns more.

    Parameters
    ----------
    audit : LabelAudit
        With test rows.
    tables : Tables
        The tables.
    label : str or None
        The label column; without one, labels are in a column ``skcert_label``.
    read_apart : sequence of str
        Other columns that were no features, because options named them.

    Returns
    -------
    frame : pandas.DataFrame
        The columns of the training table as its file has them, but for the labels, which are as they were read, and
        ``skcert_checked`` ("yes" for trusted rows), ``skcert_suggested``, ``skcert_suspicion``, ``skcert_predictions``
        (whose smallest attack flips the label), ``skcert_row`` (the number below the header of the first such table),
        and ``skcert_left_out`` (in its first cell the names of columns that are to stay no features).
    """
    import pandas as pd

    n_train = len(audit.suspicion)
    trusted = np.setdiff1d(np.arange(n_train), audit.ranking)
    order = np.concatenate([audit.ranking, trusted])
    cells = tables.train_cells
    columns = {name: np.asarray(part)[order] for name, part in cells.items() if not name.startswith(OWN_COLUMNS)}
    left_out = [column.name for column in tables.columns if column.kind == LEFT_OUT]
    left_out = [name for name in (*left_out, *read_apart) if not name.startswith(OWN_COLUMNS)]
    columns["skcert_label" if label is None else label] = tables.train.labels[order]
    columns |= {
        "skcert_checked": np.where(np.isin(order, trusted), "yes", "no"),
        "skcert_suggested": audit.suggested[order],
        "skcert_suspicion": audit.suspicion[order],
        "skcert_predictions": audit.n_attacks[order],
        "skcert_row": np.asarray(cells.get("skcert_row", np.arange(1, n_train + 1)))[order],
        LEFT_OUT_BEFORE: np.array([json.dumps(left_out), *[""] * (n_train - 1)], dtype=object),
    }
    return pd.DataFrame(columns)


def write_labels_to_check(frame, path, separator=None, encoding=None):
    """Write that table, as the training table was read; text that starts like a formula is marked."""
    mark_formulas(frame).to_csv(path, index=False, sep=separator or ",", encoding=encoding or "utf-8")
