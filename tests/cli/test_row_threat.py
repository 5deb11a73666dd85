"""`--threat rows`: the units are said everywhere, and what does not go with it is refused."""

import json

import numpy as np
import pytest

from skcert.cli import main

pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"size": rng.normal(size=100), "colour": rng.choice(["red", "green"], 100)})
    table["verdict"] = np.where(table["size"] + (table["colour"] == "red") > 0.3, "good", "bad")
    table["checked"] = "yes"
    table.loc[::10, "size"] = np.nan
    table[:80].to_csv(folder / "train.csv", index=False)
    table[80:].to_csv(folder / "test.csv", index=False)
    return folder


def run(folder, *arguments):
    tables = [str(folder / "train.csv"), str(folder / "test.csv")]
    return main(["certify", *tables, "--label", "verdict", "--out", str(folder / "out"), *arguments])


def test_everything_says_rows(folder, capsys):
    assert run(folder, "--threat", "rows", "--report", "--n-partitions", "8") == 0
    printed = capsys.readouterr().out
    assert "Certified against any training rows inserted, deleted or relabelled; a row whose features" in printed
    assert "rows inserted, deleted or relabelled (black-box certificate, 80 training rows)" in printed
    assert "whichever r rows are inserted, deleted or relabelled" in printed and "flip" not in printed
    summary = json.loads((folder / "out" / "summary.json").read_text())
    assert summary["attacked"] == "rows" and summary["parameters"]["threat"] == "rows"
    frame = pd.read_csv(folder / "out" / "certificates.csv")
    assert {"radius_in_rows", "rows_to_bad", "rows_to_good"} <= set(frame) and "radius" not in frame
    assert frame["radius_in_rows"].median() == summary["median_radius_all_predictions"]
    page = (folder / "out" / "report.html").read_text()
    assert "<title>Row certificates" in page and "How many rows" in page
    assert (
        "certified radius, rows inserted, deleted or relabelled" in page and "If this many rows were inserted" in page
    )
    assert "flip" not in page.split("<body>")[1] and "Labels to check" not in page
    assert not (folder / "out" / "labels_to_check.csv").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--voting", "soft"],
        ["--partition", "random"],
        ["--n-partitions", "1"],
        ["--certificate", "white-box"],
        ["--trusted", "checked"],
        ["--only-flips", "good:bad"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_does_not_go_with_it(folder, capsys, arguments):
    assert run(folder, "--threat", "rows", *arguments) == 2
    said = capsys.readouterr().err
    assert "--threat rows" in said and arguments[0] in said
