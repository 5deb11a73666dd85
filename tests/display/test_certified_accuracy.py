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


def test_without_matplotlib(result, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="skcert\\[plot\\]"):
        CertifiedAccuracyDisplay.from_predictions([0, 1, 0], result)
