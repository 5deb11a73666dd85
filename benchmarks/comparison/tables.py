"""The tables of the results page, in Markdown, from the rows of a results file."""

from writing import markdown_table, of_bytes, of_seconds

from .choices import best, best_by_partitions, contestants, families, same_votes
from .settings import NETWORK, OPTIONS, SCALINGS, USUAL_SCALING

_BLACK = "hard vote, black box"


def by_partitions(rows):
    """Each number of partitions: the best black-box setting, and the white box of the same votes."""
    table = of_table(rows)
    white_of = {black["id"]: white for black, white in same_votes(table)}
    lines = []
    for n_partitions, row in best_by_partitions(families(table)[_BLACK]).items():
        white = white_of[row["id"]]
        ratio = times(_ratio(white, row)) if row["median_radius"] > 0 else ""
        radii = (f"{row['median_radius']:g}", f"{white['median_radius']:g}", ratio)
        lines.append([f"{n_partitions:,}", described(row), percent(row["clean_accuracy"]), *radii])
    return markdown_table(["P", "setting", "clean accuracy", "black box", "white box", "ratio"], lines)


def cost(rows):
    """Time and memory of the same ensembles, and of the networks of the comparison."""
    table = of_table(rows)
    white_of = {black["id"]: white for black, white in same_votes(table)}
    lines = []
    for n_partitions, row in best_by_partitions(families(table)[_BLACK]).items():
        white = white_of[row["id"]]
        seconds = (row["fit_seconds"], row["certify_seconds"], white["certify_seconds"])
        lines.append(
            [
                f"hard vote, P = {n_partitions:,}",
                described(row),
                *map(of_seconds, seconds),
                of_bytes(row["peak_bytes"]),
            ]
        )
    for name, row in contestants(table).items():
        if row["method"] in ("single network", "nearest neighbours"):
            seconds = of_seconds(row["fit_seconds"]), "", of_seconds(row["certify_seconds"])
            lines.append([name, described(row), *seconds, of_bytes(row["peak_bytes"])])
    return markdown_table(["model", "setting", "fit", "black box", "white box", "peak memory"], lines)


def minutes(rows):
    """How long all fits and certificates of each part took, as a sentence."""
    by_part = {}
    for row in rows:
        task = by_part.setdefault(row["part"], {}).setdefault(row["task"], [row["fit_seconds"]])
        task.append(row["certify_seconds"])
    parts = {part: sum(map(sum, tasks.values())) / 60 for part, tasks in by_part.items()}
    each = ", ".join(f"{part} {value:.0f}" for part, value in parts.items())
    return f"Minutes of all fits and certificates: {each}; together {sum(parts.values()):.0f}."


def other_certificates(rows):
    """Finite Aggregation, on the rows of the table, and smoothing, on those of the study."""
    found, lines = families(rows), []
    for name in ("Finite Aggregation, black box", "Finite Aggregation, white box"):
        row = best(of_table(found.get(name, [])))
        if row is not None:
            lines.append([f"{name}, {row['n_partitions'] * row['spread']:,} bags", *_facts(row), f"{row['n_test']:,}"])
    row = best(found.get("smoothing", []))
    if row is not None:
        lines.append(["smoothing of one network", *_facts(row), f"{row['n_test']:,}"])
    return markdown_table(["certificate", "P", "setting", "clean accuracy", "median radius", "test rows"], lines)


def of_table(rows):
    return [row for row in rows if row["part"] == "table"]


def described(row):
    """The scaling, and the settings that are not the library's defaults."""
    names = [name for name in (*NETWORK, "weight_center", "weight_clip", *OPTIONS) if row[name] != ""]
    settings = [f"{name}={row[name]:g}" if isinstance(row[name], float) else f"{name}={row[name]}" for name in names]
    return "; ".join([row["scaling"], ", ".join(settings)])


def percent(share):
    return f"{100 * share:.1f} %"


def times(ratio):
    return f"{ratio:.2f} \N{MULTIPLICATION SIGN}"


def _facts(row):
    return [f"{row['n_partitions']:,}", described(row), percent(row["clean_accuracy"]), f"{row['median_radius']:g}"]


def _cell(row):
    return "" if row is None else f"{row['median_radius']:g} at {percent(row['clean_accuracy'])}"


def _ratio(row, black):
    return row["median_radius"] / black["median_radius"]


def flat_weights(rows):
    """What flat weights gain and cost: one network and its variants on each scaling, from the study."""
    single = families([row for row in rows if row["part"] == "study"])
    names = ("single network", "single network, clipped", "single network, centred and clipped")
    readings = {}
    for row in (row for name in names for row in single.get(name, [])):
        readings.setdefault((row["weight_center"], row["weight_clip"]), {})[row["scaling"]] = row
    lines = [
        [*("none" if value == "" else f"{value:g}" for value in flat), *(_cell(found.get(name)) for name in SCALINGS)]
        for flat, found in readings.items()
    ]
    return markdown_table(["weight_center", "weight_clip", *(f"features: {name}" for name in SCALINGS)], lines)


def ridges(rows):
    """What the ridge does at each number of partitions, by hard and soft vote, from the study."""
    usual = dict.fromkeys(
        (*(name for name in NETWORK if name != "alpha"), *OPTIONS, "weight_center", "weight_clip"), ""
    )
    shown = {
        ("hard", "black-box"): "black box",
        ("hard", "white-box"): "white box",
        ("soft", "white-box"): "soft vote",
    }
    found = {}
    for row in rows:
        same = row["part"] != "table" and row["scaling"] == USUAL_SCALING
        if same and all(row[key] == value for key, value in usual.items()) and row["method"] == "vote":
            found.setdefault((row["n_partitions"], row["alpha"]), {})[row["vote"], row["certificate"]] = row
    lines = [
        [f"{n_partitions:,}", f"{alpha:g}", *(_cell(found[n_partitions, alpha].get(reading)) for reading in shown)]
        for n_partitions, alpha in sorted(found)
    ]
    return markdown_table(["P", "alpha", *shown.values()], lines)
