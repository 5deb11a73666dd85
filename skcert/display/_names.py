"""Names next to points, where they cover neither each other nor a point."""

import numpy as np

_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_DISTANCES = (12, 18, 27)  # from the point, in typographic points
_FAR = 14  # from here on a line leads to the point
_RADIUS = 4  # of a marker


def name_points(ax, x, y, names, first, fontsize=8):
    """Write a name next to each point, at the nearest place where it covers nothing.

    Where there is no such place, points that are named first take the one where least is covered, and others stay
    without a name. All of this is about the size that the axes have now.

    Parameters
    ----------
    ax : matplotlib Axes
        With everything else drawn, and a legend outside, if any.
    x, y : ndarray of shape (n_points,)
        In units of the axes.
    names : list of n_points str
    first : ndarray of shape (n_points,), bool
        Points that are named first, and in black.
    fontsize : float, default=8

    Returns
    -------
    texts : list of n_points Annotation or None
    """
    ax.figure.figure.draw_without_rendering()  # the layout settles, and with it where points are
    pixels = ax.figure.dpi / 72
    places = ax.transData.transform(np.column_stack([x, y])) / pixels
    taken = [_around(place, (2 * _RADIUS, 2 * _RADIUS)) for place in places]
    frame = np.asarray(ax.get_window_extent().extents) / pixels
    texts = [None] * len(names)
    for i in np.argsort(~first, kind="stable"):
        size = np.array([0.62 * fontsize * len(names[i]), 1.15 * fontsize])
        offset, covered = _best_offset(places[i], size, taken, frame)
        if covered > 0.01 and not first[i]:
            continue
        taken.append(_around(places[i] + offset, size))
        far = np.abs(offset).max() > _FAR + (size.max() - size[1]) / 2
        texts[i] = ax.annotate(
            names[i],
            (x[i], y[i]),
            xytext=offset,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=fontsize,
            color="black" if first[i] else "0.45",
            arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.6, "shrinkB": 4} if far else None,
        )
    return texts


def _best_offset(place, size, taken, frame):
    """From the point to the middle of its name, and the area that is covered or outside the frame there."""
    best, least = None, np.inf
    for distance in _DISTANCES:
        for direction in _DIRECTIONS:
            offset = np.array(direction) * (distance + (size - size[1]) / 2)
            box = _around(place + offset, size)
            outside = np.prod(size) - _common(box, frame)
            covered = sum(_common(box, other) for other in taken) + outside
            if covered < least - 0.01:
                best, least = offset, covered
    return best, least


def _around(middle, size):
    """Left, lower, right and upper end of a box."""
    half = np.asarray(size) / 2
    return np.concatenate([middle - half, middle + half])


def _common(box, other):
    """Area that two boxes share."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    return float(np.prod(np.maximum(sides, 0.0)))
