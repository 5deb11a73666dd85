"""What ``certify`` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._certain import share_text
from ._classes import check_per_class, class_means, over_classes, predicted_class_medians, predicted_rows
from ._flips import number_of_flips, one_by_one
from ._html_table import html_columns, html_table
from ._median import flips_text, median_flips, spread_text
from ._read_only import ReadOnlyArrays
from ._right_predictions import right_predictions
from ._threat import units_of
from ._unbounded import UNBOUNDED

if TYPE_CHECKING:
    import pandas as pd

_MAX_CLASSES_SHOWN = 10  # in a notebook
_MAX_CLASSES_NAMED = 3  # in the one line of `repr`


@dataclass(frozen=True, eq=False, repr=False)
class CertificationResult(ReadOnlyArrays):
    """Certified predictions, one per test row. Immutable: its arrays are read-only.

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
    """

    prediction: np.ndarray
    radius: np.ndarray
    flips_to_class: np.ndarray
    radius_upper: np.ndarray
    classes: np.ndarray
    certificate: str
    n_train: int
    caveats: tuple[str, ...] = ()
    threat: str = "labels"

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
        unpredicted = self._unpredicted_text(_MAX_CLASSES_NAMED, repr)
        of_rows = "" if self.threat == "labels" else f"threat={self.threat!r}, "
        counted = "" if self.threat == "labels" else f" {self.counted},"
        return (
            f"CertificationResult(n_test={len(self)}, n_train={self.n_train}, certificate={self.certificate!r}, "
            f"{of_rows}median_radius={flips_text(self.median_radius)}{counted} over all predictions"
            f"{f', {share_text(self.certain.mean())} certain' if self.certain.any() else ''}"
            f"{f', no row predicted as {unpredicted}' if unpredicted else ''})"
        )

    def _repr_html_(self) -> str:
        units = units_of(self.threat)
        rows = [
            ("test rows", len(self)),
            (units.n_train, self.n_train),
            ("classes", _some(self.classes, _MAX_CLASSES_SHOWN, str)),
            ("certificate", self.certificate),
            (f"radius over all predictions, {units.counted}: least / median / most", spread_text(self.radius)),
            (f"certain: no number of {units.short} changes them", self._certain_text()),
            ("radius known to be exact", f"{int(self.exact.sum())} predictions"),
        ]
        unpredicted = self._unpredicted_text(_MAX_CLASSES_SHOWN, str)
        if unpredicted:
            rows.append(("no row is predicted as", unpredicted))
        table = self._html_of_classes() if len(self) else ""
        return html_table("CertificationResult", rows, self.caveats, table)

    def _certain_text(self):
        share = f" ({share_text(self.certain.mean())})" if self.certain.any() else ""
        return f"{int(self.certain.sum())} predictions{share}"

    def _html_of_classes(self):
        """What is known of each class without true labels."""
        shown, n_classes = slice(_MAX_CLASSES_SHOWN), len(self.classes)
        medians = [flips_text(median) for median in predicted_class_medians(self)[shown]]
        of_many = f"Predictions, first {_MAX_CLASSES_SHOWN} of {n_classes} classes"
        return html_columns(
            of_many if n_classes > _MAX_CLASSES_SHOWN else "Predictions by class",
            ("predicted class", "rows", "their median radius, right or wrong"),
            list(zip(self.classes[shown].tolist(), predicted_rows(self)[shown].tolist(), medians)),
        )

    def _unpredicted_text(self, most, text):
        """The classes that no row is predicted as; nothing where the rows are too few for all classes."""
        return _some(self.unpredicted_classes, most, text) if len(self) >= len(self.classes) else ""

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

    def to_frame(self) -> pd.DataFrame:
        """The result as a pandas DataFrame, one row per test row.

        Returns
        -------
        frame : pandas.DataFrame
            Columns ``prediction``, ``radius``, ``radius_upper``, ``certain`` and ``flips_to_<class>`` for each class.
            With ``threat="rows"``, so that nothing mixes up: ``prediction``, ``radius_in_rows``,
            ``radius_in_rows_upper``, ``certain`` and ``rows_to_<class>``.

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
        radius = "radius" if self.threat == "labels" else f"radius_in_{self.threat}"
        columns = {
            "prediction": self.prediction,
            radius: self.radius,
            f"{radius}_upper": self.radius_upper,
            "certain": self.certain,
        }
        for index, label in enumerate(self.classes):
            columns[f"{units_of(self.threat).short}_to_{label}"] = self.flips_to_class[:, index]
        return pd.DataFrame(columns)


def _some(labels, most, text):
    """The first labels, and how many more there are."""
    shown = ", ".join(text(label) for label in labels[:most].tolist())
    return f"{shown} and {len(labels) - most} more" if len(labels) > most else shown
