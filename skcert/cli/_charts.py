"""Charts as inline SVG, coloured by the page's style sheet. They contain only numbers and fixed words."""

import math

import numpy as np

from ..results import UNBOUNDED, share_text

_WIDTH, _HEIGHT = 460, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 448, 14, 222  # the frame
_MOST_BINS = 24


def certified_curve(radius, counts, *, ylabel, counted="label flips"):
    """Share of all test rows that count and whose radius is at least a number of flips, as a step curve.

    Parameters
    ----------
    radius : ndarray of shape (n_test,)
        Certified radii.
    counts : ndarray of shape (n_test,), bool
        Rows that count: those predicted correctly, or all.
    ylabel : str
        What the share is of.
    counted : str, default="label flips"
        What radii count.

    Returns
    -------
    svg : str
    """
    bounded = radius[radius < UNBOUNDED]
    top = int(bounded.max(initial=0)) + 1
    flips = np.unique(np.linspace(0, top, min(top, _RIGHT - _LEFT) + 1).astype(np.int64))
    shares = np.searchsorted(np.sort(-radius[counts]), -flips, side="right") / radius.shape[0]
    xs = _LEFT + (_RIGHT - _LEFT) * flips / top
    ys = _BOTTOM - (_BOTTOM - _TOP) * shares
    path = f"M{xs[0]:.1f} {ys[0]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in zip(xs[1:], ys[1:]))
    area = f"{path}V{_BOTTOM}H{_LEFT}Z"
    title = f"{ylabel} against {counted}: {shares[0]:.1%} at 0, {_half(flips, shares)}"
    marks = f'<path class="area" d="{area}"/><path class="line" d="{path}"/>'
    if shares[-1] > 0:  # and so on forever
        # below the curve, which comes down to it from above, unless there is no room
        text, y = f"{share_text(shares[-1])} certain", ys[-1] + 15 if shares[-1] > 0.15 else ys[-1] - 5
        title += f", {text}"
        marks += f'<text x="{_RIGHT - 3}" y="{y:.1f}" text-anchor="end">{text}</text>'
    return _chart(title, marks, _ticks(top), top, 1.0, [0, 0.25, 0.5, 0.75, 1.0], counted, ylabel, percent=True)


def radius_histogram(radius, right=None, *, counted="label flips"):
    """How many test rows have which radius; rows that no number of flips changes are left out.

    Parameters
    ----------
    radius : ndarray of shape (n_test,)
        Certified radii.
    right : ndarray of shape (n_test,), bool, default=None
        Rows predicted correctly, drawn apart from the others.
    counted : str, default="label flips"
        What radii count.

    Returns
    -------
    svg : str
    """
    bounded = radius < UNBOUNDED
    top = int(radius[bounded].max(initial=0)) + 1
    width = max(1, math.ceil(top / _MOST_BINS))
    n_bins = math.ceil(top / width)
    end = n_bins * width
    right = np.ones(radius.shape, dtype=bool) if right is None else right
    of_right = np.bincount(radius[bounded & right] // width, minlength=n_bins)
    of_wrong = np.bincount(radius[bounded & ~right] // width, minlength=n_bins)
    highest = max(int((of_right + of_wrong).max()), 1)
    yticks = _ticks(highest)
    ytop = max(highest, yticks[-1])
    unit = (_BOTTOM - _TOP) / ytop
    step = (_RIGHT - _LEFT) / n_bins
    bars = []
    for index in range(n_bins):
        x, base = _LEFT + index * step, _BOTTOM
        for kind, count in (("right", of_right[index]), ("wrong", of_wrong[index])):
            if count:
                height = count * unit
                base -= height
                low, high = index * width, index * width + width - 1
                hint = f"radius {low}{f' to {high}' if high > low else ''}: {count} {kind}"
                bars.append(
                    f'<rect class="{kind}" x="{x + step * 0.06:.1f}" y="{base:.1f}" width="{step * 0.88:.1f}" '
                    f'height="{height:.1f}"><title>{hint}</title></rect>'
                )
    title = f"Histogram of certified radii: {int(bounded.sum())} rows, from {_span(radius[bounded])} {counted}"
    return _chart(title, "".join(bars), _ticks(end), end, ytop, yticks, f"certified radius, {counted}", "test rows")


def _chart(title, marks, xticks, xtop, ytop, yticks, xlabel, ylabel, percent=False):
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{title}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{title}</title>",
    ]
    for tick in yticks:
        y = _BOTTOM - (_BOTTOM - _TOP) * tick / ytop
        text = f"{tick:.0%}" if percent else f"{tick}"
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    parts.append(marks)
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_RIGHT}" y1="{_BOTTOM}" y2="{_BOTTOM}"/>')
    for tick in xticks:
        x = _LEFT + (_RIGHT - _LEFT) * tick / xtop
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{_BOTTOM}" y2="{_BOTTOM + 4}"/>')
        parts.append(f'<text x="{x:.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{tick}</text>')
    middle = (_TOP + _BOTTOM) / 2
    parts.append(f'<text x="{(_LEFT + _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{xlabel}</text>')
    parts.append(f'<text transform="translate(13 {middle}) rotate(-90)" text-anchor="middle">{ylabel}</text>')
    return "".join(parts) + "</svg>"


def _ticks(top, most=6):
    """Whole round numbers from 0, at most `most` + 1 of them, up to `top`."""
    step = next(m * 10**e for e in range(12) for m in (1, 2, 5) if top // (m * 10**e) <= most)
    return list(range(0, top + 1, step))


def _half(flips, shares):
    below = np.flatnonzero(shares < shares[0] / 2)
    return f"less than half of that from {flips[below[0]]} on" if below.size else "never less than half of that"


def _span(radius):
    return f"{radius.min()} to {radius.max()}" if radius.size else "0 to 0"
