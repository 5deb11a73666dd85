"""The table to check goes back in."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_iris

from skcert.cli import main

pd = pytest.importorskip("pandas")
COLUMNS = [
    "skcert_checked",
    "skcert_suggested",
    "skcert_suspicion",
    "skcert_predictions",
    "skcert_row",
    "skcert_left_out",
]


@pytest.fixture
def folder(tmp_path):
    data = load_iris(as_frame=True)
    table = data.data.assign(species=data.target_names[data.target], known=np.where(data.target % 2, "yes", "no"))
    table["color"] = np.where(np.arange(150) % 7, "red", "=blue")
    table.loc[10, "species"] = "virginica"
    table[::2].to_csv(tmp_path / "train.csv", index=False)
    table[1::2].drop(columns="known").to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def without_columns(path, *columns):
    table = pd.read_csv(path).drop(columns=list(columns))
    table.to_csv(path, index=False)
    return table


def certify(folder, train, out, *options):
    paths = [str(folder / train), str(folder / "test.csv"), "--out", str(folder / out), "--label", "species"]
    assert main(["certify", *paths, "--n-partitions", "1", "--report", *options]) == 0
    return json.loads((folder / out / "summary.json").read_text())


def test_rows_come_by_suspicion_with_their_own_values(folder):
    certify(folder, "train.csv", "out", "--trusted", "known")
    table, train = pd.read_csv(folder / "out" / "labels_to_check.csv"), pd.read_csv(folder / "train.csv")
    assert list(table.columns) == [*train.columns, *COLUMNS]
    again = table.sort_values("skcert_row").reset_index(drop=True)[train.columns]
    again["color"] = again["color"].str.removeprefix("'")  # marked for spreadsheets
    pd.testing.assert_frame_equal(again, train)
    trusted = table["skcert_checked"] == "yes"
    assert np.array_equal(trusted, table["known"] == "yes") and trusted.to_numpy().argmax() == (~trusted).sum()
    assert (table["skcert_suspicion"][~trusted].diff().dropna() <= 0).all()
    assert table.loc[0, ["skcert_row", "species", "skcert_suggested"]].tolist() == [6, "virginica", "setosa"]
    assert (table["skcert_predictions"] >= 0).all()


def test_it_goes_back_in(folder, capsys):
    """Unchanged, the same certificates; with checked rows, larger radii; corrected, other labels."""
    without_columns(folder / "train.csv", "known", "color")
    without_columns(folder / "test.csv", "color")
    certify(folder, "train.csv", "out")
    before = pd.read_csv(folder / "out" / "certificates.csv")
    table = pd.read_csv(folder / "out" / "labels_to_check.csv")
    table.to_csv(folder / "again.csv", index=False)
    summary = certify(folder, "again.csv", "unchanged", "--trusted", "skcert_checked")
    pd.testing.assert_frame_equal(pd.read_csv(folder / "unchanged" / "certificates.csv"), before)
    assert summary["n_trusted"] == 0 and "written by skcert" in capsys.readouterr().err
    table.loc[1:30, "skcert_checked"] = "yes"
    table.loc[0, "species"] = table.loc[0, "skcert_suggested"]
    table.to_csv(folder / "again.csv", index=False)
    summary = certify(folder, "again.csv", "checked", "--trusted", "skcert_checked")
    after = pd.read_csv(folder / "checked" / "certificates.csv")
    assert summary["n_trusted"] == 30 and after["radius"].mean() > before["radius"].mean()


NUMBERS = np.random.default_rng(0).normal(size=90)
EXTRA = {
    "decimal commas": ({"a": [f"{x:.3f}".replace(".", ",") for x in NUMBERS]}, ()),
    "percent signs": ({"a": [f"{x:.1f}%" for x in NUMBERS]}, ()),
    "marked categories": ({"a": np.where(NUMBERS > 0, "-low", "=high"), "-b": NUMBERS}, ()),
    "trusted column": ({"ok": np.where(NUMBERS > 1, "yes", "no")}, ("--trusted", "ok")),
    "row numbers": ({"t": np.arange(90) + 3}, ()),
    "identifiers": ({"id": np.random.default_rng(1).permutation(90)}, ()),
    "encoding": ({"a": np.where(NUMBERS > 0, "\u00e9", "\u00fc")}, ("--encoding", "latin-1")),
    "separator": ({"a": np.where(NUMBERS > 0, "x;y", "z")}, ("--separator", ";")),
}


@pytest.mark.parametrize("name", EXTRA)
def test_given_back_unchanged_it_is_the_same_table(tmp_path, name):
    """Twice, with the options of the first call; test tables have all columns of the training table."""
    extra, options = EXTRA[name]
    rng = np.random.default_rng(2)
    table = pd.DataFrame({"x": rng.normal(size=90), "y": NUMBERS * 2, **extra})
    table["label"] = np.where(table["x"] + 0.3 * rng.normal(size=90) > 0, "\u00e9", "u")
    written = {"encoding": "latin-1" if name == "encoding" else "utf-8", "sep": ";" if name == "separator" else ","}
    table[:60].to_csv(tmp_path / "train.csv", index=False, **written)
    table[60:].to_csv(tmp_path / "test.csv", index=False, **written)
    train, found = tmp_path / "train.csv", []
    for turn in range(3):
        out = tmp_path / f"out{turn}"
        given = options if turn == 0 else ("--trusted", "skcert_checked", *(() if "--trusted" in options else options))
        command = ["certify", str(train), str(tmp_path / "test.csv"), "--out", str(out), "--label", "label", *given]
        assert main([*command, "--n-partitions", "1", "--report"]) == 0
        found.append(pd.read_csv(out / "certificates.csv"))
        train = out / "labels_to_check.csv"
    for again in found[1:]:
        pd.testing.assert_frame_equal(again, found[0])
    last, first = pd.read_csv(train, **written), pd.read_csv(tmp_path / "train.csv", **written)
    assert np.allclose(last["x"], first["x"].to_numpy()[last["skcert_row"] - 1])  # the rows of the first table


def test_a_named_index_stays_one(tmp_path):
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(90, 2)), columns=["x", "y"])
    table["label"] = np.where(table["x"] > 0, "u", "v")
    table.index = pd.Index(rng.choice(100_000, 90, replace=False), name="subject")
    for part, rows in (("train.parquet", slice(60)), ("test.parquet", slice(60, 90))):
        table[rows].to_parquet(tmp_path / part)
    found = []
    for turn, train in enumerate(("train.parquet", "out0/labels_to_check.csv")):
        out = tmp_path / f"out{turn}"
        paths = [str(tmp_path / train), str(tmp_path / "test.parquet"), "--out", str(out)]
        assert main(["certify", *paths, "--label", "label", "--n-partitions", "1", "--report"]) == 0
        found.append(pd.read_csv(out / "certificates.csv"))
    pd.testing.assert_frame_equal(*found)


def test_names_that_are_taken(folder, capsys):
    table = pd.read_csv(folder / "train.csv").rename(columns={"species": "skcert_row"})
    table.to_csv(folder / "train.csv", index=False)
    paths = [str(folder / "train.csv"), str(folder / "test.csv"), "--out", str(folder / "out")]
    assert main(["certify", *paths, "--label", "skcert_row"]) == 2
    assert "names that start with 'skcert_' are for columns that skcert adds" in capsys.readouterr().err
    table = table.rename(columns={"skcert_row": "species"}).assign(skcert_left_out="oops").drop(columns="known")
    table.to_csv(folder / "train.csv", index=False)
    assert main(["certify", *paths, "--label", "species"]) == 2
    assert "'skcert_left_out' that is not as skcert wrote it" in capsys.readouterr().err


def test_labels_of_annotators_have_a_column_of_their_own(folder):
    train = without_columns(folder / "train.csv", "known", "color").rename(columns={"species": "first"})
    train.assign(second=train["first"]).to_csv(folder / "train.csv", index=False)
    without_columns(folder / "test.csv", "species", "color")
    paths = [str(folder / "train.csv"), str(folder / "test.csv"), "--out", str(folder / "out")]
    assert main(["certify", *paths, "--annotators", "first", "second", "--n-partitions", "1", "--report"]) == 0
    table = pd.read_csv(folder / "out" / "labels_to_check.csv")
    assert np.array_equal(table["skcert_label"], table["first"])
