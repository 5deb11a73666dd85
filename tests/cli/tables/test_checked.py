"""Lists of labels to check that come back: what was checked counts, whatever the order, and equal rows stay apart."""

import numpy as np
import pandas as pd
import pytest

from skcert.cli.tables import CHECKED, KEY, ROW, read_tables, row_keys
from skcert.cli.tables._cells import read_cells


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(12, 2)).round(3), columns=["u", "v"]).assign(lab=["a", "b"] * 6)
    frame.loc[7, ["u", "v"]] = frame.loc[4, ["u", "v"]].tolist()  # equal rows, "b" and "a"
    frame.to_csv("table.csv", index=False)
    return frame


def write_list(name, path="table.csv", checked=(), labels=None, apart=("lab",), rows=slice(None)):
    frame, keys = pd.read_csv(path, dtype=str), row_keys(read_cells(path), set(apart))
    listed = frame[["lab"]].assign(**{ROW: np.arange(len(frame)), KEY: keys, CHECKED: "no"})
    for row, label in (labels or {}).items():
        listed.loc[row, "lab"] = label
    listed.loc[list(checked), CHECKED] = "yes"
    listed.iloc[rows].to_csv(name, index=False)


def read(*trusted, path="table.csv"):
    return read_tables(path, path, "lab", trusted=trusted)


@pytest.mark.parametrize("order", [["new.csv", "old.csv"], ["old.csv", "new.csv"]])
def test_what_was_checked_counts_whatever_the_order(table, order):
    write_list("old.csv")
    write_list("new.csv", checked=[5], labels={5: "a"})
    found = read(*order)
    assert found.train.labels[5] == "a" and found.trusted.tolist() == [row == 5 for row in range(12)]


def test_a_column_that_vouches_is_not_overruled_by_an_unchecked_entry(table):
    table.assign(ok="no").to_csv("table.csv", index=False)
    write_list("old.csv", apart=("lab", "ok"))
    table.assign(ok=["yes" if row == 5 else "no" for row in range(12)]).assign(
        lab=[("a" if row == 5 else label) for row, label in enumerate(table["lab"])]
    ).to_csv("table.csv", index=False)
    found = read("ok", "old.csv")
    assert found.train.labels[5] == "a" and found.trusted[5]


def test_two_checked_labels_of_a_row_are_refused(table):
    write_list("one.csv", checked=[5], labels={5: "a"})
    write_list("two.csv", checked=[5])
    with pytest.raises(ValueError, match=r"row 5, counted from 0, was checked and is 'b', but .* vouches for 'a'"):
        read("one.csv", "two.csv")


def test_equal_rows_are_told_apart_by_their_labels(table):
    write_list("list.csv", checked=[7], rows=slice(7, 8))
    frame = pd.read_csv("table.csv", dtype=str)
    frame.drop(index=0).to_csv("shorter.csv", index=False)
    found = read("list.csv", path="shorter.csv")
    assert np.flatnonzero(found.trusted).tolist() == [6] and found.train.labels[6] == "b"
    frame.drop(index=4).to_csv("shorter.csv", index=False)  # the row is no longer one of two
    with pytest.raises(ValueError, match=r"has 1 row that shorter.csv lacks"):
        read("list.csv", path="shorter.csv")


def test_no_two_rows_have_the_same_key(table):
    pd.concat([table, table]).to_csv("twice.csv", index=False)
    keys = row_keys(read_cells("twice.csv"), {"lab"})
    assert len(set(keys)) == 24


def test_a_list_that_says_that_it_is_utf_8_is(table):
    """A browser saves UTF-8, whatever the table is."""
    table.replace({"lab": {"a": "\u00e9"}}).to_csv("table.csv", index=False, encoding="latin-1")
    keys = row_keys(read_cells("table.csv", encoding="latin-1"), {"lab"})
    for encoding in ("utf-8-sig", "latin-1"):
        listed = pd.DataFrame({"lab": ["\u00e9"], CHECKED: ["yes"], ROW: [1], KEY: keys[1]})
        listed.to_csv("list.csv", index=False, encoding=encoding)
        found = read_tables("table.csv", "table.csv", "lab", trusted=("list.csv",), encoding="latin-1")
        assert found.train.labels[1] == "\u00e9" and found.trusted.tolist() == [row == 1 for row in range(12)]
