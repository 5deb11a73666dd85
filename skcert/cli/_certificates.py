"""Certified rows in the report, with their values: the weakest, the wrong ones, and a table that can be sorted."""

import numpy as np

from ..results import UNBOUNDED, units_of
from ._markup import as_text, card, cell, flips_words, html_table, long_text, number_cell, row_cell, row_head

_LISTED = 10  # rows in the sections of their own


def weakest_section(result, table, values):
    """The predictions with the smallest radii."""
    units, few = units_of(result.threat), "wrong labels" if result.threat == "labels" else "rows"
    exact = "" if result.exact.all() else f" Radii are lower bounds: more {units.short} than these may be needed."
    rows = np.argsort(result.radius, kind="stable")[:_LISTED]
    words = f"The smallest radii: the fewest {few} can change these predictions.{exact} {values.words(_LISTED)}"
    return card("weakest", "Weakest predictions", f"<p>{words}</p>\n{_table(result, table, rows, values, 'weakest')}")


def wrong_section(result, table, values):
    """Wrong predictions that it takes the most to change; nothing without labels, or where there are none."""
    rows = firmly_wrong(result, table.labels)
    if not len(rows):
        return ""
    which = "prediction has" if len(rows) == 1 else "predictions have"
    first = f", of which {_LISTED} are shown" if len(rows) > _LISTED else ""
    words = (
        f"{len(rows):,} wrong {which} a radius above 0 that is at least the median{first}, the largest first. So much "
        f"in the training table speaks against these labels that they deserve a look. {values.words(_LISTED)}"
    )
    shown = _table(result, table, rows[:_LISTED], values, "wrong")
    return card("wrong", "Wrong predictions, the firmest first", f"<p>{words}</p>\n{shown}")


def firmly_wrong(result, labels):
    """Rows whose wrong predictions have a radius above 0 and at least the median of all, the largest first."""
    if labels is None:
        return np.arange(0)
    firm = (result.radius > 0) & (result.radius >= result.median_radius)
    rows = np.flatnonzero((result.prediction != labels) & firm)
    return rows[np.argsort(-result.radius[rows], kind="stable")]


def certificates_section(result, table, values, table_name):
    """A table of all rows, or of as many as keep the page small, that can be sorted by any column."""
    n_test = len(result)
    rows = np.argsort(result.radius, kind="stable")[: values.most_rows()]
    all_there = len(rows) == n_test
    which = f"All {n_test:,} rows" if all_there else f"The {len(rows):,} weakest of {n_test:,} rows"
    also = "They are also" if all_there else "All are"
    words = (
        f"{which}, weakest first. {also} in <code>{as_text(table_name)}</code>, in the order of the test table, with "
        f"the {units_of(result.threat).short} to each class: fewer never lead there. {values.words(len(rows))}"
        '<span class="script" hidden> Click a column heading to sort by it, and again to reverse the order.</span>'
    )
    content = f"<p>{words}</p>\n{_table(result, table, rows, values, 'certificates', sortable=True)}"
    return card("certificates", "Certificates", content, "card long")


def _table(result, table, rows, values, about, sortable=False):
    y_test, longest = table.labels, values.longest(len(rows))
    some_known = bool((result.radius_upper < UNBOUNDED).any()) and not result.exact.all()
    heads = [row_head(table), ("prediction", "")]
    heads += [] if y_test is None else [("label", ""), ("right?", "")]
    heads += [("radius", "number"), *some_known * [("known to suffice", "number")], ("nearest other", "")]
    away = np.array(result.flips_to_class[rows])
    away[np.arange(len(rows)), np.searchsorted(result.classes, result.prediction[rows])] = np.iinfo(np.int64).max
    nearest = result.classes[away.argmin(axis=1)]
    lines = []
    for row, other, its_values in zip(rows, nearest, values.of(rows)):
        wrong = y_test is not None and result.prediction[row] != y_test[row]
        cells = [row_cell(row, table, longest), cell(long_text(result.prediction[row], longest))]
        if y_test is not None:
            cells += [cell(long_text(y_test[row], longest)), cell("wrong" if wrong else "right", "verdict")]
        cells.append(number_cell(result.radius[row], flips_words(result.radius[row])))
        if some_known:
            enough = min(result.radius_upper[row] + 1, UNBOUNDED)
            cells.append(number_cell(enough, "not known" if enough == UNBOUNDED else f"{enough:,}"))
        cells.append(cell(long_text(other, longest)))
        opening = '<tr class="wrong">' if wrong else "<tr>"
        lines.append(f"{opening}{''.join(cells)}{its_values}</tr>")
    heads += values.heads()
    return html_table(heads, lines, about, sorted_by="radius" if sortable else None)
