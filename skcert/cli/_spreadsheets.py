"""Text that a spreadsheet would take for a formula and run.

Programs such as Excel and LibreOffice treat a cell of a CSV file as a formula if it starts with one of these marks,
quoted or not, and a formula can read other files or start a program. An apostrophe before it makes it text. Text
that starts with apostrophes and then a mark gets one more, so that removing one always restores the original.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_MARKED = re.compile(r"'+[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def mark_formula(value):
    """The value, with an apostrophe before it if it is text like a formula; numbers such as "-1" are not."""
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def unmark_formula(text):
    """The text as it was before `mark_formula`."""
    return text[1:] if _MARKED.match(text) else text


def mark_formulas(frame):
    """A copy of a pandas DataFrame, with all such text marked, in its cells and its column names."""
    marked = frame.rename(columns=mark_formula)
    for column in marked.columns:
        if marked[column].dtype.kind not in "biuf":
            marked[column] = marked[column].map(mark_formula)
    return marked
