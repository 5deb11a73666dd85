"""The results file: one line for each reading, CSV, with a column for each setting; and the curves beside it.

A setting that does not apply, or keeps the library's default, is empty.
"""

import csv
from pathlib import Path

from writing import load_json, save_json

from .settings import NETWORK, OPTIONS

COLUMNS = (
    *("id", "data", "part", "method", "vote", "certificate", "n_partitions", "scaling", "dimensions", "whitening"),
    *(*NETWORK, "weight_center", "weight_clip", *OPTIONS),
    *("n_train", "n_test", "clean_accuracy", "median_radius", "clean_accuracy_unseen", "median_radius_unseen"),
    *("rows_below_black_box", "fit_seconds", "certify_seconds", "peak_bytes", "task"),
)
CURVE_COLUMNS = ("id", "flips", "certified_accuracy")
_TEXT = {"data", "part", "method", "vote", "certificate", "scaling", "activation", "kernel", "partition", "task"}


class ResultsFile:
    """Rows measured so far, read from and appended to ``results.csv`` and ``curves.csv`` in `folder`."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.rows = [{key: _value(key, text) for key, text in row.items()} for row in self._read("results.csv")]

    @property
    def machine(self):
        """Facts about the last machine that measured."""
        return load_json(self.folder / "machine.json")

    @machine.setter
    def machine(self, facts):
        save_json(self.folder / "machine.json", facts)

    @property
    def done(self):
        return {row["task"] for row in self.rows}

    def curves(self):
        """Flips and certified accuracy by row id."""
        found = {}
        for row in self._read("curves.csv"):
            flips, accuracy = found.setdefault(int(row["id"]), ([], []))
            flips.append(int(row["flips"]))
            accuracy.append(float(row["certified_accuracy"]))
        return found

    def add(self, rows, curves):
        """Append the rows of one task; each of `curves` is a dict of flips and certified accuracy, or None."""
        first = max((row["id"] for row in self.rows), default=-1) + 1
        rows = [{**dict.fromkeys(COLUMNS, ""), "id": first + i, **row} for i, row in enumerate(rows)]
        points = [
            {"id": row["id"], "flips": flips, "certified_accuracy": accuracy}
            for row, curve in zip(rows, curves)
            for flips, accuracy in (curve or {}).items()
        ]
        self._append("curves.csv", CURVE_COLUMNS, points)
        self._append("results.csv", COLUMNS, rows)
        self.rows += rows

    def _read(self, name):
        path = self.folder / name
        if not path.exists():
            return []
        with path.open(newline="") as file:
            return list(csv.DictReader(file))

    def _append(self, name, columns, rows):
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(rows)


def _value(key, text):
    if key in _TEXT or text == "":
        return text
    if text in ("True", "False"):
        return text == "True"
    value = float(text)
    return int(value) if value.is_integer() and key not in NETWORK else value
