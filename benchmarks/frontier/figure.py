"""The figure of the frontier: median radius at every clean accuracy, and the ratio of ours to the black boxes'."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from comparison.looks import DPI, LOOKS, PERCENT, RADIUS, STYLE, VERMILION, WIDTH
from matplotlib.ticker import MultipleLocator

from .choices import best_at, of_table
from .settings import BLACK_BOX, DPA, FINITE, HARD, METHODS, RUN_OFF, SINGLE, SOFT, WHITE_RUN_OFF
from .tables import ratio

_BLUE, _GREEN = LOOKS["hard vote, white box"][0], LOOKS["nearest neighbours"][0]
_LINES = {
    DPA: ("0.55", "-"),
    FINITE: ("0.55", ":"),
    RUN_OFF: ("0", "-"),
    HARD: (_BLUE, "-"),
    WHITE_RUN_OFF: (_BLUE, "--"),
    SINGLE: (_GREEN, "-"),
    SOFT: (VERMILION, "-"),
}
_LOWEST = 0.66
_NAMES = {"true": "trained on the true labels", "people's": "trained on labels by people"}


def draw(rows, path):
    """One column for each kind of labels."""
    kinds = list(dict.fromkeys(row["labels"] for row in rows))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            *(2, len(kinds)),
            figsize=(WIDTH, 5.2),
            sharex="col",
            sharey="row",
            squeeze=False,
            height_ratios=(2.6, 1),
            layout="constrained",
        )
        for kind, (top, bottom) in zip(kinds, axes.T):
            found = of_table(rows, kind)
            _radii(top, found)
            _ratios(bottom, found)
            top.set_title(_NAMES.get(kind, kind))
        axes[0, 0].set_ylabel(RADIUS)
        axes[1, 0].set_ylabel("ours / black box")
        handles, names = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=4)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})
        plt.close(figure)


def _radii(axis, rows):
    for method in METHODS:
        points = _frontier([row for row in rows if row["method"] == method])
        if points:
            color, dashes = _LINES[method]
            width = 2.4 if method in (RUN_OFF, SOFT) else 1.4
            name = f"{method} (black box)" if method in BLACK_BOX else method
            axis.plot(*zip(*points), color=color, linestyle=dashes, lw=width, drawstyle="steps-pre", label=name)
    axis.set_yscale("log")
    axis.set_ylim(bottom=3)
    ticks = [5, 10, 20, 50, 100, 200, 500]
    axis.set_yticks(ticks, [str(tick) for tick in ticks])
    axis.set_yticks([], minor=True)
    axis.set_xlim(left=_LOWEST)
    axis.xaxis.set_major_locator(MultipleLocator(0.02))
    axis.xaxis.set_major_formatter(PERCENT)
    axis.grid(alpha=0.25, linewidth=0.5)


def _frontier(rows):
    """Clean accuracies, ascending, and the largest radius at each."""
    points = [(row["clean_accuracy_unseen"], best_at(rows, 100 * row["clean_accuracy_unseen"])) for row in rows]
    if not points:
        return []
    points = sorted((accuracy, best["median_radius_unseen"]) for accuracy, best in points)
    return [(min(_LOWEST, points[0][0]), points[0][1]), *points, (points[-1][0], 0.1)]


def _ratios(axis, rows):
    percents = np.arange(100 * _LOWEST, 100, 0.1)
    values = [ratio(rows, percent) for percent in percents]
    known = [(percent / 100, value) for percent, value in zip(percents, values) if value is not None]
    axis.plot(*zip(*known), color=VERMILION, lw=2)
    axis.axhline(1, color="0.5", lw=0.8)
    axis.set_yscale("log")
    ticks = [1, 2, 3, 5, 10, 20]
    axis.set_yticks(ticks, [f"{tick} \N{MULTIPLICATION SIGN}" for tick in ticks])
    axis.set_yticks([], minor=True)
    axis.set_xlabel("clean accuracy")
    axis.grid(alpha=0.25, linewidth=0.5)
