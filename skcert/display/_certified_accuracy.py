"""Plots of certificates, in scikit-learn's style. The only module that knows matplotlib."""

import numpy as np


class CertifiedAccuracyDisplay:
    """Certified accuracy against the number of label flips.

    Use `from_predictions` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    flips : ndarray of shape (n_budgets,)
        Label flips, ascending.
    certified_accuracy : ndarray of shape (n_budgets,)
        Share of test rows that are predicted rightly under any so many flips.
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
    """

    def __init__(self, flips, certified_accuracy, *, name=None):
        self.flips = flips
        self.certified_accuracy = certified_accuracy
        self.name = name

    @classmethod
    def from_predictions(cls, result, y, *, name=None, ax=None, **line_kwargs):
        """Plot from what ``certify`` returned.

        Parameters
        ----------
        result : CertificationResult
            Certified predictions.
        y : array-like of shape (n_test,)
            True labels.
        name : str, default=None
            Name of the curve in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes new ones.
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay
        """
        bounded = result.radius[result.radius <= result.n_train]
        flips = np.arange(int(bounded.max(initial=0)) + 2)
        display = cls(flips, result.certified_accuracy(y, flips), name=name)
        return display.plot(ax=ax, **line_kwargs)

    @classmethod
    def from_estimator(cls, estimator, X, y, *, name=None, ax=None, **line_kwargs):
        """Certify with a fitted estimator and plot.

        Parameters
        ----------
        estimator : fitted estimator with ``certify``
            For instance a `PartitionAggregationEnsemble`.
        X : array-like of shape (n_test, n_features)
            Test rows.
        y : array-like of shape (n_test,)
            True labels.
        name : str, default=None
            Name of the curve in the legend; None takes the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes new ones.
        **line_kwargs : dict
            Passed to ``Axes.step``.

        Returns
        -------
        display : CertifiedAccuracyDisplay
        """
        name = type(estimator).__name__ if name is None else name
        return cls.from_predictions(estimator.certify(X), y, name=name, ax=ax, **line_kwargs)

    def plot(self, ax=None, *, name=None, **line_kwargs):
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes new ones.
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
            try:
                import matplotlib.pyplot as plt
            except ImportError as error:
                raise ImportError("Plots need matplotlib: pip install 'skcert[plot]'.") from error
            _, ax = plt.subplots(layout="constrained")
        name = self.name if name is None else name
        (self.line_,) = ax.step(self.flips, self.certified_accuracy, where="post", label=name, **line_kwargs)
        ax.set(xlabel="Label flips", ylabel="Certified accuracy", ylim=(0, 1.02))
        ax.margins(x=0)  # from 0 on, and as far as the longest curve on these axes
        ax.grid(alpha=0.3)
        if name is not None:
            ax.legend(loc="upper right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
