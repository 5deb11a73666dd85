"""One figure: one panel per variable, log-log, fitted lines labelled with their exponents."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullLocator

from .cost_model import predictions
from .curves import CURVES, curve, exponent

_COLORS = {
    "fit": "#0072b2",
    "label weights": "#d55e00",
    "certificate": "#009e73",
    "ensemble fit": "#0072b2",
    "ensemble certify": "#cc79a7",
    "vote": "#6a51a3",
}
_PANELS = [
    ("single network: rows", [0, 1, 2]),
    ("ensemble: partitions, rows fixed", [3, 4]),
    ("single network: test rows", [5, 6]),
    ("classes", [7, 8]),
    ("vote alone: partitions", [9]),
]


def draw(results, path):
    """Write the figure to `path`."""
    with plt.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure, axes = plt.subplots(2, 3, figsize=(11, 6.6), layout="constrained")
        for axis, (title, chosen) in zip(axes.flat, _PANELS):
            for position in chosen:
                _draw_curve(axis, results["points"], *CURVES[position])
            votes = {CURVES[position][1] for position in chosen}
            axis.set(title=title, xlabel=CURVES[chosen[0]][3], xscale="log", yscale="log")
            x, _ = curve(results["points"], *CURVES[chosen[0]][:3])
            shown = x[:: 1 + (len(x) > 6)]
            axis.set_xticks(shown, [f"{value:,}" for value in shown])
            axis.xaxis.set_minor_locator(NullLocator())
            axis.set_ylabel("seconds per test row" if votes == {"vote"} else "seconds, one core")
            axis.grid(alpha=0.25)
            axis.legend(frameon=False, fontsize=8)
        _draw_model(axes.flat[-1], results)
        figure.savefig(path, dpi=130)
        plt.close(figure)


def _draw_curve(axis, points, study, what, variable, _):
    x, y = curve(points, study, what, variable)
    slope, at_one = exponent(x, y)
    per_row = " per test row" if what == "vote" else ""
    axis.plot(x, y, "o", markersize=4, color=_COLORS[what], label=f"{what}{per_row}: exponent {slope:.2f}")
    upper = np.array([np.sqrt(min(x) * max(x)), max(x)])
    axis.plot(upper, at_one * upper**slope, "-", linewidth=1.3, color=_COLORS[what])


def _draw_model(axis, results):
    points = results["points"]
    modelled = np.array(predictions(results["constants"], points))
    for what, color in _COLORS.items():
        chosen = [i for i, point in enumerate(points) if point["what"] == what]
        measured = np.array([points[i]["seconds"] for i in chosen])
        marker = "^" if what.startswith("ensemble") else "o"
        axis.plot(measured, modelled[chosen] / measured, marker, markersize=4, color=color, label=what)
    for number, answer in enumerate(results["held out"]["answers"]):
        label = None if number else "held out"
        axis.plot(answer["measured"], answer["predicted"] / answer["measured"], "k*", markersize=9, label=label)
    axis.axhline(1.0, color="0.5", linewidth=0.8)
    axis.set(title="model / measured", xlabel="measured seconds", xscale="log", yscale="log", ylim=(0.25, 4.0))
    axis.set_yticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
    axis.minorticks_off()
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, fontsize=7, ncols=2)
