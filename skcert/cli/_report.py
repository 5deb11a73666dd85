"""The report: one self-contained HTML page, with everything from the user's data escaped.

Text from tables goes through `as_text` and only into HTML text, never into the script, attributes or the style. Only
the page's own script and style are allowed, by their hashes, so that a browser would not run what slipped through.
"""

import base64
import hashlib
from importlib.resources import files
from string import Template

import numpy as np

from ..results import number_of_flips, right_predictions, units_of
from ._attacked import ATTACKED, attacked
from ._audit_sections import guard_section, scope_words, suspects_section
from ._certificates import certificates_section, weakest_section, wrong_section
from ._charts import certified_curve, radius_histogram
from ._classes import class_section, unpredicted_words
from ._dials import dials_section
from ._markup import as_name, as_text, cell, html_table, long_text
from ._next_steps import next_steps
from ._search import search_in_words
from ._threat import certain_sentence, threat_in_words
from ._values import Values
from ._worklist import list_name

_COLUMNS, _LONGEST_NAME = 100, 1000
_NUMBERED = "Rows are numbered from 0, the first below the header, here and in the files beside this page."
_TRUSTED_FEATURES = {
    "labels": "<strong>Changed, added or removed rows and features.</strong> Only labels may be wrong; rows are "
    "trusted.",
    "rows": "<strong>Other columns, or columns read in another way.</strong> What is a number, a category or left out "
    "stays as it was.",
}
_PREPROCESSING = {
    "labels": "Here numbers were scaled, gaps filled and categories encoded without labels.",
    "rows": "Here numbers were scaled, gaps filled and categories encoded by each member of the vote, on its own rows "
    "and without labels.",
}


def report_page(result, summary, sampled, tables, *, keys, command, train_name, test_name, table_name):
    """The page as a string.

    Parameters
    ----------
    result : CertificationResult
        Certified predictions.
    summary : dict
        What ``summary.json`` holds.
    sampled : SampledAudit or None
        Audit of the training labels, and what checking them buys; None leaves its sections out.
    tables : Tables
        Labels, names of rows, cells, and how columns were read.
    keys : sequence of str
        What the training rows of the audit are known by, along its ranking.
    command : sequence of str
        The words of the command line.
    train_name, test_name, table_name : str
        Names of the tables, and of the file with all certificates.

    Returns
    -------
    page : str
    """
    y_test = tables.test.labels
    right = None if y_test is None else right_predictions(y_test, result)
    threat = threat_in_words(tables, as_name, result.threat)
    what = attacked(summary)
    values, save_as = Values(tables.test, tables.test_cells, tables), list_name(command)
    style, script = _resource("report.css"), _resource("report.js")
    return Template(_resource("report.html")).substitute(
        _audited(sampled, tables, keys, save_as),
        style=style,
        script=script,
        style_hash=_content_hash(style),
        script_hash=_content_hash(script),
        train_name=as_text(train_name),
        test_name=as_text(test_name),
        label_column=as_text(summary["label_column"]),
        summary=_summary(result, summary, threat, train_name, test_name),
        caveats=_caveats(summary),
        tiles=_tiles(result, summary),
        next_steps=next_steps(result, summary, sampled, tables, command, save_as),
        curve_title="Certified predictions" if right is None else "Certified accuracy",
        curve=certified_curve(
            result.radius,
            np.ones(len(result), dtype=bool) if right is None else right,
            ylabel="certified predictions" if right is None else "certified accuracy",
            counted=what.counted,
        ),
        curve_words=_curve_words(right, what),
        histogram=radius_histogram(result.radius, right, counted=what.counted),
        histogram_words=_histogram_words(result, right),
        budgets=_budgets(summary),
        classes=class_section(summary),
        weakest=weakest_section(result, tables.test, values),
        wrong=wrong_section(result, tables.test, values),
        columns=_columns(tables),
        threat=threat.sentence,
        kind=what.kind,
        question=what.question,
        done=f"{what.noun}s were {what.done}",
        up_to=f"{what.noun}s",
        trusted_features=_TRUSTED_FEATURES[result.threat],
        preprocessing=_PREPROCESSING[result.threat],
        exactness=_exactness(result, summary),
        n_classes=f"{len(result.classes):,}",
        certificates=certificates_section(result, tables.test, values, table_name),
        version=as_text(summary["skcert_version"]),
        parameters=as_text(_parameters(summary)),
    )


def _audited(sampled, tables, keys, save_as):
    """The sections that an audit of the training labels fills, and the way to the first of them."""
    if sampled is None:
        return dict.fromkeys(("check", "guard", "dials", "to_check"), "")
    values = Values(tables.train, tables.train_cells, tables)
    return {
        "check": suspects_section(sampled, tables, values, keys, save_as),
        "guard": guard_section(sampled, tables.train, values),
        "dials": dials_section(sampled.points, scope_words(sampled, "accuracy_radius_points")),
        "to_check": '<a href="#check">Labels to check</a>',
    }


def _parameters(summary):
    """Parameters in one line; score weights by label have a column of the table of classes."""
    stated = {
        name: "as in the table of classes" if isinstance(value, dict) else value
        for name, value in summary["parameters"].items()
    }
    return ", ".join(f"{name}={value}" for name, value in stated.items())


def _resource(name):
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _content_hash(content):
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _summary(result, summary, threat, train_name, test_name):
    trusted = f", {summary['n_trusted']:,} of them trusted," if summary["n_trusted"] else ""
    rows = f"{len(result):,} {'row' if len(result) == 1 else 'rows'}"
    made = [
        f"The model was fitted on {result.n_train:,} labelled rows of {as_name(train_name)}{trusted} and predicts "
        + (f"the other {rows}." if summary["split"] else f"{rows} of {as_name(test_name)}."),
        as_text(summary["split"]),
        as_text(search_in_words(summary)),
        _NUMBERED,
    ]
    found = [threat.sentence]
    if "accuracy" in summary:
        found.append(
            f"<strong>{summary['accuracy']:.1%}</strong> of the predictions are right; the mean over the classes is "
            f"{summary['balanced_accuracy']:.1%}."
        )
    unpredicted = unpredicted_words(summary, as_name)
    if unpredicted:
        found.append(f"<strong>No row is predicted as</strong> {unpredicted}.")
    found.append(_median_sentence(result, summary, threat))
    found.append(certain_sentence(result, threat, summary.get("certain_accuracy")) or "")
    n_weak = int((result.radius == 0).sum())
    if n_weak and n_weak < len(result):
        one, what = n_weak == 1, attacked(summary)
        found.append(
            f"{n_weak:,} {'prediction has' if one else 'predictions have'} no guarantee at all: a single {what.noun} "
            f"{what.done} may change {'it' if one else 'them'}."
        )
    return f'<p class="lead">{" ".join(found)}</p>\n<p class="hint">{" ".join(made)}</p>'


def _median_sentence(result, summary, threat):
    """What the median says of at least half of the rows; with true labels, a wrong prediction counts as -1."""
    known = "median_radius" in summary
    median = summary["median_radius" if known else "median_radius_all_predictions"]
    half, what = "At least half of the predictions", attacked(summary)
    stay = "are right and provably stay so" if known else "provably stay the same"
    if median == "unbounded":
        return f"{half} {stay} {threat.whatever}."
    if median == -1:
        return f"{half} are wrong."
    median = int(median)
    if not median:
        without = "are wrong or without a guarantee" if known else "are without a guarantee"
        return f"{half} {without}: one {what.noun} {what.done} may be enough."
    which = f"{what.whichever(median)} {what.done}"
    return f"{half} {stay} <strong>{which}</strong> ({median / result.n_train:.1%} of all), and {threat.to}."


def _caveats(summary):
    said = [*summary["caveats"], *summary["model_notes"]]
    if not said:
        return ""
    items = "".join(f"<li>{as_text(words)}</li>" for words in said)
    return f'<div class="note"><ul>{items}</ul></div>'


def _tiles(result, summary):
    budget = max(number_of_flips(0.01, result.n_train), 1)
    share, verb = f"{budget / result.n_train:.1%} of all", "is" if budget == 1 else "are"
    known = "accuracy" in summary
    median = summary["median_radius" if known else "median_radius_all_predictions"]
    words = "no limit" if median == "unbounded" else f"{median:,.1f}".removesuffix(".0")
    which = "a wrong prediction counting as -1" if known else "over all predictions"
    what = attacked(summary)
    tiles = [(f"median radius, in {what.counted}, {which}", words)]
    if known:
        right = summary["accuracy"]
        tiles.insert(0, (f"accuracy, no {what.noun}s {what.done}", f"{right:.1%}"))
    else:
        tiles.insert(0, ("predictions certified", f"{len(result):,}"))
    held = float(result.certified(budget).mean())
    if_any = f"any {what.some(budget)} ({share}) {verb} {what.done}"
    tiles.append((f"predictions that hold if {if_any}", f"{held:.1%}"))
    tiles.append(("predictions without a guarantee", f"{int((result.radius == 0).sum()):,}"))
    return "\n".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)


def _curve_words(right, what):
    which = f"whichever {what.noun}s are attacked"
    if right is None:
        return f"Share of all predictions that provably stay the same, {which}."
    return f"Share of all test rows that are predicted correctly and provably stay so, {which}."


def _histogram_words(result, right):
    words = []
    if right is not None:
        square = '<svg viewBox="0 0 12 12" aria-hidden="true"><rect class="{0}" width="12" height="12" rx="2"/></svg>'
        kinds = {"right": "predicted correctly", "wrong": "predicted wrongly"}
        key = "".join(f"<span>{square.format(kind)}{words_of}</span>" for kind, words_of in kinds.items())
        words.append(f'<p class="key">{key}</p>')
    n_certain = int(result.certain.sum())
    if n_certain:
        flips = units_of(result.threat).short
        words.append(f'<p class="hint">Not drawn: {n_certain:,} predictions that no number of {flips} changes.</p>')
    return "\n".join(words)


def _budgets(summary):
    """Shares that hold, from no flip up to where none do."""
    what, shares = attacked(summary), summary["certified_share"]
    budgets = [budget for place, budget in enumerate(shares) if place == 0 or list(shares.values())[place - 1] > 0]
    heads = [(f"{what.noun}s {what.done}", ""), *((f"{int(budget):,}", "number") for budget in budgets)]
    kinds = {"hold": shares} | ({"right and hold": summary["certified_accuracy"]} if "accuracy" in summary else {})
    rows = [
        f"<tr>{cell(name)}{''.join(cell(f'{share[budget]:.1%}', 'number') for budget in budgets)}</tr>"
        for name, share in kinds.items()
    ]
    return html_table(heads, rows, "budgets")


def _columns(tables):
    """How each column was read, those that something is said of first."""
    order = sorted(tables.columns, key=lambda column: not column.notes)
    parts = [
        (long_text(column.name, _LONGEST_NAME), column.kind, as_text("; ".join(column.notes)))
        for column in order[:_COLUMNS]
    ]
    rows = [f"<tr>{''.join(map(cell, cells))}</tr>" for cells in parts]
    words = [
        "The training table decides how a column is read. Numbers were scaled, with gaps filled by the median; "
        "categories were encoded; columns that are no features were left out (<code>--keep</code> keeps them)."
    ]
    if len(order) > _COLUMNS:
        words.append(f"Shown are {_COLUMNS} of {len(order):,} columns; <code>summary.json</code> has all of them.")
    notes = "".join(f"<li>{as_text(note)}</li>" for note in tables.notes)
    return (
        f"<p>{' '.join(words)}</p>\n"
        + (f'<div class="note"><ul>{notes}</ul></div>\n' if notes else "")
        + html_table([("column", ""), ("read as", ""), ("notes", "")], rows, "columns")
    )


def _exactness(result, summary):
    vote = "Several networks, each fitted on its own part of the rows, vote;"
    flip = ATTACKED[result.threat].flip
    kind = {
        "label-linear": "It was computed from the weight that each training label has in each prediction.",
        "white-box": f"{vote} the certificate counts how many flips it takes to change each vote (white-box).",
        "black-box": f"{vote} the certificate counts the votes that have to change, one {flip} for each (black-box).",
        "search": f"{as_text(search_in_words(summary))} Every candidate was certified, and so was which of them "
        "changed labels can make win.",
    }[result.certificate]
    n_exact = int(result.exact.sum())
    if n_exact == len(result):
        return f"{kind} All radii are exact: with one more flip, well chosen, the prediction is known to change."
    return (
        f"{kind} Radii are lower bounds: the true ones may be larger, never smaller. {n_exact:,} of {len(result):,} "
        "are known to be exact."
    )
