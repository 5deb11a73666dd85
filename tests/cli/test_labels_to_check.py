"""The table to check goes back in."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_iris

from skcert.cli import main

pd = pytest.importorskip("pandas")
REVIEW = ["skcert_checked", "skcert_suggested", "skcert_why", "skcert_suspicion", "skcert_predictions"]


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
    others = [name for name in train.columns if name != "species"]
    assert list(table.columns) == ["species", *REVIEW, *others, "skcert_row", "skcert_key"]
    again = table.sort_values("skcert_row").reset_index(drop=True)[train.columns]
    again["color"] = again["color"].str.removeprefix("'")  # marked for spreadsheets
    pd.testing.assert_frame_equal(again, train)
    trusted = table["skcert_checked"] == "yes"
    assert np.array_equal(trusted, table["known"] == "yes") and trusted.to_numpy().argmax() == (~trusted).sum()
    assert (table["skcert_suspicion"][~trusted].diff().dropna() <= 0).all()
    assert table.loc[0, ["skcert_row", "species", "skcert_suggested"]].tolist() == [5, "virginica", "setosa"]
    assert (table["skcert_predictions"] >= 0).all() and table["skcert_predictions"].sum() > 0
    assert table.loc[0, "skcert_why"].startswith("without it the model says setosa")
    one = table[(table["skcert_predictions"] == 1) & (table["skcert_suspicion"] <= 0)]
    assert len(one) and (one["skcert_why"] == "1 prediction hangs on it").all()


def test_it_goes_back_in(folder, capsys):
    """Unchanged, the same certificates; with checked rows, larger radii; corrected, other labels."""
    without_columns(folder / "train.csv", "known", "color")
    without_columns(folder / "test.csv", "color")
    certify(folder, "train.csv", "out")
    before = pd.read_csv(folder / "out" / "certificates.csv")
    again = ("--trusted", str(folder / "again.csv"))
    table = pd.read_csv(folder / "out" / "labels_to_check.csv")
    table.to_csv(folder / "again.csv", index=False)
    summary = certify(folder, "train.csv", "unchanged", *again)
    pd.testing.assert_frame_equal(pd.read_csv(folder / "unchanged" / "certificates.csv"), before)
    assert summary["n_trusted"] == 0 and "again.csv: 0 rows trusted, 0 labels changed" in capsys.readouterr().err
    table.loc[1:30, "skcert_checked"] = "yes"
    table.loc[0, "species"] = table.loc[0, "skcert_suggested"]
    table[:40].sample(frac=1, random_state=0).to_csv(folder / "again.csv", index=False, sep=";")  # as programs may
    summary = certify(folder, "train.csv", "checked", *again)
    after = pd.read_csv(folder / "checked" / "certificates.csv")
    assert summary["n_trusted"] == 30 and after["radius"].mean() > before["radius"].mean()
    assert "again.csv: 30 rows trusted, 1 label changed" in capsys.readouterr().err
    relabelled = pd.read_csv(folder / "train.csv")
    relabelled.loc[5, "species"] = "setosa"
    checked = relabelled.index.isin(table["skcert_row"][1:31])
    relabelled.assign(checked=checked).to_csv(folder / "by_hand.csv", index=False)
    certify(folder, "by_hand.csv", "by_hand", "--trusted", "checked")
    pd.testing.assert_frame_equal(pd.read_csv(folder / "by_hand" / "certificates.csv"), after)
    listed = pd.read_csv(folder / "checked" / "labels_to_check.csv")
    assert (listed["skcert_checked"] == "yes").sum() == 30  # what has been checked is kept in the next list


def test_rows_are_known_by_what_they_say(folder, capsys):
    """Rows in another order are found; those of another table are refused."""
    without_columns(folder / "test.csv", "color")
    table = without_columns(folder / "train.csv", "known", "color")
    certify(folder, "train.csv", "out")
    listed = folder / "out" / "labels_to_check.csv"
    frame = pd.read_csv(listed)
    frame.loc[0, "skcert_checked"] = "yes"
    frame.to_csv(listed, index=False)
    table[::-1].to_csv(folder / "reversed.csv", index=False)
    certify(folder, "reversed.csv", "again", "--trusted", str(listed))
    found = pd.read_csv(folder / "again" / "labels_to_check.csv")
    assert found[found["skcert_checked"] == "yes"]["skcert_row"].tolist() == [len(table) - 6]  # it was the sixth
    table.assign(**{"petal width (cm)": 1.0}).to_csv(folder / "other.csv", index=False)
    paths = [str(folder / "other.csv"), str(folder / "test.csv"), "--out", str(folder / "no"), "--label", "species"]
    capsys.readouterr()
    assert main(["certify", *paths, "--trusted", str(listed)]) == 2
    assert "that it was made from" in capsys.readouterr().err.splitlines()[-1] and not (folder / "no").exists()


NUMBERS = np.random.default_rng(0).normal(size=90)
EXTRA = {
    "decimal commas": ({"a": [f"{x:.3f}".replace(".", ",") for x in NUMBERS]}, ()),
    "percent signs": ({"a": [f"{x:.1f}%" for x in NUMBERS]}, ()),
    "marked categories": ({"a": np.where(NUMBERS > 0, "-low", "=high"), "-b": NUMBERS}, ()),
    "trusted column": ({"ok": np.where(NUMBERS > 1, "yes", "no")}, ("--trusted", "ok")),
    "names of rows": ({"name": [f"={i}" for i in range(90)]}, ("--id", "name")),
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
    found, listed = [], ()
    for turn in range(3):
        out = tmp_path / f"out{turn}"
        paths = [str(tmp_path / "train.csv"), str(tmp_path / "test.csv"), "--out", str(out), "--label", "label"]
        assert main(["certify", *paths, "--n-partitions", "1", "--report", *options, *listed]) == 0
        found.append(pd.read_csv(out / "certificates.csv"))
        listed = ("--trusted", str(out / "labels_to_check.csv"))
    for again in found[1:]:
        pd.testing.assert_frame_equal(again, found[0])
    last, first = pd.read_csv(listed[1], **written), pd.read_csv(tmp_path / "train.csv", **written)
    assert np.allclose(last["x"], first["x"].to_numpy()[last["skcert_row"]])  # the rows of the table
    assert list(last.columns)[:2] == (["name", "label"] if name == "names of rows" else ["label", "skcert_checked"])


def test_a_named_index_stays_one(tmp_path):
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(90, 2)), columns=["x", "y"])
    table["label"] = np.where(table["x"] > 0, "u", "v")
    table.index = pd.Index(rng.choice(100_000, 90, replace=False), name="subject")
    for part, rows in (("train.parquet", slice(60)), ("test.parquet", slice(60, 90))):
        table[rows].to_parquet(tmp_path / part)
    paths = [str(tmp_path / "train.parquet"), str(tmp_path / "test.parquet"), "--label", "label"]
    found, listed = [], ()
    for turn in range(2):
        out = tmp_path / f"out{turn}"
        assert main(["certify", *paths, "--out", str(out), "--n-partitions", "1", "--report", *listed]) == 0
        found.append(pd.read_csv(out / "certificates.csv"))
        listed = ("--trusted", str(out / "labels_to_check.csv"))
    pd.testing.assert_frame_equal(*found)


def test_a_list_is_no_table(folder, capsys):
    certify(folder, "train.csv", "out", "--drop", "known")
    paths = [str(folder / "out" / "labels_to_check.csv"), str(folder / "test.csv"), "--label", "species"]
    assert main(["certify", *paths, "--out", str(folder / "no")]) == 2
    assert "Give the table that the list was made from, and the list as --trusted" in capsys.readouterr().err
    assert not (folder / "no").exists()


def test_labels_of_annotators_have_a_column_of_their_own(folder):
    train = without_columns(folder / "train.csv", "known", "color").rename(columns={"species": "first"})
    train.assign(second=train["first"]).to_csv(folder / "train.csv", index=False)
    without_columns(folder / "test.csv", "species", "color")
    paths = [str(folder / "train.csv"), str(folder / "test.csv"), "--out", str(folder / "out")]
    assert main(["certify", *paths, "--annotators", "first", "second", "--n-partitions", "1", "--report"]) == 0
    table = pd.read_csv(folder / "out" / "labels_to_check.csv")
    assert np.array_equal(table["skcert_label"], table["first"])
    table.loc[0, ["skcert_label", "skcert_checked"]] = ["setosa", "yes"]  # which no annotator said
    table.to_csv(folder / "list.csv", index=False)
    command = ["certify", *paths, "--annotators", "first", "second", "--n-partitions", "1"]
    assert main([*command, "--trusted", str(folder / "list.csv")]) == 0
    summary = json.loads((folder / "out" / "summary.json").read_text())
    assert summary["n_trusted"] == 1 and "but those of 1 trusted row" in summary["threat"]
