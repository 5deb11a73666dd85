"""The plot of a command, if matplotlib is installed."""

from typing import Any, NamedTuple

import numpy as np

from ..results import CertificationResult


class Curve(NamedTuple):
    """One model's certified accuracy."""

    name: str
    y_true: np.ndarray
    result: CertificationResult
    style: dict[str, Any]
    """Options of the line."""


def save_certified_accuracy_plot(curves, path, *, ylabel="Certified accuracy", title=None):
    """Draw curves on one axis and save them; returns False if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    from ..display import CertifiedAccuracyDisplay

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    for curve in curves:
        CertifiedAccuracyDisplay.from_predictions(curve.y_true, curve.result, name=curve.name, ax=ax, **curve.style)
    ax.set_ylabel(ylabel)
    if title is not None:
        ax.set_title(title, loc="left", fontsize="medium", fontweight="bold")
    figure.savefig(path, dpi=150)
    return True
