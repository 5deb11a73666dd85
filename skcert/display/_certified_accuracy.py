"""Certified accuracy against label flips, for one model or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .. import certify
from ..label_use import unwrapped
from ..metrics import certified_accuracy_curve, certified_accuracy_per_class
from ..results import CertificationResult, share_text
from ._axes import axis_of_counts, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self

_OF_CLASSES: dict[str | None, str] = {"mean": "mean of classes", "worst": "worst class"}


class CertifiedAccuracyDisplay:
    """Certified accuracy against the number of label flips.

    A curve that does not fall to 0 ends, at the right edge, with the share of test rows that are right and certain: no
    number of flips changes these predictions.

    Use `from_predictions` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    flips : ndarray of shape (n_steps,)
        Label flips, ascending.
    certified_accuracy : ndarray of shape (n_steps,), or (n_steps, n_curves)
        Share of test rows that stay correctly predicted under any that many flips, until the next step.
    name : str, or list of n_curves str, default=None
        Name of the curve in the legend, or of each curve.
    threat : {"labels", "rows"}, default="labels"
        What `flips` count: label flips, or rows that are inserted, deleted or relabelled.

    Attributes
    ----------
    line_ : matplotlib Line2D, or list of n_curves Line2D
        The curve, or the curves.
    certain_ : list of matplotlib Annotation
        What stands at the right end of curves that do not fall to 0; one for all curves that end at the same height.
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure with the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.display import CertifiedAccuracyDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NTKRegressorClassifier().fit(X[::2], y[::2])
    >>> display = CertifiedAccuracyDisplay.from_estimator(network, X[1::2], y[1::2])  # doctest: +SKIP

    Another model on the same axes:

    >>> rough = NTKRegressorClassifier(alpha=0.01).fit(X[::2], y[::2])
    >>> CertifiedAccuracyDisplay.from_estimator(
    ...     rough, X[1::2], y[1::2], name="alpha=0.01", ax=display.ax_
    ... )  # doctest: +SKIP

    A curve for each class:

    >>> show = CertifiedAccuracyDisplay.from_estimator
    >>> show(network, X[1::2], y[1::2], per_class="each")  # doctest: +SKIP
    """

    def __init__(
        self,
        flips: ArrayLike,
        certified_accuracy: ArrayLike,
        *,
        name: str | Sequence[str] | None = None,
        threat: str = "labels",
    ) -> None:
        self.flips = flips
        self.certified_accuracy = certified_accuracy
        self.name = name
        self.threat = threat

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        result: CertificationResult,
        *,
        name: str | None = None,
        ax: Axes | None = None,
        per_class: str | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Plot the result of ``certify`` or ``certify_rows``.

        Parameters
        ----------
        y_true : array-like of shape (n_test,)
            True labels.
        result : CertificationResult
            Certified predictions.
        name : str, default=None
            Name of the curve in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        per_class : {"mean", "worst", "each"}, default=None
            ``None`` counts all rows alike; "mean" and "worst" as in `skcert.metrics.certified_accuracy_score`. "each"
            draws one curve for each class that occurs in the true labels, for data of a few classes. The legend says
            which it is.
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay

        Raises
        ------
        ValueError
            If `y_true` has another length than the result or labels of another kind, the result is empty,
            `per_class` is something else, or `ax` has curves that count something else, label flips or rows.
        TypeError
            If `result` is no result, for instance because the two are swapped.
        """
        if per_class != "each":
            curve = certified_accuracy_curve(y_true, result, per_class=per_class)
            name = _joined(name, _OF_CLASSES.get(per_class))
            return cls(*curve, name=name, threat=result.threat).plot(ax=ax, **line_kwargs)
        flips, _ = certified_accuracy_curve(y_true, result)
        classes, accuracy = certified_accuracy_per_class(y_true, result, flips=flips)
        names = [_joined(name, f"class {label}") for label in classes.tolist()]
        return cls(flips, accuracy, name=names, threat=result.threat).plot(ax=ax, **line_kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        name: str | None = None,
        ax: Axes | None = None,
        per_class: str | None = None,
        **line_kwargs: Any,
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
            Name of the curve in the legend; None takes the classifier's class name.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        per_class : {"mean", "worst", "each"}, default=None
            ``None`` counts all rows alike; "mean" and "worst" as in `skcert.metrics.certified_accuracy_score`. "each"
            draws one curve for each class that occurs in the true labels, for data of a few classes. The legend says
            which it is.
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay
        """
        name = type(unwrapped(estimator)[1]).__name__ if name is None else name
        return cls.from_predictions(y, certify(estimator, X), name=name, ax=ax, per_class=per_class, **line_kwargs)

    def plot(self, ax: Axes | None = None, *, name: str | Sequence[str] | None = None, **line_kwargs: Any) -> Self:
        """Draw the curve, or the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        name : str, or list of n_curves str, default=None
            Name of the curve in the legend, or of each curve; None takes the display's.
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay
            Itself, with ``ax_``, ``figure_``, ``line_`` and ``certain_``.
        """
        if ax is None:
            ax = new_axes()
        name, xlabel = self.name if name is None else name, axis_of_counts(ax, self.threat)
        flips, accuracy = np.asarray(self.flips), np.asarray(self.certified_accuracy)
        if np.any(accuracy[-1] > 0):  # and so on forever: some predictions cannot be changed
            flips, accuracy = np.append(flips, int(1.1 * flips[-1]) + 1), np.concatenate([accuracy, accuracy[-1:]])
        lines = ax.step(flips, accuracy, where="post", label=name, **line_kwargs)
        self.certain_ = _mark_certain(ax, lines)
        self.line_ = lines[0] if accuracy.ndim == 1 else lines
        ax.set(xlabel=xlabel, ylabel="Certified accuracy", ylim=(0, 1.02))
        ax.margins(x=0)  # from 0 on, and as far as the longest curve on these axes
        ax.grid(alpha=0.3)
        if name is not None:
            ax.legend(loc="best" if ax.texts else "upper right")  # where curves stay high, not on top of them
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _mark_certain(ax, lines):
    """Lead each curve that ends above 0 to the right edge, and say there what share is certain; the annotations."""
    marks: dict[float, Any] = {}
    for line in lines:
        x, share, color = line.get_xdata()[-1], line.get_ydata()[-1], line.get_color()
        if share > 0:
            as_line = {"arrowstyle": "-", "linestyle": line.get_linestyle(), "linewidth": line.get_linewidth()}
            mark = ax.annotate(
                "" if share in marks else f"{share_text(share)}\ncertain",
                (x, share),
                xytext=(1.01, share),
                textcoords=ax.get_yaxis_transform(),
                va="center",
                color=color,
                fontsize="small",
                arrowprops=as_line | {"color": color, "shrinkA": 0, "shrinkB": 0},
                annotation_clip=False,
            )
            marks.setdefault(share, mark)
    return list(marks.values())


def _joined(name, which):
    """The name of a curve, and what it is about."""
    return ", ".join(part for part in (name, which) if part is not None) or None
