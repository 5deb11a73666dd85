"""The results file: one line for each reading, CSV, with a column for each setting; and the curves beside it.

A setting that does not apply, or keeps the library's default, is empty.
"""

from results_file import ResultsFile, append_lines, read_lines

from .settings import NETWORK, OPTIONS

COLUMNS = (
    *("id", "data", "part", "method", "vote", "certificate", "n_partitions", "scaling", "dimensions", "whitening"),
    *(*NETWORK, "weight_center", "weight_clip", *OPTIONS),
    *("n_train", "n_test", "clean_accuracy", "median_radius", "clean_accuracy_unseen", "median_radius_unseen"),
    *("rows_below_black_box", "fit_seconds", "certify_seconds", "peak_bytes", "task"),
)
CURVE_COLUMNS = ("id", "flips", "certified_accuracy")
_TEXT = {"data", "part", "method", "vote", "certificate", "scaling", "activation", "kernel", "partition", "task"}


class StudyFile(ResultsFile):
    """The study's rows in ``results.csv``, and curves of some of them in ``curves.csv``."""

    def __init__(self, folder):
        super().__init__(folder, COLUMNS, _TEXT, set(COLUMNS) - set(NETWORK))

    def curves(self):
        """Flips and certified accuracy by row id."""
        found = {}
        for row in read_lines(self.folder / "curves.csv"):
            flips, accuracy = found.setdefault(int(row["id"]), ([], []))
            flips.append(int(row["flips"]))
            accuracy.append(float(row["certified_accuracy"]))
        return found

    def add_with_curves(self, rows, curves):
        """Append the rows of one task; each of `curves` is a dict of flips and certified accuracy, or None."""
        points = [
            {"id": row["id"], "flips": flips, "certified_accuracy": accuracy}
            for row, curve in zip(self.add(rows), curves)
            for flips, accuracy in (curve or {}).items()
        ]
        append_lines(self.folder / "curves.csv", CURVE_COLUMNS, points)
