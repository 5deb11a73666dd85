"""What ``attack`` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._utils import check_none_missing, check_same_kind, plain_labels
from ._document import check_arrays
from ._html_table import html_table
from ._median import spread_text
from ._read_only import ReadOnlyArrays
from ._saved import SavedAsJSON
from ._slicing import SlicedByRow
from ._unbounded import UNBOUNDED

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class AttackResult(SlicedByRow, SavedAsJSON, ReadOnlyArrays):
    """The smallest known attack on each prediction: a witness that anyone can check by refitting.

    ``attack[rows]`` is the same for some test rows, as for a `CertificationResult`. `to_json` writes a file, and
    `from_json` reads it again, equal to the bit.

    Parameters
    ----------
    prediction : ndarray of shape (n_test,)
        Predicted class labels without an attack.
    attacked_prediction : ndarray of shape (n_test,)
        Predicted class labels after the attack; equal to ``prediction`` where none was found or needed.
    rows : tuple of n_test ndarrays, int64
        Training rows to relabel; empty where no attack was found or needed.
    labels : tuple of n_test ndarrays
        Their new labels.
    flips_lower : ndarray of shape (n_test,), int64
        No attack with fewer label flips exists: proved. `skcert.UNBOUNDED` if none exists at all.
    flips : ndarray of shape (n_test,), int64
        Label flips of the attack found; `skcert.UNBOUNDED` where none was found.
    index : pandas.Index of length n_test, default=None
        The index of the test rows, if these were a pandas frame or series.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2])
    >>> attack = network.attack(X[1:2])
    >>> attack.flips, attack.exact
    (array([8]), array([ True]))
    >>> poisoned = network.fit(X[::2], attack.relabel(y[::2], 0))
    >>> bool(poisoned.predict(X[1:2]) == attack.prediction)
    False
    """

    _of_each_row = (
        "prediction",
        "attacked_prediction",
        "rows",
        "labels",
        "flips_lower",
        "flips",
        "index",
    )

    prediction: np.ndarray
    attacked_prediction: np.ndarray
    rows: tuple[np.ndarray, ...]
    labels: tuple[np.ndarray, ...]
    flips_lower: np.ndarray
    flips: np.ndarray
    index: pd.Index | None = field(default=None, kw_only=True)

    @property
    def radius(self) -> NDArray[np.int64]:
        """``flips_lower - 1``: for an untargeted attack the certified radius, ndarray of shape (n_test,), int64."""
        return np.where(self.flips_lower < UNBOUNDED, self.flips_lower - 1, UNBOUNDED)

    @property
    def radius_upper(self) -> NDArray[np.int64]:
        """``flips - 1``: the attack proves that the radius is no larger, ndarray of shape (n_test,), int64."""
        return np.where(self.flips < UNBOUNDED, self.flips - 1, UNBOUNDED)

    @property
    def exact(self) -> NDArray[np.bool_]:
        """Where no smaller attack exists, ndarray of shape (n_test,), bool."""
        return self.flips_lower == self.flips

    def relabel(self, y: ArrayLike, index: int) -> NDArray[Any]:
        """Training labels with the attack on one test row carried out.

        Parameters
        ----------
        y : array-like of shape (n_train,)
            Training labels, as given to ``fit``.
        index : int
            Test row; negative values count from the last row.

        Returns
        -------
        y : ndarray of shape (n_train,)
            A copy in which ``rows[index]`` have the labels ``labels[index]``. Its dtype is that of `y` if this can
            hold the new labels unchanged, otherwise one that can hold all labels.

        Raises
        ------
        ValueError
            If `y` cannot be the training labels: too few for the rows of the attack, not one-dimensional, or of
            another kind than the new labels, such as numbers where these are text.
        IndexError
            If there is no test row `index`.
        TypeError
            If `index` is not a whole number.
        """
        if not isinstance(index, Integral) or isinstance(index, (bool, np.bool_)):
            raise TypeError(f"index={index!r} must be a whole number, the position of a test row.")
        if not -len(self) <= index < len(self):
            raise IndexError(f"index={index} is out of range: there are attacks on {len(self)} test rows.")
        y = np.array(plain_labels(y, "y"))
        rows, new_labels = self.rows[index], np.asarray(self.labels[index])
        if y.ndim != 1:
            raise ValueError(f"y has shape {y.shape}, but must be one-dimensional: training labels, as given to fit.")
        if not rows.size:
            return y
        if rows.max() >= y.shape[0]:
            raise ValueError(
                f"y has {y.shape[0]} labels, but the attack relabels training row {rows.max()}; pass all training "
                "labels, as given to fit."
            )
        check_none_missing(y, "y")
        check_same_kind(y, new_labels, "y", "new labels of the attack")
        dtype = _dtype_for_both(y, new_labels)
        attacked = y.astype(dtype)
        attacked[rows] = new_labels.astype(dtype)
        return attacked

    def _check(self):
        n_test = np.shape(self.prediction)[0]
        of_each = dict.fromkeys(("prediction", "attacked_prediction", "flips_lower", "flips"), (n_test,))
        check_arrays(self, of_each, {"flips_lower": "i", "flips": "i"})
        if not len(self.rows) == len(self.labels) == n_test or (self.index is not None and len(self.index) != n_test):
            raise ValueError(f"rows, labels and index need one entry for each of {n_test} test rows")
        for rows, labels in zip(self.rows, self.labels):
            if rows.dtype.kind != "i" or rows.ndim != 1 or labels.shape != rows.shape:
                raise ValueError("an attack needs as many labels as rows, and whole numbers as rows")

    def __len__(self) -> int:
        return self.flips.shape[0]

    def __repr__(self) -> str:
        found = int((self.flips < UNBOUNDED).sum())
        return f"AttackResult(n_test={len(self)}, found={found}, exact={int(self.exact.sum())})"

    def _repr_html_(self) -> str:
        found = self.flips[self.flips < UNBOUNDED]
        rows = [
            ("test rows", len(self)),
            ("attack found for", f"{found.size} predictions"),
            ("flips of these: least / median / most", spread_text(found)),
            ("no smaller attack exists", f"{int(self.exact.sum())} predictions"),
        ]
        return html_table("AttackResult", rows)


def _dtype_for_both(labels, new_labels):
    """The dtype of `labels` if it can hold the new ones unchanged, otherwise the next larger one that can hold all."""
    if _survives(new_labels, labels.dtype):
        return labels.dtype
    joint = np.result_type(labels, new_labels)
    both = _survives(labels, joint) and _survives(new_labels, joint)
    return joint if both else np.dtype(object)  # as for int64 and uint64, whose common type is a float


def _survives(labels, dtype):
    """Whether a cast to `dtype` loses nothing: numpy silently truncates text and lets numbers overflow.

    A number that overflowed differs, but may convert back; one that was rounded may compare equal.
    """
    with np.errstate(all="ignore"):
        cast = labels.astype(dtype)
        return bool(((cast == labels) & (cast.astype(labels.dtype) == labels)).all())
