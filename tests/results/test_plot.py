"""`plot()` of results: what `skcert.display` draws, and clear words where there is no matplotlib."""

import subprocess
import sys

import numpy as np
import pytest

from skcert import UNBOUNDED, CertificationResult
from skcert.inspection import CheckingCurve, LabelAudit


@pytest.fixture(autouse=True)
def close_figures(request):
    yield
    if "matplotlib.pyplot" in sys.modules and "without" not in request.node.name:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def result():
    radius = np.array([0, 3, 2])
    return CertificationResult(
        np.array(["a", "b", "a"]), radius, np.full((3, 2), 4), radius, np.array(["a", "b"]), "white-box", 10
    )


@pytest.fixture
def audit():
    return LabelAudit(
        ranking=np.array([2, 0]), suspicion=np.array([0.5, -np.inf, 1.0]), suggested=np.array(["b", "a", "b"])
    )


def test_with_true_labels_and_without(result):
    pytest.importorskip("matplotlib").use("Agg")
    drawn = result.plot(["a", "a", "a"], name="model")
    assert drawn.certified_accuracy[0] == pytest.approx(2 / 3) and drawn.ax_.get_ylabel() == "Certified accuracy"
    alone = result.plot()
    assert alone.certified_accuracy[0] == 1
    assert alone.ax_.get_ylabel() == "Share of predictions, right or wrong, that are certified"
    assert result[:2].plot(["a", "a"], ax=drawn.ax_).ax_ is drawn.ax_


def test_audits_and_curves(result, audit):
    pytest.importorskip("matplotlib").use("Agg")
    assert [text.get_text() for text in audit[:1].plot().ax_.get_yticklabels()] == ["row 2 → b"]
    with pytest.raises(ValueError, match="with an audit that was given test rows"):
        audit.plot("guard")
    curve = CheckingCurve(np.array([0, 5]), (result, result), np.array(["a", "a", "a"]))
    assert curve.plot().ax_.get_ylabel() == "Median radius in label flips"
    assert curve.plot(2).ax_.lines[0].get_ydata().tolist() == pytest.approx([1 / 3, 1 / 3])
    certain = CertificationResult(*([np.array([0])] + [np.array([UNBOUNDED])] * 3), np.array([0, 1]), "white-box", 10)
    assert CheckingCurve(np.array([0]), (certain,), np.array([0])).plot().ax_.lines[0].get_ydata().tolist() == [10]


def test_without_matplotlib(result, audit, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    for plot in (result.plot, audit.plot):
        with pytest.raises(ImportError, match=r"pip install 'skcert\[plot\]'"):
            plot()


@pytest.mark.slow
def test_plots_are_imported_when_something_is_drawn():
    code = "import sys, skcert.inspection; print([n for n in ('skcert.display', 'matplotlib') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
