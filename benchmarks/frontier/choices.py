"""Frontiers, and which settings of the study are measured on all test rows."""

from .settings import BLACK_BOX, METHODS, OURS, PLAIN, SOFT, STUDY_ROWS, Task

LEVELS = tuple(range(50, 100))
"""Clean accuracies, in percent, at which settings are chosen and shown."""


def best_at(rows, percent, seen="_unseen"):
    """The row with the largest median radius among those with at least this clean accuracy; or None."""
    accurate = [
        row for row in rows if row[f"clean_accuracy{seen}"] >= percent / 100 - 1e-9
    ]  # of shares with five digits
    return max(accurate, key=lambda row: (row[f"median_radius{seen}"], row[f"clean_accuracy{seen}"]), default=None)


def chosen(rows):
    """Tasks on all test rows: of each method and kind of labels, the setting of the study that is best at each level.

    And the plain soft vote with the same ridge as each flat one that is chosen, to compare with.
    """
    readings = {}
    study = [row for row in rows if row["part"] == "study"]
    for labels in dict.fromkeys(row["labels"] for row in study):
        for method in METHODS:
            found = [row for row in study if (row["labels"], row["method"]) == (labels, method)]
            for percent in LEVELS:
                row = best_at(found, percent, "")
                if row is not None and row["median_radius"] > 0:
                    fit = row["n_partitions"], row["scaling"], row["alpha"]
                    readings.setdefault(fit, {})[method, dial_of(row)] = None
                    if method == SOFT:
                        readings[fit][method, PLAIN] = None
    return readings


def table(rows, n_test):
    """The tasks of the table."""
    return [Task("table", *fit, tuple(readings), n_test) for fit, readings in sorted(chosen(rows).items())]


def dial_of(row):
    center, clip = row["weight_center"], row["weight_clip"]
    if center not in ("none", "mean"):
        center = float(center)
    return None if center == "none" else center, row["weight_power"], None if clip == "none" else float(clip)


def of_table(rows, labels):
    """Rows measured on all test rows, with these training labels."""
    return [row for row in rows if row["part"] == "table" and row["labels"] == labels and row["n_test"] > STUDY_ROWS]


def black_boxes(rows):
    return [row for row in rows if row["method"] in BLACK_BOX]


def ours(rows):
    return [row for row in rows if row["method"] in OURS]
