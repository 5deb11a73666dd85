"""The tables of `skcert demo --tables`, and the commands of the README and the start page, which use them."""

import re
import shlex
from pathlib import Path

import pytest

from skcert.cli import main

pd = pytest.importorskip("pandas")

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/start.md", "docs/report.md"]


def commands(page):
    """What a page's shell blocks do with skcert, line by line, but for the comparison of the demo."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    lines = [shlex.split(line) for line in "".join(blocks).replace("&&", "\n").splitlines()]
    return [line[1:] for line in lines if line[:1] == ["skcert"] and line[1:] != ["demo"]]


def test_tables(tmp_path, capsys):
    assert main(["demo", "--tables", str(tmp_path / "tables")]) == 0
    printed = capsys.readouterr().out
    table, new = (pd.read_csv(tmp_path / "tables" / name) for name in ("tumours.csv", "new_tumours.csv"))
    assert list(table.columns) == ["patient", *new.columns[1:], "diagnosis"] and "diagnosis" not in new
    assert len(table) == 500 and len(new) == 69 and pd.concat([table, new])["patient"].is_unique
    wrong = re.findall(r"P\d{4}", printed)
    assert len(wrong) == 15 and table["patient"].isin(wrong).sum() == 15
    assert all(path.stat().st_size < 100_000 for path in (tmp_path / "tables").iterdir())


def test_wrong_diagnoses_are_found(tmp_path, capsys, monkeypatch, without_plots):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--tables", "tables"]) == 0
    wrong = re.findall(r"P\d{4}", capsys.readouterr().out)
    command = shlex.split("certify tables/tumours.csv --label diagnosis --id patient --out results --report")
    assert main(command) == 0
    listed = pd.read_csv("results/labels_to_check.csv")
    assert listed["patient"][:10].isin(wrong).sum() >= 8


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_pages_run_in_order(tmp_path, monkeypatch, page):
    """Each as it stands, after those above it, in an empty folder."""
    pytest.importorskip("skops.io")
    monkeypatch.chdir(tmp_path)
    found = commands(page)
    assert found[0] == ["demo", "--tables", "tables"] and any("--report" in words for words in found)
    for words in found:
        assert main(words) == 0, words
    assert list(tmp_path.rglob("report.html"))


def test_the_readme_takes_three_commands():
    """From nothing to a report: install, get a table, certify; the label column of the table is named."""
    (block,) = [
        block
        for block in re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE)
        if "--tables" in block
    ]
    install, tables, certify = block.splitlines()
    assert install.startswith('pip install ".[') and "tables" in install.split("]")[0]
    assert tables == "skcert demo --tables tables" and certify.endswith("--report")
