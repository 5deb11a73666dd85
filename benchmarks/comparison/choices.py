"""Which readings figures and tables show: families of rows, the best of each, and certificates of the same votes."""

from .settings import PLAIN, TOLERANCE

FAMILIES = (
    "hard vote, black box",
    *("hard vote, white box", "hard vote, flat weights"),
    *("soft vote", "soft vote, flat weights"),
    *("single network", "single network, clipped", "single network, centred and clipped"),
    *("nearest neighbours", "nearest neighbours, others against"),
    *("Finite Aggregation, black box", "Finite Aggregation, white box"),
    "smoothing",
)
"""Black-box rows stay in one family, flat weights or not: it is what all others are compared with."""


FEW_PARTITIONS = 10
"""The white-box votes that compete have no more partitions: 100 times fewer than the black box is best with."""


def families(rows):
    """Rows by family, in the order of `FAMILIES`; families without rows are left out."""
    found = {name: [] for name in FAMILIES}
    for row in rows:
        found[family(row)].append(row)
    return {name: members for name, members in found.items() if members}


def family(row):
    """The name of the row's family."""
    flat = (row["weight_center"], row["weight_clip"]) != PLAIN
    if row["method"] == "vote":
        if row["certificate"] == "black-box":
            return "hard vote, black box"
        if flat:
            return f"{row['vote']} vote, flat weights"
        return "soft vote" if row["vote"] == "soft" else "hard vote, white box"
    if row["method"] == "single network" and flat:
        return "single network, clipped" if row["weight_center"] == "" else "single network, centred and clipped"
    if row["method"] == "nearest neighbours" and row["far_weight"] == -1:
        return "nearest neighbours, others against"
    if row["method"] == "Finite Aggregation":
        return f"Finite Aggregation, {row['certificate'].replace('-', ' ')}"
    return row["method"]


def best_black(rows):
    """The black-box vote with the largest median radius over all settings, whatever its clean accuracy; or None."""
    return best(families(rows).get("hard vote, black box", []))


def enough_accuracy(rows):
    """Clean accuracy required in the comparison with the best black-box vote; 0.0 if there is none."""
    black = best_black(rows)
    return 0.0 if black is None else round(black["clean_accuracy"] - TOLERANCE, 5)


def best(rows, least_accuracy=0.0):
    """The row with the largest median radius among those accurate enough, or else the most accurate; or None."""
    accurate = [row for row in rows if row["clean_accuracy"] >= least_accuracy]
    if accurate:
        return max(accurate, key=lambda row: (row["median_radius"], row["clean_accuracy"]))
    return max(rows, key=lambda row: (row["clean_accuracy"], row["median_radius"]), default=None)


def contestants(rows):
    """The best sufficiently accurate row of each family; for white-box votes, among those with few partitions."""
    enough = enough_accuracy(rows)
    found = {"hard vote, black box": best_black(rows)}
    for name, members in families(rows).items():
        if members[0]["method"] == "vote" and name not in found:
            members = [row for row in members if row["n_partitions"] <= FEW_PARTITIONS]
        found.setdefault(name, best(members, enough))
    return {name: row for name, row in found.items() if row is not None}


def best_by_partitions(rows, least_accuracy=0.0):
    """The best row for each number of partitions, fewest first."""
    numbers = sorted({row["n_partitions"] for row in rows})
    return {number: best([row for row in rows if row["n_partitions"] == number], least_accuracy) for number in numbers}


def same_votes(rows):
    """Pairs of a black-box and a white-box row that certify the same votes: same task, same label weights."""
    votes = {}
    for row in rows:
        if row["certificate"] in ("black-box", "white-box") and row["vote"] == "hard":
            votes.setdefault((row["task"], row["weight_center"], row["weight_clip"]), {})[row["certificate"]] = row
    return [(pair["black-box"], pair["white-box"]) for pair in votes.values() if len(pair) == 2]


def frontier(rows):
    """The rows that no other row beats in both clean accuracy and median radius, most accurate first."""
    ahead = []
    for row in sorted(rows, key=lambda row: (-row["clean_accuracy"], -row["median_radius"])):
        if not ahead or row["median_radius"] > ahead[-1]["median_radius"]:
            ahead.append(row)
    return ahead
