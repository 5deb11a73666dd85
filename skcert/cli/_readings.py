"""How the columns of the tables were read, in one line."""

from .tables import CATEGORY, LEFT_OUT, NUMBER, on_one_line

_NAMED = 12  # columns of a kind that the line names, besides those with notes


def columns_in_short(tables):
    """One line that says how each column was read, as far as it fits.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    line : str
    """
    parts = []
    for kind, words in ((NUMBER, "numbers"), (CATEGORY, "categories"), (LEFT_OUT, "left out")):
        columns = [column for column in tables.columns if column.kind == kind]
        if columns:
            parts.append(f"{words}: {_listed(columns)}")
    return f"columns read as {'; '.join(parts)}"


def _listed(columns):
    noted = [column for column in columns if column.notes][:_NAMED]
    plain = [column for column in columns if not column.notes][:_NAMED]
    shown = [on_one_line(column.name) for column in plain]
    shown += [f"{on_one_line(column.name)} ({', '.join(column.notes)})" for column in noted]
    rest = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more (all in summary.json)" if rest else "")
