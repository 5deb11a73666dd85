"""What the ``certify`` of a search returns: certified predictions, and what limits each radius."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ._certification import CertificationResult
from ._document import check_arrays

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class SearchCertificationResult(CertificationResult):
    """Predictions certified for search and refit together: a `CertificationResult` that says what limits each radius.

    Parameters
    ----------
    limited_by : ndarray of shape (n_test,), str
        Why ``radius + 1`` flips are not certified. "radius": one of the candidates that may then win, perhaps the
        chosen one, has no larger radius itself. "disagreement": a candidate that predicts another class may then win.
        "selection": a candidate that predicts the same class, with a smaller radius, may then win, and not before.
        "nothing": no number of flips changes the prediction.
    limiting_candidate : ndarray of shape (n_test,), int64
        Which candidate that is, as an index into ``cv_results_["params"]``. The chosen one if it limits the radius,
        too, and where nothing does.

    See Also
    --------
    CertificationResult : The other parameters, attributes and methods.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.model_selection import CertifiedGridSearchCV
    >>> X, y = load_digits(return_X_y=True)
    >>> search = CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [10.0, 100.0]}, cv=3)
    >>> search = search.fit(X[:300], y[:300])
    >>> result = search.certify(X[300:305])
    >>> result.radius, result.limited_by
    (array([1, 0, 0, 0, 1]), array(['radius', 'radius', 'radius', 'radius', 'radius'], dtype='<U12'))
    """

    _of_each_row = (*CertificationResult._of_each_row, "limited_by", "limiting_candidate")  # type: ignore[assignment]

    limited_by: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=str))
    limiting_candidate: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def to_frame(self) -> pd.DataFrame:
        """The result as a pandas DataFrame, one row per test row.

        Returns
        -------
        frame : pandas.DataFrame
            As that of a `CertificationResult`, plus columns ``limited_by`` and ``limiting_candidate``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        frame = super().to_frame()
        return frame.assign(limited_by=self.limited_by, limiting_candidate=self.limiting_candidate)

    def _columns(self):
        return super()._columns() | {name: [name] for name in ("limited_by", "limiting_candidate")}

    def _check(self):
        super()._check()
        limits = dict.fromkeys(("limited_by", "limiting_candidate"), (len(self),))
        check_arrays(self, limits, {"limited_by": "U", "limiting_candidate": "i"})
