"""A saved model certifies new rows as it would have certified them at once, and files of other kinds are refused."""

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skcert.cli import main

pd = pytest.importorskip("pandas")
sio = pytest.importorskip("skops.io")

pytestmark = pytest.mark.usefixtures("without_plots")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Numbers with gaps and decimal commas, categories, truth values, and an index."""
    folder = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"name": [f"n{i}" for i in range(120)], "a": rng.normal(size=120)})
    table["price"] = [f"{x:.2f}".replace(".", ",") for x in rng.normal(size=120)]
    table["c"], table["t"] = rng.choice(["x", "y", "01"], 120), rng.choice(["true", "False"], 120)
    table["checked"] = rng.choice(["yes", "no"], 120)
    table["kind"] = np.where(table["a"] + rng.normal(size=120) > 0, "u", "v")
    table["other"] = table["kind"].where(rng.random(120) < 0.8, "u")
    table.loc[3:9, "a"] = np.nan
    table.loc[5, "c"] = None
    table[:90].to_csv(folder / "train.csv", index=False)
    table[90:].to_csv(folder / "test.csv", index=False)
    (folder / "weights.json").write_text('{"u": 2, "v": 0.5}')
    return folder


def certify(folder, *arguments, out):
    return main(["certify", *arguments, "--out", str(folder / out)])


def trained(tables, folder, *options):
    paths = [str(tables / "train.csv"), str(tables / "test.csv"), "--save-model", str(folder / "model.skops")]
    return certify(folder, *paths, "--label", "kind", "--id", "name", "--n-partitions", "5", *options, out="at_once")


KINDS = {
    "hard votes": ["--drop", "checked,other"],
    "one network": ["--n-partitions", "1", "--drop", "checked,other"],
    "search": ["--alpha", "1,10", "--voting", "soft", "--drop", "checked,other"],
    "balanced": ["--score-weight", "balanced", "--voting", "soft", "--drop", "checked,other"],
    "weights": ["--score-weight", "weights.json", "--drop", "checked,other"],
    "flips": ["--only-flips", "u:v", "--drop", "checked,other"],
    "trusted": ["--trusted", "checked", "--drop", "other"],
    "annotators": ["--annotators", "kind", "other", "--drop", "checked"],
    "rows": ["--threat", "rows", "--drop", "checked,other"],
    "flat": ["--weight-center", "mean", "--weight-clip", "0.5", "--alpha", "inf", "--drop", "checked,other"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_new_rows_are_certified_as_at_once(tables, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tables)
    assert trained(tables, tmp_path, *KINDS[kind]) == 0
    model = ["--model", str(tmp_path / "model.skops")]
    assert certify(tmp_path, str(tables / "test.csv"), *model, "--report", out="later") == 0
    at_once, later = tmp_path / "at_once", tmp_path / "later"
    assert (later / "certificates.csv").read_text() == (at_once / "certificates.csv").read_text()
    first, second = (json.loads((folder / "summary.json").read_text()) for folder in (at_once, later))
    assert [name for name in first if first[name] != second[name]] == ["files"]
    page = (later / "report.html").read_text(encoding="utf-8")
    assert "90 labelled rows of <bdi>train.csv</bdi>" in page and "Labels to check" not in page
    assert not (later / "labels_to_check.csv").exists()


def test_it_comes_from_a_single_table_as_well(tables, tmp_path):
    command = [str(tables / "train.csv"), "--label", "kind", "--drop", "checked,other", "--id", "name"]
    model = str(tmp_path / "model.skops")
    assert certify(tmp_path, *command, "--save-model", model, out="out") == 0
    new = pd.read_csv(tables / "test.csv").drop(columns=["kind", "other", "name"])[["t", "c", "a", "price"]]
    new.loc[3, "c"] = "never seen"
    new.to_csv(tmp_path / "new.csv", index=False)
    assert certify(tmp_path, str(tmp_path / "new.csv"), "--model", model, out="new") == 0
    frame = pd.read_csv(tmp_path / "new" / "certificates.csv")
    assert len(frame) == 30 and not {"id", "row", "label"} & set(frame)
    new.rename(columns={"t": "u"}).assign(patient=range(30)).to_csv(tmp_path / "named.csv", index=False)
    assert certify(tmp_path, str(tmp_path / "named.csv"), "--model", model, "--id", "patient", out="no") == 2


@pytest.fixture
def model(tables, tmp_path):
    assert trained(tables, tmp_path, *KINDS["hard votes"]) == 0
    return tmp_path / "model.skops"


def fails(folder, capsys, message, *arguments):
    capsys.readouterr()
    assert certify(folder, *map(str, arguments), out="no") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("skcert: error: ") and message in error
    assert not (folder / "no").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="a"), "missing 'a', unexpected none"),
        (lambda table: table.assign(more=1), "missing none, unexpected 'more'"),
        (lambda table: table.assign(a="tall"), "Column 'a' of"),
        (lambda table: table.assign(price="1,5 kg"), "is numeric in the training table (decimal commas)"),
        (lambda table: table.assign(kind="w"), "that train.csv never has: 'w'"),
        (lambda table: table.assign(kind=None), "have no label in column 'kind'"),
        (lambda table: table[:0], "has columns but no rows"),
    ],
    ids=["missing", "more", "text", "units", "labels", "no labels", "no rows"],
)
def test_a_table_that_does_not_fit(tables, tmp_path, capsys, model, change, message):
    change(pd.read_csv(tables / "test.csv")).to_csv(tmp_path / "odd.csv", index=False)
    fails(
        tmp_path,
        capsys,
        message.replace("train.csv", str(tables / "train.csv")),
        tmp_path / "odd.csv",
        "--model",
        model,
    )


def test_a_feature_is_no_name(tables, tmp_path, capsys, model):
    fails(
        tmp_path, capsys, "--id 'a' is a feature of the model", str(tables / "test.csv"), "--model", model, "--id", "a"
    )


def test_what_does_not_go_with_a_model(tables, tmp_path, capsys, model):
    given = [tables / "test.csv", "--model", model]
    fails(tmp_path, capsys, "the model was trained on labels in column 'kind'", *given, "--label", "other")
    fails(tmp_path, capsys, "no column 'who' (--id)", *given, "--id", "who")
    fails(tmp_path, capsys, "--save-model is settled", *given, "--save-model", tmp_path / "again.skops")


class Command:
    """What a hostile file may want to run."""

    def __init__(self):
        self.command = "echo"


def test_other_types_are_refused(tables, tmp_path, capsys, model):
    for name, content in (("hostile", Command()), ("another", LogisticRegression()), ("list", [1, 2])):
        sio.dump(content, tmp_path / f"{name}.skops")
    given = [tables / "test.csv", "--model"]
    fails(
        tmp_path,
        capsys,
        f"holds what --save-model never writes, and is not loaded: {__name__}.Command",
        *given,
        tmp_path / "hostile.skops",
    )
    parts = sio.load(model, trusted=sio.get_untrusted_types(file=model))
    sio.dump({**parts, "estimator": LogisticRegression()}, tmp_path / "half_true.skops")
    for name in ("another", "list", "half_true"):
        fails(tmp_path, capsys, "it is damaged, or not from --save-model", *given, tmp_path / f"{name}.skops")
    content = model.read_bytes()
    (tmp_path / "half.skops").write_bytes(content[: len(content) // 2])
    fails(tmp_path, capsys, "is no model", *given, tmp_path / "half.skops")
    for place in range(0, len(content), len(content) // 9):  # never a traceback
        (tmp_path / "odd.skops").write_bytes(content[:place] + b"\xff\x00" + content[place + 2 :])
        assert certify(tmp_path, *map(str, given), str(tmp_path / "odd.skops"), out="odd") in (0, 2)


def test_without_skops(tables, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skops.io", None)
    fails(tmp_path, capsys, "pip install 'skcert[models]'", tables / "test.csv", "--model", "m.skops")
    fails(tmp_path, capsys, "pip install 'skcert[models]'", tables / "train.csv", "--save-model", "m.skops")


def test_a_run_that_fails_leaves_the_model_before(tables, tmp_path, monkeypatch, model):
    before = model.read_bytes()

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skcert.cli._certify.write_json", fail)
    assert trained(tables, tmp_path, *KINDS["one network"]) == 2
    assert model.read_bytes() == before and not list(tmp_path.glob(".unfinished*"))
    monkeypatch.setattr("skcert.cli._certify.save_model", fail)
    assert trained(tables, tmp_path, *KINDS["one network"]) == 2
    assert model.read_bytes() == before and not list(tmp_path.glob(".unfinished*"))
