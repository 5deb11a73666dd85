"""The headline benchmark: it runs, its shortcuts give what estimators certify, and docs show what its files say."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from comparison.measure import scaled_rows
from frontier import choices, measure, pages, settings, tables
from frontier.results import FrontierFile
from writing import DOCS, FIGURES, section

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def a_row(**changes):
    row = {
        **{"part": "table", "labels": "true", "method": settings.DPA, "n_partitions": 1000, "scaling": "256"},
        **{"alpha": 1.0, "weight_center": "none", "weight_power": 1.0, "weight_clip": "none", "n_test": 2000},
        **{"clean_accuracy": 0.7, "median_radius": 100.0, "clean_accuracy_unseen": 0.7},
        **{"median_radius_unseen": 100.0, "task": "a"},
    }
    return row | changes


@pytest.mark.slow
def test_quick_run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["headline.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "headline.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "study: P=10, features=64, half whitened, alpha=inf [soft vote" in printed
    assert "table: P=" in printed


def test_docs_show_the_results_files():
    results = {data: FrontierFile(FIGURES / "headline" / data) for data in pages.DATA}
    for path, sections in pages.report(results).items():
        page = (DOCS.parent / path).read_text()
        for name, text in sections.items():
            assert section(page, name) == text, f"{path}: python benchmarks/headline.py --report"


def test_every_task_has_a_name_of_its_own():
    names = [task.name for task in settings.study()]
    assert len(set(names)) == len(names)


def test_readings_are_what_estimators_certify(tmp_path):
    rng = np.random.default_rng(1)
    y = np.arange(170) % 4
    X = rng.standard_normal((4, 70))[y] + rng.standard_normal((170, 70))
    np.savez(tmp_path / "a.npz", X_train=X[:150], y_train=y[:150], X_test=X[150:], y_test=y[150:])
    flat = (0.8, 0.5, 0.9)
    readings = {
        (settings.DPA, settings.PLAIN): {"certificate": "black-box"},
        (settings.RUN_OFF, settings.PLAIN): {"certificate": "black-box", "voting": "run-off"},
        (settings.HARD, flat): {},
        (settings.WHITE_RUN_OFF, flat): {"voting": "run-off"},
        (settings.SOFT, flat): {"voting": "soft"},
    }
    task = settings.Task("study", 9, "64, half whitened", 3.0, tuple(readings), 20)
    people = np.where(rng.random(150) < 0.2, (y[:150] + 1) % 4, y[:150])
    rows = measure.measure(tmp_path / "a.npz", task, {"people's": people})
    X, _, X_test, y_test = scaled_rows(tmp_path / "a.npz", 64, 0.5)
    X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    for name, labels in {"true": y[:150], "people's": people}.items():
        for (method, dial), changes in readings.items():
            (row,) = (row for row in rows if (row["labels"], row["method"]) == (name, method))
            center, power, clip = dial
            base = NTKRegressorClassifier(alpha=3.0, weight_center=center, weight_power=power, weight_clip=clip)
            vote = PartitionAggregationEnsemble(base, n_partitions=9, partition="random", random_state=0, **changes)
            result = vote.fit(X, labels).certify(X_test)
            certified = np.where(result.prediction == y_test, result.radius, -1)
            assert row["median_radius"] == np.median(certified)
            assert row["clean_accuracy"] == (certified >= 0).mean()


def test_the_best_of_each_method_at_each_accuracy_is_chosen():
    study = [
        a_row(part="study", clean_accuracy=0.731, median_radius=90.0),
        a_row(part="study", clean_accuracy=0.729, median_radius=80.0, alpha=10.0),  # worse in both
        a_row(part="study", clean_accuracy=0.70, median_radius=120.0, alpha=np.inf),
        a_row(part="study", clean_accuracy=0.68, median_radius=300.0, method=settings.SOFT, weight_power=0.5),
        a_row(part="study", clean_accuracy=0.5, median_radius=-1.0, method=settings.HARD),
    ]
    assert choices.chosen(study) == {
        (1000, "256", 1.0): {
            (settings.DPA, settings.PLAIN): None,
            (settings.SOFT, (None, 0.5, None)): None,
            (settings.SOFT, settings.PLAIN): None,
        },
        (1000, "256", np.inf): {(settings.DPA, settings.PLAIN): None},
    }
    assert [task.n_test for task in choices.table(study, 50)] == [50, 50]


def test_ratios_are_of_frontiers():
    rows = [
        a_row(),
        a_row(method=settings.RUN_OFF, clean_accuracy_unseen=0.72, median_radius_unseen=60.0),
        a_row(method=settings.SINGLE, clean_accuracy_unseen=0.75, median_radius_unseen=150.0),
        a_row(method=settings.HARD, clean_accuracy_unseen=0.71, median_radius_unseen=200.0),
    ]
    assert tables.ratio(rows, 70) == 2.0
    assert tables.ratio(rows, 72) == 2.5
    assert tables.ratio(rows, 73) is None
    assert list(tables.levels(rows)) == [70, 71, 72, 73, 74, 75]
    assert "2.00" in tables.frontier_table(rows)
    short = tables.in_short(rows, [70, 71, 72])
    assert "from 70 to 72 %" in short and "2.0 to 3.3 times" in short
    assert "at 71 % against 200 flips" in short and short.endswith("certifies 60.")
