from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import NTKRegressorClassifier
from skcert.display import CertifiedAccuracyDisplay
from skcert.metrics import median_radius_scorer


def test_from_predictions(result):
    display = CertifiedAccuracyDisplay.from_predictions([0, 1, 0], result, name="mine")
    assert display.flips.tolist() == [0, 3, 5]
    np.testing.assert_allclose(display.certified_accuracy, [2 / 3, 1 / 3, 0])
    assert display.line_.get_label() == "mine" and display.line_.get_drawstyle() == "steps-post"
    again = display.plot(ax=display.ax_, name="again")
    first, second = display.ax_.lines
    assert again is display
    assert first.get_color() != second.get_color() and first.get_linestyle() != second.get_linestyle()
    CertifiedAccuracyDisplay(np.arange(50), np.linspace(1, 0, 50)).plot(ax=display.ax_, color="red")
    assert display.ax_.get_xlim() == (0, 49)  # the longest curve is in view


def test_what_no_flips_change_is_drawn_on(result):
    display = CertifiedAccuracyDisplay.from_predictions([0, 1, 1], result)
    assert display.flips.tolist() == [0, 3, 5]
    assert display.line_.get_xdata().tolist() == [0, 3, 5, 6]
    np.testing.assert_allclose(display.line_.get_ydata(), [1, 2 / 3, 1 / 3, 1 / 3])


def test_what_is_certain_is_said_at_the_right_end(result):
    display = CertifiedAccuracyDisplay.from_predictions([0, 1, 1], result)
    (mark,) = display.certain_
    assert mark.get_text() == "33.3%\ncertain" and mark.get_color() == display.line_.get_color()
    assert mark.xy == (6, 1 / 3) and mark.arrow_patch is not None  # from the end of the curve to the edge
    display.figure_.canvas.draw()
    assert mark.get_window_extent().x1 > display.ax_.get_window_extent().x1
    assert CertifiedAccuracyDisplay.from_predictions([0, 1, 0], result).certain_ == []
    assert [mark.get_text() for mark in display.plot(ax=display.ax_).certain_] == ["33.3%\ncertain"]
    assert CertifiedAccuracyDisplay([0, 9], [1, 1], name="all").plot().ax_.get_legend()._get_loc() == 0  # "best"
    both = CertifiedAccuracyDisplay([0, 1], [[1, 1, 1, 1], [0.5, 0, 0.5, 0.25]]).plot()
    assert [mark.get_text() for mark in both.certain_] == ["50.0%\ncertain", "25.0%\ncertain"]


def test_curves_of_the_classes(result):
    y = [0, 0, 1]
    display = CertifiedAccuracyDisplay.from_predictions(y, result, per_class="each")
    assert [line.get_label() for line in display.line_] == ["class 0", "class 1"]
    assert display.flips.tolist() == [0, 3]
    assert display.certified_accuracy.tolist() == [[0.5, 1], [0, 1]]
    assert [line.get_ydata().tolist() for line in display.line_] == [[0.5, 0, 0], [1, 1, 1]]
    first, second = display.line_
    assert first.get_color() != second.get_color() and first.get_linestyle() != second.get_linestyle()
    for per_class, name, label, steps in (
        ("mean", None, "mean of classes", [0.75, 0.5]),
        ("worst", "mine", "mine, worst class", [0.5, 0]),
    ):
        one = CertifiedAccuracyDisplay.from_predictions(y, result, per_class=per_class, name=name, ax=display.ax_)
        assert one.line_.get_label() == label and one.certified_accuracy.tolist() == steps
    named = CertifiedAccuracyDisplay.from_predictions(["a", "b", "b"], of_text(result), per_class="each", name="mine")
    assert named.name == ["mine, class a", "mine, class b"]
    with pytest.raises(ValueError, match="per_class="):
        CertifiedAccuracyDisplay.from_predictions(y, result, per_class="all")


def of_text(result):
    return replace(result, prediction=np.array(["a", "b", "b"]), classes=np.array(["a", "b"]))


def test_from_estimator():
    X, y = np.arange(24.0).reshape(12, 2), np.repeat([0, 1], 6)
    network = NTKRegressorClassifier()
    search = GridSearchCV(
        make_pipeline(StandardScaler(), network),
        {"ntkregressorclassifier__alpha": [1.0]},
        scoring=median_radius_scorer(),
        cv=2,
    )
    for estimator in (network, search):
        display = CertifiedAccuracyDisplay.from_estimator(estimator.fit(X, y), X, y)
        assert display.name == "NTKRegressorClassifier"
        assert display.figure_ is display.ax_.figure
        display = CertifiedAccuracyDisplay.from_estimator(estimator, X, y, per_class="worst")
        assert display.name == "NTKRegressorClassifier, worst class"


def test_without_matplotlib(result, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="skcert\\[plot\\]"):
        CertifiedAccuracyDisplay.from_predictions([0, 1, 0], result)


def test_rows_and_flips_are_not_drawn_on_the_same_axes(result):
    from skcert.display import PartitionTradeOffDisplay, RadiusHistogramDisplay

    y_true = result.prediction
    of_rows = replace(result, threat="rows")
    display = CertifiedAccuracyDisplay.from_predictions(y_true, of_rows)
    assert display.ax_.get_xlabel() == "Rows inserted, deleted or relabelled"
    CertifiedAccuracyDisplay.from_predictions(y_true, of_rows, ax=display.ax_)
    with pytest.raises(ValueError, match="ax counts rows inserted.* and this result label flips"):
        CertifiedAccuracyDisplay.from_predictions(y_true, result, ax=display.ax_)
    histogram = RadiusHistogramDisplay.from_predictions(y_true, of_rows)
    assert "rows inserted" in histogram.ax_.get_xlabel()
    trade_off = PartitionTradeOffDisplay.from_results({2: (y_true, of_rows)})
    assert "rows inserted" in trade_off.axes_[1].get_ylabel()
    with pytest.raises(ValueError, match="results count label flips and rows"):
        PartitionTradeOffDisplay.from_results({2: (y_true, of_rows), 3: (y_true, result)})
