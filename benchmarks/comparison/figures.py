"""The figures of the results page, from the rows and curves of a results file."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .choices import best_by_partitions, contestants, enough_accuracy, families, same_votes
from .looks import DPI, LOOKS, PERCENT, STYLE, WIDTH
from .study_figure import study_figure, study_panels


def draw(results, folder):
    """Write the figures of a `StudyFile` into `folder`; those it has no rows for are left out."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    table = [row for row in results.rows if row["part"] == "table"]
    study = [row for row in results.rows if row["part"] != "table"]
    with plt.rc_context(STYLE):
        curves = results.curves()
        shown = contestants([row for row in table if row["id"] in curves])
        # votes of flat weights lie between votes and single networks, which are lines enough
        shown = {name: row for name, row in shown.items() if not name.endswith("vote, flat weights")}
        if shown:
            _save(_certified_accuracy(shown, curves), folder / "certified_accuracy.png")
        lines = _partition_lines(table)
        if lines:
            _save(_partitions(lines), folder / "partitions.png")
        panels = study_panels(study)
        if panels:
            _save(study_figure(panels), folder / "study.png")


def _save(figure, path):
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _certified_accuracy(shown, curves):
    """Certified accuracy against flips, the largest median radius first."""
    figure, axis = plt.subplots(figsize=(WIDTH, 5.4), layout="constrained")
    axis.axhline(0.5, color="0.5", linewidth=0.8, linestyle=(0, (4, 4)))
    end = 0
    for name, row in sorted(shown.items(), key=lambda item: -item[1]["median_radius"]):
        flips, accuracy = map(np.asarray, curves[row["id"]])
        color, dashes, _ = LOOKS[name]
        partitions = f", P = {row['n_partitions']:,}" if row["n_partitions"] > 1 else ""
        label = f"{name}{partitions}: {_median(row)}"
        axis.plot(flips, accuracy, color=color, linestyle=dashes, label=label)
        end = max(end, flips[accuracy >= 0.01].max(initial=0))
    axis.set(xlim=(0, max(end, 1)), ylim=(0, 1), xlabel="label flips", ylabel="certified accuracy")
    axis.yaxis.set_major_formatter(PERCENT)
    axis.grid(alpha=0.2)
    figure.legend(loc="outside lower center", ncols=2, title="method: median certified radius")
    return figure


def _median(row):
    return f"{row['median_radius']:g}" if row["median_radius"] >= 0 else "none"


def _partition_lines(table):
    """By family, the best row for each number of partitions; the white-box rows certify the black-box votes."""
    found = families(table)
    enough = enough_accuracy(table)
    black = best_by_partitions(found.get("hard vote, black box", []))
    white_of = {black_row["id"]: white_row for black_row, white_row in same_votes(table)}
    others = [name for name in found if name.startswith(("soft vote", "single network"))]
    lines = {
        "hard vote, black box": black,
        "hard vote, white box": {n: white_of[row["id"]] for n, row in black.items() if row["id"] in white_of},
        **{name: best_by_partitions(found[name], enough) for name in others},
    }
    return {name: rows for name, rows in lines.items() if rows}


def _partitions(lines):
    """What the number of partitions changes: one panel for each quantity."""
    figure, axes = plt.subplots(2, 3, figsize=(WIDTH, 5.0), layout="constrained")
    quantities = {
        "median radius (label flips)": ("median_radius",),
        "clean accuracy": ("clean_accuracy",),
        "fit + certify (seconds)": ("fit_seconds", "certify_seconds"),
        "peak memory (GB)": ("peak_bytes",),
    }
    for axis, (title, columns) in zip(axes.flat[[0, 1, 3, 4]], quantities.items()):
        for name, rows in lines.items():
            axis.plot(list(rows), [_sum(row, columns) for row in rows.values()], **_line(name))
        axis.set_title(title)
    axes[0, 0].set_ylim(bottom=0)
    axes[0, 1].yaxis.set_major_formatter(PERCENT)
    axes[1, 0].set_yscale("log")
    _label_log_axis(axes[1, 0])
    axes[1, 1].set_ylim(bottom=0)
    axes[1, 1].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e9:g}"))
    _draw_ratio(axes[0, 2], lines)
    for axis in axes.flat[:5]:
        axis.set(xscale="log", xlim=(0.7, 3000), xlabel="partitions P" if axis in axes.flat[2:] else "")
        axis.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.grid(alpha=0.2)
    axes[1, 2].axis("off")
    handles = [Line2D([], [], **_line(name)) for name in lines]
    labels = [
        name.replace("network, ", "network,\n").replace("white box", "white box\nof the same votes") for name in lines
    ]
    axes[1, 2].legend(handles, labels, loc="center")
    return figure


def _sum(row, columns):
    """Sum of the columns; not a number where one is empty."""
    return sum(np.nan if row[column] == "" else row[column] for column in columns)


def _line(name):
    color, dashes, symbol = LOOKS[name]
    return {"color": color, "linestyle": dashes, "marker": symbol, "markersize": 4.5}


def _draw_ratio(axis, lines):
    """White-box over black-box median radius of the same votes, where the latter is positive."""
    black, white = (lines.get(name, {}) for name in ("hard vote, black box", "hard vote, white box"))
    ratios = {
        n: white[n]["median_radius"] / row["median_radius"]
        for n, row in black.items()
        if n in white and row["median_radius"] > 0
    }
    axis.axhline(1.0, color="0.5", linewidth=0.8, linestyle=(0, (4, 4)))
    axis.plot(list(ratios), list(ratios.values()), **_line("hard vote, white box"))
    labelled = max(ratios, default=0)
    for n in sorted(ratios, reverse=True):
        if ratios[n] > 1.05 and (labelled == max(ratios) or 3 * n <= labelled):  # labels of others would overlap
            axis.annotate(f"{ratios[n]:.3g}", (n, ratios[n]), (2, 5), textcoords="offset points", fontsize=8)
            labelled = n
    axis.set(yscale="log", title="white / black box, same votes")
    _label_log_axis(axis)
    axis.margins(y=0.15)


def _label_log_axis(axis):
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.yaxis.set_minor_locator(NullLocator())
