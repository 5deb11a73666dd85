"""What to do next, in plain words: only what the results of this run support."""

import shlex

import numpy as np

from ..results import flips_text, number_of_flips
from ._attacked import ATTACKED
from ._certificates import firmly_wrong
from ._labels_to_check import LABELS_TO_CHECK
from ._markup import as_name, as_text, card, cell, html_table
from .tables import printable

_SHARES = (0.01, 0.05, 0.1)  # of the training labels, or rows
_PRICE = 0.02  # accuracy that another setting may cost to be mentioned
_POOR = 0.1  # how far the recall of a rare class lies below the accuracy
_FEWEST = 5  # rows of a class, to speak of its recall
_NAMED = 5  # classes in a sentence


def next_steps(result, summary, sampled, tables, command, save_as):
    """The section.

    Parameters
    ----------
    result : CertificationResult
        Certified predictions.
    summary : dict
        What ``summary.json`` holds.
    sampled : SampledAudit or None
    tables : Tables
    command : sequence of str
        The words of the command line.
    save_as : str
        The name of the list of checked labels.

    Returns
    -------
    section : str
    """
    steps = [
        _rely(result, summary, sampled, tables),
        None if sampled is None else _check(sampled, command, save_as),
        _decide(result),
        _look(result, tables.test.labels),
        _recall(summary),
        None if sampled is None else _settings(result, summary, sampled.points),
    ]
    items = "\n".join(f"<li>{step}</li>" for step in steps if step is not None)
    content = f'<ol class="steps">\n{items}\n</ol>' if items else "<p>These results ask for nothing in particular.</p>"
    return card("next", "What to do next", content)


def _rely(result, summary, sampled, tables):
    """What share of predictions correct labels would have given, if so many were wrong."""
    what, labels = ATTACKED[result.threat], result.threat == "labels"
    counts = {number_of_flips(share, result.n_train): f"{share:.0%} of all" for share in _SHARES}
    if sampled is not None:
        counts.setdefault(sampled.n_suspect, "as many as the model doubts")
    counts.pop(0, None)
    if not counts:
        return None
    known = tables.test.labels is not None
    rows = []
    for count, which in sorted(counts.items()):
        held = result.certified(count)
        cells = [cell(f"{count:,} ({which})"), cell(f"{held.mean():.1%}", "number")]
        if known:
            cells.append(cell(f"{result.certified_accuracy(tables.test.labels, count):.1%}", "number"))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    if labels:
        given, heads = "correct labels", [("wrong labels, at most", "")]
        words = "if no more training labels are wrong than its radius"
        words += "" if tables.candidates is None else ", and only in the ways that were certified against"
        words += ", and no trusted one is" if summary["n_trusted"] else ""
    else:
        given, heads = "the right rows", [("wrong rows, at most", "")]
        words = f"if no more training rows than its radius were wrongly {what.done}"
    heads.append(("predictions that hold", "number"))
    heads += [("right, and hold", "number")] if known else []
    return (
        f"<strong>Rely on the predictions that would survive the errors you expect.</strong> A prediction is the one "
        f"that {given} would have given, {words}.\n{html_table(heads, rows, 'next')}"
    )


def _check(sampled, command, save_as):
    count = sampled.n_suspect
    if not count:
        return None
    words = ["skcert", *map(printable, command), "--trusted", save_as]
    again = " ".join(as_name(shlex.quote(word)) for word in words)
    return (
        f"<strong>Check labels.</strong> The model doubts {count:,} training {'label' if count == 1 else 'labels'}; "
        f'start at the top of <a href="#check">the list</a>.{_gain(sampled.curve)} Save the list of those that you '
        "have checked, and certify again with it, or with "
        f"<code>{as_text(LABELS_TO_CHECK)}</code> if you wrote into that one, wherever you keep the file:"
        f'<p class="command">{again}</p>'
    )


def _gain(curve):
    """From how many checked labels on radii grow."""
    if curve is None:
        return ""
    medians = curve.median_radius
    more = np.flatnonzero(medians > medians[0])
    if not more.size:
        return ""
    first = more[0]
    return (
        f" If the first {curve.n_checked[first]:,} turn out to be correct, the median radius grows from "
        f"{flips_text(medians[0])} to {flips_text(medians[first])}."
    )


def _decide(result):
    weak = int((result.radius == 0).sum())
    if not weak or weak == len(result):
        return None
    what = ATTACKED[result.threat]
    which = "the prediction" if weak == 1 else f"the {weak:,} predictions"
    return (
        f'<strong>Let a person decide</strong> on {which} <a href="#weakest">without a guarantee</a>: a single '
        f"{what.noun} {what.done} may be enough to change {'it' if weak == 1 else 'them'}."
    )


def _look(result, labels):
    count = len(firmly_wrong(result, labels))
    if not count:
        return None
    which = "the row whose prediction is" if count == 1 else f"the {count:,} rows whose predictions are"
    return (
        f'<strong>Look at</strong> {which} <a href="#wrong">firm, and wrong</a>: '
        f"{'its own label' if count == 1 else 'their own labels'} may be wrong, or the table may not say what decides."
    )


def _recall(summary):
    """Rare classes that are seldom recognised, unless something is done about it already."""
    classes = summary["by_class"]
    if "accuracy" not in summary or "score_weight" in classes[0]:
        return None
    mean = summary["n_train"] / len(classes)
    poor = [
        entry
        for entry in sorted(classes, key=lambda entry: entry["n_train"])
        if entry["n_train"] < mean and entry["n_test"] >= _FEWEST and entry["recall"] <= summary["accuracy"] - _POOR
    ]
    if not poor:
        return None
    named = ", ".join(
        f"{as_name(entry['class'])} ({entry['n_train']:,} training labels, recall {entry['recall']:.1%})"
        for entry in poor[:_NAMED]
    )
    more = f" and {len(poor) - _NAMED:,} more" if len(poor) > _NAMED else ""
    return (
        f'<strong>Help rare classes.</strong> The model misses many rows of <a href="#classes">rare classes</a>: '
        f"{named}{more}. More labelled rows of them help, or <code>--score-weight</code>, at the price of other "
        "classes: the guide&#x27;s page \u201cClasses of unequal size\u201d says when."
    )


def _settings(result, summary, points):
    """A setting with larger radii at about this accuracy, measured; and the ridge, where radii are small."""
    said = []
    if points is not None:
        accuracy, medians = points.accuracy, points.median_radius
        able = np.flatnonzero(accuracy >= accuracy[points.fitted] - _PRICE)
        best = able[np.lexsort((accuracy[able], medians[able]))[-1]]
        if medians[best] > medians[points.fitted]:
            said.append(
                f"<code>{as_text(_as_options(points.settings[best]))}</code> gives a median radius of "
                f"{flips_text(medians[best])} instead of {flips_text(medians[points.fitted])}, at an accuracy of "
                f'{accuracy[best]:.1%} instead of {accuracy[points.fitted]:.1%}, <a href="#dials">on these rows</a>.'
            )
    alpha = summary["parameters"].get("alpha")
    few = result.certified(_SHARES[1]).mean() < 0.5
    if few and summary["search"] is None and isinstance(alpha, (int, float)):
        said.append(
            f"A larger ridge than <code>--alpha {alpha:g}</code> tends to enlarge radii{', too' if said else ''}, and "
            "costs accuracy at some point: the guide&#x27;s page \u201cWhich settings?\u201d has what that cost "
            "elsewhere."
        )
    if not said:
        return None
    return (
        f"<strong>Larger radii by other settings.</strong> {' '.join(said)} Choose by rows that you do not report "
        "results on: whoever picks a setting by its results has let labels choose."
    )


def _as_options(setting):
    off = {"weight_center": None, "weight_power": 1.0}  # what leaving them out means
    words = []
    for name, value in setting.items():
        if name in off and value == off[name]:
            continue
        words.append(f"--{name.replace('_', '-')} {1 if value is None else value}")  # a clip of 1 is off
    return " ".join(words)
