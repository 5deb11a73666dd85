"""What the docs show from the results file: tables, what they say in words, and the figure."""

import numpy as np
from comparison.choices import frontier
from comparison.tables import times
from machine import facts_line
from writing import DOCS, load_csv, load_json, markdown_table, of_seconds, write_sections

from .measure import FLIPS
from .tasks import BLACK_BOXES, FLAT, HUMAN, N_RARE, NETWORK, PLAIN, RIDGE_VOTES, SOFT, UNEVEN, VOTERS

PAGE = DOCS / "unequal_results.md"
FIGURE = "accuracy_and_radius.png"
ASKED = {
    UNEVEN[0]: {"clean_accuracy": 0.70, "rare_recall": 0.75, "median_radius": 20},
    HUMAN: {"clean_accuracy": 0.755},
}
"""What was asked for before it was measured."""
TOLERANCE = 0.01
"""Clean accuracy that a model may lose against the black box that it is compared with."""
_NOT_MEASURED = "Not measured."
_WEIGHTS = {"none": "none", "known": "known", "balanced": "counted (`balanced`)"}
_HEADER = ["model", "P", "setting", "score weights", "clean accuracy", "mean recall", f"{N_RARE} rarest"]
_HEADER += ["median radius", "worst class at " + ", ".join(map(str, FLIPS)) + " flips", "fit", "certify"]


def one_line(row):
    """A row, as it is printed while measuring."""
    seconds = f"{row['fit_seconds']:.1f} + {row['certify_seconds']:.1f} s"
    return f"{row['task']}: {of_accuracy(row)}, {seconds}{row['warned'] and ', warned: ' + row['warned']}"


def of_accuracy(row):
    """Clean accuracy, recall of the rarest classes and median radius, in words."""
    return (
        f"clean accuracy {_percent(row['clean_accuracy'])}, {N_RARE} rarest {_percent(row['rare_recall'])}, "
        f"median radius {_radius(row)}"
    )


def write_pages(folder):
    """Write the figure and the sections again."""
    from .figure import draw  # which needs matplotlib

    rows = load_csv(folder / "results.csv")
    draw(rows, folder / FIGURE)
    write_sections(PAGE, report(rows, load_json(folder / "machine.json")))


def report(rows, facts):
    """The sections of the page, by name."""
    found = {data: [row for row in rows if row["data"] == data] for data in (*UNEVEN, HUMAN)}
    sections = {}
    for number, data in enumerate(UNEVEN, 1):
        sections[f"long tail {number}"] = _section(_long_tail_claims, found[data])
    sections["human labels"] = _section(_human_claims, found[HUMAN])
    sections["unequal warnings"] = f"{_warnings(rows)}\n\n{_cost(rows, facts)}"
    return sections


def _section(claims, rows):
    if not rows:
        return _NOT_MEASURED
    return "\n\n".join(["\n".join(f"- {claim}" for claim in claims(rows)), _facts(rows), _table(rows)])


def _facts(rows):
    first = rows[0]
    return (
        f"{first['n_train']:,} training rows, {first['n_test']:,} test rows; the rarest class has "
        f"{_percent(first['least_share'])} of the training labels, the most frequent one "
        f"{_percent(first['largest_share'])}."
    )


def _long_tail_claims(rows):
    data = rows[0]["data"]
    plain, weighted = (pick(rows, NETWORK, np.inf, PLAIN, weights) for weights in ("none", "known"))
    flat_alone, flat = (pick(rows, NETWORK, np.inf, FLAT, weights) for weights in ("none", "known"))
    yield f"**Without score weights**, one network (`alpha=inf`): {of_accuracy(plain)}."
    yield f"**With known ones**, the same network: {of_accuracy(weighted)}."
    yield f"**Flat weights without score weights**: {of_accuracy(flat_alone)}."
    yield f"**Flat weights with known score weights**: {of_accuracy(flat)}.{_asked(flat, ASKED.get(data, {}))}"
    pairs = [
        (pick(rows, NETWORK, np.inf, how, "known"), pick(rows, NETWORK, np.inf, how, "balanced"))
        for how in (PLAIN, FLAT)
    ]
    counted = " and ".join(
        f"{_radius(balanced)} instead of {_radius(known)} ({name}, {_percent(balanced['exact'])} of its radii "
        "known to be exact)"
        for name, (known, balanced) in zip(("plain", "flat"), pairs)
    )
    yield f"**Counting the frequencies in the labels** (`balanced`), which the attacker changes, certifies {counted}."
    yield from _against_black_boxes(rows, flat)


def _human_claims(rows):
    plain = pick(rows, SOFT, 10.0, PLAIN, "none")
    yield f"**Plain soft vote of {VOTERS}** (`alpha=10`): {of_accuracy(plain)}."
    for center in (0.8, 0.95):
        alone, weighted = (pick(rows, SOFT, 10.0, (center, None), weights) for weights in ("none", "known"))
        asked = ""
        if center == 0.95:
            asked = _asked(weighted, {**ASKED[HUMAN], "median_radius": plain["median_radius"]}, " (the plain vote's)")
        yield (
            f"**Centred** (`weight_center={center:g}`): {of_accuracy(alone)} without score weights, "
            f"{of_accuracy(weighted)} with known ones.{asked}"
        )
    yield from _against_black_boxes(rows, weighted)
    yield _of_the_same_accuracy(rows, pick(rows, SOFT, np.inf, (0.8, None), "known"))


def _asked(row, asked, source=""):
    """Whether what was asked for is reached, as a sentence."""
    if not asked:
        return ""
    names = {"clean_accuracy": "clean accuracy", "rare_recall": f"{N_RARE} rarest", "median_radius": "median radius"}
    texts = [
        f"{names[key]} {f'{value:g}' if key == 'median_radius' else _percent(value)}" for key, value in asked.items()
    ]
    short = [names[key] for key, value in asked.items() if row[key] < value]
    outcome = f"short of it in {', '.join(short)}" if short else "reached"
    return f" Asked for were at least {', '.join(texts)}{source}: {outcome}."


def _against_black_boxes(rows, ours):
    """The most accurate one, and the one that is about as accurate as ours."""
    most = max(_black(rows), key=lambda row: (row["clean_accuracy"], row["median_radius"]))
    yield f"**The most accurate black box** ({_name(most)}): {of_accuracy(most)}."
    yield _of_the_same_accuracy(rows, ours)


def _of_the_same_accuracy(rows, ours):
    """Ours, and the black box with the largest radius of those that are as accurate, less the tolerance."""
    near = [row for row in _black(rows) if row["clean_accuracy"] >= ours["clean_accuracy"] - TOLERANCE]
    text = (
        f"**Median radius {_radius(ours)} at {_percent(ours['clean_accuracy'])}** ({_name(ours)}, known score "
        f"weights): of the black boxes that are as accurate, or at most {100 * TOLERANCE:g} point less, "
    )
    if not near:
        return f"{text}there is none."
    best = max(near, key=lambda row: row["median_radius"])
    return f"{text}the one with the largest radius ({_name(best)}) has: {of_accuracy(best)}{_times(ours, best)}."


def _black(rows):
    return [row for row in rows if row["model"] in BLACK_BOXES]


def _times(ours, other):
    if other["median_radius"] <= 0:
        return ""
    return f"; ours is {times(ours['median_radius'] / other['median_radius'])}"


def _warnings(rows):
    ours = [row for row in rows if row["model"] in (NETWORK, SOFT)]
    shifted = [row for row in ours if row["center"] != "" and row["score_weight"] == "none"]
    silent = [row for row in rows if row["one_class"] and not row["warned"]]
    constant = sum(row["one_class"] for row in rows)
    warned = sum("shift" in row["warned"] for row in shifted)
    others = [row for row in rows if row not in shifted]
    return (
        f"Of {len(rows)} models, {constant} predict{'s' * (constant == 1)} one class for all test rows, {len(silent)} "
        f"of them without a warning from `fit`. Of {len(shifted)} with centred weights and without score weights, "
        f"`fit` warned of {warned} that the shift acts through the classes' sizes; of the {len(others)} others, "
        f"{sum(row['warned'] != '' for row in others)} had a warning{_other_warnings(others)}."
    )


def _other_warnings(rows):
    found = sorted({row["warned"] for row in rows if row["warned"]})
    return f" ({'; '.join(found)})" if found else ""


def _cost(rows, facts):
    seconds = sum(row["fit_seconds"] + row["certify_seconds"] for row in rows)
    return f"All fits and certificates together: {of_seconds(seconds)}. Measured on: {facts_line(facts)}"


def _table(rows):
    """All models of ours, and the black boxes that no other one beats in both clean accuracy and median radius."""
    ours = [row for row in rows if row["model"] not in BLACK_BOXES]
    black = frontier(_black(rows))
    return markdown_table(_HEADER, [_cells(row) for row in [*ours, *black]])


def _cells(row):
    own = row["model"] == RIDGE_VOTES
    return [
        f"{row['model']}, black box" if row["model"] in BLACK_BOXES else row["model"],
        f"{row['n_partitions']:,}",
        setting(row),
        "class-weighted members" if own else _WEIGHTS[row["score_weight"]],
        *(_percent(row[key]) for key in ("clean_accuracy", "mean_recall", "rare_recall")),
        _radius(row),
        ", ".join(f"{100 * row[f'worst_{flips}']:.0f}" for flips in FLIPS) + " %",
        *(of_seconds(row[key]) for key in ("fit_seconds", "certify_seconds")),
    ]


def setting(row):
    flat = [
        f"{key}={row[name]:g}" for name, key in (("center", "weight_center"), ("clip", "weight_clip")) if row[name]
    ]
    return ", ".join([f"alpha={row['alpha']:g}", *flat])


def _name(row):
    partitions = f"P = {row['n_partitions']:,}, " if row["n_partitions"] > 1 else ""
    return f"{'one network' if row['model'] == NETWORK else row['model']}, {partitions}{setting(row)}"


def pick(rows, model, alpha, flat, score_weight):
    """The one row with this model and setting."""
    center, clip = ("" if value is None else value for value in flat)
    wanted = {"model": model, "alpha": alpha, "center": center, "clip": clip, "score_weight": score_weight}
    (row,) = (row for row in rows if all(row[key] == value for key, value in wanted.items()))
    return row


def _percent(share):
    return f"{100 * share:.1f} %"


def _radius(row):
    return f"{row['median_radius']:g}" if row["median_radius"] >= 0 else "none"
