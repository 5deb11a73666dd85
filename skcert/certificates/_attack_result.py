"""What ``attack`` returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._html_table import html_table
from ._read_only import ReadOnlyArrays
from ._unbounded import UNBOUNDED


@dataclass(frozen=True, eq=False, repr=False)
class AttackResult(ReadOnlyArrays):
    """The smallest attack known on each prediction: a witness that anyone can check by refitting.

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

    prediction: np.ndarray
    attacked_prediction: np.ndarray
    rows: tuple[np.ndarray, ...]
    labels: tuple[np.ndarray, ...]
    flips_lower: np.ndarray
    flips: np.ndarray

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
            Test row.

        Returns
        -------
        y : ndarray of shape (n_train,)
            A copy, with ``labels[index]`` in place of those of ``rows[index]``.
        """
        y = np.array(y)
        new_labels = np.asarray(self.labels[index])
        attacked = y.astype(np.result_type(y, new_labels)) if y.dtype.kind in "US" else y
        attacked[self.rows[index]] = new_labels
        return attacked

    def __len__(self) -> int:
        return self.flips.shape[0]

    def __repr__(self) -> str:
        found = int((self.flips < UNBOUNDED).sum())
        return f"AttackResult(n_test={len(self)}, found={found}, exact={int(self.exact.sum())})"

    def _repr_html_(self) -> str:
        found = self.flips[self.flips < UNBOUNDED]
        spread = "none" if not found.size else " / ".join(f"{value:g}" for value in np.percentile(found, [0, 50, 100]))
        rows = [
            ("test rows", len(self)),
            ("attack found for", f"{found.size} predictions"),
            ("flips of these: least / median / most", spread),
            ("no smaller attack exists", f"{int(self.exact.sum())} predictions"),
        ]
        return html_table("AttackResult", rows)
