"""Certified accuracy against label flips, for one model or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .. import certify
from ..label_use import unwrapped
from ..metrics import certified_accuracy_curve
from ..results import CertificationResult
from ._axes import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self


class CertifiedAccuracyDisplay:
    """Certified accuracy against the number of label flips.

    Use `from_predictions` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    flips : ndarray of shape (n_steps,)
        Label flips, ascending.
    certified_accuracy : ndarray of shape (n_steps,)
        Share of test rows that stay correctly predicted under any that many flips, until the next step.
    name : str, default=None
        Name of the curve in the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
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
    """

    def __init__(self, flips: ArrayLike, certified_accuracy: ArrayLike, *, name: str | None = None) -> None:
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
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay

        Raises
        ------
        ValueError
            If `y_true` has another length than the result or labels of another kind, or the result is empty.
        TypeError
            If `result` is no result, for instance because the two are swapped.
        """
        return cls(*certified_accuracy_curve(y_true, result), name=name).plot(ax=ax, **line_kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        name: str | None = None,
        ax: Axes | None = None,
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
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay
        """
        name = type(unwrapped(estimator)[1]).__name__ if name is None else name
        return cls.from_predictions(y, certify(estimator, X), name=name, ax=ax, **line_kwargs)

    def plot(self, ax: Axes | None = None, *, name: str | None = None, **line_kwargs: Any) -> Self:
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        name : str, default=None
            Name of the curve in the legend; None takes the display's.
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
        if accuracy[-1] > 0:  # and so on forever: some predictions cannot be changed
            flips, accuracy = np.append(flips, int(1.1 * flips[-1]) + 1), np.append(accuracy, accuracy[-1])
        self.line_ = ax.step(flips, accuracy, where="post", label=name, **line_kwargs)[0]
        ax.set(xlabel="Label flips", ylabel="Certified accuracy", ylim=(0, 1.02))
        ax.margins(x=0)  # from 0 on, and as far as the longest curve on these axes
        ax.grid(alpha=0.3)
        if name is not None:
            ax.legend(loc="upper right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
