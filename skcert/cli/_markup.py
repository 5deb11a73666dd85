"""HTML of what users and results say: everything escaped, in cells, tables and cards."""

from html import escape

from ..results import UNBOUNDED

SHORT = 60  # characters of a text that are shown at once
_LONG = 20  # rows of a table that are shown at once


def as_text(value):
    """Anything as HTML text, carriage returns included, which a browser would take for line breaks."""
    return escape(str(value), quote=True).replace("\r", "&#13;")


def as_name(value):
    """Text from the user, which must not change the direction of the text around it."""
    return f"<bdi>{as_text(value)}</bdi>"


def long_text(value, longest):
    """Text from the user; what is long is cut, with up to `longest` characters of it behind a click."""
    text = str(value)
    if len(text) <= SHORT:
        return as_name(text)
    start, count = as_name(f"{text[: SHORT - 1]}…"), f"<small>{len(text):,} characters</small>"
    if longest <= SHORT:
        return start + count
    if len(text) > longest:
        count = f"<small>the first {longest:,} of {len(text):,} characters</small>"
    return f"<details><summary>{start}</summary>{as_name(text[:longest])}{count}</details>"


def flips_words(count):
    return "no limit" if count >= UNBOUNDED else f"{count:,}"


def cell(content, kind=""):
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def number_cell(value, text=None):
    """A right-aligned cell that sorts by its value."""
    return f'<td class="number" data-value="{value}">{f"{value:,}" if text is None else text}</td>'


def html_table(heads, rows, about, kind="", sorted_by=None):
    """A table in a box that scrolls where it is wide or long; sortable if it starts sorted by a column, ascending.

    Parameters
    ----------
    heads : list of (str, str)
        HTML of each heading, and its class.
    rows : list of str
        HTML of each row.
    about : str
        The id of the heading that names the box.
    kind : str, default=""
        Classes of the table.
    sorted_by : str, default=None
        The heading of the column that it is sorted by.
    """
    cells = []
    for name, of_head in heads:
        attributes = ' scope="col"' + (f' class="{of_head}"' if of_head else "")
        if sorted_by is not None and name == sorted_by:
            attributes += ' aria-sort="ascending"'
        cells.append(f"<th{attributes}>{name}</th>")
    kinds = [word for word in ("wide" * (len(heads) > 4), "sortable" * (sorted_by is not None), kind) if word]
    opening = f'<table class="{" ".join(kinds)}">' if kinds else "<table>"
    box = "scroll tall" if len(rows) > _LONG else "scroll"
    return (
        f'<div class="{box}" tabindex="0" role="region" aria-labelledby="{about}">{opening}\n'
        f"<thead><tr>{''.join(cells)}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table></div>"
    )


def card(name, heading, content, kind="card"):
    """A section of the report."""
    return f'<section class="{kind}" aria-labelledby="{name}">\n<h2 id="{name}">{heading}</h2>\n{content}\n</section>'


def row_head(table, number="row"):
    """The heading of a column of `row_cell`."""
    return (number, "number") if table.ids is None else (number.replace("row", "id"), "")


def row_cell(row, table, longest):
    """The name of a row, or its number in the file."""
    if table.ids is not None:
        return cell(long_text(table.ids[row], longest))
    return number_cell(table.row_number(row), f"{table.row_number(row)}")
