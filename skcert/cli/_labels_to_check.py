"""The training table with the labels to check first at the top, which can be corrected and certified again."""

import numpy as np

from ._spreadsheets import mark_formulas

LABELS_TO_CHECK = "labels_to_check.csv"


def labels_to_check(audit, tables, label):
    """A pandas DataFrame: the training table by suspicion, trusted rows last, with five columns more.

    Parameters
    ----------
    audit : LabelAudit
        With test rows.
    tables : Tables
        The tables.
    label : str or None
        The label column; without one, labels are in a column ``skcert_label``.

    Returns
    -------
    frame : pandas.DataFrame
        The columns of the training table as its file has them, but for the labels, which are as they were read, and
        ``skcert_checked`` ("yes" for trusted rows), ``skcert_suggested``, ``skcert_suspicion``, ``skcert_predictions``
        (whose smallest attack flips the label) and ``skcert_row`` (the number below the header).
    """
    import pandas as pd

    n_train = len(audit.suspicion)
    trusted = np.setdiff1d(np.arange(n_train), audit.ranking)
    order = np.concatenate([audit.ranking, trusted])
    columns = {name: np.asarray(cells)[order] for name, cells in tables.train_cells.items()}
    columns["skcert_label" if label is None else label] = tables.train.labels[order]
    columns |= {
        "skcert_checked": np.where(np.isin(order, trusted), "yes", "no"),
        "skcert_suggested": audit.suggested[order],
        "skcert_suspicion": audit.suspicion[order],
        "skcert_predictions": audit.n_attacks[order],
        "skcert_row": order + 1,
    }
    return pd.DataFrame(columns)


def write_labels_to_check(frame, path):
    """Write that table; text that starts like a formula is marked."""
    mark_formulas(frame).to_csv(path, index=False)
