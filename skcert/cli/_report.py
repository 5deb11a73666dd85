"""The report: one self-contained HTML page, with everything from the user's data escaped.

Text from tables goes through `as_text` and only into HTML text, never into the script, attributes or the style. Only
the page's own script and style are allowed, by their hashes, so that a browser would not run what slipped through.
"""

import base64
import hashlib
from importlib.resources import files
from string import Template

import numpy as np

from ..results import UNBOUNDED, right_predictions, units_of
from ._attacked import ATTACKED, attacked
from ._audit_sections import audit_sections, scope_words
from ._charts import certified_curve, radius_histogram
from ._classes import class_section, unpredicted_words
from ._dials import dials_section
from ._markup import as_name, as_text, cell, flips_words, html_table, number_cell, row_cell, row_head
from ._search import search_in_words
from ._threat import certain_sentence, threat_in_words

_WEAKEST = 10  # predictions in the section of that name
_TABLE_ROWS = 500
_COLUMNS = 100
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


def report_page(result, summary, sampled, tables, *, train_name, test_name, table_name):
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
        Labels, names of rows, and how columns were read.
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
    order = np.argsort(result.radius, kind="stable")
    style, script = _resource("report.css"), _resource("report.js")
    return Template(_resource("report.html")).substitute(
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
        dials="" if sampled is None else dials_section(sampled.points, scope_words(sampled, "accuracy_radius_points")),
        weakest_words=_weakest_words(result),
        weakest=_certificates(tables.test, result, order[:_WEAKEST]),
        audit="" if sampled is None else audit_sections(sampled, tables.train),
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
        table_words=_table_words(len(result), table_name, units_of(result.threat).short),
        table=_certificates(tables.test, result, order[:_TABLE_ROWS], sortable=True),
        version=as_text(summary["skcert_version"]),
        parameters=as_text(_parameters(summary)),
    )


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
    sentences = [
        f"The model was fitted on {result.n_train:,} labelled rows of {as_name(train_name)}{trusted} and predicts "
        + (f"the other {rows}." if summary["split"] else f"{rows} of {as_name(test_name)}."),
        as_text(summary["split"]),
        threat.sentence,
        as_text(search_in_words(summary)),
    ]
    if "accuracy" in summary:
        sentences.append(
            f"<strong>{summary['accuracy']:.1%}</strong> of its predictions are right; the mean over the classes is "
            f"{summary['balanced_accuracy']:.1%}."
        )
    unpredicted = unpredicted_words(summary, as_name)
    if unpredicted:
        sentences.append(f"<strong>No row is predicted as</strong> {unpredicted}.")
    sentences.append(_median_sentence(result, summary, threat))
    sentences.append(certain_sentence(result, threat, summary.get("certain_accuracy")) or "")
    n_weak = int((result.radius == 0).sum())
    if n_weak and n_weak < len(result):
        one, what = n_weak == 1, attacked(summary)
        sentences.append(
            f"{n_weak:,} {'prediction has' if one else 'predictions have'} no guarantee at all: a single {what.noun} "
            f"{what.done} may change {'it' if one else 'them'}."
        )
    return f'<p class="lead">{" ".join(sentences)}</p>'


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
    budget = max(result.n_train // 100, 1)
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
    known = "certified_accuracy" in summary
    what = attacked(summary)
    heads = [(f"{what.noun}s {what.done}", "number"), ("hold", "number")]
    if known:
        heads.append(("right and hold", "number"))
    rows = []
    for budget, share in summary["certified_share"].items():
        cells = [cell(f"{int(budget):,}", "number"), cell(f"{share:.1%}", "number")]
        if known:
            cells.append(cell(f"{summary['certified_accuracy'][budget]:.1%}", "number"))
        rows.append(f"<tr>{''.join(cells)}</tr>")
        if share == 0:
            break
    return html_table(heads, rows)


def _weakest_words(result):
    units = units_of(result.threat)
    exact = "" if result.exact.all() else f" Radii are lower bounds: more {units.short} than these may be needed."
    which = "wrong labels" if result.threat == "labels" else "rows"
    return f"The predictions with the smallest radii: the fewest {which} can change these.{exact}"


def _certificates(table, result, rows, sortable=False):
    """Table of certificates of some rows of a table."""
    y_test = table.labels
    heads = [row_head(table), ("prediction", "")]
    if y_test is not None:
        heads += [("label", ""), ("right?", "")]
    some_known = bool((result.radius_upper < UNBOUNDED).any())
    heads += [("radius", "number")] + some_known * [("known to suffice", "number")]
    heads += [("nearest other", ""), (f"{units_of(result.threat).short} to it", "number")]
    away = np.array(result.flips_to_class[rows])
    away[np.arange(len(rows)), np.searchsorted(result.classes, result.prediction[rows])] = np.iinfo(np.int64).max
    nearest = away.argmin(axis=1)
    lines = []
    for i, row in enumerate(rows):
        wrong = y_test is not None and result.prediction[row] != y_test[row]
        cells = [row_cell(row, table), cell(as_name(result.prediction[row]))]
        if y_test is not None:
            cells += [cell(as_name(y_test[row])), cell("wrong" if wrong else "right", "verdict")]
        cells.append(number_cell(result.radius[row], flips_words(result.radius[row])))
        if some_known:
            enough = min(result.radius_upper[row] + 1, UNBOUNDED)
            cells.append(number_cell(enough, "not known" if enough == UNBOUNDED else f"{enough:,}"))
        cells.append(cell(as_name(result.classes[nearest[i]])))
        cells.append(number_cell(away[i, nearest[i]], flips_words(away[i, nearest[i]])))
        opening = '<tr class="wrong">' if wrong else "<tr>"
        lines.append(f"{opening}{''.join(cells)}</tr>")
    sorted_by = [name for name, _ in heads].index("radius") if sortable else None
    return html_table(heads, lines, sorted_by)


def _columns(tables):
    """How each column was read, those that something is said of first."""
    order = sorted(tables.columns, key=lambda column: not column.notes)
    rows = [
        f"<tr>{cell(as_name(column.name))}{cell(column.kind)}{cell(as_text('; '.join(column.notes)))}</tr>"
        for column in order[:_COLUMNS]
    ]
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
        + '<div class="scroll" tabindex="0" role="region" aria-labelledby="columns">'
        + html_table([("column", ""), ("read as", ""), ("notes", "")], rows)
        + "</div>"
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


def _table_words(n_test, table_name, flips):
    which = f"All {n_test:,} rows" if n_test <= _TABLE_ROWS else f"The {_TABLE_ROWS} weakest of {n_test:,} rows"
    also = "All are" if n_test > _TABLE_ROWS else "They are also"
    return (
        f"{which}, weakest first. {also} in <code>{as_text(table_name)}</code>, in the order of the test table, with "
        f"the {flips} to each class: fewer never lead there. Row 1 is the first below the header."
        '<span class="script" hidden> Click a column heading to sort by it, and again to reverse the order.</span>'
    )
