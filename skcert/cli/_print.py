"""What a person reads while the work goes on, and the summary at its end."""

import sys

from ..results import flips_text
from ._attacked import attacked
from ._classes import class_lines
from ._search import search_in_words


def say(message):
    """One line on stderr, if it is there."""
    if sys.stderr is not None:
        print(message, file=sys.stderr, flush=True)


def print_summary(summary):
    """The summary for a person."""
    known = "accuracy" in summary
    print(summary["threat"])
    if summary["split"]:
        print(summary["split"])
    if summary["search"]:
        print(search_in_words(summary))
    print(_median_line(summary))
    if summary["certain_in_words"]:
        print(summary["certain_in_words"])
    if known:
        print(f"Accuracy: {summary['accuracy']:.1%}; mean over the classes: {summary['balanced_accuracy']:.1%}")
    head = "label flips" if summary["attacked"] == "labels" else "rows"
    print(f"{head:>12}  {'certified':>9}" + known * f"  {'certified accuracy':>18}")
    for budget, share in summary["certified_share"].items():
        accuracy = f"  {summary['certified_accuracy'][budget]:>18.1%}" if known else ""
        print(f"{budget:>12}  {share:>9.1%}{accuracy}")
        if share == 0:  # as it is for all larger budgets
            break
    print(*class_lines(summary), sep="\n")


def _median_line(summary):
    known = "median_radius" in summary
    median = summary["median_radius" if known else "median_radius_all_predictions"]
    which = "Median radius, wrong predictions counted as -1" if known else "Median radius over all predictions"
    what = attacked(summary)
    if median == "unbounded":
        flips = f"unbounded: no number of {what.counted}"
    else:
        flips = "-1: at least half are wrong" if median == -1 else f"{flips_text(median)} {what.counted}"
    return f"{which}: {flips} ({summary['certificate']} certificate, {summary['n_train']} training {what.noun}s)"
