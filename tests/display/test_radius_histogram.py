import numpy as np
import pytest

from skcert import UNBOUNDED, NTKRegressorClassifier
from skcert.display import RadiusHistogramDisplay


def heights(display):
    """Heights of the bars: right predictions, wrong predictions."""
    return [[bar.get_height() for bar in bars] for bars in display.ax_.containers]


def test_right_and_wrong_and_unbounded(result):
    display = RadiusHistogramDisplay.from_predictions([0, 0, 1], result, name="mine")
    # radii 0 to 4, a gap, and the unbounded ones
    assert heights(display) == [[0, 0, 1, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0, 0]]
    assert display.ax_.get_title() == "mine"
    labels = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert labels[-1] == "no number\nof flips" and set(labels[:-1]) <= {"0", "1", "2", "3", "4"}


@pytest.mark.parametrize("largest", [0, 1, 29, 30, 31, 59, 60, 12345])
def test_every_row_is_in_the_bar_of_its_radius(largest):
    radius = np.random.RandomState(0).randint(largest + 1, size=200)
    radius[0] = largest
    right = np.arange(200) % 3 > 0
    display = RadiusHistogramDisplay(radius, right).plot()
    for bars, which in zip(display.ax_.containers, (right, ~right), strict=True):
        assert len(bars) <= 30
        for bar in bars:
            inside = (radius > bar.get_x()) & (radius < bar.get_x() + bar.get_width())
            assert bar.get_height() == (inside & which).sum()
        assert sum(bar.get_height() for bar in bars) == which.sum()


def test_only_unbounded_ones():
    display = RadiusHistogramDisplay(np.full(4, UNBOUNDED), np.array([True, True, False, True])).plot(bin_width=5)
    assert heights(display) == [[0, 0, 3], [0, 0, 1]]


def test_from_estimator_and_bad_labels(result):
    X = np.arange(12.0).reshape(6, 2)
    display = RadiusHistogramDisplay.from_estimator(NTKRegressorClassifier().fit(X, [0, 0, 0, 1, 1, 1]), X, [0] * 6)
    assert display.right.shape == (6,) and display.figure_ is display.ax_.figure
    with pytest.raises(ValueError, match=r"y_true has shape \(2,\)"):
        RadiusHistogramDisplay.from_predictions([0, 1], result)
