"""The tasks of the table: for each method and number of partitions, the settings that did best in the study."""

from choices import FEW_PARTITIONS, best, best_black, best_by_partitions, families
from settings import NETWORK, OPTIONS, TOLERANCE, Task

_MARGIN = 0.005
"""Of the tolerated loss of clean accuracy, what stays unused because few rows decide."""
_MORE_BLACK_BOXES = 3


def table(rows, n_test):
    """Tasks on `n_test` test rows, chosen by the rows of the study."""
    rows = [row for row in rows if row["part"] == "study"]
    found, black = families(rows), best_black(rows)
    barely = black["clean_accuracy"] - TOLERANCE
    enough = barely + _MARGIN
    boxes = found["hard vote, black box"]
    chosen = sorted(boxes, key=lambda row: row["median_radius"])[-_MORE_BLACK_BOXES:]
    chosen += best_by_partitions(boxes).values()
    for name in ("hard vote, white box", "soft vote", "soft vote, flat weights"):
        chosen.append(best([row for row in found[name] if row["n_partitions"] <= FEW_PARTITIONS], enough))
    for name in ("single network", "single network, clipped", "single network, centred and clipped"):
        chosen += [best(found[name], least) for least in (barely, enough, black["clean_accuracy"] + 2 * TOLERANCE)]
    for name in ("nearest neighbours", "nearest neighbours, others against", "Finite Aggregation, white box"):
        chosen.append(best(found[name], enough))
    chosen.append(best(found["Finite Aggregation, black box"]))
    tasks = [_task_of(row, n_test) for row in chosen]
    return list({task.name: task for task in tasks}.values())


def _task_of(row, n_test):
    flat = (row["weight_center"], row["weight_clip"])
    network, options = ({key: row[key] for key in keys if row[key] != ""} for keys in (NETWORK, OPTIONS))
    return Task(
        "table", row["method"], row["n_partitions"], row["scaling"], ((row["vote"], flat),), n_test, network, options
    )
