"""The figure of the study: what each factor does, around the usual setting."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from skcert import NTKRegressorClassifier

from .looks import LOOKS, PERCENT, RADIUS, WIDTH
from .settings import NETWORK, SCALINGS, USUAL_ALPHA, USUAL_SCALING

_ACCURACY_RANGE = 0.15
"""What the study's figure shows of clean accuracy: few settings are so bad that they would squeeze all others."""


def study_panels(study):
    """Of each factor: its levels in order, each with a row for each series; all else as usual."""
    panels = {}
    for title, (columns, level) in _FACTORS.items():
        found = {}
        for row in study:
            series = tuple(row[key] for key in ("method", "vote", "certificate", "n_partitions"))
            usual = series in _SERIES and _is_usual(row, columns)
            order_and_label = level(row) if usual else None
            if order_and_label is not None:
                found.setdefault(order_and_label, {})[series] = row
        if len(found) > 1:
            panels[title] = {label: found[order, label] for order, label in sorted(found, key=lambda pair: pair[0])}
    return panels


def study_figure(panels):
    """What each factor does to the median radius (left) and to clean accuracy (right), around the usual setting."""
    heights = [len(levels) + 0.4 for levels in panels.values()]
    figure, axes = plt.subplots(
        *(len(panels), 2),
        **{
            "figsize": (WIDTH, 1.0 + 0.165 * sum(heights)),
            "sharex": "col",
            "squeeze": False,
            "layout": "constrained",
        },
        gridspec_kw={"height_ratios": heights, "width_ratios": (1.5, 1)},
    )
    for (left, right), (title, levels) in zip(axes, panels.items()):
        for axis, column in ((left, "median_radius"), (right, "clean_accuracy")):
            for series, look in _SERIES.items():
                at = [(rows[series][column], i) for i, rows in enumerate(levels.values()) if series in rows]
                if at:
                    axis.plot(*zip(*at), **look)
            axis.set_ylim(len(levels) - 0.4, -0.6)
            axis.set_yticks(range(len(levels)), list(levels) if axis is left else [""] * len(levels), fontsize=8)
            axis.tick_params(axis="y", length=0)
            axis.grid(alpha=0.2)
            axis.spines[["left", "bottom"]].set_visible(False)
            axis.tick_params(axis="x", length=0 if axis in axes[:-1] else 3)
        for label, rows in zip(left.get_yticklabels(), levels.values()):
            label.set_fontweight("bold" if any(map(_is_usual, rows.values())) else "normal")
        place = {"xycoords": ("figure fraction", "axes fraction"), "va": "center", "in_layout": False}
        left.annotate(title, (0.01, 0.5), **place)
    left.set_xlabel(RADIUS)
    left.set_xlim(left=0)
    shown = [row["clean_accuracy"] for levels in panels.values() for rows in levels.values() for row in rows.values()]
    least = max(shown) - _ACCURACY_RANGE
    right.set_xlabel("clean accuracy" + ("\n(lower ones not shown)" if min(shown) < least else ""))
    right.set_xlim(left=max(least, min(shown) - 0.01))
    right.xaxis.set_major_formatter(PERCENT)
    right.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    measured = {series for levels in panels.values() for rows in levels.values() for series in rows}
    handles = [Line2D([], [], **look) for series, look in _SERIES.items() if series in measured]
    figure.legend(handles=handles, loc="outside upper center", ncols=3, title="bold: the usual setting")
    figure.get_layout_engine().set(rect=(0.1, 0, 0.9, 1))  # room for the factors' names
    return figure


def _is_usual(row, but=()):
    """Whether all settings of the row, but some, are the usual ones; 50 partitions have their own usual alpha."""
    usual = _USUAL_SETTINGS | {"alpha": _USUAL_ALPHAS.get(row["n_partitions"], np.inf)}
    return all(row[key] == value for key, value in usual.items() if key not in but)


def _number(column):
    """Levels of a setting that is a number, smallest first."""

    def level(row):
        value = _DEFAULTS[column] if row[column] == "" else row[column]
        return value, "∞" if value == np.inf else f"{value:,g}"

    return (column,), level


def _choice(column, default, texts=None):
    """Levels of a setting that is a word or yes or no, the default first."""

    def level(row):
        value = default if row[column] == "" else row[column]
        return (value != default, str(value)), (texts or {}).get(value, str(value))

    return (column,), level


def _training_time(row):
    if row["training_time"] == "":
        return (0.0, "none (ridge)") if _is_usual(row) else None
    return (row["training_time"], f"{row['training_time']:,g}") if row["alpha"] == 0 else None


def _flat_weights(row):
    center, clip = row["weight_center"], row["weight_clip"]
    if clip == "":
        return ((), "none") if center == "" else None
    if center == "":
        return (0, -clip), f"clip {clip:g}"
    return (1, center, -clip), f"centre {center:g}, clip {clip:g}"


_DEFAULTS = NTKRegressorClassifier().get_params()
_FACTORS = {
    "alpha": _number("alpha"),
    "depth": _number("depth"),
    "activation": _choice("activation", _DEFAULTS["activation"], {"leaky_relu": "leaky ReLU", "relu": "ReLU"}),
    "b_std": _number("b_std"),
    "kernel": _choice("kernel", _DEFAULTS["kernel"], {"ntk": "NTK", "nngp": "NNGP"}),
    "intercept": _choice("fit_intercept", _DEFAULTS["fit_intercept"], {True: "yes", False: "no"}),
    "scaling": (("scaling",), lambda row: (list(SCALINGS).index(row["scaling"]), row["scaling"])),
    "training\ntime": (("alpha", "training_time"), _training_time),
    "label\nweights": (("weight_center", "weight_clip"), _flat_weights),
    "partition": _choice("partition", "random"),
}
"""By title: the columns that may differ from the usual setting, and a row's level, as order and label, or None."""
_USUAL_SETTINGS = {
    **dict.fromkeys((*NETWORK, "partition", "weight_center", "weight_clip"), ""),
    "scaling": USUAL_SCALING,
}
_USUAL_ALPHAS = {50: USUAL_ALPHA}  # inf for others


def _dots(label, family, filled=True):
    color = LOOKS[family][0]
    line = {"color": color, "linewidth": 0.8, "marker": "o", "markersize": 4.5}
    return {"label": label, **line, "markerfacecolor": color if filled else "white"}


_SERIES = {
    ("vote", "hard", "black-box", 2000): _dots("hard vote, black box, P = 2,000", "hard vote, black box"),
    ("vote", "hard", "white-box", 50): _dots("hard vote, white box, P = 50", "hard vote, white box"),
    ("vote", "hard", "white-box", 10): _dots("hard vote, white box, P = 10", "hard vote, white box", filled=False),
    ("vote", "soft", "white-box", 50): _dots("soft vote, P = 50", "soft vote"),
    ("vote", "soft", "white-box", 10): _dots("soft vote, P = 10", "soft vote", filled=False),
    ("single network", "exact", "white-box", 1): _dots("single network", "single network"),
}
"""Lines of the study: method, vote, certificate and number of partitions."""
