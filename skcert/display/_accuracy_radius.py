"""Clean accuracy against median radius: what one fitted model would certify at each of its dials."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..inspection import CENTERS, POWERS, AccuracyRadiusPoints, accuracy_radius_points
from ._axes import new_axes
from ._names import name_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self

_MARKERS = "osD^vPX<>*h"


class AccuracyRadiusDisplay:
    """Clean accuracy against median radius, for many settings of one fitted model.

    Use `from_estimator` or `from_points` to make one; the constructor stores what it is given. Each weight centre has
    a colour and a marker, and next to each point stands its power. The line is the frontier: at each accuracy, the
    largest median radius that some setting has with it or with more. Among very many points, only those on the
    frontier and those with room are named.

    **Choosing a setting by this picture is a use of labels.** Draw it for rows of their own, whose labels are trusted,
    and report results on others: `skcert.inspection.accuracy_radius_points` says what is guaranteed then.

    Parameters
    ----------
    points : skcert.inspection.AccuracyRadiusPoints
        Settings, with their certificates.

    Attributes
    ----------
    frontier_ : matplotlib Line2D
        The frontier.
    lines_ : list of matplotlib Line2D
        The points, a line without strokes for each weight centre.
    texts_ : list of n_points matplotlib Annotation
        Names of the points, without their centres; those on the frontier in black. None where there is no room.
    ax_ : matplotlib Axes
        Axes with the points.
    figure_ : matplotlib Figure
        Figure with the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.display import AccuracyRadiusDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=5.0).fit(X[:500] / 16, y[:500])
    >>> display = AccuracyRadiusDisplay.from_estimator(
    ...     network, X[500:700] / 16, y[500:700], weight_center=[None, "mean"]
    ... )  # doctest: +SKIP

    The same as a table:

    >>> display.points.to_frame()  # doctest: +SKIP
    """

    def __init__(self, points: AccuracyRadiusPoints) -> None:
        self.points = points

    @classmethod
    def from_points(cls, points: AccuracyRadiusPoints, *, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Plot the result of ``accuracy_radius_points``.

        Parameters
        ----------
        points : skcert.inspection.AccuracyRadiusPoints
            Settings, with their certificates.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        **line_kwargs : dict
            As in `plot`.

        Returns
        -------
        display : AccuracyRadiusDisplay
        """
        return cls(points).plot(ax=ax, **line_kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        weight_center: Iterable[float | str | None] = CENTERS,
        weight_power: Iterable[float] = POWERS,
        weight_clip: Iterable[float | None] = (None,),
        ax: Axes | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Certify a fitted estimator at many settings and plot.

        Parameters
        ----------
        estimator : estimator
            Anything that `skcert.inspection.accuracy_radius_points` takes: a fitted kernel regression, or a soft vote
            of them, also in pipelines and searches.
        X : array-like of shape (n_test, n_features)
            Rows to certify, as ``estimator.predict`` takes them.
        y : array-like of shape (n_test,)
            Their true labels.
        weight_center, weight_power, weight_clip : list
            Values to combine, as `skcert.inspection.accuracy_radius_points` takes them, with the same defaults.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        **line_kwargs : dict
            As in `plot`.

        Returns
        -------
        display : AccuracyRadiusDisplay

        Raises
        ------
        TypeError, ValueError
            As `skcert.inspection.accuracy_radius_points` raises them.
        """
        points = accuracy_radius_points(
            estimator, X, y, weight_center=weight_center, weight_power=weight_power, weight_clip=weight_clip
        )
        return cls.from_points(points, ax=ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, **line_kwargs: Any) -> Self:
        """Draw the points and their frontier.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        **line_kwargs : dict
            Passed to ``Axes.plot``, for the points.

        Returns
        -------
        display : AccuracyRadiusDisplay
            Itself, with ``ax_``, ``figure_``, ``frontier_``, ``lines_`` and ``texts_``. An unbounded median is drawn
            at the number of training labels.
        """
        ax = new_axes(figsize=(7.0, 5.0)) if ax is None else ax
        points = self.points
        accuracy, best = points.accuracy, points.on_frontier
        radius = np.minimum(points.median_radius, points.results[0].n_train)
        along = np.flatnonzero(best)[np.argsort(accuracy[best])]
        self.frontier_ = ax.plot(
            accuracy[along], radius[along], drawstyle="steps-pre", color="0.75", linestyle="-", zorder=1
        )[0]
        centers = [setting["weight_center"] for setting in points.settings]
        self.lines_: list[Any] = []
        for number, center in enumerate(dict.fromkeys(centers)):
            own = [place for place, other in enumerate(centers) if other == center]
            style = {"marker": _MARKERS[number % len(_MARKERS)], "linestyle": "none", "label": _legend_name(center)}
            self.lines_ += ax.plot(accuracy[own], radius[own], **(style | line_kwargs))
        fitted = points.fitted
        ax.plot(
            *(accuracy[fitted], radius[fitted]), "o", ms=11, mfc="none", color="black", zorder=1, label="as fitted"
        )
        ax.set(xlabel="Clean accuracy", ylabel="Median certified radius (label flips)")
        ax.grid(alpha=0.3)
        ax.margins(0.08)
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=3,
            frameon=False,
            title="weight_center by colour, weight_power at each point",
        )
        self.ax_, self.figure_ = ax, ax.figure
        self.texts_ = name_points(ax, accuracy, radius, [_short_name(s) for s in points.settings], best)
        return self


def _legend_name(center):
    return "no centre" if center is None else f"centre {center}" if center == "mean" else f"centre {float(center):g}"


def _short_name(setting):
    """Power and clip of a point."""
    power, clip = setting["weight_power"], setting["weight_clip"]
    return f"{float(power):g}" + ("" if clip is None else f", clip {float(clip):g}")
