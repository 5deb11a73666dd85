"""The figure: clean accuracy, and recall of the rarest classes, against the median radius of every model."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from comparison.looks import BLACK, BLUE, DPI, GREY, PERCENT, RADIUS, STYLE, VERMILION, WIDTH
from matplotlib.lines import Line2D

from .tasks import BLACK_BOXES, HUMAN, N_RARE, UNEVEN

_GROUPS = {
    "no score weights": (GREY, "none"),
    "known score weights": (VERMILION, "known"),
    "counted score weights": (BLUE, "balanced"),
}
_BLACK_BOX = "black box, class-weighted members"
_TITLES = {**{data: f"long tail {data}" for data in UNEVEN}, HUMAN: HUMAN}


def draw(rows, path):
    """Write the figure: a column for each data set that was measured."""
    data = [name for name in _TITLES if any(row["data"] == name for row in rows)]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            2, len(data), figsize=(WIDTH, 5.2), layout="constrained", sharey="col", squeeze=False
        )
        for column, name in enumerate(data):
            found = [row for row in rows if row["data"] == name]
            for line, quantity in enumerate(("clean_accuracy", "rare_recall")):
                _scatter(axes[line, column], found, quantity)
            axes[0, column].set_title(_TITLES[name])
            axes[0, column].set_xlabel("clean accuracy")
            axes[1, column].set_xlabel(f"recall of the {N_RARE} rarest")
        figure.supylabel(RADIUS, fontsize=9)
        marks = [_mark(color, filled) for color, filled in (*_looks(), (BLACK, None))]
        names = [
            *(f"{kind}, {weights} label weights" for kind in _GROUPS for weights in ("plain", "flat")),
            _BLACK_BOX,
        ]
        figure.legend(marks, names, loc="outside lower center", ncols=2)
        figure.savefig(path, dpi=DPI, metadata={"Software": None})
        plt.close(figure)


def _looks():
    return [(color, filled) for color, _ in _GROUPS.values() for filled in (False, True)]


def _mark(color, filled):
    look = {"marker": "x"} if filled is None else {"marker": "o", "markerfacecolor": color if filled else "none"}
    return Line2D([], [], color=color, linestyle="", markersize=5, **look)


def _scatter(axis, rows, quantity):
    for color, weights in _GROUPS.values():
        for filled in (False, True):
            points = [
                row
                for row in rows
                if row["model"] not in BLACK_BOXES
                and row["score_weight"] == weights
                and (row["center"] != "") == filled
            ]
            _points(axis, points, quantity, facecolors=color if filled else "none", edgecolors=color, s=26, zorder=3)
    black = [row for row in rows if row["model"] in BLACK_BOXES]
    _points(axis, black, quantity, color=BLACK, marker="x", s=16, alpha=0.6, linewidths=1, zorder=2)
    axis.set_ylim(bottom=-0.04 * max(max(row["median_radius"] for row in rows), 1))
    axis.xaxis.set_major_formatter(PERCENT)
    axis.grid(alpha=0.2)


def _points(axis, rows, quantity, **look):
    axis.scatter([row[quantity] for row in rows], [max(row["median_radius"], 0) for row in rows], **look)
