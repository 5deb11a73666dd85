"""The tables of the results page, in Markdown, from the rows of a results file."""

from writing import markdown_table, of_bytes, of_seconds

from .choices import (
    FEW_PARTITIONS,
    best,
    best_black,
    best_by_partitions,
    contestants,
    enough_accuracy,
    families,
    same_votes,
)
from .settings import NETWORK, OPTIONS, SCALINGS, STUDY_ROWS, USUAL_SCALING

UNCLIPPED = ("hard vote, white box", "soft vote", "single network")
"""Families without clipping and centring; soft votes and the ridge limit also go beyond the published method."""
_PUBLISHED_GAIN = 1.265
_BLACK = "hard vote, black box"
_HEADER = ["method", "P", "setting", "clean accuracy", "median radius", "against the black box", "points"]


def comparison(rows):
    """The best black-box ensemble, and what certifies more at a clean accuracy at most one point lower."""
    table = of_table(rows)
    black, best_rows = best_black(table), accurate_contestants(table)
    lines = [[_BLACK, *_facts(black), "", ""]]
    for name, row in best_rows.items():
        if name != _BLACK and "Finite" not in name:
            lines.append([name, *_facts(row), times(_ratio(row, black)), _points(row, black)])
    return markdown_table(_HEADER, lines)


def claims(rows):
    """Whether the published headline holds here, and how far flat weights go, in words."""
    table = of_table(rows)
    black, best_rows = best_black(table), accurate_contestants(table)
    plain = _largest(best_rows, [name for name in best_rows if name in UNCLIPPED])
    flat = _largest(
        best_rows, [name for name in best_rows if name not in (_BLACK, *UNCLIPPED) and "Finite" not in name]
    )
    pairs = same_votes(table)
    below = sum(white["rows_below_black_box"] for _, white in pairs)
    certified = sum(white["n_test"] for _, white in pairs)
    hard = ("hard vote, white box", best_rows.get("hard vote, white box"))
    lines = [
        f"- **Without flat weights**: {_against(plain, black)}. The published gain is +26.5 %: "
        f"{'reached' if _ratio(plain, black) >= _PUBLISHED_GAIN else 'not reached'} here.",
        f"- **With flat weights**: {_against(flat, black)}.",
        f"- **By hard votes alone** (EnsembleCert as published), P at most {FEW_PARTITIONS}: "
        f"{_hard_alone(hard, black)}.",
        f"- **Never below**: the white-box radius was below the black-box radius of the same votes for {below:,} of "
        f"{certified:,} certified rows, in {len(pairs)} ensembles.",
        f"- **Not chosen on these rows**: settings were chosen on the first {STUDY_ROWS:,} test rows. On the other "
        f"{black['n_test'] - STUDY_ROWS:,} alone the two ratios are {times(_ratio(plain, black, '_unseen'))} and "
        f"{times(_ratio(flat, black, '_unseen'))}, and the clean accuracies {_points(plain[1], black, '_unseen')} and "
        f"{_points(flat[1], black, '_unseen')} points away from the black box's.",
    ]
    return "\n".join(lines)


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
    return markdown_table(["certificate", *_HEADER[1:5], "test rows"], lines)


def published(rows_by_data):
    """The published figures next to ours; `rows_by_data` has the names of data and the rows of their results."""
    ours = {
        data: (best_black(of_table(rows)), accurate_contestants(of_table(rows))) for data, rows in rows_by_data.items()
    }

    def black(data):
        return f"{data}: {_cell(ours[data][0])}, P = {ours[data][0]['n_partitions']:,}"

    def gain(data):
        best_row, best_rows = ours[data]
        name, plain = _largest(best_rows, [name for name in best_rows if name in UNCLIPPED])
        return (
            f"{data}: {100 * (_ratio(plain, best_row) - 1):+.0f} % ({name}, P = {plain['n_partitions']}, "
            f"{_fewer(plain, best_row)} fewer partitions); {_hard_gain(best_rows, best_row)} by hard votes, "
            f"P at most {FEW_PARTITIONS}"
        )

    def smoothing(data):
        row = best(families(rows_by_data[data]).get("smoothing", []))
        return f"{data}: {_cell(row)}"

    def column(tell):
        return "; ".join(tell(data) for data in rows_by_data)

    return markdown_table(
        ["what", "published", "here"],
        [
            ["black box (SS-DPA), median radius", "over 300 flips on CIFAR-10, over 600 on MNIST", column(black)],
            ["randomised smoothing, median radius", "175 flips on CIFAR-10, under 200 on MNIST", column(smoothing)],
            [
                "white box over black box, median radius",
                "+26.5 % on CIFAR-10 with 100 times fewer partitions (EnsembleCert)",
                column(gain),
            ],
        ],
    )


def accurate_contestants(rows):
    """The contestants that are accurate enough."""
    enough = enough_accuracy(rows)
    return {name: row for name, row in contestants(rows).items() if row["clean_accuracy"] >= enough}


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


def _largest(best_rows, names):
    """Name and row with the largest median radius; among equals, the one with fewer partitions."""
    return max(
        ((name, best_rows[name]) for name in names),
        key=lambda pair: (pair[1]["median_radius"], -pair[1]["n_partitions"]),
    )


def _hard_gain(best_rows, black):
    row = best_rows.get("hard vote, white box")
    return "no setting accurate enough" if row is None else f"{100 * (_ratio(row, black) - 1):+.0f} %"


def _hard_alone(named, black):
    if named[1] is None:
        return "no setting is accurate enough"
    gain = _ratio(named, black)
    verdict = "more than the black box" if gain > 1 else "less than the best black box with its many partitions"
    return f"median radius {_cell(named[1])}, {times(gain)}: {verdict}"


def _against(named, black):
    name, row = named
    return (
        f"{name} (P = {row['n_partitions']}) has median radius {_cell(row)}, {times(_ratio(named, black))} the best "
        f"black box over all P and settings ({_cell(black)}, P = {black['n_partitions']:,}), with "
        f"{_fewer(row, black)} fewer partitions"
    )


def _fewer(row, black):
    return f"{black['n_partitions'] / row['n_partitions']:,.0f} times"


def _ratio(row, black, rows=""):
    row = row[1] if isinstance(row, tuple) else row
    return row[f"median_radius{rows}"] / black[f"median_radius{rows}"]


def _points(row, black, rows=""):
    points = 100 * (row[f"clean_accuracy{rows}"] - black[f"clean_accuracy{rows}"])
    return f"{round(points, 1) + 0.0:+.1f}"  # +0.0, not -0.0


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
