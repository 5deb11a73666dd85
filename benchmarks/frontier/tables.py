"""The tables of the frontier, in Markdown, on the test rows that no setting was chosen on."""

from writing import markdown_table

from .choices import best_at, black_boxes, dial_of, ours
from .settings import BLACK_BOX, DPA, HARD, METHODS, RUN_OFF, SOFT, WHITE_RUN_OFF

_LOWEST = 70  # percent of clean accuracy
_FEW = 50
"""Hard votes that compete with black boxes of thousands of partitions have at most so many."""
_POINT = 0.01
_NAMES = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST"}


def levels(rows):
    """Whole percents of clean accuracy, up to the best of any row."""
    most = max(row["clean_accuracy_unseen"] for row in rows)
    return range(_LOWEST, int(100 * most) + 1)


def frontier_table(rows, methods=METHODS):
    """The largest median radius of each method at every clean accuracy, and of ours over the black boxes'."""
    methods = [method for method in methods if any(row["method"] == method for row in rows)]
    lines = []
    for percent in levels(rows):
        of_method = [best_at([row for row in rows if row["method"] == method], percent) for method in methods]
        lines.append([f"{percent} %", *map(radius, of_method), ratio_at(rows, percent)])
    return markdown_table(["clean accuracy at least", *methods, "best of ours / best black box"], lines)


def settings_table(rows):
    """Which settings these are, of the best black box and of ours."""
    lines = []
    for percent in levels(rows):
        pair = best_at(black_boxes(rows), percent), best_at(ours(rows), percent)
        lines.append(
            [f"{percent} %", *(text for row in pair for text in (described(row), accuracy(row), radius(row)))]
        )
    header = ["at least", "black box", "accuracy", "radius", "ours", "accuracy", "radius"]
    return markdown_table(header, lines)


def in_short(rows, percents):
    """Both sides at some clean accuracies, in two sentences."""
    ratios = [ratio(rows, percent) for percent in percents]
    middle = percents[len(percents) // 2]
    black, white = best_at(black_boxes(rows), middle), best_at(ours(rows), middle)
    return (
        f"At clean accuracies from {percents[0]} to {percents[-1]} %, the median row is certified against "
        f"{min(ratios):.1f} to {max(ratios):.1f} times as many label flips as by the best black box: at {middle} % "
        f"against {radius(white)} flips, where the best of DPA, Finite Aggregation and run-off election certifies "
        f"{radius(black)}."
    )


def hard_votes(rows):
    """Hard votes of few partitions against the best black box of each kind within a point of its accuracy."""
    lines = []
    for method in (HARD, WHITE_RUN_OFF):
        for row in _best_hard(rows, method):
            cells = [method, setting(row), accuracy(row), radius(row)]
            for black in BLACK_BOX:
                rival = best_at(
                    [other for other in rows if other["method"] == black],
                    100 * (row["clean_accuracy_unseen"] - _POINT),
                )
                cells.append("" if rival is None else f"{_ratio(row, rival)} ({radius(rival)} at {accuracy(rival)})")
            lines.append(cells)
    return markdown_table(["votes", "setting", "accuracy", "radius", *(f"over {name}" for name in BLACK_BOX)], lines)


def published(rows_by_data):
    """The published figures next to ours, by folder of results."""

    def most(method):
        best = {
            data: max((row for row in rows if row["method"] == method), key=_radius)
            for data, rows in rows_by_data.items()
        }
        return "; ".join(f"{_NAMES[data]}: {_at(row)}" for data, row in best.items())

    def gain(method, black):
        parts = []
        for data, rows in rows_by_data.items():
            row, rival, value = max(_pairs(rows, method, black), key=lambda pair: pair[2])
            parts.append(f"{_NAMES[data]}: {100 * (value - 1):+.0f} % ({_at(row)}, against {_at(rival)})")
        return "; ".join(parts)

    return markdown_table(
        ["what", "published", "here"],
        [
            ["DPA (SS-DPA), largest median radius", "over 300 flips on CIFAR-10, over 600 on MNIST", most(DPA)],
            ["run-off election, largest median radius", "", most(RUN_OFF)],
            [
                f"white-box hard votes of at most {_FEW} flat members over DPA, within a point of its accuracy",
                "+26.5 % on CIFAR-10 with 100 times fewer partitions (EnsembleCert)",
                gain(HARD, DPA),
            ],
            ["the same over run-off election", "", gain(HARD, RUN_OFF)],
        ],
    )


def _pairs(rows, method, black):
    """Hard votes of few partitions, the best black box within a point of their accuracy, and the ratio of radii."""
    for row in _best_hard(rows, method):
        others = [other for other in rows if other["method"] == black]
        rival = best_at(others, 100 * (row["clean_accuracy_unseen"] - _POINT))
        if rival is not None and _radius(rival) > 0:
            yield row, rival, _radius(row) / _radius(rival)


def claims(rows, labels):
    """What the frontier says, in words."""
    ratios = [(percent, ratio(rows, percent)) for percent in levels(rows)]
    both = [(percent, value) for percent, value in ratios if value is not None]
    least, most = min(both, key=lambda pair: pair[1]), max(both, key=lambda pair: pair[1])
    end = best_at(black_boxes(rows), 0), max(ours(rows), key=lambda row: row["clean_accuracy_unseen"])
    last = max(black_boxes(rows), key=lambda row: (row["clean_accuracy_unseen"], row["median_radius_unseen"]))
    plain = [row for row in rows if row["method"] == SOFT and row["weight_center"] == row["weight_clip"] == "none"]
    gains = plain_gains(rows, plain)
    lines = [
        f"- **Trained on {labels} labels**: {least[1]:.2f} to {most[1]:.2f} times the best black box's median radius "
        f"at every whole percent of clean accuracy from {both[0][0]} to {both[-1][0]} (least at {least[0]} %).",
        f"- The black boxes end at {accuracy(last)} (median radius {radius(last)}) and have at most {radius(end[0])}; "
        f"ours goes up to {accuracy(end[1])} ({radius(end[1])}).",
        f"- The dial of label weights alone: {gains}.",
    ]
    return "\n".join(lines)


def plain_gains(rows, plain):
    """The soft vote with the dial against the plain one, at some accuracies."""
    soft = [row for row in rows if row["method"] == SOFT]
    parts = []
    for percent in levels(rows):
        pair = best_at(soft, percent), best_at(plain, percent)
        if None not in pair and percent % 2 == 0:
            parts.append(f"{pair[1]['median_radius_unseen']:g} to {pair[0]['median_radius_unseen']:g} at {percent} %")
    return "soft votes go from " + ", ".join(parts)


def dial_table(rows, scaling, alphas):
    """What each setting of the dial gives on the rows of the study: a soft vote of ten, on each kind of labels."""
    soft = [row for row in rows if row["part"] == "study" and (row["method"], row["scaling"]) == (SOFT, scaling)]
    columns = [(labels, alpha) for labels in dict.fromkeys(row["labels"] for row in soft) for alpha in alphas]
    found = {(*dial_of(row), row["labels"], row["alpha"]): row for row in soft}
    lines = []
    for dial in dict.fromkeys(dial_of(row) for row in soft):
        cells = [found[(*dial, *column)] for column in columns]
        lines.append(
            [
                *("none" if value is None else f"{value}" for value in dial),
                *(f"{100 * row['clean_accuracy']:.1f} % / {row['median_radius']:g}" for row in cells),
            ]
        )
    header = [f"{labels} labels, alpha = {alpha:g}" for labels, alpha in columns]
    return markdown_table(["centre", "power", "clip", *header], lines)


def dial_families(rows):
    """The frontier of soft votes on the rows of the study, if the dial had only some of its knobs."""
    soft = [row for row in rows if row["part"] == "study" and row["method"] == SOFT]
    families = {
        "plain": lambda center, power, clip: center is None and power == 1.0 and clip is None,
        "centre": lambda center, power, clip: power == 1.0 and clip is None,
        "centre and power": lambda center, power, clip: clip is None,
        "centre and clip": lambda center, power, clip: power == 1.0,
        "all three": lambda center, power, clip: True,
        "mean only, power or clip": lambda center, power, clip: center in (None, "mean"),
    }
    tables = []
    for labels in dict.fromkeys(row["labels"] for row in soft):
        lines = []
        for percent in range(_LOWEST, 83):
            cells = []
            for allowed in families.values():
                found = [row for row in soft if row["labels"] == labels and allowed(*dial_of(row))]
                best = best_at(found, percent, "")
                cells.append("" if best is None else f"{best['median_radius']:g}")
            lines.append([f"{percent} %", *cells])
        tables.append(markdown_table([f"{labels} labels, clean accuracy at least", *families], lines))
    return "\n\n".join(tables)


def ratio(rows, percent):
    """Our largest radius at this clean accuracy over the black boxes'; None where these have none."""
    black, own = best_at(black_boxes(rows), percent), best_at(ours(rows), percent)
    if black is None or own is None or black["median_radius_unseen"] <= 0:
        return None
    return own["median_radius_unseen"] / black["median_radius_unseen"]


def ratio_at(rows, percent):
    value = ratio(rows, percent)
    return "" if value is None else f"{value:.2f} \N{MULTIPLICATION SIGN}"


def described(row):
    """Method, partitions, features, ridge, dial."""
    return "" if row is None else f"{row['method']}: {setting(row)}"


def setting(row):
    """The same without the method."""
    dial = {"centre": row["weight_center"], "power": row["weight_power"], "clip": row["weight_clip"]}
    usual = {"centre": "none", "power": 1.0, "clip": "none"}
    said = [f"{name} {value}" for name, value in dial.items() if value != usual[name]]
    parts = [f"P = {row['n_partitions']:,}", row["scaling"], f"alpha = {row['alpha']:g}", *said]
    return "; ".join(parts)


def accuracy(row):
    return "" if row is None else f"{100 * row['clean_accuracy_unseen']:.1f} %"


def radius(row):
    return "" if row is None else f"{row['median_radius_unseen']:g}"


def minutes(rows):
    """How long all tasks took, as a sentence."""
    by_part = {}
    for row in rows:
        by_part.setdefault(row["part"], {})[row["task"]] = row["task_seconds"]
    each = ", ".join(f"{part} {sum(tasks.values()) / 60:.0f}" for part, tasks in by_part.items())
    return f"Minutes: {each}."


def _best_hard(rows, method):
    few = [row for row in rows if row["method"] == method and row["n_partitions"] <= _FEW]
    best = [
        max((r for r in few if r["n_partitions"] == p), key=_radius) for p in sorted({r["n_partitions"] for r in few})
    ]
    return best


def _at(row):
    return f"{radius(row)} at {accuracy(row)}, P = {row['n_partitions']:,}"


def _radius(row):
    return row["median_radius_unseen"]


def _ratio(row, rival):
    return f"{_radius(row) / _radius(rival):.2f} \N{MULTIPLICATION SIGN}" if _radius(rival) > 0 else "∞"
