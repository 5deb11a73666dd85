import dataclasses

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skcert import UNBOUNDED, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.display import PartitionTradeOffDisplay
from skcert.metrics import median_radius_scorer

plt = pytest.importorskip("matplotlib.pyplot")


def test_from_results(result):
    strong = dataclasses.replace(result, radius=np.full(3, UNBOUNDED))
    results = {100: ([0, 1, 0], result), 1: ([0, 1, 1], result), 10: ([0, 1, 1], strong)}
    display = PartitionTradeOffDisplay.from_results(results, name="mine")
    assert display.n_partitions.tolist() == [1, 10, 100]
    np.testing.assert_allclose(display.clean_accuracy, [1, 1, 2 / 3])
    assert display.median_radius.tolist() == [4, UNBOUNDED, 2]
    assert np.ma.getmaskarray(display.lines_[1].get_ydata(orig=True)).tolist() == [False, True, False]
    assert display.axes_[0].get_xscale() == "log"
    more = PartitionTradeOffDisplay(np.array([3]), np.array([0.5]), np.array([2.0]), name="other").plot(
        ax=display.axes_
    )
    assert [line.get_label() for line in more.axes_[0].lines] == ["mine", "other"]
    assert [tick.get_text() for tick in more.axes_[1].get_xticklabels()] == ["1", "3", "10", "100"]


def test_both_on_one_axis(result):
    ax = plt.figure().subplots()
    display = PartitionTradeOffDisplay.from_results(
        {2: ([0, 1, 1], result), 4: ([0, 1, 0], result)}, name="mine", ax=ax
    )
    assert display.axes_[0] is ax and display.axes_[1].get_position().bounds == ax.get_position().bounds
    assert ax.get_title() == "mine" and ax.get_xscale() == "linear"
    colors = [line.get_color() for line in display.lines_]
    assert [axes.yaxis.label.get_color() for axes in display.axes_] == colors and colors[0] != colors[1]


def test_from_cv_results():
    ensemble = PartitionAggregationEnsemble(NTKRegressorClassifier(), partition="random", random_state=0)
    grid = {"n_partitions": [5, 1], "estimator__alpha": [0.01, 10.0]}
    scoring = {"accuracy": "accuracy", "radius": median_radius_scorer()}
    search = GridSearchCV(ensemble, grid, scoring=scoring, refit=False, cv=3)
    with pytest.raises(NotFittedError):
        PartitionTradeOffDisplay.from_cv_results(search)
    search.fit(*load_iris(return_X_y=True))
    display = PartitionTradeOffDisplay.from_cv_results(search, median_radius="radius")
    assert display.n_partitions.tolist() == [1, 5]
    table = search.cv_results_
    for n, accuracy, radius in zip(display.n_partitions, display.clean_accuracy, display.median_radius, strict=True):
        rows = np.flatnonzero(table["param_n_partitions"] == n)
        best = rows[table["mean_test_radius"][rows].argmax()]
        assert radius == pytest.approx(table["mean_test_radius"][best])
        assert accuracy == pytest.approx(table["mean_test_accuracy"][best])
    with pytest.raises(ValueError, match="median_radius='median_radius' is no score"):
        PartitionTradeOffDisplay.from_cv_results(search)
    table["split1_test_radius"][:] = UNBOUNDED
    assert (PartitionTradeOffDisplay.from_cv_results(search, median_radius="radius").median_radius == UNBOUNDED).all()
    del table["param_n_partitions"]
    with pytest.raises(ValueError, match="one parameter n_partitions, but has none"):
        PartitionTradeOffDisplay.from_cv_results(search)


def test_no_results():
    with pytest.raises(ValueError, match="results is empty"):
        PartitionTradeOffDisplay.from_results({})
