"""The list of labels to check as the page has it, and what the script needs to save it."""

import csv
import io
import re
from html import unescape

import numpy as np

from skcert import NTKRegressorClassifier
from skcert.cli._audit import audit_within_reason
from skcert.cli._values import Values
from skcert.cli._worklist import list_name, worklist, worklist_rows

from .in_memory import tables_of

LABELS = np.array(["=1+1", 'say "no", please', "two\r\nlines <b>"])


def audited(n_labels=3):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 2))
    names = LABELS if n_labels == 3 else np.array([f"class {place:03}" for place in range(n_labels)])
    y = names[np.digitize(X[:, 0], np.linspace(-1, 1, n_labels - 1))]
    tables = tables_of(X, y, X[:40], None)
    sampled = audit_within_reason(NTKRegressorClassifier().fit(X, y), X[:40])
    return sampled, tables, Values(tables.train, tables.train_cells, tables)


def page_of(sampled, tables, values):
    return worklist(sampled, tables, values, [f"row-{row}" for row in sampled.audit.ranking], "list.csv")


def test_fields_are_those_of_a_csv_file():
    page = page_of(*audited())
    fields = [unescape(item) for item in re.findall(r"<li>(.*?)</li>", page, flags=re.DOTALL)]
    assert fields[0] == "y,skcert_checked,skcert_row,skcert_key"
    (read,) = csv.reader(io.StringIO(",".join(fields[1:]), newline=""), strict=True)
    assert "&#13;" in page and [name.removeprefix("'") for name in read] == sorted(LABELS)


def test_each_row_says_what_it_is():
    sampled, tables, values = audited()
    rows, audit = worklist_rows(sampled), sampled.audit
    assert np.array_equal(rows, audit.ranking[: len(rows)]) and 20 <= len(rows) <= 100
    page = page_of(sampled, tables, values)
    lines = page.split("<tr data-")[1:]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines):
        assert line.startswith(f'row="{row}" data-key="row-{row}">')
        options = [int(place) for place in re.findall(r'data-class="(\d+)"', line)]
        classes = tables.classes.tolist()
        assert options[:2] == [classes.index(tables.train.labels[row]), classes.index(audit.suggested[row])]
        assert sorted(options) == [0, 1, 2]


def test_of_many_classes_two_are_offered():
    page = page_of(*audited(30))
    assert page.count("<li>") <= 1 + 30 and page.count("<option") > 100
    assert max(line.count("<option") for line in page.split("<tr data-")[1:]) == 2


def test_a_second_list_does_not_replace_the_first():
    assert list_name(["certify", "t.csv", "--report"]) == "checked_labels.csv"
    assert list_name(["certify", "--trusted=in/checked_labels.csv"]) == "checked_labels_2.csv"
    assert (
        list_name(["--trusted", "checked_labels.csv", "--trusted", "checked_labels_2.csv"]) == "checked_labels_3.csv"
    )
