"""Each class, in the summary, in print and in the report: a model that ignores a rare one can look accurate."""

import numpy as np

from ..results import UNBOUNDED, flips_text, predicted_class_medians, predicted_rows
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
        true labels, of its test rows, their recall and certified accuracy (None without such rows); otherwise the
        median radius of the predictions. The score weight, if there is one.
    """
    n_train = dict(zip(*(found.tolist() for found in np.unique(train_labels, return_counts=True))))
    classes = [
        {"class": label, "n_train": n_train.get(label, 0), "n_predicted": int(count)}
        for label, count in zip(result.classes.tolist(), predicted_rows(result))
    ]
    for entry, weight in zip(classes, () if score_weight is None else score_weight.tolist()):
        entry["score_weight"] = weight
    if y_test is None:
        for entry, median in zip(classes, predicted_class_medians(result)):
            entry["median_radius_all_predictions"] = median_in_json(median)
        return classes
    n_test = dict(zip(*(found.tolist() for found in np.unique(y_test, return_counts=True))))
    present, accuracy = result.certified_accuracy_per_class(y_test, [0, *budgets])
    curves = dict(zip(present.tolist(), accuracy.T.tolist()))
    for entry in classes:
        curve = curves.get(entry["class"])
        entry["n_test"] = n_test.get(entry["class"], 0)
        entry["recall"] = None if curve is None else curve[0]
        entry["certified_accuracy"] = None if curve is None else dict(zip(map(str, budgets), curve[1:]))
    return classes


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
    if known:
        heads += [("test rows", "number"), ("recall", "number")]
        heads += [(f"any {int(budget):,} {what.flip}{'' if budget == '1' else 's'}", "number") for budget in budgets]
    else:
        heads.append(("median radius", "number"))
    rows = []
    for entry in _rarest_first(summary)[:_IN_REPORT]:
        share = entry["n_train"] / summary["n_train"]
        cells = [cell(as_name(entry["class"])), number_cell(entry["n_train"], f"{entry['n_train']:,} ({share:.1%})")]
        cells += [cell(text, "number") for text in _weight_text(entry)]
        cells.append(number_cell(entry["n_predicted"]))
        cells += [cell(text, "number") for text in _figures(entry, budgets, known)]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    n_classes = len(summary["by_class"])
    words = [f"The rarest classes come first: few labels speak for them, so few {what.flip}s tend to be enough."]
    if known:
        words.append(
            "Recall is the share of a class's test rows that are predicted correctly; after it comes the share that "
            f"provably stays correct, whichever that many {what.noun}s are {what.done}."
        )
    else:
        words.append("Median radii are over all predictions of a class, right or wrong.")
    words += _weight_words(summary)
    if n_classes > _IN_REPORT:
        words.append(f"Shown are {_IN_REPORT} of {n_classes:,} classes; <code>summary.json</code> has all of them.")
    return (
        f"<p>{' '.join(words)}</p>\n"
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="classes">'
        + html_table(heads, rows)
        + "</div>"
    )


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
        median = entry["median_radius_all_predictions"]
        return ["none" if median is None else median if median == "unbounded" else flips_text(median)]
    if entry["recall"] is None:
        return ["0", *["none"] * (1 + len(budgets))]
    shares = [entry["recall"], *(entry["certified_accuracy"][budget] for budget in budgets)]
    return [f"{entry['n_test']:,}", *(f"{share:.1%}" for share in shares)]


def _few_budgets(summary):
    """A few numbers of flips, spread over those that some predictions withstand."""
    withstood = [budget for budget, share in summary["certified_share"].items() if budget != "0" and share > 0]
    places = np.linspace(0, len(withstood) - 1, min(_FEW_BUDGETS, len(withstood)))
    return [withstood[int(place)] for place in places]
