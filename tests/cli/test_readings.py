"""What is said of how tables were read: on stderr, in the summary, in the report, and as names of rows."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from skcert.cli import main

pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.usefixtures("without_plots")

SAID = {
    "size": "1 cell '?' read as missing",
    "price": "thousands separated by ','",
    "code": "codes with leading zeros or many digits",
    "colour": "1 row with categories that the training table lacks, such as 'mauve'",
    "id": "all different",
    "same": "constant",
}


@pytest.fixture
def tables(tmp_path):
    rng = np.random.default_rng(0)
    n = 90
    table = pd.DataFrame({"size": rng.normal(size=n).round(3).astype(str), "id": [f"u{i}" for i in range(n)]})
    table["price"] = [f"${value:,.2f}" for value in 10.0 ** rng.uniform(2, 6, n)]
    table["code"] = rng.choice(["01", "02"], n)
    table["colour"] = rng.choice(["red", "blue"], n)
    table["same"] = 1
    table["y"] = np.where(table["size"].astype(float) > 0, "good", "bad")
    table.loc[3, "size"] = "?"
    table.loc[3, "y"] = "Good"
    table.loc[70, "colour"] = "mauve"
    table[:60].to_csv(tmp_path / "train.csv", index=False)
    table[60:].to_csv(tmp_path / "test.csv", index=False)
    table.index = pd.Index([f"row {i}" for i in range(n)])
    table[:60].to_parquet(tmp_path / "train.parquet")
    table[60:].to_parquet(tmp_path / "test.parquet")
    return tmp_path


def certify(folder, suffix, *options, train=None):
    paths = [str(train or folder / f"train.{suffix}"), str(folder / f"test.{suffix}")]
    given = ["--label", "y", "--out", str(folder / "out"), "--n-partitions", "3", *options]
    return main(["certify", *paths, *given])


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_everything_is_said(tables, capsys, suffix):
    assert certify(tables, suffix, "--report") == 0
    error = capsys.readouterr().err
    line = next(line for line in error.splitlines() if line.startswith("columns read as "))
    summary = json.loads((tables / "out" / "summary.json").read_text(encoding="utf-8"))
    page = (tables / "out" / "report.html").read_text(encoding="utf-8").replace("&#x27;", "'")
    notes = {column["name"]: "; ".join(column["notes"]) for column in summary["columns"]}
    for name, words in SAID.items():
        assert words in line and words in notes[name] and words in page
    read_as = {column["name"]: column["read_as"] for column in summary["columns"]}
    kinds = {"size": "number", "price": "number", "code": "category", "colour": "category", "id": "left out"}
    assert read_as.items() >= kinds.items()
    warning = "labels that differ only in blanks, case or the way a number is written are different classes"
    assert error.count(warning) == 1 and warning in page and warning in summary["notes"][0]


def test_names_of_rows(tables):
    assert certify(tables, "parquet", "--report") == 0
    rows = pd.read_csv(tables / "out" / "certificates.csv")
    assert list(rows.columns[:2]) == ["id", "label"] and list(rows["id"]) == [f"row {i}" for i in range(60, 90)]
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<bdi>row 61</bdi>") >= 1 and any(f"<bdi>row {i}</bdi>" in page for i in range(60))
    frame = pd.read_csv(tables / "test.csv")
    frame.index += 1000
    frame.to_csv(tables / "test.csv")  # with a first column without a name
    assert certify(tables, "csv") == 0
    assert list(pd.read_csv(tables / "out" / "certificates.csv")["id"]) == list(range(1000, 1030))


def test_options_for_columns(tables, capsys):
    assert (
        certify(
            tables, "csv", "--keep", "id", "--keep", "size", "--category", "size", "--missing=01", "--decimal", "."
        )
        == 0
    )
    summary = json.loads((tables / "out" / "summary.json").read_text(encoding="utf-8"))
    read_as = {column["name"]: column["read_as"] for column in summary["columns"]}
    expected = {"size": "category", "id": "category", "price": "number", "code": "category", "colour": "category"}
    assert read_as == {**expected, "same": "left out"}
    for option in ("--keep", "--category"):
        assert certify(tables, "csv", option, "nope") == 2
        assert f"no column 'nope' ({option})" in capsys.readouterr().err


def test_options_that_do_nothing_are_said(tables, capsys):
    assert certify(tables, "csv", "--missing=nowhere") == 0
    assert "warning: --missing='nowhere' occurs nowhere" in capsys.readouterr().err
    assert certify(tables, "csv", "--keep", "y") == 2
    assert "--keep 'y' names the column of --label" in capsys.readouterr().err
    for suffix in ("csv", "parquet"):
        assert certify(tables, suffix, "--missing=good") == 0
        error = capsys.readouterr().err
        assert "--missing='good' is about features: as a label it stays a class" in error
        assert "--missing='good' occurs nowhere" in error
    assert certify(tables, "csv", "--alpha", "inf") == 0
    summary = json.loads((tables / "out" / "summary.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert summary["parameters"]["alpha"] == "inf"


def test_a_column_of_the_other_table_without_values(tables, capsys):
    pd.read_csv(tables / "test.csv").assign(colour="", size=np.nan).to_csv(tables / "test.csv", index=False)
    assert certify(tables, "csv") == 0
    assert capsys.readouterr().err.count("test.csv: no values") == 2


def test_names_and_cells_do_not_flood_the_terminal(tables, capsys):
    for name in ("train", "test"):
        table = pd.read_csv(tables / f"{name}.csv").rename(columns={"code": "a\n\x1b[31mb"})
        table.loc[5, "colour"] = "z" * 10**5 if name == "test" else "red"
        table.to_csv(tables / f"{name}.csv", index=False)
    assert certify(tables, "csv") == 0
    error = capsys.readouterr().err
    assert len(error) < 3000 and "\x1b" not in error and r"a\n\x1b[31mb" in error


def test_labels_that_look_like_measurements(tables, capsys):
    rng = np.random.default_rng(0)
    table = pd.read_csv(tables / "train.csv").assign(y=rng.normal(size=60))
    table.to_csv(tables / "train.csv", index=False)
    pd.read_csv(tables / "test.csv").drop(columns="y").to_csv(tables / "test.csv", index=False)
    assert certify(tables, "csv") == 2
    assert "60 different numbers in 60 rows, like a measurement" in capsys.readouterr().err
    table.assign(y=[f"c{i % 40}" for i in range(60)]).to_csv(tables / "train.csv", index=False)
    assert certify(tables, "csv") == 0
    error = capsys.readouterr().err
    assert error.count("40 different labels in 60 rows") == 1 and "UserWarning" not in error


def test_no_feature_left(tables, capsys):
    pd.read_csv(tables / "train.csv")[["id", "same", "y"]].to_csv(tables / "train.csv", index=False)
    assert certify(tables, "csv") == 2
    assert "no feature left: left out are 'id' (all different), 'same' (constant)" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="no file that stands for the standard input")
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_standard_input(tables, suffix):
    assert certify(tables, suffix) == 0
    expected = (tables / "out" / "certificates.csv").read_text()
    command = [sys.executable, "-m", "skcert", "certify", "/dev/stdin", str(tables / f"test.{suffix}"), "--label", "y"]
    options = ["--out", str(tables / "piped"), "--n-partitions", "3"]
    content = (tables / f"train.{suffix}").read_bytes()
    done = subprocess.run([*command, *options], input=content, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (tables / "piped" / "certificates.csv").read_text() == expected


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_file_names_that_are_no_text(tables):
    odd = os.fsdecode(os.path.join(os.fsencode(tables), b"caf\xe9.csv"))
    os.rename(tables / "test.csv", odd)
    paths = [str(tables / "train.csv"), odd, "--label", "y", "--out", str(tables / "out"), "--n-partitions", "3"]
    assert main(["certify", *paths, "--report"]) == 0
    assert "caf\ufffd.csv" in (tables / "out" / "report.html").read_text(encoding="utf-8")
