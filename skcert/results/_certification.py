"""What ``certify`` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._certification_text import certification_html, certification_repr
from ._classes import check_per_class, class_means, over_classes, predicted_rows
from ._document import check_arrays, check_values
from ._flips import number_of_flips, one_by_one
from ._median import median_flips
from ._plot import display
from ._read_only import ReadOnlyArrays
from ._right_predictions import right_predictions
from ._saved import SavedAsTable
from ._slicing import SlicedByRow
from ._threat import units_of
from ._unbounded import UNBOUNDED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class CertificationResult(SlicedByRow, SavedAsTable, ReadOnlyArrays):
    """Certified predictions, one per test row. Immutable: its arrays are read-only.

    ``result[rows]`` is the same result for some of its rows: a slice such as ``result[:10]``, a mask such as
    ``result[result.radius < 5]``, or an array of positions. A single position gives a result with one row, so that
    everything else still works; its radius is ``result.radius[3]``. `to_json` and `to_parquet` write a result to a
    file, `from_json` and `from_parquet` read it again, equal to the bit.

    What a radius counts depends on `threat`: label flips, as ``certify`` proves it, or rows that are inserted, deleted
    or relabelled, as ``certify_rows`` does. A row whose features change is one deleted and one inserted, so it counts
    twice. Wherever "flips" are counted here, a result about rows counts such rows.

    Parameters
    ----------
    prediction : ndarray of shape (n_test,)
        Predicted class labels, equal to ``predict`` on the same rows.
    radius : ndarray of shape (n_test,), int64
        Certified radius in label flips: changing any ``radius`` training labels, or fewer, to any other labels
        (that ``candidate_labels`` and ``trusted`` allow, if ``fit`` got them) does not change the prediction.
        `skcert.UNBOUNDED` (2**31 - 1) if no number of flips does. With ``threat="rows"``, in rows.
    flips_to_class : ndarray of shape (n_test, n_classes), int64
        Lower bound on the label flips that make the prediction that class; 0 at the prediction,
        `skcert.UNBOUNDED` where no number of flips does.
    radius_upper : ndarray of shape (n_test,), int64
        Upper bound on the true radius: some ``radius_upper + 1`` flips are known to change the prediction.
        `skcert.UNBOUNDED` where no such number is known. ``attack`` may find a smaller one.
    classes : ndarray of shape (n_classes,)
        Class labels, the columns of ``flips_to_class``.
    certificate : str
        How the radius was proved: "label-linear" (exact, from label weights), "white-box" or "black-box" (a
        hard vote or a run-off, with or without a look inside its members), "neighbors" (votes of the nearest rows),
        "search" (search and refit together: see `skcert.model_selection`), "smoothing" or "LabelCert" (see
        `skcert.baselines`).
    n_train : int
        Number of training labels, or rows, that the radius is about.
    caveats : tuple of str, default=()
        What the radius does not cover although one might expect it to, one sentence each: see `skcert.certify`.
    threat : {"labels", "rows"}, default="labels"
        What the attacker changes, and so what radii count: label flips, or rows.
    index : pandas.Index of length n_test, default=None
        The index of the test rows, if these were a pandas frame or series: that of `to_frame`. Slices and files keep
        it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2])
    >>> result = network.certify(X[1::2])
    >>> result.radius[:5]
    array([ 7,  8,  9, 10,  8])
    >>> result.certified(8)[:5]
    array([False,  True,  True,  True,  True])
    >>> result.certified_accuracy(y[1::2], flips=[0, 3, 6]).round(2)
    array([0.99, 0.87, 0.4 ])
    >>> result[result.radius < 5]
    CertificationResult(n_test=37, n_train=75, certificate='label-linear',
                        median_radius=3 over all predictions)
    """

    _of_each_row = ("prediction", "radius", "flips_to_class", "radius_upper", "index")

    prediction: np.ndarray
    radius: np.ndarray
    flips_to_class: np.ndarray
    radius_upper: np.ndarray
    classes: np.ndarray
    certificate: str
    n_train: int
    caveats: tuple[str, ...] = ()
    threat: str = "labels"
    index: pd.Index | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        units_of(self.threat)
        super().__post_init__()

    @property
    def counted(self) -> str:
        """What radii count: "label flips", or "rows inserted, deleted or relabelled", str."""
        return units_of(self.threat).counted

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Where the radius is known to be the true one, ndarray of shape (n_test,), bool."""
        return self.radius == self.radius_upper

    @property
    def certain(self) -> NDArray[np.bool_]:
        """Which predictions no number of label flips changes, ndarray of shape (n_test,), bool.

        Where the radius is `skcert.UNBOUNDED`. If the model was fitted with ``candidate_labels`` or ``trusted``, these
        predictions are the same for all labels that the training rows may have: no budget has to be assumed.
        """
        return self.radius == UNBOUNDED

    @property
    def flips_to_change(self) -> NDArray[np.int64]:
        """Lower bound on the label flips that change the prediction, ndarray of shape (n_test,), int64.

        One more than the radius; `skcert.UNBOUNDED` where the radius is.
        """
        return np.minimum(self.radius + 1, UNBOUNDED)

    @property
    def median_radius(self) -> float:
        """Median radius over all predictions, right or wrong, in label flips, float.

        `skcert.UNBOUNDED` if the median is unbounded; if it lies between a finite and an unbounded radius, the
        finite one. NaN if there are no rows. Where true labels are known, `skcert.metrics.median_certified_radius`
        is the one to report: in it, a wrong prediction counts as -1.
        """
        return median_flips(self.radius)

    @property
    def unpredicted_classes(self) -> NDArray[Any]:
        """Classes that none of these rows is predicted as, ndarray of shape (n_unpredicted,).

        It says that a model never predicts some class only if there are many rows. A result names these classes
        when it is printed or shown in a notebook, unless it has fewer rows than classes.
        """
        return self.classes[predicted_rows(self) == 0]

    def __len__(self) -> int:
        return self.radius.shape[0]

    def __repr__(self) -> str:
        return certification_repr(self)

    def _repr_html_(self) -> str:
        return certification_html(self)

    def certified(self, flips: float) -> NDArray[np.bool_]:
        """Which predictions cannot be changed by any ``flips`` label flips.

        Parameters
        ----------
        flips : int or float
            Number of label flips (of rows, with ``threat="rows"``), 0 or more; a float between 0 and 1 is a share of
            the training labels (rows), rounded down.

        Returns
        -------
        certified : ndarray of shape (n_test,), bool
            ``radius >= flips``.

        Raises
        ------
        ValueError
            If ``flips`` is neither a whole number, 0 or more, nor a float between 0 and 1.
        """
        return self.radius >= number_of_flips(flips, self.n_train)

    @overload
    def certified_accuracy(self, y: ArrayLike, flips: float, *, per_class: str | None = ...) -> float: ...

    @overload
    def certified_accuracy(
        self, y: ArrayLike, flips: Sequence[float] | NDArray[Any], *, per_class: str | None = ...
    ) -> NDArray[np.float64]: ...

    def certified_accuracy(self, y: ArrayLike, flips: Any, *, per_class: str | None = None) -> Any:
        """Share of test rows that are predicted correctly, and stay so under any ``flips`` label flips.

        Parameters
        ----------
        y : array-like of shape (n_test,)
            True labels.
        flips : int, float, or array-like of these
            Number of label flips, or several; floats between 0 and 1 are shares of the training labels, as in
            `certified`.
        per_class : {"mean", "worst"}, default=None
            ``None`` counts all rows alike. "mean" and "worst" are the mean and the lowest value of
            `certified_accuracy_per_class`, in which a rare class counts as much as a frequent one.

        Returns
        -------
        certified_accuracy : float, or ndarray of the shape of ``flips``
            At 0 flips it is the clean accuracy; with "mean", scikit-learn's balanced accuracy.

        Raises
        ------
        ValueError
            If ``y`` and the result differ in length or in the kind of labels (text in one, numbers in the other), the
            result is empty, ``flips`` is not valid, as in `certified`, or ``per_class`` is something else.
        """
        check_per_class(per_class)
        kept, shape = self._right_and_certified(y, flips)
        if per_class is None:
            shares = [np.mean(rows) for rows in kept]
        else:
            shares = over_classes(per_class, class_means(y, kept, "y")[1])
        accuracy = np.array(shares, dtype=np.float64).reshape(shape)
        return accuracy if shape else float(accuracy)

    def certified_accuracy_per_class(self, y: ArrayLike, flips: Any) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Certified accuracy among the test rows of each class: at 0 flips, the recall of the class.

        Parameters
        ----------
        y : array-like of shape (n_test,)
            True labels.
        flips : int, float, or array-like of these
            Number of label flips, or several, as in `certified_accuracy`.

        Returns
        -------
        classes : ndarray of shape (n_classes,)
            The classes that occur in ``y``, sorted. One that is not among the classes of the result is always
            predicted wrongly; one without a test row has no accuracy, and is left out.
        certified_accuracy : ndarray of shape (n_classes,), or of the shape of ``flips`` and (n_classes,)
            For instance (n_flips, n_classes) for a list of flips.

        Raises
        ------
        ValueError
            As in `certified_accuracy`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skcert import NTKRegressorClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> result = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2]).certify(X[1::2])
        >>> classes, accuracy = result.certified_accuracy_per_class(y[1::2], [0, 6])
        >>> classes
        array([0, 1, 2])
        >>> accuracy
        array([[1.  , 0.96, 1.  ],
               [0.96, 0.16, 0.08]])
        """
        kept, shape = self._right_and_certified(y, flips)
        classes, accuracy = class_means(y, kept, "y")
        return classes, accuracy.reshape(*shape, len(classes))

    def _right_and_certified(self, y, flips):
        """Which rows are right and stay so, for one number of flips after the other; the shape of `flips`."""
        right = right_predictions(y, self, "y")
        budgets, shape = one_by_one(flips)
        return (right & self.certified(budget) for budget in budgets), shape

    def plot(self, y: ArrayLike | None = None, *, ax: Axes | None = None, **kwargs: Any) -> Any:
        """Draw the certified accuracy against label flips; without true labels, the share of certified predictions.

        Parameters
        ----------
        y : array-like of shape (n_test,), default=None
            True labels. Without them, all predictions count, right or wrong.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        **kwargs : dict
            Further arguments of `skcert.display.CertifiedAccuracyDisplay.from_predictions`, such as `name`.

        Returns
        -------
        display : skcert.display.CertifiedAccuracyDisplay
            With ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            As `skcert.display.CertifiedAccuracyDisplay.from_predictions` raises it.
        """
        true = self.prediction if y is None else y
        drawn = display("CertifiedAccuracyDisplay").from_predictions(true, self, ax=ax, **kwargs)
        if y is None:
            drawn.ax_.set_ylabel("Share of predictions, right or wrong, that are certified")
        return drawn

    def to_frame(self) -> pd.DataFrame:
        """The result as a pandas DataFrame, one row per test row.

        Returns
        -------
        frame : pandas.DataFrame
            Columns ``prediction``, ``radius``, ``radius_upper``, ``certain`` and ``flips_to_<class>`` for each class.
            With ``threat="rows"``, so that nothing mixes up: ``prediction``, ``radius_in_rows``,
            ``radius_in_rows_upper``, ``certain`` and ``rows_to_<class>``. Its index is `index`, if there is one.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame() needs pandas: pip install pandas, or use the result's arrays directly."
            ) from error
        names = self._columns()
        columns = {names[field][0]: getattr(self, field) for field in ("prediction", "radius", "radius_upper")}
        columns["certain"] = self.certain
        columns |= dict(zip(names["flips_to_class"], self.flips_to_class.T))
        return pd.DataFrame(columns, index=self.index)

    def _columns(self):
        units = units_of(self.threat)
        radius = "radius" if self.threat == "labels" else f"radius_in_{self.threat}"
        return {
            "prediction": ["prediction"],
            "radius": [radius],
            "radius_upper": [f"{radius}_upper"],
            "flips_to_class": [f"{units.short}_to_{label}" for label in self.classes],
        }

    def _check(self):
        check_values(self, {"certificate": str, "n_train": (int, np.integer), "caveats": tuple})
        if not all(isinstance(caveat, str) for caveat in self.caveats):
            raise ValueError("caveats has something else than text")
        n_test, n_classes = np.shape(self.prediction)[0], np.shape(self.classes)[0]
        counts = dict.fromkeys(("radius", "radius_upper"), (n_test,)) | {"flips_to_class": (n_test, n_classes)}
        check_arrays(self, counts, dict.fromkeys(counts, "i"))
        check_arrays(self, {"prediction": (n_test,), "classes": (n_classes,)}, {})
        if self.index is not None and len(self.index) != n_test:
            raise ValueError(f"index has {len(self.index)} entries for {n_test} rows")
