"""How many predictions have which radius, with right and wrong ones apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import certify
from ..results import UNBOUNDED, CertificationResult, right_predictions, units_of
from ._axes import BLUE, ORANGE, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self

_MAX_BINS = 30


class RadiusHistogramDisplay:
    """Histogram of certified radii, right and wrong predictions stacked.

    Use `from_predictions` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    radius : ndarray of shape (n_test,)
        Certified radii. Those that are `skcert.UNBOUNDED` get a bar of their own.
    right : ndarray of shape (n_test,), bool
        Which predictions are right.
    name : str, default=None
        Title of the plot.
    threat : {"labels", "rows"}, default="labels"
        What radii count: label flips, or rows that are inserted, deleted or relabelled.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the histogram.
    figure_ : matplotlib Figure
        Figure with the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.display import RadiusHistogramDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NTKRegressorClassifier().fit(X[::2], y[::2])
    >>> display = RadiusHistogramDisplay.from_estimator(network, X[1::2], y[1::2])  # doctest: +SKIP
    """

    def __init__(
        self,
        radius: NDArray[np.int64],
        right: NDArray[np.bool_],
        *,
        name: str | None = None,
        threat: str = "labels",
    ) -> None:
        self.radius = radius
        self.right = right
        self.name = name
        self.threat = threat

    @classmethod
    def from_predictions(
        cls, y_true: ArrayLike, result: CertificationResult, *, name: str | None = None, ax: Axes | None = None
    ) -> Self:
        """Plot the result of ``certify`` or ``certify_rows``.

        Parameters
        ----------
        y_true : array-like of shape (n_test,)
            True labels.
        result : CertificationResult
            Certified predictions.
        name : str, default=None
            Title of the plot.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.

        Returns
        -------
        display : RadiusHistogramDisplay

        Raises
        ------
        ValueError
            If `y_true` has another length than the result or labels of another kind, or the result is empty.
        TypeError
            If `result` is no result, for instance because the two are swapped.
        """
        right = right_predictions(y_true, result)
        return cls(result.radius, right, name=name, threat=result.threat).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: ArrayLike, y: ArrayLike, *, name: str | None = None, ax: Axes | None = None
    ) -> Self:
        """Certify with a fitted estimator and plot.

        Parameters
        ----------
        estimator : fitted estimator
            Anything that `skcert.certify` takes.
        X : array-like of shape (n_test, n_features)
            Test rows.
        y : array-like of shape (n_test,)
            True labels.
        name : str, default=None
            Title of the plot.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.

        Returns
        -------
        display : RadiusHistogramDisplay
        """
        return cls.from_predictions(y, certify(estimator, X), name=name, ax=ax)

    def plot(self, ax: Axes | None = None, *, bin_width: int | None = None, name: str | None = None) -> Self:
        """Draw the histogram.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        bin_width : int, default=None
            Label flips, or rows, per bar; None takes the smallest width that gives at most 30 bars.
        name : str, default=None
            Title of the plot; None takes the display's.

        Returns
        -------
        display : RadiusHistogramDisplay
            Itself, with ``ax_`` and ``figure_``.
        """
        if ax is None:
            ax = new_axes()
        from matplotlib.ticker import MaxNLocator

        radius, right = np.asarray(self.radius), np.asarray(self.right, dtype=bool)
        unbounded = radius == UNBOUNDED
        n_values = int(radius[~unbounded].max(initial=0)) + 1
        width = -(-n_values // _MAX_BINS) if bin_width is None else bin_width
        n_bins = -(-n_values // width)
        bars = np.where(unbounded, n_bins + 1, radius // width)  # with a gap before the unbounded ones
        n_places = n_bins + 2 if unbounded.any() else n_bins
        left = np.arange(n_places) * width - 0.5
        below = np.zeros(n_places)
        for label, which, color, hatch in (
            ("right predictions", right, BLUE, None),
            ("wrong predictions", ~right, ORANGE, "////"),
        ):
            counts = np.bincount(bars[which], minlength=n_places)
            ax.bar(
                left,
                counts,
                width,
                bottom=below,
                align="edge",
                edgecolor="white",
                label=label,
                color=color,
                hatch=hatch,
            )
            below += counts
        places = np.round(MaxNLocator(nbins=8, integer=True).tick_values(0, max(n_values - 1, 1))).astype(int)
        ticks = {float(place): str(place) for place in places if 0 <= place < n_values}
        if unbounded.any():
            ticks[left[-1] + width / 2] = f"no number\nof {units_of(self.threat).short}"
        ax.set_xticks(list(ticks), list(ticks.values()))
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set(xlabel=f"Certified radius ({units_of(self.threat).counted})", ylabel="Test rows")
        name = self.name if name is None else name
        if name is not None:
            ax.set_title(name)
        ax.grid(axis="y", alpha=0.3)
        ax.set_axisbelow(True)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self
