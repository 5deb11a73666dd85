"""What is drawn and told: seconds as a function of one variable each, and their exponents."""

import numpy as np

CURVES = [
    ("n", "fit", "n", "rows of a network, n"),
    ("n", "label weights", "n", "rows of a network, n"),
    ("n", "certificate", "n", "rows of a network, n"),
    ("P", "ensemble fit", "P", "partitions, P"),
    ("P", "ensemble certify", "P", "partitions, P"),
    ("m", "label weights", "m", "test rows, m"),
    ("m", "certificate", "m", "test rows, m"),
    ("K", "certificate", "K", "classes, K"),
    ("K", "vote", "K", "classes, K"),
    ("P", "vote", "P", "partitions, P"),
]
"""Study, what is timed, variable, and its name."""


def curve(points, study, what, variable):
    """Sizes and seconds of one curve; seconds of a vote are per test row, because its number of rows varies."""
    chosen = [point for point in points if point["study"] == study and point["what"] == what]
    x = [point[variable] for point in chosen]
    return x, [point["seconds"] / (point["m"] if what == "vote" else 1) for point in chosen]


def exponent(x, y):
    """Log-log slope, and the line's value at x = 1, over the upper half of the range of x."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    upper = x >= np.sqrt(x.min() * x.max()) * (1 - 1e-9)
    slope, intercept = np.polyfit(np.log(x[upper]), np.log(y[upper]), 1)
    return float(slope), float(np.exp(intercept))
