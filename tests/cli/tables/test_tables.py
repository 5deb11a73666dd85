"""Files in and out of ``skcert certify``: CSV and Parquet in, CSV, Parquet and JSON out, and what is refused."""

import datetime
import decimal
import json
import sys

import numpy as np
import pytest

from skcert.cli import main
from skcert.cli.tables import preprocessed, read_tables

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

pytestmark = pytest.mark.usefixtures("without_plots")

ODD = ["<b>", "a,b;c", 'quo"ted\u00e9']


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(90, 3)), columns=["a", "b", "c"])
    table["d"] = rng.choice(["x", "y"], 90)
    table["kind"] = np.array(ODD)[np.digitize(table["a"], [-0.5, 0.5])]
    table["checked"] = rng.random(90) > 0.5
    for name, part in (("train", table[:60]), ("test", table[60:].drop(columns="checked"))):
        part = part.drop(columns="checked", errors="ignore")
        part.to_csv(tmp_path / f"{name}.csv", index=False)
        part.to_csv(tmp_path / f"{name}.tsv", index=False, sep="\t")
        part.to_csv(tmp_path / f"{name}_semicolon.csv", index=False, sep=";")
        part.to_parquet(tmp_path / f"{name}.parquet", index=False)
    table[:60].to_csv(tmp_path / "checked.csv", index=False)
    return tmp_path


def certify(folder, train, test, *options, out="out", label="kind"):
    paths = [str(folder / train), str(folder / test), "--label", label, "--out", str(folder / out)]
    return main(["certify", *paths, "--n-partitions", "5", *map(str, options)])


def fails(folder, capsys, message, train="train.csv", test="test.csv", *options, **changes):
    """Exit status 2, one clear line, nothing written."""
    before = sorted(path.name for path in folder.iterdir())
    assert certify(folder, train, test, *options, **changes) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("skcert: error: ") and message in error
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    ("suffix", "options"), [("parquet", []), ("tsv", []), ("csv", []), ("_semicolon.csv", ["--separator", ";"])]
)
def test_every_kind_of_file_gives_the_same_certificates(folder, suffix, options):
    assert certify(folder, "train.csv", "test.csv", out="reference") == 0
    joint = "" if suffix.startswith("_") else "."
    assert certify(folder, f"train{joint}{suffix}", f"test{joint}{suffix}", *options) == 0
    expected, found = (pd.read_csv(folder / out / "certificates.csv") for out in ("reference", "out"))
    pd.testing.assert_frame_equal(expected, found)
    assert set(found["prediction"]) <= set(ODD)


def test_every_format_holds_the_same_certificates(folder):
    for file_format in ("csv", "parquet", "json"):
        assert certify(folder, "train.csv", "test.csv", "--format", file_format) == 0
    rows = pd.read_csv(folder / "out" / "certificates.csv")
    assert list(rows["label"]) == list(pd.read_csv(folder / "test.csv")["kind"])
    pd.testing.assert_frame_equal(rows, pd.read_parquet(folder / "out" / "certificates.parquet"), check_dtype=False)
    records = json.loads((folder / "out" / "certificates.json").read_text(encoding="utf-8"))
    pd.testing.assert_frame_equal(rows, pd.DataFrame(records))


def test_options_reach_the_model(folder):
    given = {"voting": "soft", "weight_center": 0.8, "weight_clip": 0.1, "partition": "random", "random_state": 3}
    options = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
    assert certify(folder, "train.csv", "test.csv", *options, "--n-jobs", 1) == 0
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["parameters"].items() >= given.items() and summary["certificate"] == "label-linear"
    assert certify(folder, "train.csv", "test.csv", "--certificate", "black-box", out="black") == 0
    summary = json.loads((folder / "black" / "summary.json").read_text(encoding="utf-8"))
    assert summary["certificate"] == "black-box" and summary["caveats"] == []


def test_trusted_rows(folder):
    assert certify(folder, "train.csv", "test.csv", out="before") == 0
    assert certify(folder, "checked.csv", "test.csv", "--trusted", "checked", out="after") == 0
    before, after = (pd.read_csv(folder / out / "certificates.csv") for out in ("before", "after"))
    assert (after["prediction"] == before["prediction"]).all()  # the column is no feature
    assert (after["radius"] >= before["radius"]).all() and (after["radius"] > before["radius"]).any()
    summary = json.loads((folder / "after" / "summary.json").read_text(encoding="utf-8"))
    assert summary["n_trusted"] == pd.read_csv(folder / "checked.csv")["checked"].sum()


@pytest.mark.parametrize("labels", [[1, 2], [1.0, 2.0], [True, False], pd.Categorical(["u", "v"])])
def test_parquet_labels_of_other_types(folder, labels):
    for name in ("train.parquet", "test.parquet"):
        table = pd.read_parquet(folder / name)
        table["kind"] = pd.Series(labels).take(np.arange(len(table)) % 2).to_numpy()
        table.to_parquet(folder / name)
    assert certify(folder, "train.parquet", "test.parquet") == 0
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["classes"] == sorted(str(int(x) if isinstance(x, float) else x) for x in labels)


def test_parquet_decimals_are_numbers(folder):
    for name in ("train", "test"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        table["a"] = table["a"].round(3)
        table.to_csv(folder / f"{name}.csv", index=False)
        table["a"] = [decimal.Decimal(f"{value:.3f}") for value in table["a"]]
        table.to_parquet(folder / f"{name}.parquet")
    assert certify(folder, "train.parquet", "test.parquet") == 0
    assert certify(folder, "train.csv", "test.csv", out="reference") == 0
    assert (folder / "out" / "certificates.csv").read_text() == (folder / "reference" / "certificates.csv").read_text()


def test_unreadable_parquet(folder, capsys):
    (folder / "bad.parquet").write_bytes(b"PAR1 this is not one")
    fails(folder, capsys, "bad.parquet cannot be read as Parquet", train="bad.parquet")
    (folder / "bad.parquet").write_bytes(b"")
    fails(folder, capsys, "bad.parquet cannot be read as Parquet", test="bad.parquet")


def test_parquet_without_rows(folder, capsys):
    pd.read_parquet(folder / "test.parquet")[:0].to_parquet(folder / "none.parquet")
    fails(folder, capsys, "none.parquet has columns but no rows", test="none.parquet")


def test_parquet_with_lists(folder, capsys):
    pq.write_table(pa.table({"a": [[1.0], [2.0]], "kind": ["u", "v"]}), folder / "lists.parquet")
    fails(folder, capsys, "Column 'a' of", train="lists.parquet")


def test_parquet_that_is_missing(folder, capsys):
    fails(folder, capsys, "nowhere.parquet", train="nowhere.parquet")


def test_parquet_with_missing_labels(folder, capsys):
    table = pd.read_parquet(folder / "train.parquet")
    table.loc[:4, "kind"] = None
    table.to_parquet(folder / "gaps.parquet")
    fails(folder, capsys, "5 of 60 rows have no label", train="gaps.parquet")


@pytest.mark.parametrize("missing", ["pyarrow", "pyarrow.parquet"])
def test_without_pyarrow(folder, capsys, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    fails(folder, capsys, "pip install 'skcert[tables]'", train="train.parquet")
    if missing == "pyarrow":
        fails(folder, capsys, "Writing Parquet needs pyarrow", "train.csv", "test.csv", "--format", "parquet")


def test_a_folder_is_no_table(folder, capsys):
    fails(folder, capsys, "is a folder", train=".")


@pytest.mark.parametrize("out", ["train.csv", "train.csv/results"])
def test_results_where_a_file_is(folder, capsys, out):
    fails(folder, capsys, "train.csv is a file", out=out)


def test_wrong_separator(folder, capsys):
    (folder / "plain.csv").write_text("a;kind\n1;u\n2;v\n")
    fails(folder, capsys, "add --separator ';'", train="plain.csv")
    fails(folder, capsys, "add --separator ';'", train="train_semicolon.csv")


@pytest.mark.parametrize("separator", ["[[", "", ",,", "\\t", '"', "\n", "\x00", "\u00e9", "\\s+"])
@pytest.mark.parametrize("train", ["train.csv", "train.parquet"])
def test_separators_that_are_none(folder, capsys, separator, train):
    fails(folder, capsys, "must be a single ASCII character", train, "test.csv", f"--separator={separator}")


@pytest.mark.parametrize("value", [1e308, -1e308, 1e200, -1.1e150])
@pytest.mark.parametrize("name", ["train.csv", "test.csv"])
def test_huge_cells_are_named(folder, capsys, name, value):
    table = pd.read_csv(folder / name)
    table.loc[3, "b"] = value
    table.to_csv(folder / "huge.csv", index=False)
    given = {"train": "huge.csv"} if name == "train.csv" else {"test": "huge.csv"}
    fails(folder, capsys, f"huge.csv has {value:g} in row 3, counted from 0, too large to compute with", **given)


def test_cells_far_from_all_others_are_named(folder, capsys):
    """Each value is harmless by itself; divided by the training table's deviation it is not."""
    for name, factor in (("train", 1e-140), ("test", 1e140)):
        pd.read_csv(folder / f"{name}.csv").assign(b=lambda t, f=factor: t["b"] * f).to_csv(
            folder / f"far_{name}.csv", index=False
        )
    fails(folder, capsys, "Column 'b'", "far_train.csv", "far_test.csv")
    fails(folder, capsys, "too far from the values of the training table", "far_train.csv", "far_test.csv")


@pytest.mark.parametrize("spread", [1e149, 1e-149, 1e-320])
def test_large_and_small_cells_that_can_be_computed_with(folder, spread):
    for name in ("train", "test"):
        table = pd.read_csv(folder / f"{name}.csv")
        table.assign(b=table["b"] * spread).to_csv(folder / f"wide_{name}.csv", index=False)
    assert certify(folder, "wide_train.csv", "wide_test.csv") == 0


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zip"])
def test_damaged_compressed_files(folder, capsys, suffix):
    path = folder / f"train.csv.{suffix}"
    pd.read_csv(folder / "train.csv").to_csv(path, index=False)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:40] + bytes(20) + whole[60:]):
        path.write_bytes(damaged)
        message = f"train.csv.{suffix} cannot be read as CSV: it is damaged or incomplete"
        fails(folder, capsys, message, train=path.name)


def test_a_column_named_twice(folder, capsys):
    """The copy of a label would be a feature, and a road for labels into the label weights."""
    table = pd.read_csv(folder / "train.csv")
    table.insert(0, "copy", table["kind"])
    table.columns = ["kind" if name == "copy" else name for name in table.columns]
    table.to_csv(folder / "twice.csv", index=False)
    fails(folder, capsys, "names column 'kind' 2 times", train="twice.csv")


def test_rows_longer_than_the_header(folder, capsys):
    (folder / "long.csv").write_text("a,kind\n1,u,3\n2,v,4\n")
    fails(folder, capsys, "long.csv cannot be read as CSV: it has rows longer than its header", train="long.csv")


def test_labels_that_csv_takes_for_missing(folder, capsys):
    table = pd.read_csv(folder / "train.csv").replace({"kind": {"<b>": "None"}})
    table.to_csv(folder / "none.csv", index=False)
    fails(folder, capsys, "words such as NA and None", train="none.csv")


def test_trusted_column(folder, capsys):
    fails(folder, capsys, "no column 'nope' (--trusted)", "train.csv", "test.csv", "--trusted", "nope")
    fails(folder, capsys, "must say true or false", "train.csv", "test.csv", "--trusted", "d")
    table = pd.read_csv(folder / "checked.csv")
    table["checked"] = table["checked"].astype(object).where(table.index > 0)
    table.to_csv(folder / "gaps.csv", index=False)
    fails(folder, capsys, "but has ''", "gaps.csv", "test.csv", "--trusted", "checked")


@pytest.mark.parametrize("option", [["--voting", "soft"], ["--certificate", "black-box"]])
def test_ensemble_options_without_an_ensemble(folder, capsys, option):
    fails(folder, capsys, "--n-partitions is 1", "train.csv", "test.csv", *option, "--n-partitions", 1)


@pytest.mark.parametrize(("name", "value"), [("weight_center", -0.1), ("weight_clip", 2)])
def test_flat_weights(folder, capsys, name, value):
    option = f"--{name.replace('_', '-')}"
    fails(folder, capsys, f"'{name}' parameter", "train.csv", "test.csv", f"{option}={value}")


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["certify", "--help"])
    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert printed.count("\n  skcert certify ") == 14 and "--report" in printed
    assert max(map(len, printed.splitlines())) <= 110


def random_table(seed):
    """Numbers, whole numbers with gaps, codes, texts, truth values, dates, and an index, in random order."""
    rng = np.random.default_rng(seed)
    n = 70
    table = pd.DataFrame({"x": rng.normal(size=n).round(4), "narrow": rng.normal(size=n).astype(np.float32)})
    table["whole"] = pd.array(rng.integers(0, 9, n), dtype="Int64")
    table.loc[rng.random(n) < 0.1, "whole"] = pd.NA
    table["gaps"] = np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 5, n) / 4)
    table["code"] = rng.choice(["01", "02", "1", "Z9"], n)
    table["version"] = rng.choice(["1.0", "1.10", "1.1", "v2"], n)
    table["text"] = rng.choice(["red", "light green", "NA", "", "\u00e9t\u00e9", 'a,"b'], n)
    table["truth"] = rng.random(n) < 0.5
    table["day"] = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 4, n) * 12, unit="h")
    table["wait"] = pd.to_timedelta(rng.choice([0, 24, 36], n, p=[0.6, 0.35, 0.05]), unit="h")
    table["clock"] = [
        datetime.time(12, 0, int(s), int(m)) for s, m in zip(rng.integers(0, 3, n), rng.choice([0, 500], n))
    ]
    table["kind"] = pd.Categorical(rng.choice(["p", "q"], n))
    table["constant"] = 3
    table["y"] = np.where(table["x"] + (table["code"] == "Z9") > 0, "up", "down")
    chosen = rng.permutation([name for name in table.columns if name not in ("x", "y")])[: rng.integers(2, 13)]
    table = table[[*rng.permutation(["x", *chosen]), "y"]]
    if seed % 2:
        table.index = pd.Index([f"r{i}" for i in rng.permutation(n)], name="row" if seed % 4 == 1 else None)
    return table[:40], table[40:]


def certificates(folder, train, test, out="out"):
    assert certify(folder, train, test, out=out, label="y") == 0
    return pd.read_csv(folder / out / "certificates.csv", keep_default_na=False)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 30))])
def test_a_row_is_certified_alone_as_among_others_from_any_file(tmp_path, seed):
    """The bar: 30 random tables; each row alone, among others, in another order, as CSV or as Parquet."""
    train, test = random_table(seed)
    files = {"csv": (train, test), "parquet": (train, test)}
    for suffix, (first, second) in files.items():
        for name, part in (("train", first), ("test", second), ("shuffled", second[::-1])):
            write = part.to_csv if suffix == "csv" else part.to_parquet
            write(tmp_path / f"{name}.{suffix}", index=bool(seed % 2))
    expected = certificates(tmp_path, "train.csv", "test.csv")
    keep = [name for name in expected.columns if name != "id"]
    for first, second in (("parquet", "parquet"), ("csv", "parquet"), ("parquet", "csv")):
        found = certificates(tmp_path, f"train.{first}", f"test.{second}")
        pd.testing.assert_frame_equal(found[keep], expected[keep])
        assert second == "csv" or seed % 2 == 0 or list(found["id"]) == list(test.index)
    shuffled = certificates(tmp_path, "train.csv", "shuffled.parquet")
    pd.testing.assert_frame_equal(shuffled[keep][::-1].reset_index(drop=True), expected[keep])
    whole = read_tables(tmp_path / "train.csv", tmp_path / "test.csv", "y")
    _, X_test = preprocessed(whole)
    for row in range(len(test)):
        suffix = ("csv", "parquet")[row % 2]
        write = test[row : row + 1].to_csv if suffix == "csv" else test[row : row + 1].to_parquet
        write(tmp_path / f"alone.{suffix}", index=bool(seed % 2))
        alone = read_tables(tmp_path / "train.csv", tmp_path / f"alone.{suffix}", "y")
        assert np.array_equal(preprocessed(alone)[1][0], X_test[row])
    alone = certificates(tmp_path, "train.parquet", f"alone.{suffix}")
    pd.testing.assert_frame_equal(alone[keep], expected[keep][-1:].reset_index(drop=True))
