"""Medians of label flips, some of which may be unbounded, and their text."""

import numpy as np

from ._unbounded import UNBOUNDED


def median_flips(flips):
    """Median of counts of label flips, such as radii, which may include -1.

    For an even number of counts, the mean of the middle two; if just one of these is `UNBOUNDED`, the other one,
    since there is no number halfway to it. `UNBOUNDED` if both are, NaN if there are no counts.
    """
    flips = np.sort(np.asarray(flips), axis=None)
    if flips.size == 0:
        return float("nan")
    lower, upper = flips[(flips.size - 1) // 2], flips[flips.size // 2]
    return float(lower) if upper >= UNBOUNDED else (float(lower) + float(upper)) / 2


def flips_text(count):
    """A count, or a median of counts, for people: in full, since rounding could claim too much."""
    if np.isnan(count):
        return "none"
    if count >= UNBOUNDED:
        return "unbounded"
    return f"{count:.0f}" if count == int(count) else f"{count:.1f}"


def spread_text(flips):
    """Smallest, median and largest count; "none" if there are none."""
    if not len(flips):
        return "none"
    return " / ".join(flips_text(count) for count in (np.min(flips), median_flips(flips), np.max(flips)))
