"""How the figures look: colours, lines and marks of each family, and what axes say."""

from matplotlib.ticker import FuncFormatter

BLACK, BLUE, _SKY, _GREEN, VERMILION, _ORANGE, _PURPLE, GREY = (
    *("#000000", "#0072b2", "#56b4e9", "#009e73", "#d55e00", "#e69f00", "#cc79a7", "#8c8c8c"),
)
LOOKS = {
    "hard vote, black box": (BLACK, "-", "o"),
    "hard vote, white box": (BLUE, "-", "o"),
    "hard vote, flat weights": (BLUE, "--", "^"),
    "soft vote": (_SKY, "-", "s"),
    "soft vote, flat weights": (_SKY, "--", "D"),
    "single network": (_ORANGE, "-", "o"),
    "single network, clipped": (_ORANGE, "--", "^"),
    "single network, centred and clipped": (VERMILION, "-", "D"),
    "nearest neighbours": (_GREEN, "--", "v"),
    "nearest neighbours, others against": (_GREEN, "-", "D"),
    "Finite Aggregation, black box": (GREY, "-", "x"),
    "Finite Aggregation, white box": (_PURPLE, "-", "x"),
    "smoothing": (_PURPLE, ":", "*"),
}
"""Colour, line and marker of each family; the colours are those of Okabe & Ito 2008, and a grey."""
RADIUS = "median certified radius (label flips)"
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.4g} %")
WIDTH = 7.2  # inches
STYLE = {
    **{
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "axes.labelsize": 9,
        "legend.fontsize": 8,
        "legend.title_fontsize": 8,
    },
    **{"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False, "figure.dpi": 100},
    **{"axes.edgecolor": "0.4", "xtick.color": "0.25", "ytick.color": "0.25", "lines.linewidth": 1.6},
}
DPI = 200  # sharp where a page shows 720 points
