"""Labels to check as a list to work through in the browser, which it saves as a file that ``--trusted`` takes."""

import csv
import io
from itertools import count
from pathlib import Path

from ._labels_to_check import label_column
from ._markup import as_text, cell, html_table, long_text, number_cell, row_cell, row_head
from ._spreadsheets import mark_formula
from .tables import CHECKED, KEY, ROW, short

_FEWEST, _MOST = 20, 100  # labels in the list
_CHOICES = 20  # classes to choose from; of more, the row's own label and the suggested one


def list_name(command):
    """What the browser calls the list: a name that no earlier one has among the words of a command line."""
    taken = {Path(word.split("=")[-1]).name for word in command}
    names = ("checked_labels.csv" if number == 1 else f"checked_labels_{number}.csv" for number in count(1))
    return next(name for name in names if name not in taken)


def worklist_rows(sampled):
    """The training rows of the list, in the order to check them: those that are suspect, within reason."""
    return sampled.audit.ranking[: min(max(sampled.n_suspect, _FEWEST), _MOST)]


def worklist(sampled, tables, values, keys, save_as):
    """The table, with a box to tick and a choice of labels in each row, and what the script needs to save it.

    Parameters
    ----------
    sampled : SampledAudit
    tables : Tables
    values : Values
        Of the training table.
    keys : sequence of str
        What rows are known by, along the ranking.
    save_as : str
        The name of the file.

    Returns
    -------
    html : str
    """
    train, audit, rows = tables.train, sampled.audit, worklist_rows(sampled)
    longest, classes = values.longest(len(rows)), tables.classes.tolist()
    both = {*train.labels[rows].tolist(), *audit.suggested[rows].tolist()}
    offered = classes if len(classes) <= _CHOICES else sorted(both)
    lines: list[str] = []
    for row, key, its_values in zip(rows.tolist(), keys, values.of(rows)):
        own, suggested, n_attacks = train.labels[row], audit.suggested[row], audit.n_attacks[row]
        cells = [
            f'<td class="tick"><input type="checkbox" aria-label="label {len(lines) + 1} is checked"></td>',
            row_cell(row, train, longest),
            cell(long_text(own, longest)),
            cell(long_text(suggested, longest) if suggested != own else "none"),
            cell(_choice(own, suggested, offered, len(lines) + 1)),
            number_cell(n_attacks),
            number_cell(audit.suspicion[row], f"{audit.suspicion[row]:.2f}"),
        ]
        opening = f'<tr data-row="{train.row_number(row)}" data-key="{as_text(key)}">'
        lines.append(f"{opening}{''.join(cells)}{its_values}</tr>")
    heads = [("checked", ""), row_head(train, "training row"), ("label", ""), ("suggested", "")]
    heads += [("correct label", ""), ("predictions that hang on it", "number"), ("suspicion", "number")]
    heads += values.heads()
    head = ",".join(map(_field, (label_column(tables), CHECKED, ROW, KEY)))
    fields = "".join(f"<li>{as_text(field)}</li>" for field in (head, *map(_field, offered)))
    return (
        f"{html_table(heads, lines, 'check', 'worklist')}\n"
        f'<ol class="fields" hidden>{fields}</ol>\n'
        '<p class="save script" hidden><button type="button" class="save" '
        f'data-file="{as_text(save_as)}" disabled>Save the checked labels</button> '
        '<output class="progress"></output></p>'
    )


def _choice(own, suggested, offered, number):
    """The labels that a row may get, its own one first; the script knows them by their places."""
    names = dict.fromkeys([own, suggested, *(offered if len(offered) <= _CHOICES else ())])
    options = "".join(f'<option data-class="{offered.index(name)}">{as_text(short(name))}</option>' for name in names)
    return f'<select aria-label="correct label {number}">{options}</select>'


def _field(text):
    """A field of a CSV file, as `write_labels_to_check` writes it."""
    line = io.StringIO()
    csv.writer(line).writerow([mark_formula(text)])
    return line.getvalue().removesuffix("\r\n")
