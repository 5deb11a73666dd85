"""The frontier: median radius at every clean accuracy, in full, and ours against the black boxes' at a glance."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from comparison.looks import DPI, LOOKS, PERCENT, RADIUS, STYLE, VERMILION, WIDTH
from matplotlib.ticker import MultipleLocator

from .choices import best_at, black_boxes, of_table, ours
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
_TICKS = [5, 10, 20, 50, 100, 200, 500]
_LIGHT, _DARK = ("0.15", "0.45", "0.85"), ("0.88", "0.65", "0.25")
"""Text, the black boxes' line, and the grid."""


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


def draw_at_a_glance(rows, folder):
    """The best of either side on true labels, and their ratio here and there: for light pages and for dark ones."""
    found = of_table(rows, "true")
    for name, colors in (("at_a_glance.png", _LIGHT), ("at_a_glance_dark.png", _DARK)):
        text, grey, grid = colors
        of_text = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
        with plt.rc_context({**STYLE, **dict.fromkeys(of_text, text), "grid.color": grid}):
            figure, axis = plt.subplots(figsize=(WIDTH, 3.7), layout="constrained")
            for side, color, label, place in (
                (ours(found), VERMILION, "skcert", (0.005, 1.1)),
                (black_boxes(found), grey, "best black box", (0.005, 0.87)),
            ):
                points = _frontier(side)
                axis.plot(*zip(*points), color=color, lw=2.6, drawstyle="steps-pre")
                top = "bottom" if place[1] > 1 else "top"
                start = (_LOWEST + place[0], points[0][1] * place[1])
                axis.annotate(label, start, color=color, fontsize=11, fontweight="bold", va=top)
            _mark_ratios(axis, found)
            _style_radii(axis)
            axis.set_ylim(top=800)
            axis.set_ylabel(RADIUS)
            axis.set_xlabel("clean accuracy on CIFAR-10")
            axis.grid(alpha=1, linewidth=0.5)
            figure.savefig(folder / name, dpi=DPI, transparent=colors is _DARK, metadata={"Software": None})
            plt.close(figure)


def _mark_ratios(axis, rows):
    for percent in range(70, 82, 2):
        low, high = (best_at(side, percent)["median_radius_unseen"] for side in (black_boxes(rows), ours(rows)))
        axis.annotate(
            "", (percent / 100, high), (percent / 100, low), arrowprops={"arrowstyle": "<->", "color": "0.5"}
        )
        middle = percent / 100 + 0.001, (low * high) ** 0.5
        axis.annotate(f"{high / low:.1f} \N{MULTIPLICATION SIGN}", middle, va="center", fontsize=9)


def _radii(axis, rows):
    for method in METHODS:
        points = _frontier([row for row in rows if row["method"] == method])
        if points:
            color, dashes = _LINES[method]
            width = 2.4 if method in (RUN_OFF, SOFT) else 1.4
            name = f"{method} (black box)" if method in BLACK_BOX else method
            axis.plot(*zip(*points), color=color, linestyle=dashes, lw=width, drawstyle="steps-pre", label=name)
    _style_radii(axis)
    axis.grid(alpha=0.25, linewidth=0.5)


def _style_radii(axis):
    axis.set_yscale("log")
    axis.set_ylim(bottom=3)
    axis.set_yticks(_TICKS, [str(tick) for tick in _TICKS])
    axis.set_yticks([], minor=True)
    axis.set_xlim(left=_LOWEST)
    axis.xaxis.set_major_locator(MultipleLocator(0.02))
    axis.xaxis.set_major_formatter(PERCENT)


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
