"""Text that a spreadsheet would run as a formula is marked, and can be read back."""

import json
import re

import numpy as np
import pytest

from skcert.cli import main
from skcert.cli._spreadsheets import mark_formula, mark_formulas

pd = pytest.importorskip("pandas")

FORMULAS = ["=1+1", "+x", "-x", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "=", "-1e", "+.", "-inf"]
FORMULAS += ["'=1", "''@", "'-1"]
PLAIN = ["", "a", "a=b", "1-1", "-1", "+1", "-1.5", "+.5", "-1e-3", "-1.E+5", "'", "'a", "''", " =1"]


def unmarked(text):
    """As the documentation says it is read back."""
    return re.sub(r"^'('*[=+\-@\t\r\n])", r"\1", text)


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_become_text(text):
    assert mark_formula(text) == f"'{text}" and unmarked(mark_formula(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_the_rest_stays(text):
    assert mark_formula(text) == text and unmarked(mark_formula(text)) == text


@pytest.mark.parametrize("value", [-1, 1.5, None, float("nan"), True, np.str_("a")])
def test_values_that_are_no_text_stay(value):
    assert mark_formula(value) is value


def test_frames():
    frame = pd.DataFrame({"=a": ["=1", "b"], "n": [-1, 2], "c": pd.Categorical(["-x", "y"]), "x": [-0.5, np.nan]})
    marked = mark_formulas(frame)
    assert list(marked.columns) == ["'=a", "n", "c", "x"] and "=a" in frame
    assert marked["'=a"].tolist() == ["'=1", "b"] and marked["c"].tolist() == ["'-x", "y"]
    assert marked["n"].dtype == frame["n"].dtype and marked["x"].equals(frame["x"])


def test_only_csv_is_marked(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    labels = ["=HYPERLINK(0)", "-1", "@x"]
    table["kind"] = np.array(labels)[np.digitize(table["a"], [-0.5, 0.5])]
    for name, rows in (("train", table[:40]), ("test", table[40:])):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    for file_format in ("csv", "json"):
        paths = [str(tmp_path / name) for name in ("train.csv", "test.csv", "out")]
        options = ["--label", "kind", "--n-partitions", "1", "--format", file_format]
        assert main(["certify", *paths[:2], "--out", paths[2], *options]) == 0
    marked = pd.read_csv(tmp_path / "out" / "certificates.csv", dtype=str)
    for column in ("label", "prediction"):
        assert set(marked[column]) == {"'=HYPERLINK(0)", "-1", "'@x"}
    assert marked["label"].map(unmarked).tolist() == table["kind"][40:].tolist()
    plain = json.loads((tmp_path / "out" / "certificates.json").read_text())
    assert [row["label"] for row in plain] == table["kind"][40:].tolist()
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["classes"] == sorted(labels)
