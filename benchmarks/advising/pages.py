"""What the docs show of the readings: the cost of settings, and where sentences hold."""

from math import inf
from statistics import median

from writing import DOCS, markdown_table, write_sections

from .claims import CLAIMS, ONE, Check, Data, unequal

PAGE = DOCS / "settings.md"
_COST_OF = (
    "alpha = 0.1",
    "alpha = 3",
    "alpha = 10",
    "alpha = 100",
    "alpha = inf",
    "clip 0.99, alpha = 10",
    "clip 0.95, alpha = 10",
    "centre mean, clip .99, alpha = 10",
    "centre 1 - 1/K, clip .1, alpha = 10",
    "score weights, alpha = 10",
    "5 soft votes, alpha = 1",
    "20 soft votes, alpha = 1",
    "20 soft votes, alpha = 10",
    "20 hard votes, alpha = 1",
    "landmarks",
    "ridge",
    "depth 2, alpha = 1",
    "equal lengths, alpha = 10",
    "whitened, alpha = 10",
    "logistic regression",
)
_NAMES = {"landmarks": "500 landmarks, ridge of 10", "ridge": "linear ridge, alpha = 10"}
_MINUS = {ord("-"): "\N{MINUS SIGN}"}


def data_sets(results):
    """From what was measured to `Data`, by name."""
    return {
        name: Data(*(of[fact] for fact in ("rows", "features", "classes", "rarest", "most to least", "readings")))
        for name, of in results.items()
    }


def costs(data):
    """Table of settings: accuracy, mean recall and radius, on classes that are not far from equal, and on others."""
    groups = [
        [of for of in data.values() if not unequal(of)],
        [of for of in data.values() if unequal(of)],
    ]
    lines = []
    for setting in _COST_OF:
        line = [_NAMES.get(setting, setting)]
        for group in groups:
            for quantity in ("accuracy", "mean recall", "radius"):
                check = Check(quantity, setting, ONE)
                values = _values(check, group)
                line.append(f"{_number(check, median(values))} ({_number(check, min(values))})" if values else "")
        lines.append(line)
    kinds = (f"{len(groups[0])} data sets", f"{len(groups[1])} with unequal classes")
    head = [f"{quantity}, {kind}" for kind in kinds for quantity in ("accuracy", "mean recall", "radius")]
    return markdown_table(["", *head], lines)


def sentences(data):
    """Table of sentences: where they stand, on how many data sets they hold, and the figures that they rest on."""
    lines = []
    for claim in CLAIMS:
        held = [claim.holds(of) for of in data.values()]
        page = "" if DOCS / claim.page == PAGE else f" ([{claim.page.removesuffix('.md')}]({claim.page}))"
        first = [claim.sentence + page, f"{held.count(True)} of {len(held) - held.count(None)}"]
        for check in claim.checks:
            lines.append([*first, *_figures(check, claim, data)])
            first = ["", ""]
    head = ["sentence", "holds on", "figure", "of", "against", "median (range)", "wanted"]
    return markdown_table(head, lines)


def facts(data):
    """One sentence on the data sets."""
    sets = ", ".join(f"{name} ({of.rows:,} rows, {of.classes} classes)" for name, of in data.items())
    return f"Data sets, with training rows: {sets}."


def write_page(results):
    data = data_sets(results)
    write_sections(PAGE, {"settings": f"{costs(data)}\n\n{facts(data)}", "advice": sentences(data)})


def _values(check, data):
    return [value for value in map(check.value, data) if value is not None]


def _figures(check, claim, data):
    """What a check is about, its median and range, and the bounds that it has to keep."""
    values = _values(check, [of for of in data.values() if claim.about(of)])
    middle, least, most = (_number(check, value) for value in (median(values), min(values), max(values)))
    bounds = (("at least", check.at_least), ("at most", check.at_most))
    wanted = " and ".join(f"{word} {_number(check, bound)}" for word, bound in bounds if abs(bound) < inf)
    return [check.of, check.setting, check.base or "", f"{middle} ({least} to {most})", wanted]


def _number(check, value):
    if check.is_multiple:
        digits = f"{value:.0f}" if value >= 100 else f"{value:.2g}"
        return f"{digits} \N{MULTIPLICATION SIGN}"
    return (f"{value:.3g} %" if check.base is None else f"{value:+.1f}").translate(_MINUS)
