"""Wrong uses of the command line: one line that says what is wrong and what to do, status 2, nothing half-written."""

import json
import struct
import zipfile
import zlib

import numpy as np
import pytest

from skcert.cli import main

pd = pytest.importorskip("pandas")

pytestmark = pytest.mark.usefixtures("without_plots")


def table_of(n, **more):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {"plant": [f"n{i}" for i in range(n)], "size": rng.normal(size=n), "width": rng.normal(size=n)}
    )
    table["colour"] = rng.choice(["red", "green"], n)
    table["price"] = (10 * rng.random(n)).round(2)
    table["kind"] = np.where(table["size"] > 0, "u", "v")
    return table.assign(**more)


def save(folder, table, name="odd.csv"):
    table.to_csv(folder / name, index=False)


def png():
    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 4)) + chunk(b"IEND", b"")
    )


def archive(folder, **files):
    with zipfile.ZipFile(folder / "odd.skops", "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("_json", ".json"), content)


SOURCE = '"""A module, not a table."""\n\nimport os\n\n\ndef f(x, y):\n    return x, y\n'
TRAIN = ["table.csv", "--label", "kind"]
ODD = ["odd.csv", "--label", "kind"]
MODEL = ["new.csv", "--model", "odd.skops"]

# What is prepared in the folder, the arguments, what is wrong, and what to do
WRONG = {
    "no such table": (None, ["nowhere.csv", "--label", "kind"], "There is no file nowhere.csv", "check its name"),
    "no label": (None, ["table.csv"], "--label COLUMN is missing", "name of the label column"),
    "no such label column": (None, ["table.csv", "--label", "species"], "no column 'species'", "its columns are"),
    "a label column in other letters": (
        None,
        ["table.csv", "--label", "Kind"],
        "no column 'Kind'",
        "Did you mean 'kind'?",
    ),
    "no table": (None, ["--label", "kind"], "required: TABLE", "--help"),
    "an unknown option": (None, [*TRAIN, "--lable", "x"], "--lable", "--help"),
    "an unknown command": (None, "certfy", "'certfy'", "--help"),
    "a folder": (lambda f: (f / "odd.csv").mkdir(), ODD, "is a folder", "give a CSV or Parquet file"),
    "an empty file": (lambda f: (f / "odd.csv").touch(), ODD, "is empty", "needs a header line and at least one row"),
    "only a header": (lambda f: save(f, table_of(9)[:0]), ODD, "columns but no rows", "at least one row"),
    "one row": (lambda f: save(f, table_of(1)), ODD, "has 1 row", "more rows"),
    "an image": (lambda f: (f / "odd.csv").write_bytes(png()), ODD, "a PNG image", "save the table as CSV"),
    "an image in latin-1": (
        lambda f: (f / "odd.csv").write_bytes(png()),
        [*ODD, "--encoding", "latin-1"],
        "a PNG image",
        "save the table as CSV",
    ),
    "random bytes": (
        lambda f: (f / "odd.csv").write_bytes(bytes(range(256)) * 9),
        ODD,
        "but binary",
        "save the table as CSV",
    ),
    "a source file": (lambda f: (f / "odd.csv").write_text(SOURCE), ODD, "odd.csv", "Name every column"),
    "a web page": (
        lambda f: (f / "odd.csv").write_text("<!DOCTYPE html>\n<p>a,b</p>"),
        ODD,
        "a web page",
        "save the table as CSV",
    ),
    "JSON": (lambda f: (f / "odd.csv").write_text(json.dumps([{"a": 1}])), ODD, "JSON", "save the table as CSV"),
    "another separator": (
        lambda f: table_of(60).to_csv(f / "odd.csv", index=False, sep=";"),
        ODD,
        "no column 'kind'",
        "add --separator ';'",
    ),
    "duplicate headers": (
        lambda f: save(f, table_of(60).rename(columns={"width": "size"})),
        ODD,
        "'size' 2 times",
        "rename or remove one",
    ),
    "a continuous label": (
        None,
        ["table.csv", "--label", "price"],
        "like a measurement",
        "cut the numbers into a few",
    ),
    "names as labels": (None, ["table.csv", "--label", "plant"], "never repeats a label", "Name another column"),
    "one class": (lambda f: save(f, table_of(60, kind="u")), ODD, "only one class", "'u'"),
    "a label of 5,000 characters": (
        lambda f: save(f, table_of(60, kind=["x" * 5000, *"uv" * 29, "u"])),
        ODD,
        "5,000 characters",
        "Shorten it",
    ),
    "a cell of 1 MB": (lambda f: save(f, table_of(60, colour="x" * 2**20)), ODD, "a cell of more than", "shorten"),
    "a quotation mark that stays open": (
        lambda f: (f / "odd.csv").write_text('size,kind\n1,u\n2,"v\n3,u\n'),
        ODD,
        "cannot be read as CSV",
        "Close quotation marks",
    ),
    "identifiers only": (
        lambda f: save(f, table_of(60)[["plant", "kind"]]),
        ODD,
        "no feature left: left out are 'plant'",
        "Add a column of features",
    ),
    "all columns dropped": (
        None,
        [*TRAIN, "--drop", "size,width,colour,price,plant"],
        "no feature left",
        "Add a column of features",
    ),
    "labels only": (lambda f: save(f, table_of(60)[["kind"]]), ODD, "no column except the labels", "needs features"),
    "label dropped": (None, [*TRAIN, "--drop", "kind"], "--drop 'kind' names the column of --label", "one meaning"),
    "label as id": (None, [*TRAIN, "--id", "kind"], "--id 'kind' names the column of --label", "one meaning"),
    "kept and dropped": (
        None,
        [*TRAIN, "--keep", "plant", "--drop", "plant"],
        "named by --keep and by --drop",
        "leave one of them out",
    ),
    "id and feature": (None, [*TRAIN, "--keep", "plant", "--id", "plant"], "by --keep and by --id", "leave one of"),
    "no such column to drop": (None, [*TRAIN, "--drop", "weight"], "no column 'weight' (--drop)", "its columns are"),
    "no such id": (None, [*TRAIN, "--id", "name"], "no column 'name' (--id)", "its columns are"),
    "test size 0": (None, [*TRAIN, "--test-size", "0"], "--test-size: '0'", "such as 0.25"),
    "test size 1": (None, [*TRAIN, "--test-size", "1"], "--test-size: '1'", "such as 0.25"),
    "test size -0.5": (None, [*TRAIN, "--test-size=-0.5"], "--test-size: '-0.5'", "such as 0.25"),
    "test size a quarter": (None, [*TRAIN, "--test-size", "25%"], "--test-size: '25%'", "such as 0.25"),
    "test size of all rows": (None, [*TRAIN, "--test-size", "60"], "leaves 0 to train on", "ask for fewer"),
    "test size and a second table": (
        None,
        ["table.csv", "new.csv", "--label", "kind", "--test-size", "9"],
        "--test-size is about the rows of one table",
        "leave one of them out",
    ),
    "one table against rows": (None, [*TRAIN, "--threat", "rows"], "--threat rows", "needs a second table"),
    "a second table of other columns": (
        lambda f: save(f, table_of(9).drop(columns="size")),
        ["table.csv", "odd.csv", "--label", "kind"],
        "missing 'size'",
        "must have the feature columns",
    ),
    "a second table without names": (
        lambda f: save(f, table_of(9).drop(columns="plant")),
        ["table.csv", "odd.csv", "--label", "kind", "--id", "plant"],
        "odd.csv has no column 'plant' (--id)",
        "its columns are",
    ),
    "out is a file": (None, [*TRAIN, "--out", "table.csv"], "--out table.csv", "give a folder"),
    "out below a file": (None, [*TRAIN, "--out", "table.csv/x"], "table.csv is a file", "give a folder"),
    "results over the table": (
        lambda f: save(f, table_of(60), "certificates.csv"),
        ["certificates.csv", "--label", "kind", "--out", "."],
        "would replace certificates.csv",
        "choose another folder",
    ),
    "model over the table": (None, [*TRAIN, "--save-model", "table.csv"], "would be lost", "choose another name"),
    "model into a folder": (None, [*TRAIN, "--save-model", "."], "is a folder", "give the name of a file"),
    "model nowhere": (None, [*TRAIN, "--save-model", "no/m.skops"], "no/m.skops", "choose a folder that exists"),
    "no such model": (None, MODEL, "There is no file odd.skops", "check its name"),
    "a folder as model": (lambda f: (f / "odd.skops").mkdir(), MODEL, "is no model", "give a file that --save-model"),
    "a table as model": (
        None,
        ["new.csv", "--model", "table.csv"],
        "is no model",
        "give a file that --save-model has",
    ),
    "an archive as model": (
        lambda f: archive(f, readme="no model"),
        MODEL,
        "is no model",
        "give a file that --save-model has",
    ),
    "a damaged model": (lambda f: archive(f, schema_json="{}"), MODEL, "cannot be read", "Save the model again"),
    "a model as table": (
        lambda f: archive(f, schema_json="{}"),
        ["odd.skops", "--label", "kind"],
        "looks like a saved model",
        "give it as --model",
    ),
    "options of fitting with a model": (None, [*MODEL, "--alpha", "3"], "--alpha is settled", "leave it out"),
    "two tables and a model": (None, ["table.csv", *MODEL], "--model takes one table", "leave new.csv out"),
    "trusted nothing": (None, [*TRAIN, "--trusted", "checked.csv"], "no column 'checked.csv'", "no such file"),
    "a table as list": (None, [*TRAIN, "--trusted", "new.csv"], "nor a list of labels to check", "Make one with"),
    "no partitions": (None, [*TRAIN, "--n-partitions", "0"], "n_partitions", "[1, inf)"),
    "no ridge": (None, [*TRAIN, "--alpha", "strong"], "--alpha", "'strong'"),
    "no seed": (None, [*TRAIN, "--random-state", "-1"], "--random-state: invalid seed value: '-1'", "--help"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save(tmp_path, table_of(60), "table.csv")
    save(tmp_path, table_of(9).drop(columns="kind"), "new.csv")
    return tmp_path


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("name", WRONG)
def test_one_line_and_nothing_else(folder, capsys, name):
    prepare, arguments, wrong, way_out = WRONG[name]
    if any("skops" in word or word.startswith(("--model", "--save")) for word in arguments):
        pytest.importorskip("skops.io")
    if prepare is not None:
        prepare(folder)
    before = contents(folder)
    assert main([arguments] if isinstance(arguments, str) else ["certify", *arguments]) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    said = [line for line in lines if line.startswith("skcert: error: ")]
    assert said == lines[-1:] and "Traceback" not in captured.err and captured.out == ""
    assert wrong in said[0] and way_out in said[0] and len(said[0]) < 500
    assert contents(folder) == before


def test_there_are_enough():
    assert len(WRONG) >= 25


SPREAD = ["=1+1", "@SUM(A1)", "<script>alert(1)</script>", "-cmd|'/c calc'!A1"]


def test_formulas_and_scripts_in_cells_are_data(folder):
    """No error, and safe in spreadsheets and in browsers."""
    table = table_of(60, colour=np.array(SPREAD)[np.arange(60) % 4], plant=[f"=cell({i})" for i in range(60)])
    table["kind"] = table["kind"].map({"u": "=u", "v": "<b>v</b>"})
    table.rename(columns={"colour": "=colour", "plant": "+plant"}).to_csv(folder / "odd.csv", index=False)
    command = ["certify", "odd.csv", "--label", "kind", "--id=+plant", "--report", "--n-partitions", "1"]
    assert main([*command, "--out", "out"]) == 0
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("<script") == 1 and "<b>v</b>" not in page
    for name in ("certificates.csv", "labels_to_check.csv"):
        cells = pd.read_csv(folder / "out" / name, header=None, dtype=str, keep_default_na=False).to_numpy().ravel()
        numbers = pd.to_numeric(pd.Series(cells), errors="coerce").notna()
        assert not [cell for cell in cells[~numbers] if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    listed = folder / "out" / "labels_to_check.csv"
    listed.write_text(listed.read_text(encoding="utf-8").replace(",no,", ",yes,", 1), encoding="utf-8")
    assert main([*command, "--out", "again", "--trusted", str(listed)]) == 0
    assert json.loads((folder / "again" / "summary.json").read_text())["n_trusted"] == 1
