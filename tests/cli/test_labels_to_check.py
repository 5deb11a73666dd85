"""The table to check goes back in."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_iris

from skcert.cli import main

pd = pytest.importorskip("pandas")
COLUMNS = ["skcert_checked", "skcert_suggested", "skcert_suspicion", "skcert_predictions", "skcert_row"]


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


def test_labels_of_annotators_have_a_column_of_their_own(folder):
    train = without_columns(folder / "train.csv", "known", "color").rename(columns={"species": "first"})
    train.assign(second=train["first"]).to_csv(folder / "train.csv", index=False)
    without_columns(folder / "test.csv", "species", "color")
    paths = [str(folder / "train.csv"), str(folder / "test.csv"), "--out", str(folder / "out")]
    assert main(["certify", *paths, "--annotators", "first", "second", "--n-partitions", "1", "--report"]) == 0
    table = pd.read_csv(folder / "out" / "labels_to_check.csv")
    assert np.array_equal(table["skcert_label"], table["first"])
