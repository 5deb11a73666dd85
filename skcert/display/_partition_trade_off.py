"""What more partitions cost in clean accuracy, and how they change radii."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from ..metrics import certified_accuracy_score, median_certified_radius
from ..results import UNBOUNDED, CertificationResult, units_of
from ._axes import BLUE, VERMILION, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self


class PartitionTradeOffDisplay:
    """Clean accuracy and median certified radius against the number of partitions.

    Use `from_results` or `from_cv_results` to make one; the constructor stores what it is given.

    Parameters
    ----------
    n_partitions : ndarray of shape (n_points,)
        Numbers of partitions, ascending.
    clean_accuracy : ndarray of shape (n_points,)
        Accuracy without an attack.
    median_radius : ndarray of shape (n_points,)
        Median certified radius, with wrong predictions counted as -1. Not drawn where it is
        `skcert.UNBOUNDED` or more.
    name : str, default=None
        Name of the model in the legend.
    threat : {"labels", "rows"}, default="labels"
        What radii count: label flips, or rows that are inserted, deleted or relabelled.

    Attributes
    ----------
    axes_ : tuple of two matplotlib Axes
        Axes with the clean accuracy and axes with the radius; pass them as ``ax`` to add another model.
    lines_ : tuple of two matplotlib Line2D
        The curves.
    figure_ : matplotlib Figure
        Figure with the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import PartitionAggregationEnsemble
    >>> from skcert.display import PartitionTradeOffDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> results = {}
    >>> for n_partitions in (2, 10):
    ...     ensemble = PartitionAggregationEnsemble(n_partitions=n_partitions).fit(X[:500], y[:500])
    ...     results[n_partitions] = (y[500:700], ensemble.certify(X[500:700]))
    >>> display = PartitionTradeOffDisplay.from_results(results)  # doctest: +SKIP
    """

    def __init__(
        self,
        n_partitions: ArrayLike,
        clean_accuracy: ArrayLike,
        median_radius: ArrayLike,
        *,
        name: str | None = None,
        threat: str = "labels",
    ) -> None:
        self.n_partitions = n_partitions
        self.clean_accuracy = clean_accuracy
        self.median_radius = median_radius
        self.name = name
        self.threat = threat

    @classmethod
    def from_results(
        cls,
        results: Mapping[int, tuple[ArrayLike, CertificationResult]],
        *,
        name: str | None = None,
        ax: Axes | Sequence[Axes] | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Plot the results of ``certify`` for several numbers of partitions.

        Parameters
        ----------
        results : dict
            ``{n_partitions: (y_true, result)}``: true labels of test rows, and their certified predictions.
        name : str, default=None
            Name of the model in the legend.
        ax : matplotlib Axes, or two of them, default=None
            As in `plot`.
        **line_kwargs : dict
            Passed to ``Axes.plot``.

        Returns
        -------
        display : PartitionTradeOffDisplay

        Raises
        ------
        ValueError
            If `results` is empty, labels do not fit the predictions, or some results count label flips and others
            rows.
        TypeError
            If `y_true` and `result` are swapped.
        """
        if not results:
            raise ValueError("results is empty; give at least one {n_partitions: (y_true, result)}.")
        n_partitions = sorted(results)
        pairs = [results[n] for n in n_partitions]
        accuracy = np.array([certified_accuracy_score(y_true, result, flips=0) for y_true, result in pairs])
        radius = np.array([median_certified_radius(y_true, result) for y_true, result in pairs])
        threats = {result.threat for _, result in pairs}
        if len(threats) > 1:
            raise ValueError("results count label flips and rows; draw each on axes of their own.")
        (threat,) = threats
        return cls(np.array(n_partitions), accuracy, radius, name=name, threat=threat).plot(ax=ax, **line_kwargs)

    @classmethod
    def from_cv_results(
        cls,
        search: Any,
        *,
        accuracy: str = "accuracy",
        median_radius: str = "median_radius",
        name: str | None = None,
        ax: Axes | Sequence[Axes] | None = None,
        **line_kwargs: Any,
    ) -> Self:
        """Plot from a fitted search over ``n_partitions``.

        If other parameters were searched too, each number of partitions is shown with the ones that gave the largest
        mean median radius.

        Parameters
        ----------
        search : fitted search
            For instance a ``GridSearchCV`` over ``n_partitions`` with ``scoring=certification_scorer({"accuracy":
            certified_accuracy_scorer(0), "median_radius": median_radius_scorer()})``.
        accuracy : str, default="accuracy"
            Name of the score that is the clean accuracy.
        median_radius : str, default="median_radius"
            Name of the score that is the median radius.
        name : str, default=None
            Name of the model in the legend.
        ax : matplotlib Axes, or two of them, default=None
            As in `plot`.
        **line_kwargs : dict
            Passed to ``Axes.plot``.

        Returns
        -------
        display : PartitionTradeOffDisplay
            Of the means over the folds.

        Raises
        ------
        ValueError
            If the search has no such scores, or not exactly one parameter ``n_partitions``.
        sklearn.exceptions.NotFittedError
            Before ``fit``.
        """
        check_is_fitted(search, "cv_results_")
        table = search.cv_results_
        columns = [key for key in table if key.startswith("param_") and key.endswith("n_partitions")]
        if len(columns) != 1:
            raise ValueError(f"search must be over one parameter n_partitions, but has {columns or 'none'}.")
        folds = []
        for argument, score in (("accuracy", accuracy), ("median_radius", median_radius)):
            if f"mean_test_{score}" not in table:
                raise ValueError(
                    f"{argument}={score!r} is no score of the search. Search with scoring=certification_scorer("
                    "{'accuracy': certified_accuracy_scorer(0), 'median_radius': median_radius_scorer()}), "
                    "or say what these two are called."
                )
            folds.append(np.stack([table[f"split{fold}_test_{score}"] for fold in range(search.n_splits_)]))
        mean_accuracy, mean_radius = (scores.mean(axis=0) for scores in folds)
        mean_radius[(folds[1] >= UNBOUNDED).any(axis=0)] = UNBOUNDED  # which no mean should mix with numbers
        tried = np.asarray(table[columns[0]], dtype=np.int64)
        n_partitions, best = np.unique(tried), []
        for n in n_partitions:
            candidates = np.flatnonzero(tried == n)
            best.append(candidates[np.nan_to_num(mean_radius[candidates], nan=-np.inf).argmax()])
        return cls(n_partitions, mean_accuracy[best], mean_radius[best], name=name).plot(ax=ax, **line_kwargs)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, *, name: str | None = None, **line_kwargs: Any) -> Self:
        """Draw both curves.

        Parameters
        ----------
        ax : matplotlib Axes, or two of them, default=None
            Two axes: clean accuracy on the first, median radius on the second. One: both on it, the radius with a
            scale of its own on the right. None: two new ones, one below the other.
        name : str, default=None
            Name of the model in the legend; None takes the display's.
        **line_kwargs : dict
            Passed to ``Axes.plot``.

        Returns
        -------
        display : PartitionTradeOffDisplay
            Itself, with ``axes_``, ``lines_`` and ``figure_``.
        """
        if ax is None:
            ax = new_axes(2)
        name = self.name if name is None else name
        styles = tuple({"marker": "o", "markerfacecolor": "none", "label": name} for _ in range(2))
        above: Any
        below: Any
        if hasattr(ax, "twinx"):
            above, below = ax, ax.twinx()
            styles[0].update(color=BLUE)
            styles[1].update(color=VERMILION, marker="s", linestyle="--")
        else:
            above, below = ax
        radius = np.ma.masked_greater_equal(np.asarray(self.median_radius, dtype=np.float64), UNBOUNDED)
        (accuracy_line,) = above.plot(self.n_partitions, self.clean_accuracy, **(styles[0] | line_kwargs))
        (radius_line,) = below.plot(self.n_partitions, radius, **(styles[1] | line_kwargs))
        above.set_ylabel("Clean accuracy")
        below.set(xlabel="Number of partitions", ylabel=f"Median certified radius\n({units_of(self.threat).counted})")
        above.grid(alpha=0.3)
        two_scales = above.get_position().bounds == below.get_position().bounds
        if two_scales:
            above.set_xlabel("Number of partitions")
            above.yaxis.label.set_color(accuracy_line.get_color())
            below.yaxis.label.set_color(radius_line.get_color())
        else:
            below.grid(alpha=0.3)
        _tick_partitions(above, below)
        if name is not None and two_scales:
            above.set_title(name)
        elif name is not None:
            above.legend()
        self.axes_, self.lines_, self.figure_ = (above, below), (accuracy_line, radius_line), above.figure
        return self


def _tick_partitions(above, below):
    """Ticks at the numbers of partitions of all curves, on a logarithmic scale where they span a wide range."""
    tried = np.unique(np.concatenate([line.get_xdata() for line in above.lines]))
    for ax in (above, below):
        if tried[-1] > 20 * tried[0]:
            ax.set_xscale("log")
        ax.set_xticks(tried, [f"{n:g}" for n in tried])
        ax.minorticks_off()
