import numpy as np
import pytest
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.display import AccuracyRadiusDisplay
from skcert.inspection import accuracy_radius_points

plt = pytest.importorskip("matplotlib.pyplot")
Text = pytest.importorskip("matplotlib.text").Text


@pytest.fixture(scope="module")
def data():
    X, y = load_digits(return_X_y=True)
    return NTKRegressorClassifier(alpha=5.0).fit(X[:200] / 16, y[:200]), X[200:260] / 16, y[200:260]


def boxes(display):
    """What is drawn, in pixels: names, and squares around the points."""
    display.figure_.draw_without_rendering()
    # without the lines that lead to points
    named = [Text.get_window_extent(text).extents for text in display.texts_ if text is not None]
    around = [
        np.concatenate([place - 3, place + 3])
        for line in display.lines_
        for place in line.get_transform().transform(line.get_xydata())
    ]
    return named, around


def overlap(box, other):
    return (np.minimum(box[2:], other[2:]) > np.maximum(box[:2], other[:2])).all()


def test_points_and_frontier(data):
    display = AccuracyRadiusDisplay.from_estimator(*data, markersize=5)
    points = display.points
    assert len(points.settings) == 16 and display.ax_.figure is display.figure_
    assert [line.get_label() for line in display.lines_] == ["no centre", "centre mean", "centre 0.8", "centre 0.95"]
    drawn = np.concatenate([line.get_xydata() for line in display.lines_])
    assert np.array_equal(drawn, np.column_stack([points.accuracy, points.median_radius]))
    assert {line.get_markersize() for line in display.lines_} == {5.0}
    x, y = display.frontier_.get_data()
    assert (np.diff(x) > 0).all() and (np.diff(y) < 0).all() and len(x) == points.on_frontier.sum()
    texts = display.texts_
    assert [text.get_text() for text in texts] == 4 * ["1", "0.75", "0.5", "0.25"]
    assert [text.get_color() == "black" for text in texts] == points.on_frontier.tolist()
    legend = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert legend == [line.get_label() for line in display.lines_] + ["as fitted"]


def test_names_cover_nothing(data):
    network, X, y = data
    for settings in ({}, {"weight_center": [None, "mean", 0.6, 0.7, 0.8, 0.9], "weight_clip": [None, 0.9]}):
        display = AccuracyRadiusDisplay.from_estimator(network, X, y, **settings)
        best = display.points.on_frontier
        assert all(display.texts_[i] is not None for i in np.flatnonzero(best))
        named, around = boxes(display)
        frame = display.ax_.get_window_extent().extents
        for i, box in enumerate(named):
            assert not any(overlap(box, other) for other in named[:i] + around)
            assert (box[:2] >= frame[:2] - 1).all() and (box[2:] <= frame[2:] + 1).all()
    assert {"0.5, clip 0.9"} <= {text.get_text() for text in display.texts_ if text is not None}


def test_on_given_axes_and_unbounded(data):
    _, X, y = data
    trusted = NTKRegressorClassifier(alpha=5.0).fit(X, y, trusted=np.ones(60, dtype=bool))
    points = accuracy_radius_points(trusted, X, y, weight_center=["mean"], weight_power=[0.5])
    ax = plt.figure().subfigures(1, 2)[0].subplots()
    display = AccuracyRadiusDisplay.from_points(points, ax=ax)
    assert display.ax_ is ax and display.points is points
    assert display.lines_[0].get_ydata().tolist() == [60] and display.lines_[1].get_ydata().tolist() == [60]
    assert AccuracyRadiusDisplay(points).plot(color="red").lines_[0].get_color() == "red"


def test_errors(data):
    network, X, y = data
    with pytest.raises(ValueError, match="weight_power=2 must be a list"):
        AccuracyRadiusDisplay.from_estimator(network, X, y, weight_power=2)
    assert not plt.get_fignums()
