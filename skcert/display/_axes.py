"""Axes to draw on, what they count, and colours that colour-blind readers can distinguish.

The colours are those of Okabe & Ito 2008, "Color Universal Design".
"""

from ..results import THREATS, units_of

BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#000000",
)

_LINES = {
    "color": (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, BLACK),
    # distinguishable in grey, too
    "linestyle": ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1))),
}


def new_axes(n_rows=1, **figure_kwargs):
    """New axes, one below the other with a shared x axis; a single one for one row.

    Their lines differ in colour and dash.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Plots need matplotlib: pip install 'skcert[plot]'.") from error
    _, axes = plt.subplots(n_rows, sharex=True, squeeze=False, layout="constrained", **figure_kwargs)
    for ax in axes[:, 0]:
        ax.set_prop_cycle(**_LINES)
    return axes[0, 0] if n_rows == 1 else tuple(axes[:, 0])


def axis_of_counts(ax, threat):
    """The label of an axis of label flips, or of rows; ValueError if there are curves of the other on it."""
    label = units_of(threat).axis
    if ax.lines and ax.get_xlabel() != label and ax.get_xlabel() in {units_of(other).axis for other in THREATS}:
        raise ValueError(
            f"ax counts {ax.get_xlabel().lower()}, and this result {label.lower()}: draw it on axes of its own."
        )
    return label
