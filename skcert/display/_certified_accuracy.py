"""Certified accuracy against label flips, for one model or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .. import certify
from ..label_use import unwrapped
from ..metrics import certified_accuracy_curve, certified_accuracy_per_class
from ..results import CertificationResult
from ._axes import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self

_OF_CLASSES: dict[str | None, str] = {"mean": "mean of classes", "worst": "worst class"}


class CertifiedAccuracyDisplay:
    """Certified accuracy against the number of label flips.

    Use `from_predictions` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    flips : ndarray of shape (n_steps,)
        Label flips, ascending.
    certified_accuracy : ndarray of shape (n_steps,), or (n_steps, n_curves)
        Share of test rows that stay correctly predicted under any that many flips, until the next step.
    name : str, or list of n_curves str, default=None
        Name of the curve in the legend, or of each curve.

    Attributes
    ----------
    line_ : matplotlib Line2D, or list of n_curves Line2D
        The curve, or the curves.
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

    >>> CertifiedAccuracyDisplay.from_estimator(network, X[1::2], y[1::2], per_class="each")  # doctest: +SKIP
    """

    def __init__(
        self, flips: ArrayLike, certified_accuracy: ArrayLike, *, name: str | Sequence[str] | None = None
    ) -> None:
        self.flips = flips
        self.certified_accuracy = certified_accuracy
        self.name = name

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
        """Plot the result of ``certify``.

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
            If `y_true` has another length than the result or labels of another kind, the result is empty, or
            `per_class` is something else.
        TypeError
            If `result` is no result, for instance because the two are swapped.
        """
        if per_class != "each":
            curve = certified_accuracy_curve(y_true, result, per_class=per_class)
            return cls(*curve, name=_joined(name, _OF_CLASSES.get(per_class))).plot(ax=ax, **line_kwargs)
        flips, _ = certified_accuracy_curve(y_true, result)
        classes, accuracy = certified_accuracy_per_class(y_true, result, flips=flips)
        names = [_joined(name, f"class {label}") for label in classes.tolist()]
        return cls(flips, accuracy, name=names).plot(ax=ax, **line_kwargs)

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
            Itself, with ``ax_``, ``figure_`` and ``line_``.
        """
        if ax is None:
            ax = new_axes()
        name = self.name if name is None else name
        flips, accuracy = np.asarray(self.flips), np.asarray(self.certified_accuracy)
        if np.any(accuracy[-1] > 0):  # and so on forever: some predictions cannot be changed
            flips, accuracy = np.append(flips, int(1.1 * flips[-1]) + 1), np.concatenate([accuracy, accuracy[-1:]])
        lines = ax.step(flips, accuracy, where="post", label=name, **line_kwargs)
        self.line_ = lines[0] if accuracy.ndim == 1 else lines
        ax.set(xlabel="Label flips", ylabel="Certified accuracy", ylim=(0, 1.02))
        ax.margins(x=0)  # from 0 on, and as far as the longest curve on these axes
        ax.grid(alpha=0.3)
        if name is not None:
            ax.legend(loc="upper right")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _joined(name, which):
    """The name of a curve, and what it is about."""
    return ", ".join(part for part in (name, which) if part is not None) or None
