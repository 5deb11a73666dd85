"""The study of what makes radii large: it runs, goes on where it stopped, and docs show what its files say."""

import runpy
import sys
from pathlib import Path

import machine
import numpy as np
import pytest
import radius_study
from comparison import choices, measure, pages, settings
from comparison.results import StudyFile
from writing import DOCS, FIGURES, section

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def a_row(**changes):
    row = {
        **{"part": "table", "method": "vote", "vote": "hard", "certificate": "black-box", "task": "a"},
        **{"n_partitions": 1000, "weight_center": "", "weight_clip": "", "far_weight": ""},
        **{"clean_accuracy": 0.7, "median_radius": 100.0, "id": 0},
    }
    return row | changes


@pytest.mark.slow
def test_quick_run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["radius_study.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "radius_study.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "table: vote, P=10" in printed
    assert "smoothing" in printed


def test_docs_show_the_results_files():
    results = {data: StudyFile(FIGURES / "radius_study" / data) for data in pages.DATA}
    for path, sections in pages.report(results).items():
        page = (DOCS.parent / path).read_text()
        for name, text in sections.items():
            assert section(page, name) == text, f"{path}: python benchmarks/radius_study.py --report"


def test_white_box_was_never_below_black_box():
    for data in pages.DATA:
        rows = StudyFile(FIGURES / "radius_study" / data).rows
        pairs = [row for row in rows if row["rows_below_black_box"] != ""]
        assert pairs
        assert not any(row["rows_below_black_box"] for row in pairs)


def test_results_file_goes_on_where_it_stopped(tmp_path):
    tasks = [task for task in settings.study() if task.n_partitions == 10][:2]
    asked = []

    def call(measure, arguments):
        asked.append(arguments[1].name)
        row = {
            "task": arguments[1].name,
            "alpha": 0.5,
            "fit_intercept": False,
            "clean_accuracy": 0.5,
            "median_radius": 2.5,
        }
        return [row], [{0: 0.5, 20: 0.25}]

    radius_study.run("study", tasks[:1], StudyFile(tmp_path / "data"), "path", call)
    radius_study.run("study", tasks, StudyFile(tmp_path / "data"), "path", call)
    assert asked == [task.name for task in tasks]
    read = StudyFile(tmp_path / "data")
    assert [row["id"] for row in read.rows] == [0, 1]
    assert [(row["data"], row["alpha"], row["fit_intercept"], row["depth"]) for row in read.rows] == 2 * [
        ("data", 0.5, False, "")
    ]
    assert read.curves() == {0: ([0, 20], [0.5, 0.25]), 1: ([0, 20], [0.5, 0.25])}


@pytest.mark.slow
def test_peak_memory_is_that_of_the_process_alone():
    large = np.ones(10**8)
    alone = radius_study.in_new_process(machine.peak_bytes, ())
    assert 10e6 < alone < large.nbytes < machine.peak_bytes()


def test_every_task_has_a_name_of_its_own():
    names = [task.name for task in settings.study()]
    assert len(set(names)) == len(names)


def test_scaled_rows_have_equal_lengths_and_see_no_labels(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 80)), np.arange(60) % 3
    np.savez(tmp_path / "a.npz", X_train=X[:40], y_train=y[:40], X_test=X[40:], y_test=y[40:])
    np.savez(tmp_path / "b.npz", X_train=X[:40], y_train=y[:40][::-1], X_test=X[40:], y_test=y[40:])
    for dimensions, whitening in ((80, 0.0), (30, 0.5), (10, 1.0)):
        first, *_ = measure.scaled_rows(tmp_path / "a.npz", dimensions, whitening)
        second, *_ = measure.scaled_rows(tmp_path / "b.npz", dimensions, whitening)
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(np.linalg.norm(first, axis=1), dimensions**0.5)
    raw, _, test, _ = measure.scaled_rows(tmp_path / "a.npz", 80, 0.0)
    centred = X - X[:40].mean(axis=0)
    centred *= 80**0.5 / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(raw @ test.T, centred[:40] @ centred[40:].T, atol=1e-9)  # a rotation


def test_table_reads_as_its_measure(tmp_path):
    """White box and black box of the same votes, by the estimators and by the benchmark's shortcut."""
    rng = np.random.default_rng(1)
    y = np.arange(170) % 4
    X = rng.standard_normal((4, 70))[y] + rng.standard_normal((170, 70))
    np.savez(tmp_path / "a.npz", X_train=X[:150], y_train=y[:150], X_test=X[150:], y_test=y[150:])
    readings = (("hard", settings.PLAIN), ("soft", settings.FLAT))
    task = settings.Task("study", "vote", 9, "64, whitened", readings, 20, {"alpha": 3.0}, {})
    black, white, soft = measure.measure(tmp_path / "a.npz", task)[0]
    X, y, X_test, y_test = measure.scaled_rows(tmp_path / "a.npz", 64, 1.0)
    for row, changes, flat in (
        (black, {"certificate": "black-box"}, (None, None)),
        (white, {"certificate": "white-box"}, (None, None)),
        (soft, {"voting": "soft"}, settings.FLAT),
    ):
        network = NTKRegressorClassifier(alpha=3.0, weight_center=flat[0], weight_clip=flat[1])
        ensemble = PartitionAggregationEnsemble(
            network, n_partitions=9, partition="random", random_state=0, **changes
        ).fit(X, y)
        result = ensemble.certify(X_test)
        certified = np.where(result.prediction == y_test, result.radius, -1)
        assert row["median_radius"] == np.median(certified)
        assert row["clean_accuracy"] == (certified >= 0).mean()


def test_best_rows():
    rows = [
        a_row(id=0),
        a_row(id=1, median_radius=120.0, clean_accuracy=0.68),
        a_row(id=2, certificate="white-box", n_partitions=10, median_radius=300.0, clean_accuracy=0.665),
        a_row(id=3, certificate="white-box", n_partitions=10, median_radius=200.0, clean_accuracy=0.671),
        a_row(id=4, certificate="white-box", n_partitions=500, median_radius=900.0, clean_accuracy=0.9),
        a_row(id=5, vote="soft", n_partitions=10, weight_clip=0.5, certificate="white-box", clean_accuracy=0.6),
    ]
    assert choices.best_black(rows)["id"] == 1
    assert choices.enough_accuracy(rows) == 0.67
    found = choices.contestants(rows)
    assert {name: row["id"] for name, row in found.items()} == {
        "hard vote, black box": 1,
        "hard vote, white box": 3,
        "soft vote, flat weights": 5,
    }
    assert [row["id"] for row in choices.frontier(rows)] == [4]
    assert [(black["id"], white["id"]) for black, white in choices.same_votes(rows[:1] + rows[4:5])] == [(0, 4)]
