"""What other centres and powers of label weights would give: a section of the report."""

import warnings

import numpy as np

from ..inspection import accuracy_radius_points
from ..results import flips_text
from ._markup import as_text, card, cell, html_table, number_cell

_POWERS, _CLIPS = (1.0, 0.5), (None, 0.95, 0.05)


def other_dials(model, X, y):
    """An `AccuracyRadiusPoints`, for a single network or a soft vote whose rows have known labels; None otherwise.

    None for score weights that are counted in the labels, too, with which a certificate takes ten times as long.
    """
    if y is None or getattr(model, "voting", "soft") != "soft" or model.weights_counted_:
        return None
    with warnings.catch_warnings():
        # of quantiles and unequal classes, whose cost the table shows
        warnings.simplefilter("ignore", UserWarning)
        return accuracy_radius_points(model, X, y, weight_power=_POWERS, weight_clip=_CLIPS)


def dials_section(points, scope):
    """The section, as HTML: the points that no other one beats, and the model itself; nothing without points.

    Parameters
    ----------
    points : AccuracyRadiusPoints or None
    scope : str
        Which rows they were measured on, as HTML.

    Returns
    -------
    section : str
    """
    if points is None:
        return ""
    accuracy, medians = points.accuracy, points.median_radius
    shown = np.flatnonzero(points.on_frontier | (np.arange(accuracy.size) == points.fitted))
    rows = []
    for i in shown[np.lexsort((medians[shown], -accuracy[shown]))]:
        setting = points.settings[i]
        cells = [cell("none" if value is None else as_text(value)) for value in setting.values()]
        cells.append(number_cell(accuracy[i], f"{accuracy[i]:.1%}"))
        cells.append(number_cell(medians[i], flips_text(medians[i])))
        cells.append(cell("this model" if i == points.fitted else ""))
        rows.append(f"<tr>{''.join(cells)}</tr>")
    heads = [(f"<code>--{name.replace('_', '-')}</code>", "") for name in points.settings[0]]
    heads += [("accuracy", "number"), ("median radius", "number"), ("", "")]
    content = (
        "<p>These options decide how evenly labels share the say in a prediction; the more evenly, the larger radii "
        f"tend to be, and the lower the accuracy. Of {accuracy.size} settings of this model, these are its own and "
        "those that no other beats in both. Wrong predictions count as -1 in the median.</p>\n"
        f"{html_table(heads, rows, 'dials')}\n"
        f'<p class="hint">Measured on {scope}, by their labels. Whoever picks a setting here has let these labels '
        "choose, and the training labels, too: pick by rows whose labels are trusted, and report results on others."
        "</p>"
    )
    return card("dials", "What other settings would give", content)
