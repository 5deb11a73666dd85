import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from skcert import NTKRegressorClassifier
from skcert.cli import main
from skcert.cli.tables import preprocessed, read_tables

pd = pytest.importorskip("pandas")


@pytest.fixture
def tables(tmp_path):
    """A training and a test table with numbers, text, truth values, gaps, and text labels."""
    rng = np.random.default_rng(0)
    n = 120
    table = pd.DataFrame({"size": rng.normal(size=n), "weight": rng.integers(0, 50, n)})
    table["colour"] = rng.choice(["red", "green", "blue"], n)
    table["new"] = rng.random(n) > 0.5
    table["verdict"] = np.where(table["size"] + (table["colour"] == "red") > 0.3, "good", "bad")
    table.loc[::10, "size"] = np.nan
    table.loc[5::17, "colour"] = None
    table[:90].to_csv(tmp_path / "train.csv", index=False)
    table[90:].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def run(folder, *arguments, train="train.csv", test="test.csv", label="verdict"):
    paths = ["certify", str(folder / train), str(folder / test), "--label", label, "--out", str(folder / "out")]
    return main(paths + [str(argument) for argument in arguments])


def heed_sigint():
    """Shells start what runs in the background so that it ignores the signal, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def change(folder, name, function):
    table = function(pd.read_csv(folder / name, float_precision="round_trip"))
    table.to_csv(folder / name, index=False)


@pytest.mark.slow
def test_demo(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    figures = {line[:44].strip(): line[44:].split() for line in lines if line.endswith("%") and line.startswith("  ")}
    assert len([line for line in lines if line.strip().split(" ")[1:2] == ["partitions"]]) == 8
    flat, black = figures["one network, flat weights"], figures["100 partitions"]
    takeaway = printed[printed.index("The best black box") :]
    assert f"against {black[1]} label flips, at {black[0]} accuracy" in takeaway
    assert f"against {flat[1]}, {float(flat[1]) / float(black[1]):.1f} times as many, at {flat[0]}." in takeaway
    assert (tmp_path / "certified_accuracy.png").stat().st_size > 5_000


@pytest.mark.parametrize("n_partitions", [1, 8])
def test_certify(tables, capsys, n_partitions):
    assert run(tables, "--n-partitions", n_partitions) == 0
    rows = pd.read_csv(tables / "out" / "certificates.csv")
    assert list(rows.columns) == [
        "label",
        "prediction",
        "radius",
        "radius_upper",
        "certain",
        "flips_to_bad",
        "flips_to_good",
    ]
    assert len(rows) == 30
    summary = json.loads((tables / "out" / "summary.json").read_text())
    assert summary["n_train"] == 90 and summary["classes"] == ["bad", "good"]
    assert summary["accuracy"] == pytest.approx((rows["label"] == rows["prediction"]).mean())
    assert summary["median_radius"] == rows["radius"].where(rows["label"] == rows["prediction"], -1).median()
    assert summary["median_radius_all_predictions"] == rows["radius"].median()
    right = (rows["label"] == rows["prediction"]) & (rows["radius"] >= 2)
    assert summary["certified_accuracy"]["2"] == pytest.approx(right.mean())
    assert (tables / "out" / "certified_accuracy.png").exists()
    printed = capsys.readouterr().out
    assert "certified accuracy" in printed and "wrong predictions counted as -1" in printed
    for_each = rows.assign(right=right).groupby("label")["right"].mean()
    for entry in summary["by_class"]:
        assert entry["n_test"] == (rows["label"] == entry["class"]).sum()
        assert entry["n_predicted"] == (rows["prediction"] == entry["class"]).sum()
        assert entry["certified_accuracy"]["2"] == pytest.approx(for_each[entry["class"]])
    recall = np.mean([entry["recall"] for entry in summary["by_class"]])
    assert summary["balanced_accuracy"] == pytest.approx(recall)
    assert f"mean over the classes: {recall:.1%}" in printed
    n_train = pd.read_csv(tables / "train.csv")["verdict"].value_counts()
    assert {entry["class"]: entry["n_train"] for entry in summary["by_class"]} == n_train.to_dict()
    rare, often = [line.split() for line in printed.splitlines() if line.strip().startswith(("bad", "good"))]
    assert rare[1] == str(n_train.min()) and often[1] == str(n_train.max())
    assert (rows["radius"] == rows["radius_upper"]).all()  # two classes


def test_certify_without_test_labels(tables, capsys):
    change(tables, "test.csv", lambda table: table.drop(columns="verdict")[["new", "colour", "weight", "size"]])
    assert run(tables) == 0
    rows = pd.read_csv(tables / "out" / "certificates.csv")
    assert "label" not in rows
    summary = json.loads((tables / "out" / "summary.json").read_text())
    assert not {"accuracy", "balanced_accuracy", "median_radius"} & set(summary) and "certified_share" in summary
    printed = capsys.readouterr().out
    assert "certified accuracy" not in printed and "recall" not in printed and "cert@" not in printed
    assert f"Median radius over all predictions: {summary['median_radius_all_predictions']:g} label flips" in printed
    for entry in summary["by_class"]:
        radius = rows["radius"][rows["prediction"] == entry["class"]]
        assert entry["n_predicted"] == len(radius) and entry["median_radius_all_predictions"] == radius.median()


def test_classes_that_are_never_predicted(tables, capsys):
    names = {"good": "good", "bad": "bad\nas 'ever'"}

    def with_rare_classes(table):
        verdict = table["verdict"].map(names).where(table.index % 29 > 0, "ugly").where(table.index % 31 > 0, "odd")
        return table.assign(verdict=verdict)

    for name in ("train.csv", "test.csv"):
        change(tables, name, with_rare_classes)
    change(tables, "test.csv", lambda table: table[table["verdict"] != "odd"])
    assert run(tables, "--n-partitions", 1, "--alpha", 1000, "--report") == 0
    printed = capsys.readouterr().out
    (said,) = [line for line in printed.splitlines() if line.startswith("No test row is predicted as")]
    assert said == r"""No test row is predicted as: "bad\nas 'ever'", 'odd', 'ugly'"""
    assert "\n  \"bad\\nas 'ever'\"  " in printed  # the name of a class on one line
    summary = json.loads((tables / "out" / "summary.json").read_text())
    assert {entry["class"]: (entry["n_predicted"], entry["recall"]) for entry in summary["by_class"]}.items() >= {
        ("odd", (0, None)),
        ("ugly", (0, 0.0)),
    }
    page = (tables / "out" / "report.html").read_text(encoding="utf-8")
    assert "No row is predicted as</strong>" in page and "<bdi>odd</bdi>, <bdi>ugly</bdi>." in page
    change(tables, "test.csv", lambda table: table[:3])
    assert run(tables, "--n-partitions", 1, "--alpha", 1000, "--report") == 0
    assert "is predicted as" not in capsys.readouterr().out  # three rows cannot have four predictions
    assert "is predicted as" not in (tables / "out" / "report.html").read_text(encoding="utf-8")


def test_preprocessing_ignores_labels(tables):
    """Flipping every training label moves predictions, never the label weights behind them."""
    weights = []
    for _ in range(2):
        read = read_tables(tables / "train.csv", tables / "test.csv", "verdict")
        X_train, X_test = preprocessed(read)
        weights.append(NTKRegressorClassifier().fit(X_train, read.train.labels).label_weights(X_test))
        change(tables, "train.csv", lambda table: table.assign(verdict=table["verdict"][::-1].to_numpy()))
    assert np.array_equal(*weights)


def test_category_that_training_never_had(tables):
    change(tables, "test.csv", lambda table: table.assign(colour="ultraviolet"))
    assert run(tables) == 0


def test_without_matplotlib(tables, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(tables) == 0
    assert "pip install 'skcert[plot]'" in capsys.readouterr().out
    assert not (tables / "out" / "certified_accuracy.png").exists()


class TestBadInput:
    """Exit status 2, one clear line, and no results."""

    def _fails(self, tables, capsys, message, *arguments, **paths):
        assert run(tables, *arguments, **paths) == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("skcert: error: ") and message in error
        assert not (tables / "out").exists()

    def test_no_such_file(self, tables, capsys):
        self._fails(tables, capsys, "nowhere.csv", train="nowhere.csv")

    def test_no_label_column(self, tables, capsys):
        self._fails(tables, capsys, "no column 'judgement' (--label)", label="judgement")

    def test_other_columns(self, tables, capsys):
        change(tables, "test.csv", lambda table: table.rename(columns={"size": "length"}))
        self._fails(tables, capsys, "missing 'size', unexpected 'length'")

    @pytest.mark.parametrize("content", ["", "size,weight,verdict\n"])
    @pytest.mark.parametrize("name", ["train.csv", "test.csv"])
    def test_empty(self, tables, capsys, content, name):
        (tables / name).write_text(content)
        self._fails(tables, capsys, name)

    def test_labels_that_training_never_had(self, tables, capsys):
        change(tables, "test.csv", lambda table: table.assign(verdict="ugly"))
        self._fails(tables, capsys, "never has: 'ugly'")

    def test_missing_labels(self, tables, capsys):
        change(tables, "train.csv", lambda table: table.assign(verdict=table["verdict"].where(table.index > 2)))
        self._fails(tables, capsys, "3 of 90 rows have no label")

    def test_one_class(self, tables, capsys):
        for name in ("train.csv", "test.csv"):
            change(tables, name, lambda table: table.assign(verdict="good"))
        self._fails(tables, capsys, "only one class, 'good'")

    def test_no_features(self, tables, capsys):
        change(tables, "train.csv", lambda table: table[["verdict"]])
        self._fails(tables, capsys, "needs features")

    def test_text_in_a_numeric_column(self, tables, capsys):
        change(tables, "test.csv", lambda table: table.assign(weight="heavy"))
        self._fails(tables, capsys, "is numeric in the training table, but has 'heavy' here")

    def test_infinite_values(self, tables, capsys):
        change(
            tables,
            "train.csv",
            lambda table: table.assign(weight=table["weight"].astype(float).where(table.index > 2, np.inf)),
        )
        self._fails(tables, capsys, "Column 'weight' of")
        self._fails(tables, capsys, "infinite values")

    def test_not_csv(self, tables, capsys):
        (tables / "train.csv").write_bytes(bytes(range(256)) * 4)
        self._fails(tables, capsys, "train.csv")

    @pytest.mark.parametrize("n_partitions", [0, 91])
    def test_partitions(self, tables, capsys, n_partitions):
        self._fails(tables, capsys, "n_partitions", "--n-partitions", n_partitions, "--partition", "random")

    def test_alpha(self, tables, capsys):
        self._fails(tables, capsys, "'alpha' parameter", "--alpha", "-1")

    def test_without_pandas(self, tables, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "pandas", None)
        self._fails(tables, capsys, "pip install 'skcert[tables]'")


@pytest.mark.slow
def test_as_module():
    done = subprocess.run([sys.executable, "-m", "skcert", "--help"], capture_output=True, text=True, check=True)
    assert "demo" in done.stdout and "certify" in done.stdout


@pytest.mark.parametrize("command", ["certify", "demo"])
def test_interrupted(tables, capsys, monkeypatch, command):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    for fitted in ("skcert.ensemble.PartitionAggregationEnsemble.fit", "skcert.learners.NTKRegressorClassifier.fit"):
        monkeypatch.setattr(fitted, interrupt)
    assert (main(["demo", "--out", str(tables / "out")]) if command == "demo" else run(tables)) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "skcert: interrupted"
    assert not (tables / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")
class TestProcess:
    """What only a process of its own shows: signals, closed pipes, what is left to say at exit."""

    def _start(self, tables, *options, **streams):
        paths = [str(tables / name) for name in ("train.csv", "test.csv")]
        command = [sys.executable, "-m", "skcert", "certify", *paths, "--label", "verdict", "--n-partitions", "1"]
        command += ["--out", str(tables / "out"), *options]
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "preexec_fn": heed_sigint}
        return subprocess.Popen(command, **(given | streams))

    def test_sigint(self, tables):
        table = pd.read_csv(tables / "train.csv")
        pd.concat([table] * 60).to_csv(tables / "train.csv", index=False)  # some seconds of work
        with self._start(tables) as process:
            while "fitting" not in process.stderr.readline():
                pass
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate()
        assert process.returncode == 130 and output == ""
        assert errors.splitlines()[-1] == "skcert: interrupted" and "Traceback" not in errors
        assert not (tables / "out").exists()

    def test_nobody_reads_to_the_end(self, tables):
        with self._start(tables) as process:
            process.stdout.close()
            errors = process.stderr.read()
        assert process.returncode == 141
        assert errors.splitlines()[-1] == "certifying ..."
        assert (tables / "out" / "summary.json").exists()

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
    def test_output_to_a_full_disk(self, tables):
        with open("/dev/full", "w") as full, self._start(tables, stdout=full) as process:
            errors = process.stderr.read()
        assert process.returncode == 2
        assert errors.splitlines()[-1] == "skcert: error: [Errno 28] No space left on device"

    def test_help_that_nobody_reads(self):
        reading, writing = os.pipe()
        os.close(reading)
        command = [sys.executable, "-m", "skcert", "certify", "--help"]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True)
        os.close(writing)
        assert done.returncode in (0, 141) and done.stderr == ""

    def test_nothing_but_the_intended_lines(self, tables):
        with self._start(tables, "--report") as process:
            output, errors = process.communicate()
        assert process.returncode == 0
        assert [line.split()[0] for line in errors.splitlines()] == [
            "90",
            "columns",
            "fitting",
            "certifying",
            "looking",
        ]
        lines = output.splitlines()
        assert (
            lines[0].startswith("Certified against")
            and lines[1].startswith("Median radius")
            and lines[-1].startswith("Open ")
        )
        assert lines[-2].startswith("Written to ")


def test_unbounded_medians(tables, capsys):
    """Where every label is trusted, no number of flips does anything, and none is printed."""
    change(tables, "train.csv", lambda table: table.assign(checked=True))
    assert run(tables, "--trusted", "checked", "--n-partitions", 1, "--report") == 0
    printed = capsys.readouterr().out
    assert "Median radius, wrong predictions counted as -1: unbounded: no number of label flips" in printed
    assert printed.startswith(
        "Certified against changes of any training labels but those of 90 trusted rows to any other"
    )
    assert "100% of predictions hold whatever the labels of rows that are not trusted are; " in printed
    out = tables / "out"
    summary = json.loads((out / "summary.json").read_text())
    assert summary["median_radius"] == "unbounded" and summary["certain_rows"] == summary["n_test"]
    assert summary["certain_share"] == 1 and summary["certain_accuracy"] == summary["accuracy"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "no limit" in page and summary["certain_in_words"] in page and summary["threat"] in page
    for text in (printed, (out / "summary.json").read_text()):
        assert "2147483647" not in text and "1073741" not in text and "2.147" not in text
