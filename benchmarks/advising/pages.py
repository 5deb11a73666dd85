"""What the docs show of the readings: the cost of settings, and where sentences hold."""

from math import inf
from statistics import median

import numpy as np
from tables import LEARNED_WELL, named
from writing import DOCS, markdown_table, write_sections

from .checks import Check, Measured
from .claims import CLAIMS, HELP, ONE, unequal

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
_ON_TABLES, _PLAIN_ON_TABLES = named("one network", 10.0, 0.99), named("one network", 1.0, None)
_FEW_ROWS, _FEW_CLASSES = 300, 4
"""Rows of a whole table, of which half train."""
_MINUS = {ord("-"): "\N{MINUS SIGN}"}


def data_sets(results):
    """From what was measured to `Measured`, by name."""
    facts = ("rows", "features", "classes", "most to least", "readings")
    return {name: Measured(*(of[fact] for fact in facts)) for name, of in results.items()}


def costs(data):
    """Table of settings: accuracy, mean recall and radius, on classes that are not far from equal, and on others."""
    groups = [[of for of in data.values() if unequal(of) == uneven] for uneven in (False, True)]
    lines = []
    for setting in _COST_OF:
        line = [_NAMES.get(setting, setting)]
        for group in groups:
            for quantity in ("accuracy", "mean recall", "radius"):
                check = Check(quantity, setting, ONE)
                values = _values(check, group)
                worst = f" ({_number(check, min(values))})" if quantity == "accuracy" else ""
                line.append(_number(check, median(values)) + worst if values else "")
        lines.append(line)
    head = ["accuracy (worst)", "mean recall", "radius"]
    return markdown_table([f"{len(groups[0])} / {len(groups[1])} data sets", *head, *head], lines)


def sentences(data, unseen):
    """Table of sentences: where they stand, on how many data sets they hold, and the figures that they rest on.

    Figures are of the data sets that the sentences were worded by; `unseen` are those that had no part in that.
    """
    lines = []
    for claim in CLAIMS:
        page = "" if DOCS / claim.page == PAGE else f" ({_link(claim.page)})"
        first = [claim.sentence + page, *(_held(claim, of) for of in (data, unseen))]
        for check in claim.checks:
            lines.append([*first, *_figures(check, claim, data)])
            first = ["", "", ""]
    head = ["sentence", "holds on", "unseen", "figure", "of", "against", "median (range)", "wanted"]
    return markdown_table(head, lines)


def _held(claim, data):
    held = [claim.holds(of) for of in data.values()]
    return f"{held.count(True)} of {len(held) - held.count(None)}"


def on_tables(tables):
    """What the command line's setting costs against the defaults on the many small tables of `tables.py`."""
    few, many = [], []
    for of in tables.values():
        if of["half"] != LEARNED_WELL:
            cost = 100.0 * (of["scores"][_ON_TABLES][0] - of["scores"][_PLAIN_ON_TABLES][0])
            (few if of["rows"] < _FEW_ROWS or of["classes"] > _FEW_CLASSES else many).append(cost)
    settled = f"at least {_FEW_ROWS // 2} training rows and at most {_FEW_CLASSES} classes"
    return (
        f"On {len(few) + len(many)} small tables ([`tables.py`](choosing.md#what-the-command-line-takes-and-why)), "
        f"`alpha=10` with `weight_clip=0.99` costs {-median(few + many) + 0.0:.1f} points of accuracy in the median. "
        f"It costs more than two points on {_share(many, -2)} and more than five on {_share(many, -5)} of those that "
        f"have {settled}, and on {_share(few, -2)} and {_share(few, -5)} of the others."
    )


def _share(costs, bound):
    return f"{np.mean(np.array(costs) < bound):.0%}"


def facts(data):
    """One sentence on the data sets."""
    sets = ", ".join(f"{name} ({of.rows:,} rows, {of.classes} classes)" for name, of in data.items())
    return f"Data sets, with training rows: {sets}."


def sections(results, tables):
    """The generated sections of the page, by name."""
    data, unseen = (data_sets(results[part]) for part in ("worded by", "unseen"))
    return {
        "on tables": on_tables(tables),
        "settings": f"{costs(data)}\n\n{facts(data)}",
        "advice": sentences(data, unseen),
    }


def write_page(results, tables):
    write_sections(PAGE, sections(results, tables))


def _link(page):
    return page if page == HELP else f"[{page.removesuffix('.md')}]({page})"


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
