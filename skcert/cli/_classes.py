"""Each class, in the summary, in print and in the report: a model that ignores a rare one can look accurate."""

import numpy as np

from ..results import (
    UNBOUNDED,
    flips_text,
    median_flips,
    predicted_class_medians,
    predicted_rows,
    right_predictions,
)
from ._attacked import attacked
from ._markup import as_name, cell, html_table, number_cell
from ._score_weight import BALANCED
from .tables import on_one_line, short

_PRINTED, _IN_REPORT, _NAMED = 10, 50, 5  # classes in print, in the report, and in a sentence
_FEW_BUDGETS = 3


def summarize_classes(result, train_labels, y_test, budgets, score_weight=None):
    """What ``summary.json`` holds of each class.

    Parameters
    ----------
    result : CertificationResult
        Certified predictions.
    train_labels : ndarray of shape (n_train,)
        Training labels.
    y_test : ndarray of shape (n_test,), or None
        True labels, if known.
    budgets : list of int
        Numbers of label flips, or of rows.
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class was multiplied by; None if by nothing.

    Returns
    -------
    classes : list of n_classes dict
        In the order of ``result.classes``: counts of training labels, of test rows predicted as the class and, with
        true labels, of its test rows, their recall, certified accuracy, median radius (wrong predictions as -1) and
        smallest radius of those that are right, and the share of the predictions that are right; otherwise the median
        and the smallest radius of the predictions (None where there are no such rows). The score weight, if there is
        one.
    """
    n_train = dict(zip(*(found.tolist() for found in np.unique(train_labels, return_counts=True))))
    classes = [
        {"class": label, "n_train": n_train.get(label, 0), "n_predicted": int(count)}
        for label, count in zip(result.classes.tolist(), predicted_rows(result))
    ]
    for entry, weight in zip(classes, () if score_weight is None else score_weight.tolist()):
        entry["score_weight"] = weight
    predicted = _rows_of(result.prediction, result.classes)
    if y_test is None:
        for entry, median, rows in zip(classes, predicted_class_medians(result), predicted):
            entry["median_radius_all_predictions"] = median_in_json(median)
            entry["smallest_radius_all_predictions"] = _smallest(result.radius[rows])
        return classes
    present, accuracy = result.certified_accuracy_per_class(y_test, [0, *budgets])
    curves = dict(zip(present.tolist(), accuracy.T.tolist()))
    right = right_predictions(y_test, result)
    counted = np.where(right, result.radius, -1)
    for entry, rows, its_own in zip(classes, predicted, _rows_of(y_test, result.classes)):
        curve = curves.get(entry["class"])
        entry["n_test"] = len(its_own)
        entry["recall"] = None if curve is None else curve[0]
        entry["precision"] = float(right[rows].mean()) if len(rows) else None
        entry["median_radius"] = median_in_json(median_flips(counted[its_own]))
        entry["smallest_radius"] = _smallest(result.radius[its_own[right[its_own]]])
        entry["certified_accuracy"] = None if curve is None else dict(zip(map(str, budgets), curve[1:]))
    return classes


def _rows_of(labels, classes):
    """For each class, the rows with this label."""
    order = np.argsort(labels, kind="stable")
    starts, ends = (np.searchsorted(labels[order], classes, side=side) for side in ("left", "right"))
    return [order[start:end] for start, end in zip(starts, ends)]


def _smallest(radius):
    return median_in_json(int(radius.min())) if len(radius) else None


def median_in_json(median):
    """A median radius for ``summary.json``: "unbounded" where no number is meant, None where there is none."""
    return None if np.isnan(median) else "unbounded" if median >= UNBOUNDED else median


def unpredicted_words(summary, text):
    """The classes that no test row is predicted as; nothing where the rows are too few for all classes."""
    unpredicted = [entry["class"] for entry in summary["by_class"] if not entry["n_predicted"]]
    if summary["n_test"] < len(summary["by_class"]) or not unpredicted:
        return ""
    more = len(unpredicted) - _NAMED
    return ", ".join(map(text, unpredicted[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def class_lines(summary):
    """Lines for a person: the classes that are never predicted, and a table of the rarest."""
    lines = []
    unpredicted = unpredicted_words(summary, lambda label: repr(short(label)))
    if unpredicted:
        lines.append(f"No test row is predicted as: {unpredicted}")
    known, budgets = "accuracy" in summary, _few_budgets(summary)
    heads = ["class", "training labels", *_weight_head(summary), "predicted rows"]
    heads += ["test rows", "recall", *(f"cert@{budget}" for budget in budgets)] if known else ["median radius"]
    table = [heads]
    for entry in _rarest_first(summary)[:_PRINTED]:
        counts = [f"{entry['n_train']:,}", *_weight_text(entry), f"{entry['n_predicted']:,}"]
        table.append([on_one_line(entry["class"]), *counts, *_figures(entry, budgets, known)])
    n_classes = len(summary["by_class"])
    which = f"The {_PRINTED} rarest of {n_classes:,} classes" if n_classes > _PRINTED else "Classes, the rarest first"
    what = attacked(summary)
    done = "flipped" if what.noun == "label" else what.done
    meaning = f"cert@r: share of a class's test rows that are right, whichever r {what.noun}s are {done}"
    lines.append(f"{which} ({meaning if known else 'median radius over all predictions of a class'}):")
    widths = [max(map(len, column)) for column in zip(*table)]
    for first, *others in table:
        numbers = "".join(f"  {text:>{width}}" for text, width in zip(others, widths[1:]))
        lines.append(f"  {first:<{widths[0]}}{numbers}")
    return lines


def class_section(summary):
    """The section of the report, as HTML."""
    known, budgets, what = "accuracy" in summary, _few_budgets(summary), attacked(summary)
    weighted = [(name, "number") for name in _weight_head(summary)]
    heads = [("class", ""), ("training labels", "number"), *weighted, ("predicted rows", "number")]
    heads += [(name, "number") for name in ("test rows", "recall", "precision") if known]
    heads += [("median radius", "number"), ("smallest radius", "number")]
    if known:
        heads += [(f"any {int(budget):,} {what.flip}{'' if budget == '1' else 's'}", "number") for budget in budgets]
    rows = []
    for entry in _rarest_first(summary)[:_IN_REPORT]:
        share = entry["n_train"] / summary["n_train"]
        cells = [cell(as_name(entry["class"])), number_cell(entry["n_train"], f"{entry['n_train']:,} ({share:.1%})")]
        cells += [cell(text, "number") for text in _weight_text(entry)]
        cells.append(number_cell(entry["n_predicted"]))
        cells += [cell(text, "number") for text in _in_report(entry, budgets, known)]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<p>{' '.join(_class_words(summary, known, what))}</p>\n{html_table(heads, rows, 'classes')}"


def _class_words(summary, known, what):
    n_classes = len(summary["by_class"])
    words = [f"The rarest classes come first: few labels speak for them, so few {what.flip}s tend to be enough."]
    if known:
        words.append(
            "Recall is the share of a class's test rows that are predicted correctly, precision the share of the rows "
            "predicted as the class that are. Wrong predictions count as -1 in the median radius, and not in the "
            f"smallest. At the end stands the share that provably stays correct, whichever that many {what.noun}s are "
            f"{what.done}."
        )
    else:
        words.append("Median and smallest radii are over all predictions of a class, right or wrong.")
    words += _weight_words(summary)
    if n_classes > _IN_REPORT:
        words.append(f"Shown are {_IN_REPORT} of {n_classes:,} classes; <code>summary.json</code> has all of them.")
    return words


def _in_report(entry, budgets, known):
    """What the report says of a class besides counts of labels and predictions, as text."""
    which = "" if known else "_all_predictions"
    radii = [_radius_text(entry[f"{name}_radius{which}"]) for name in ("median", "smallest")]
    if not known:
        return radii
    n_test, recall, *certified = _figures(entry, budgets, known)
    precision = entry["precision"]
    return [n_test, recall, "none" if precision is None else f"{precision:.1%}", *radii, *certified]


def _radius_text(radius):
    """A radius of ``summary.json``."""
    return "none" if radius is None else radius if radius == "unbounded" else flips_text(radius)


def _weight_head(summary):
    return ["score weight"] if "score_weight" in summary["by_class"][0] else []


def _weight_text(entry):
    return [f"{entry['score_weight']:.4g}"] if "score_weight" in entry else []


def _weight_words(summary):
    """What is said of score weights, if there are any."""
    if not _weight_head(summary):
        return []
    words = "The score of each class was multiplied by its score weight, which makes up for classes of unequal size."
    if summary["parameters"]["score_weight"] != BALANCED:
        words += " The guarantee takes for granted that these weights were known without the training labels."
    return [words]


def _rarest_first(summary):
    return sorted(summary["by_class"], key=lambda entry: entry["n_train"])


def _figures(entry, budgets, known):
    """What is known of a class beyond counts of labels and predictions, as text."""
    if not known:
        return [_radius_text(entry["median_radius_all_predictions"])]
    if entry["recall"] is None:
        return ["0", *["none"] * (1 + len(budgets))]
    shares = [entry["recall"], *(entry["certified_accuracy"][budget] for budget in budgets)]
    return [f"{entry['n_test']:,}", *(f"{share:.1%}" for share in shares)]


def _few_budgets(summary):
    """A few numbers of flips, spread over those that some predictions withstand."""
    withstood = [budget for budget, share in summary["certified_share"].items() if budget != "0" and share > 0]
    places = np.linspace(0, len(withstood) - 1, min(_FEW_BUDGETS, len(withstood)))
    return [withstood[int(place)] for place in places]
