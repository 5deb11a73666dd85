import numpy as np
import pytest

from skcert import UNBOUNDED, CertificationResult, NTKRegressorClassifier
from skcert.display import CertifiedAccuracyDisplay

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def close_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def result():
    return CertificationResult(
        prediction=np.array([0, 1, 1]),
        radius=np.array([2, 4, UNBOUNDED]),
        flips_to_class=np.array([[0, 3], [5, 0], [UNBOUNDED, 0]]),
        radius_upper=np.array([2, 4, UNBOUNDED]),
        classes=np.arange(2),
        certificate="label-linear",
        n_train=9,
    )


def test_from_predictions(result):
    display = CertifiedAccuracyDisplay.from_predictions(result, [0, 1, 0], name="mine")
    assert display.flips.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(display.certified_accuracy, [2 / 3] * 3 + [1 / 3] * 2 + [0])
    assert display.line_.get_label() == "mine"
    again = display.plot(ax=display.ax_, name="again", color="red")
    assert again is display and len(display.ax_.lines) == 2
    CertifiedAccuracyDisplay(np.arange(50), np.linspace(1, 0, 50)).plot(ax=display.ax_)
    assert display.ax_.get_xlim() == (0, 49)  # the longest curve is in view


def test_from_estimator():
    X = np.arange(12.0).reshape(6, 2)
    network = NTKRegressorClassifier().fit(X, [0, 0, 0, 1, 1, 1])
    display = CertifiedAccuracyDisplay.from_estimator(network, X, [0, 0, 0, 1, 1, 1])
    assert display.name == "NTKRegressorClassifier"
    assert display.figure_ is display.ax_.figure


def test_without_matplotlib(result, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="skcert\\[plot\\]"):
        CertifiedAccuracyDisplay.from_predictions(result, [0, 1, 0])
