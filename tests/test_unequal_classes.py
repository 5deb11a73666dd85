"""The benchmark on classes of unequal size: it runs, measures what it says, and the docs show its results file."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import unequal_classes
from comparison.measure import scaled_rows
from imbalance import measure, pages, tasks
from writing import load_csv, load_json, save_csv, section

from skcert import NTKRegressorClassifier
from skcert.results import UNBOUNDED

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def features(tmp_path):
    """A file of features and the human labels of its training rows."""
    rng = np.random.default_rng(0)
    y, y_test = np.arange(300) % 5, np.arange(100) % 5
    X, X_test = (np.eye(5, 70)[codes] + 0.3 * rng.standard_normal((codes.size, 70)) for codes in (y, y_test))
    np.savez(tmp_path / "features.npz", X_train=X, y_train=y, X_test=X_test, y_test=y_test)
    return tmp_path / "features.npz", np.where(np.arange(300) < 30, 0, y)


def recorded():
    return load_csv(unequal_classes.RESULTS / "results.csv")


@pytest.mark.slow
def test_quick_run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["unequal_classes.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "unequal_classes.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "100 : 1: soft vote" in printed
    assert "**With known ones**" in printed
    assert "**Centred** (`weight_center=0.95`)" in printed
    assert "0 of them without a warning" in printed


def test_docs_show_the_results_file():
    page = pages.PAGE.read_text()
    written = pages.report(recorded(), load_json(unequal_classes.RESULTS / "machine.json"))
    assert len(written) == 4
    for name, text in written.items():
        assert section(page, name) == text, f"{name}: python benchmarks/unequal_classes.py --report"


def test_what_was_asked_for_is_reached():
    rows = recorded()
    tail = [row for row in rows if row["data"] == tasks.UNEVEN[0]]
    flat = pages.pick(tail, tasks.NETWORK, np.inf, tasks.FLAT, "known")
    assert flat["n_train"] == 6_806
    assert flat["clean_accuracy"] >= 0.70
    assert flat["rare_recall"] >= 0.75
    assert flat["median_radius"] >= 20
    human = [row for row in rows if row["data"] == tasks.HUMAN]
    plain = pages.pick(human, tasks.SOFT, 10.0, tasks.PLAIN, "none")
    centred = pages.pick(human, tasks.SOFT, 10.0, (0.95, None), "known")
    assert centred["clean_accuracy"] >= 0.755
    assert centred["median_radius"] >= plain["median_radius"]


def test_nothing_is_constant_without_a_warning():
    rows = recorded()
    assert {row["task"] for row in rows} == {task.name for task in tasks.all_tasks()}
    assert not [row["task"] for row in rows if row["one_class"] and not row["warned"]]


def test_results_file_goes_on_where_it_stopped(features, tmp_path, capsys):
    path, human = features
    wanted = [
        tasks.Task("20 : 1", tasks.NETWORK, 1, np.inf, *tasks.FLAT, "known"),
        tasks.Task("20 : 1", tasks.RIDGE_VOTES, 3, 1.0),
        tasks.Task("20 : 1", tasks.SOFT, 3, np.inf, score_weight="balanced"),
        tasks.Task(tasks.HUMAN, tasks.SOFT, 3, 10.0, 0.95, None, "known"),
    ]
    unequal_classes.run(wanted[:2], tmp_path / "results", path, human, head=60, n_test=50)
    unequal_classes.run(wanted, tmp_path / "results", path, None, head=60, n_test=50)
    assert capsys.readouterr().out.count("\n") == 3  # nothing twice, and no human labels the second time
    unequal_classes.run(wanted, tmp_path / "results", path, human, head=60, n_test=50)
    rows = load_csv(tmp_path / "results" / "results.csv")
    assert [row["task"] for row in rows] == [task.name for task in wanted]
    assert [row["n_train"] for row in rows] == 3 * [sum((60, 28, 13, 6, 3))] + [300]
    assert [row["n_test"] for row in rows] == 4 * [50]
    save_csv(tmp_path / "again.csv", rows)
    assert load_csv(tmp_path / "again.csv") == rows


def test_a_line_is_what_the_estimator_says(features):
    path, human = features
    data = measure.load(path, "20 : 1", human, 60, 50)
    assert np.bincount(data.y).tolist() == [60, 28, 13, 6, 3]
    assert np.bincount(data.y_test).tolist() == 5 * [10]
    np.testing.assert_allclose(np.linalg.norm(data.X, axis=1), 1.0)
    X, y, _, _ = scaled_rows(path, *tasks.SCALINGS["20 : 1"])
    rows = measure.first_of_each(y, np.array([60, 28, 13, 6, 3]))
    np.testing.assert_array_equal(data.X, X[rows] / 8)
    weights = {c: data.y.size / (5 * count) for c, count in enumerate((60, 28, 13, 6, 3))}
    network = NTKRegressorClassifier(alpha=10.0, weight_center=0.8, weight_clip=0.05, score_weight=weights)
    result = network.fit(data.X, data.y).certify(data.X_test)
    right = result.prediction == data.y_test
    line = measure.measure(data, tasks.Task("20 : 1", tasks.NETWORK, 1, 10.0, *tasks.FLAT, "known"))
    assert line["clean_accuracy"] == line["mean_recall"] == right.mean()
    assert line["rare_recall"] == pytest.approx(right[data.y_test >= 2].mean(), abs=1e-5)
    assert line["median_radius"] == np.median(np.where(right, result.radius, -1)) < UNBOUNDED
    assert line["worst_5"] == min((right & (result.radius >= 5))[data.y_test == k].mean() for k in range(5))
    assert not line["warned"]


def test_warnings_are_recorded(features):
    path, human = features
    data = measure.load(path, "20 : 1", human, 60, 50)
    line = measure.measure(data, tasks.Task("20 : 1", tasks.NETWORK, 1, np.inf, *tasks.FLAT))
    assert "shift" in line["warned"]
    line = measure.measure(data, tasks.Task("20 : 1", tasks.NETWORK, 1, 1e6))
    assert line["one_class"] and line["warned"] == "constant"


def test_sizes_of_a_long_tail_fall_geometrically():
    assert measure.tail_sizes(2_000, 20, 10).sum() == 6_806
    assert measure.tail_sizes(2_000, 100, 10)[[0, -1]].tolist() == [2_000, 20]
    assert measure.tail_sizes(8, 1, 3).tolist() == [8, 8, 8]
