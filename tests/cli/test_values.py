"""Cells beside rows: as the table has them, cut where they are long, and harmless."""

import re
from html import unescape

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert.cli._audit import audit_within_reason
from skcert.cli._markup import SHORT, long_text
from skcert.cli._report import report_page
from skcert.cli._results import summarize
from skcert.cli._values import COLUMNS, Values

from .in_memory import tables_of


def values_of(X, more=None, ids=None):
    y = np.array(["a", "b"])[(X[:, 0] > 0).astype(int)]
    tables = tables_of(X, y, X, y, more=more, ids=ids)
    return Values(tables.test, tables.test_cells, tables)


def test_cells_are_those_of_the_rows():
    X = np.array([[1.5, 2.0], [-3.25, np.nan], [0.0, 1e6]])
    values = values_of(X, {"<b>": ["=1+1", "", "x & y"]}, ids=["p", "q", "r"])
    assert [name for name, _ in values.heads()] == ["<bdi>&lt;b&gt;</bdi>", "<bdi>x0</bdi>", "<bdi>x1</bdi>"]
    assert [kind for _, kind in values.heads()] == ["value", "value number", "value number"]
    last, first = values.of([2, 1])
    assert re.findall(r">([^<>]*)</bdi>", last) == ["x &amp; y", "0", "1000000"]
    assert first == (
        '<td class="value"></td><td class="value number" data-value="-3.25"><bdi>-3.25</bdi></td>'
        '<td class="value number" data-value="-Infinity"></td>'
    )


def test_what_is_left_out_is_said():
    values = values_of(np.ones((2, COLUMNS + 5)))
    assert len(values.heads()) == COLUMNS
    assert values.words(2) == "Shown are the first 20 of 25 columns; <bdi>table.csv</bdi> has all of them."
    assert values_of(np.ones((2, 3))).words(2) == ""
    assert values.words(1000).endswith(f"Cells of more than {SHORT} characters are cut.")


@pytest.mark.parametrize("longest", [SHORT, 100, 10**7])
def test_long_texts(longest):
    text = "<script>\u202e\r" + "long & " * 100_000
    shown = long_text(text, longest)
    assert "<script" not in shown and shown.count("<bdi>") == shown.count("</bdi>")
    parts = [unescape(part) for part in re.findall(r"<bdi>(.*?)</bdi>", shown, flags=re.DOTALL)]
    assert parts[0] == text[: SHORT - 1] + "…"
    assert parts[1:] == ([] if longest == SHORT else [text[:longest]])
    assert f"{len(text):,} characters" in shown
    assert long_text(text[:SHORT], longest).count("<") == 2  # nothing but <bdi>


def test_a_page_of_huge_cells_is_small():
    """1 MB in each of 30 columns, in names, and labels as long as they may be."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1300, 2))
    y = np.array(["&" * 1000, "<" * 999])[(X[:, 0] > 0).astype(int)]
    more = {f"{place}{'<' * 100_000}": ['"' * 1_000_000] * 1300 for place in range(30)}
    tables = tables_of(X[:60], y[:60], X[60:], y[60:], more=more, ids=["'" * 1_000_000] * 1300)
    model = NTKRegressorClassifier().fit(X[:60], y[:60])
    result, sampled = model.certify(X[60:]), audit_within_reason(model, X[60:160])
    summary = summarize(result, tables, label="y", parameters={})
    names = {"train_name": "t", "test_name": "t", "table_name": "t"}
    page = report_page(result, summary, sampled, tables, keys=["k"] * 60, command=[], **names)
    assert len(page.encode()) < 15e6
