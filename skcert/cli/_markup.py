"""HTML of what users and results say: everything escaped, in cells and tables."""

from html import escape

from ..results import UNBOUNDED


def as_text(value):
    """Anything as HTML text."""
    return escape(str(value), quote=True)


def as_name(value):
    """Text from the user, which must not change the direction of the text around it."""
    return f"<bdi>{as_text(value)}</bdi>"


def flips_words(count):
    return "no limit" if count >= UNBOUNDED else f"{count:,}"


def cell(content, kind=""):
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def number_cell(value, text=None):
    """A right-aligned cell that sorts by its value."""
    return f'<td class="number" data-value="{value}">{f"{value:,}" if text is None else text}</td>'


def html_table(heads, rows, sorted_by=None):
    """A table; one that starts sorted by a column, ascending, is sortable."""
    cells = []
    for index, (name, kind) in enumerate(heads):
        attributes = ' scope="col"' + (f' class="{kind}"' if kind else "")
        if index == sorted_by:
            attributes += ' aria-sort="ascending"'
        cells.append(f"<th{attributes}>{name}</th>")
    kind = "wide sortable" if sorted_by is not None else "wide" if len(heads) > 4 else ""
    opening = f'<table class="{kind}">' if kind else "<table>"
    return f"{opening}\n<thead><tr>{''.join(cells)}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def row_head(table, number="row"):
    """The heading of a column of `row_cell`."""
    return (number, "number") if table.ids is None else (number.replace("row", "id"), "")


def row_cell(row, table):
    """The name of a row, or its number below the header."""
    return number_cell(table.row_number(row)) if table.ids is None else cell(as_name(table.ids[row]))
