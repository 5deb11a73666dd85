"""`skcert certify` with labels that rows may get: from annotators, or by direction."""

import json

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert.cli import main
from skcert.cli.tables import preprocessed, read_tables

pd = pytest.importorskip("pandas")
pytestmark = pytest.mark.usefixtures("without_plots")


@pytest.fixture
def tables(tmp_path):
    """Three annotators in the training table, true labels in the test table."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(110, 3)), columns=list("xyz"))
    truth = np.array(["bad", "fair", "good"])[np.digitize(table["x"], [-0.6, 0.6])]
    for name in ("ann", "bob", "cem"):
        table[name] = np.where(rng.random(110) < 0.15, rng.permutation(truth), truth)
    table.loc[3:12, "bob"] = None
    table["truth"] = truth
    table[:80].drop(columns="truth").to_csv(tmp_path / "train.csv", index=False)
    table[80:].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def run(folder, *arguments):
    paths = ["certify", str(folder / "train.csv"), str(folder / "test.csv"), "--out", str(folder / "out")]
    return main([*paths, "--n-partitions", "1", "--alpha", "10", *map(str, arguments)])


def results(folder):
    return json.loads((folder / "out" / "summary.json").read_text()), pd.read_csv(folder / "out" / "certificates.csv")


def change(folder, name, function):
    function(pd.read_csv(folder / name)).to_csv(folder / name, index=False)


ANNOTATORS = ("--annotators", "ann", "bob", "cem")


def test_annotators(tables, capsys):
    assert run(tables, *ANNOTATORS, "--label", "truth", "--report") == 0
    printed, said = capsys.readouterr()
    summary, rows = results(tables)
    train = pd.read_csv(tables / "train.csv")
    given = [row.dropna().tolist() for _, row in train[["ann", "bob", "cem"]].iterrows()]
    disputed = sum(len(set(labels)) > 1 for labels in given)
    threat = printed.splitlines()[0]
    assert threat == summary["threat"] and threat.endswith(f"gave it: {disputed} of 80 rows are disputed.")
    assert "('ann', 'bob', 'cem')" in threat
    share = (rows["radius"] == 2**31 - 1).mean()
    assert 0 < share < 1 and summary["certain_share"] == share == rows["certain"].mean()
    assert summary["certain_in_words"] in printed
    assert "of predictions hold whatever the disputed labels are; " in summary["certain_in_words"]
    right = rows["label"] == rows["prediction"]
    assert summary["certain_accuracy"] == pytest.approx((right & rows["certain"]).mean())
    assert "evenly divided" in said and "x, y, z" in said  # the only columns that are features
    assert summary["annotators"] == ["ann", "bob", "cem"] and summary["label_column"] == "truth"
    assert {column["name"] for column in summary["columns"]} == {"x", "y", "z"}
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    assert "<bdi>ann</bdi>" in page and "whatever the disputed labels are" in page and "any other class" not in page

    majority = [max(sorted(set(labels)), key=labels.count) for labels in given]
    read = read_tables(tables / "train.csv", tables / "test.csv", "truth", annotators=("ann", "bob", "cem"))
    assert read.train.labels.tolist() == majority
    assert read.candidates.labels == tuple(map(frozenset, given))
    X_train, X_test = preprocessed(read)
    network = NTKRegressorClassifier(alpha=10, weight_clip=0.99)
    network.fit(X_train, majority, candidate_labels=[set(row) for row in given])
    assert np.array_equal(network.certify(X_test).radius, rows["radius"])


def test_annotators_without_true_labels_and_with_their_own_in_the_test_table(tables, capsys):
    assert run(tables, *ANNOTATORS, "--report") != 0  # nobody says what "truth" in the test table is
    assert "unexpected 'truth'" in capsys.readouterr().err
    change(tables, "test.csv", lambda table: table.drop(columns="truth"))
    assert run(tables, *ANNOTATORS, "--report") == 0
    summary, rows = results(tables)
    assert "accuracy" not in summary and summary["label_column"] == "ann, bob, cem"
    before = rows
    change(tables, "test.csv", lambda table: table[["z", "y", "x"]])
    assert run(tables, *ANNOTATORS) == 0
    assert results(tables)[1].equals(before)


def test_annotators_and_a_label_column(tables, capsys):
    """The labels to use are those of the column; an annotator may be that column."""
    change(tables, "train.csv", lambda table: table.assign(truth=table["ann"]))
    assert run(tables, *ANNOTATORS, "--label", "truth") == 0
    radius = results(tables)[1]["radius"]
    change(tables, "test.csv", lambda table: table.assign(ann=table["truth"]).drop(columns="truth"))
    change(tables, "train.csv", lambda table: table.drop(columns="truth"))
    assert run(tables, *ANNOTATORS, "--label", "ann") == 0
    assert results(tables)[1]["radius"].equals(radius)
    assert "evenly divided" not in capsys.readouterr().err


def test_a_class_that_only_annotators_in_the_minority_know(tables):
    change(tables, "train.csv", lambda table: table.assign(bob=["odd", *table["bob"][1:]]))
    change(tables, "test.csv", lambda table: table.assign(truth=["odd", *table["truth"][1:]]))
    assert run(tables, *ANNOTATORS, "--label", "truth") == 0
    summary, _ = results(tables)
    assert summary["classes"] == ["bad", "fair", "good", "odd"]


def test_score_weights_know_labels_of_the_minority(tables):
    change(tables, "train.csv", lambda table: table.assign(bob=["odd", *table["bob"][1:]]))
    (tables / "weights.json").write_text('{"odd": 2.0, "bad": 1.5}')
    weights = ("--score-weight", tables / "weights.json")
    assert run(tables, *ANNOTATORS, "--label", "truth", *weights) == 0
    assert results(tables)[0]["parameters"]["score_weight"] == {"odd": 2.0, "bad": 1.5}


def with_label(tables):
    change(tables, "train.csv", lambda table: table.drop(columns=["bob", "cem"]).rename(columns={"ann": "truth"}))
    change(tables, "test.csv", lambda table: table.drop(columns=["ann", "bob", "cem"]))


@pytest.mark.parametrize(
    ("words", "allowed", "threat"),
    [
        (["bad"], {"bad": "bad", "fair": "bad fair", "good": "bad good"}, "training labels to 'bad', and no others"),
        (
            ["bad", "fair"],
            {"bad": "bad fair", "fair": "bad fair", "good": "bad fair good"},
            "training labels to 'bad', 'fair', and no others",
        ),
        (
            ["bad:fair", "good:fair"],
            {"bad": "bad fair", "fair": "fair", "good": "good fair"},
            "training labels from 'bad' to 'fair', 'good' to 'fair', and no others",
        ),
    ],
)
def test_only_flips(tables, capsys, words, allowed, threat):
    with_label(tables)
    assert run(tables, "--label", "truth", "--only-flips", *words, "--report") == 0
    assert capsys.readouterr().out.startswith(f"Certified against changes of {threat}: ")
    summary, rows = results(tables)
    read = read_tables(tables / "train.csv", tables / "test.csv", "truth")
    X_train, X_test = preprocessed(read)
    sets = [allowed[label].split() for label in read.train.labels]
    network = NTKRegressorClassifier(alpha=10, weight_clip=0.99)
    network.fit(X_train, read.train.labels, candidate_labels=sets)
    assert np.array_equal(network.certify(X_test).radius, rows["radius"])
    assert summary["certain_rows"] == rows["certain"].sum()


def test_labels_with_colons(tables):
    with_label(tables)
    for name in ("train.csv", "test.csv"):
        change(tables, name, lambda table: table.assign(truth=table["truth"].replace({"bad": "a:b", "fair": "c"})))
    for words, only in ((["a:b"], ((None, "a:b"),)), (["a:b:c", "c:a:b"], (("a:b", "c"), ("c", "a:b")))):
        read = read_tables(tables / "train.csv", tables / "test.csv", "truth", flips=words)
        assert read.candidates.only == only


def test_annotators_of_an_ensemble_and_trusted_rows(tables):
    change(tables, "train.csv", lambda table: table.assign(checked=table.index % 2 == 0))
    assert run(tables, *ANNOTATORS, "--label", "truth") != 0  # the test table lacks "checked"
    assert run(tables, *ANNOTATORS, "--label", "truth", "--trusted", "checked", "--n-partitions", 4) == 0
    summary, _ = results(tables)
    assert "but those of 40 trusted rows to another label" in summary["threat"] and summary["n_trusted"] == 40


class TestBadInput:
    """Exit status 2, one clear line, and no results."""

    def _fails(self, tables, capsys, message, *arguments):
        assert run(tables, *arguments) == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("skcert: error: ") and message in error
        assert not (tables / "out").exists()

    def test_neither_labels_nor_annotators(self, tables, capsys):
        self._fails(tables, capsys, "--label COLUMN is missing")
        self._fails(tables, capsys, "--label COLUMN is missing", "--only-flips", "bad")

    def test_both_ways(self, tables, capsys):
        self._fails(tables, capsys, "give one of them", *ANNOTATORS, "--only-flips", "bad")

    def test_unknown_columns(self, tables, capsys):
        self._fails(tables, capsys, "no column 'dan' (--annotators)", "--annotators", "ann", "dan")
        self._fails(tables, capsys, "no column 'verdict' (--label)", *ANNOTATORS, "--label", "verdict")

    @pytest.mark.parametrize("names", [["ann"], ["ann", "bob", "ann"]])
    def test_too_few_annotators(self, tables, capsys, names):
        self._fails(tables, capsys, "two different columns or more", "--annotators", *names)

    def test_annotators_are_no_features(self, tables, capsys):
        self._fails(tables, capsys, "which is no feature", *ANNOTATORS, "--label", "truth", "--keep", "bob")
        self._fails(tables, capsys, "names a column of --annotators", *ANNOTATORS, "--trusted", "bob")

    def test_rows_without_labels(self, tables, capsys):
        change(tables, "train.csv", lambda table: table.assign(ann=table["ann"].where(table.index != 5)))
        change(tables, "train.csv", lambda table: table.assign(cem=table["cem"].where(table.index != 5)))
        self._fails(tables, capsys, "has a label for 1 of 80 rows; the first is row 5, counted from 0", *ANNOTATORS)

    def test_labels_that_no_annotator_gave(self, tables, capsys):
        change(tables, "train.csv", lambda table: table.assign(truth=["new", *table["ann"][1:]]))
        self._fails(tables, capsys, "label of row 0, counted from 0, 'new' (--label)", *ANNOTATORS, "--label", "truth")

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["ugly"], "--only-flips 'ugly' is neither a label"),
            (["bad:ugly"], "--only-flips 'bad:ugly' is neither a label"),
            (["bad:bad"], "--only-flips 'bad:bad' is neither a label"),
            (["bad:fair", "good"], "not both at once"),
        ],
    )
    def test_flips(self, tables, capsys, words, message):
        with_label(tables)
        self._fails(tables, capsys, message, "--label", "truth", "--only-flips", *words)
