"""The tasks of the table: settings that did best in the study, for each method, scaling and number of partitions."""

from .choices import FEW_PARTITIONS, best, best_black, best_by_partitions, families
from .settings import NETWORK, OPTIONS, SCALINGS, TOLERANCE, Task

_MORE_BLACK_BOXES = 3
_FEW = (
    *("hard vote, white box", "soft vote", "soft vote, flat weights"),
    *("single network", "single network, clipped", "single network, centred and clipped"),
)
"""Families whose best with few partitions is taken on each scaling, if it is nearly as good as on the best one: which
one that is may differ on more rows."""
_NEARLY = 0.8


def table(rows, n_test):
    """Tasks on `n_test` test rows, chosen by the rows of the study."""
    rows = [row for row in rows if row["part"] == "study"]
    found, black = families(rows), best_black(rows)
    barely = black["clean_accuracy"] - TOLERANCE
    boxes = found["hard vote, black box"]
    chosen = sorted(boxes, key=lambda row: row["median_radius"])[-_MORE_BLACK_BOXES:]
    chosen += best_by_partitions(boxes).values()
    for name in _FEW:
        members = [row for row in found[name] if row["n_partitions"] <= FEW_PARTITIONS]
        least_radius = _NEARLY * best(members, barely)["median_radius"]
        on_each = [best([row for row in members if row["scaling"] == scaling], barely) for scaling in SCALINGS]
        chosen += [row for row in on_each if row["median_radius"] >= least_radius]
        chosen.append(best(members, black["clean_accuracy"] + 2 * TOLERANCE))
    for name in ("nearest neighbours", "nearest neighbours, others against", "Finite Aggregation, white box"):
        chosen.append(best(found[name], barely))
    chosen.append(best(found["Finite Aggregation, black box"]))
    worth = [row for row in chosen if row["certificate"] == "black-box" or row["clean_accuracy"] >= barely]
    tasks = [_task_of(row, n_test) for row in worth]
    return list({task.name: task for task in tasks}.values())


def _task_of(row, n_test):
    flat = (row["weight_center"], row["weight_clip"])
    network, options = ({key: row[key] for key in keys if row[key] != ""} for keys in (NETWORK, OPTIONS))
    return Task(
        "table", row["method"], row["n_partitions"], row["scaling"], ((row["vote"], flat),), n_test, network, options
    )
