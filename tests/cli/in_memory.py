"""Tables as if they had been read from files."""

import numpy as np

from skcert.cli.tables import CATEGORY, NUMBER, Column, Options, Reading, Table, Tables
from skcert.cli.tables._cells import Cells


def tables_of(X_train, y_train, X_test, y_test, *, more=None, columns=(), notes=(), ids=None):
    """Tables with columns x0, x1, ... of numbers, and `more`: columns of text by name, of both tables.

    `ids` names the rows of both, in the column "name".
    """
    names, more = [f"x{place}" for place in range(X_train.shape[1])], more or {}
    read = [*columns, *(Column(name, NUMBER) for name in names), *(Column(name, CATEGORY) for name in more)]
    classes = sorted(set(y_train.tolist()))
    reading = Reading("table.csv", read, Options(id=None if ids is None else "name"), "y", ["y"], classes)

    def table(X, y):
        n_rows = len(X)
        cells = {name: part[:n_rows] for name, part in more.items()} | dict(zip(names, X.T))
        cells |= {} if ids is None else {"name": ids[:n_rows]}
        cells |= {} if y is None else {"y": y.tolist()}
        rows = None if ids is None else np.array(ids[:n_rows], dtype=object)
        return Table("table.csv", X, X[:, :0], y, rows), Cells("folder/table.csv", "CSV", cells, n_rows)

    (train, train_cells), (test, test_cells) = table(X_train, y_train), table(X_test, y_test)
    return Tables(
        train=train,
        test=test,
        trusted=None,
        columns=read,
        notes=list(notes),
        classes=np.array(classes),
        train_cells=train_cells,
        test_cells=test_cells,
        reading=reading,
    )
