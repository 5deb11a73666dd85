"""Certificates in one line, and as a table in a notebook."""

from __future__ import annotations

from ._certain import share_text
from ._classes import predicted_class_medians, predicted_rows
from ._html_table import html_columns, html_table
from ._median import flips_text, spread_text
from ._threat import units_of

_MAX_CLASSES_SHOWN = 10  # in a notebook
_MAX_CLASSES_NAMED = 3  # in the one line of `repr`


def certification_repr(result):
    """What ``repr`` of a `CertificationResult` is."""
    unpredicted = _unpredicted_text(result, _MAX_CLASSES_NAMED, repr)
    of_rows = "" if result.threat == "labels" else f"threat={result.threat!r}, "
    counted = "" if result.threat == "labels" else f" {result.counted},"
    return (
        f"CertificationResult(n_test={len(result)}, n_train={result.n_train}, certificate={result.certificate!r}, "
        f"{of_rows}median_radius={flips_text(result.median_radius)}{counted} over all predictions"
        f"{f', {share_text(result.certain.mean())} certain' if result.certain.any() else ''}"
        f"{f', no row predicted as {unpredicted}' if unpredicted else ''})"
    )


def certification_html(result):
    """What a notebook shows of a `CertificationResult`."""
    units = units_of(result.threat)
    rows = [
        ("test rows", len(result)),
        (units.n_train, result.n_train),
        ("classes", _some(result.classes, _MAX_CLASSES_SHOWN, str)),
        ("certificate", result.certificate),
        (f"radius over all predictions, {units.counted}: least / median / most", spread_text(result.radius)),
        (f"certain: no number of {units.short} changes them", _certain_text(result)),
        ("radius known to be exact", f"{int(result.exact.sum())} predictions"),
    ]
    unpredicted = _unpredicted_text(result, _MAX_CLASSES_SHOWN, str)
    if unpredicted:
        rows.append(("no row is predicted as", unpredicted))
    table = _html_of_classes(result) if len(result) else ""
    return html_table("CertificationResult", rows, result.caveats, table)


def _certain_text(result):
    share = f" ({share_text(result.certain.mean())})" if result.certain.any() else ""
    return f"{int(result.certain.sum())} predictions{share}"


def _html_of_classes(result):
    """What is known of each class without true labels."""
    shown, n_classes = slice(_MAX_CLASSES_SHOWN), len(result.classes)
    medians = [flips_text(median) for median in predicted_class_medians(result)[shown]]
    of_many = f"Predictions, first {_MAX_CLASSES_SHOWN} of {n_classes} classes"
    return html_columns(
        of_many if n_classes > _MAX_CLASSES_SHOWN else "Predictions by class",
        ("predicted class", "rows", "their median radius, right or wrong"),
        list(zip(result.classes[shown].tolist(), predicted_rows(result)[shown].tolist(), medians)),
    )


def _unpredicted_text(result, most, text):
    """The classes that no row is predicted as; nothing where the rows are too few for all classes."""
    return _some(result.unpredicted_classes, most, text) if len(result) >= len(result.classes) else ""


def _some(labels, most, text):
    """The first labels, and how many more there are."""
    shown = ", ".join(text(label) for label in labels[:most].tolist())
    return f"{shown} and {len(labels) - most} more" if len(labels) > most else shown
