"""One table: which rows train is decided by their number and a seed, and by nothing that labels say."""

import json

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from skcert.cli import main
from skcert.cli.tables import read_tables
from skcert.cli.tables._split import split_rows

pd = pytest.importorskip("pandas")

pytestmark = pytest.mark.usefixtures("without_plots")


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"name": [f"n{i}" for i in range(101)], "a": rng.normal(size=101), "b": rng.normal(size=101)})
    table["c"] = rng.choice(["x", "y"], 101)
    table["kind"] = np.where(table["a"] + rng.normal(size=101) > 0, "u", "v")
    table["kind"] = table["kind"].where(table.index != 7, "once")
    table["checked"] = rng.random(101) < 0.3
    table.to_csv(tmp_path / "table.csv", index=False)
    return tmp_path


def certify(folder, *arguments, out="out"):
    return main(["certify", *map(str, arguments), "--label", "kind", "--out", str(folder / out)])


@pytest.mark.parametrize("test_size", [0.25, 0.1, 30])
@pytest.mark.parametrize("seed", [0, 3])
def test_the_same_rows_as_scikit_learn(test_size, seed):
    train, test = split_rows(101, test_size, seed, "table")
    expected = train_test_split(np.arange(101), test_size=test_size, random_state=seed)
    assert train.tolist() == sorted(expected[0]) and test.tolist() == sorted(expected[1])


@pytest.mark.parametrize(("n_rows", "test_size"), [(1, 0.25), (2, 0.25), (10, 9), (10, 100), (10, 0.99)])
def test_too_few_to_train_on(n_rows, test_size):
    with pytest.raises(ValueError, match=r"table has .* to train on: ask for fewer"):
        split_rows(n_rows, test_size, 0, "table")


def test_labels_have_no_part_in_it(folder):
    before = read_tables(folder / "table.csv", None, "kind")
    table = pd.read_csv(folder / "table.csv", float_precision="round_trip")
    table.assign(kind=table["kind"][::-1].to_numpy()).to_csv(folder / "table.csv", index=False)
    after = read_tables(folder / "table.csv", None, "kind")
    assert after.train.rows.tolist() == before.train.rows.tolist()
    assert np.array_equal(after.train.numbers, before.train.numbers)
    assert (after.train.labels != before.train.labels).any()


@pytest.mark.parametrize("threat", [(), ("--trusted", "checked"), ("--only-flips", "u"), ("--voting", "soft")])
def test_the_same_as_two_tables(folder, capsys, threat):
    """The certificates of a single table are those of its two parts."""
    options = (*threat, "--id", "name", "--n-partitions", 5, *(() if "checked" in threat else ("--drop", "checked")))
    table = pd.read_csv(folder / "table.csv", float_precision="round_trip")
    table["kind"] = table["kind"].replace("once", "u")
    table.to_csv(folder / "table.csv", index=False)
    assert certify(folder, folder / "table.csv", "--test-size", 0.3, "--random-state", 4, "--report", *options) == 0
    train, test = (np.sort(part) for part in train_test_split(np.arange(101), test_size=0.3, random_state=4))
    for name, rows in (("train.csv", train), ("test.csv", test)):
        table.iloc[rows].to_csv(folder / name, index=False)
    both = [folder / "train.csv", folder / "test.csv"]
    assert certify(folder, *both, *options, "--random-state", 4, out="two") == 0
    one, two = (pd.read_csv(folder / out / "certificates.csv") for out in ("out", "two"))
    assert one.pop("row").tolist() == test.tolist()
    pd.testing.assert_frame_equal(one, two)
    summary = json.loads((folder / "out" / "summary.json").read_text())
    said = "31 of the 101 rows were drawn to be certified, by position with seed 4 and whatever their labels are"
    assert said in summary["split"] and said in capsys.readouterr().out
    assert said in (folder / "out" / "report.html").read_text()
    assert json.loads((folder / "two" / "summary.json").read_text())["split"] == ""
    listed = pd.read_csv(folder / "out" / "labels_to_check.csv")
    assert sorted(listed["skcert_row"]) == train.tolist()
    assert listed["name"].tolist() == table["name"][listed["skcert_row"]].tolist()


def test_a_class_without_training_rows(folder, capsys):
    """Its rows count as wrong; flips to it are certified against, as to any other."""
    seed = next(seed for seed in range(99) if 7 in split_rows(101, 0.25, seed, "")[1])
    assert certify(folder, folder / "table.csv", "--random-state", seed, "--drop", "checked") == 0
    assert "labels without a training row" in capsys.readouterr().err
    frame = pd.read_csv(folder / "out" / "certificates.csv")
    assert "flips_to_once" in frame and (frame["prediction"] != "once").all()
    summary = json.loads((folder / "out" / "summary.json").read_text())
    assert summary["classes"] == ["once", "u", "v"]
    assert summary["accuracy"] == pytest.approx((frame["label"] == frame["prediction"]).mean())


def test_row_numbers_in_the_report_are_those_of_the_table(folder):
    assert certify(folder, folder / "table.csv", "--drop", "name,checked", "--report") == 0
    page = (folder / "out" / "report.html").read_text()
    section = page.split('<h2 id="certificates">')[1]
    rows = pd.read_csv(folder / "out" / "certificates.csv")["row"]
    assert all(f'data-value="{row}">{row}</td>' in section for row in rows)


def test_checked_labels_in_a_single_table(folder):
    """Corrections reach the rows to certify, too; trusted are those that train."""
    options = ["--id", "name", "--drop", "checked", "--report"]
    assert certify(folder, folder / "table.csv", *options) == 0
    listed = folder / "out" / "labels_to_check.csv"
    frame = pd.read_csv(listed)
    frame.loc[:9, "skcert_checked"] = "yes"
    frame.to_csv(listed, index=False)
    assert certify(folder, folder / "table.csv", *options, "--trusted", listed, out="again") == 0
    assert json.loads((folder / "again" / "summary.json").read_text())["n_trusted"] == 10
    before, after = (pd.read_csv(folder / out / "certificates.csv") for out in ("out", "again"))
    assert (after["radius"] >= before["radius"]).all() and before["row"].equals(after["row"])
