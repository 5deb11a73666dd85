"""``--score-weight``: which weights reach the model, what is said of them, and which files are refused."""

import json

import numpy as np
import pytest

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.cli import main
from skcert.cli.tables import preprocessed, read_tables

pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.usefixtures("without_plots")

NAMES = ["cat", "dog", "emu"]
PRIOR = [0.7, 0.2, 0.1]
WEIGHTS = {name: 1 / (3 * share) for name, share in zip(NAMES, PRIOR)}


@pytest.fixture
def tables(tmp_path):
    """A training and a test table, 80 and 40 rows, with three classes of unequal size."""
    rng = np.random.default_rng(0)
    codes = rng.choice(3, 120, p=PRIOR)
    table = pd.DataFrame(rng.normal(size=(120, 3)) + 1.5 * np.eye(3)[codes], columns=list("abc"))
    table["animal"] = np.array(NAMES)[codes]
    write(tmp_path, table)
    return tmp_path


def write(folder, table):
    for suffix, function in (("csv", pd.DataFrame.to_csv), ("parquet", pd.DataFrame.to_parquet)):
        function(table[:80], folder / f"train.{suffix}", index=False)
        function(table[80:], folder / f"test.{suffix}", index=False)


def rename(folder, labels):
    """Give the classes other labels, in all tables."""
    table = pd.concat([pd.read_csv(folder / f"{name}.csv") for name in ("train", "test")], ignore_index=True)
    write(folder, table.assign(animal=np.array(labels)[np.searchsorted(NAMES, table["animal"])]))


def run(folder, *options, weights=None, suffix="csv"):
    """The exit status; `weights` are the content of a file, as text or to be written as JSON."""
    paths = [str(folder / f"{name}.{suffix}") for name in ("train", "test")]
    given = ["--label", "animal", "--out", str(folder / "out"), *options]
    if weights is not None:
        text = weights if isinstance(weights, str) else json.dumps(weights)
        (folder / "weights.json").write_text(text, encoding="utf-8")
        given += ["--score-weight", str(folder / "weights.json")]
    return main(["certify", *paths, *given])


def results(folder):
    summary = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    return summary, pd.read_csv(folder / "out" / "certificates.csv")


def certified(folder, model):
    read = read_tables(folder / "train.csv", folder / "test.csv", "animal")
    X_train, X_test = preprocessed(read)
    return model.fit(X_train, read.train.labels).certify(X_test)


@pytest.mark.parametrize("options", [["--n-partitions", "1"], ["--n-partitions", "3", "--voting", "soft"]])
def test_balanced(tables, capsys, options):
    assert run(tables, "--score-weight", "balanced", "--report", *options) == 0
    summary, rows = results(tables)
    model = NTKRegressorClassifier(alpha=10.0, weight_clip=0.99, score_weight="balanced")
    if "soft" in options:
        plain = NTKRegressorClassifier(score_weight="balanced")
        model = PartitionAggregationEnsemble(plain, n_partitions=3, voting="soft", random_state=0)
    expected = certified(tables, model)
    assert (rows["radius"] == expected.radius).all() and (rows["prediction"] == expected.prediction).all()
    assert summary["parameters"]["score_weight"] == "balanced"
    n_train = pd.read_csv(tables / "train.csv")["animal"].value_counts()
    for entry in summary["by_class"]:
        assert entry["score_weight"] == pytest.approx(80 / n_train[entry["class"]])
    captured = capsys.readouterr()
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    for text in (captured.err, page, *summary["model_notes"]):
        assert "counted in the training labels" in text and "lower bounds" in text
    assert "score weight</th>" in page and "score weight" in captured.out and "score_weight=balanced" in page
    assert "known without the training labels" not in page


@pytest.mark.parametrize("options", [["--n-partitions", "1"], ["--n-partitions", "4"]])
def test_text_labels(tables, capsys, options):
    assert run(tables, "--report", *options, weights=WEIGHTS) == 0
    summary, rows = results(tables)
    model = NTKRegressorClassifier(alpha=10.0, weight_clip=0.99, score_weight=WEIGHTS)
    if "4" in options:
        plain = NTKRegressorClassifier(score_weight=WEIGHTS)
        model = PartitionAggregationEnsemble(plain, n_partitions=4, voting="soft", random_state=0)
    expected = certified(tables, model)
    assert (rows["radius"] == expected.radius).all() and (rows["prediction"] == expected.prediction).all()
    assert summary["parameters"]["score_weight"] == WEIGHTS and not summary["model_notes"]
    assert {entry["class"]: entry["score_weight"] for entry in summary["by_class"]} == WEIGHTS
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    for weight in WEIGHTS.values():
        assert f'<td class="number">{weight:.4g}</td>' in page
    assert "known without the training labels" in page and "score_weight=as in the table of classes" in page
    assert "warning" not in capsys.readouterr().err


def test_without(tables, capsys):
    assert run(tables, "--n-partitions", "1", "--report") == 0
    summary, _ = results(tables)
    assert summary["parameters"]["score_weight"] is None
    assert not any("score_weight" in entry for entry in summary["by_class"])
    assert "score weight" not in (tables / "out" / "report.html").read_text(encoding="utf-8")
    assert "score weight" not in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        ([1, 2, 10], ["1", "2.0", "1e1"]),
        ([-1.5, 0.0, 2.5], ["-1.50", "0", "2.5"]),
        (["01", "1x", "1"], ["01", "1x", "1"]),
    ],
    ids=["integers", "floats", "codes"],
)
def test_numbers_are_matched_as_in_tables(tables, capsys, suffix, labels, keys):
    rename(tables, labels)
    weights = dict(zip(keys, [0.5, 2, 3]))
    assert run(tables, "--n-partitions", "1", weights=weights, suffix=suffix) == 0
    summary, _ = results(tables)
    assert {entry["class"]: entry["score_weight"] for entry in summary["by_class"]} == {
        str(label): weight for label, weight in zip(labels, [0.5, 2.0, 3.0])
    }
    assert "weights.json" not in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_truth_values(tables, suffix):
    rename(tables, [True, False, False])
    assert run(tables, "--n-partitions", "1", weights={"true": 0.5, "false": 2}, suffix=suffix) == 0
    summary, _ = results(tables)
    weights = {entry["class"].lower(): entry["score_weight"] for entry in summary["by_class"]}
    assert weights == {"true": 0.5, "false": 2.0}


def test_labels_that_are_written_in_another_way_or_left_out_are_said(tables, capsys):
    assert run(tables, "--n-partitions", "1", "--report", weights="\ufeff" + json.dumps({" Cat": 0.5})) == 0
    summary, _ = results(tables)
    assert summary["parameters"]["score_weight"] == {"cat": 0.5}
    assert [entry["score_weight"] for entry in summary["by_class"]] == [0.5, 1.0, 1.0]
    error = capsys.readouterr().err
    page = (tables / "out" / "report.html").read_text(encoding="utf-8").replace("&#x27;", "'")
    for words in ("label ' Cat' read as 'cat'", "has no weight for 'dog', 'emu': their scores are multiplied by 1"):
        assert any(words in note for note in summary["notes"]) and words in page
        assert error.count(words) == 1


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            WEIGHTS | {"gnu": 1},
            "labels that the training table never has, or that may mean several of its labels: 'gnu'",
        ),
        ({"cat": 0}, "has 0 for label 'cat'; weights are finite numbers above 0"),
        ({"cat": -1.5}, "has -1.5 for label 'cat'"),
        ('{"cat": NaN}', "has NaN for label 'cat'"),
        ('{"cat": Infinity}', "has Infinity for label 'cat'"),
        ('{"cat": 1e999}', "has Infinity for label 'cat'"),
        ('{"cat": 1' + "0" * 400 + "}", "for label 'cat'"),
        ({"cat": True}, "has true for label 'cat'"),
        ({"cat": "2"}, "has \"2\" for label 'cat'"),
        ({"cat": {"weight": 2}}, "has an object for label 'cat'"),
        ('{"cat": 1, "cat": 2}', "more than one weight for label 'cat'"),
        ({"cat": 1, "CAT": 2}, "more than one weight for label 'cat'"),
        ("[0.5, 2, 3]", "but holds a list"),
        ("3", "but holds a number"),
        ("{}", "but holds none"),
        ('{"cat": 1', "cannot be read as JSON"),
        ("", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
    ids=[
        *"unknown zero negative nan infinity overflow digits true text object".split(),
        *"twice alike list number empty cut nothing deep".split(),
    ],
)
def test_files_that_are_refused(tables, capsys, weights, message):
    assert run(tables, weights=weights) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("skcert: error: ") and message in line and len(line) < 500
    assert "weights.json (--score-weight)" in line
    assert not (tables / "out").exists()


def test_other_files_that_are_refused(tables, capsys):
    (tables / "latin.json").write_bytes(b'{"caf\xe9": 2}')
    for name, message in (("latin.json", "cannot be read as JSON"), ("nowhere.json", "no file"), (".", "directory")):
        assert run(tables, "--score-weight", str(tables / name)) == 2
        *_, line = capsys.readouterr().err.splitlines()
        assert line.startswith("skcert: error: ") and message in line and str(tables / name) in line
        assert not (tables / "out").exists()


def test_a_label_that_may_mean_several(tables, capsys):
    rename(tables, ["Cat", "cat", "emu"])
    assert run(tables, weights={"CAT": 2}) == 2
    assert "'CAT'" in capsys.readouterr().err.splitlines()[-1]
    assert run(tables, "--n-partitions", "1", weights={"Cat": 2, "cat": 3}) == 0
    assert results(tables)[0]["parameters"]["score_weight"] == {"Cat": 2.0, "cat": 3.0}


@pytest.mark.parametrize("options", [["--voting", "hard"], ["--certificate", "black-box"], ["--threat", "rows"]])
def test_hard_votes_refuse_counted_weights(tables, capsys, options):
    assert run(tables, "--score-weight", "balanced", *options) == 2
    (line,) = capsys.readouterr().err.splitlines()  # before any table is read
    assert "leave --voting hard, --certificate and --threat rows out, or give a JSON file" in line
    assert not (tables / "out").exists()


def test_what_fit_warns_of_is_said_on_one_line(tables, capsys):
    assert run(tables, "--n-partitions", "1", "--weight-center", "0.8", "--report") == 0
    error = capsys.readouterr().err
    (line,) = [line for line in error.splitlines() if "shifts all label weights" in line]
    assert line.startswith("warning: weight_center=0.8") and "UserWarning" not in error
    (note,) = results(tables)[0]["model_notes"]
    assert "shifts all label weights" in note
    assert "shifts all label weights" in (tables / "out" / "report.html").read_text(encoding="utf-8")
    assert run(tables, "--n-partitions", "1", "--weight-center", "0.8", weights=WEIGHTS) == 0
    assert "shifts all label weights" not in capsys.readouterr().err
