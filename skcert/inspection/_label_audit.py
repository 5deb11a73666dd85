"""What an audit of training labels found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..results import ReadOnlyArrays, SavedAsTable, check_arrays, check_values, display, picked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from typing_extensions import Self


@dataclass(frozen=True, eq=False, repr=False)
class LabelAudit(SavedAsTable, ReadOnlyArrays):
    """Which training labels are likely wrong, and which of them predictions hang on.

    An audit is a list to work through, the most suspect label first: ``len(audit)`` labels, of which ``audit[:20]``
    has the first twenty, and ``audit[mask]`` or ``audit[positions]`` some others, counted along `ranking`. Both
    rankings then list these labels only; a training row keeps its number, and what is known of it. `to_frame` is the
    list as a table. `to_json` and `to_parquet` write an audit to a file, `from_json` and `from_parquet` read it again,
    equal to the bit.

    These are two questions. Labels that are likely wrong are those to *check first*. Labels that carry predictions are
    those to *guard first*: a wrong label there would do most harm, but they are mostly right, because what predictions
    rest on are typical rows.

    Parameters
    ----------
    ranking : ndarray of shape (n_checkable,), int64
        Training rows by `suspicion`, the most suspect first, ties in order of row number: the labels to check first.
        Trusted rows are not listed.
    suspicion : ndarray of shape (n_train,)
        By how much the score of the suggested label exceeds that of the row's own label in a fit that does not know
        the row's label, in the units of the model's scores. Above 0: without its label, the row would be predicted to
        be something else. Scores of kernel regressions estimate one-hot labels, so that 1 is as sure as can be; those
        of nearest neighbours count votes; those of ensembles are shares, from -1 to 1. Of the only row with a label,
        it is the score of the suggested one, and in any case above 0. -inf where no other label can be suggested.
    suggested : ndarray of shape (n_train,)
        The label with the largest score but the row's own, of those that occur in other rows and that the row may
        have; the row's own where there is none.
    guard_ranking : ndarray of shape (n_checkable,), int64
        Training rows by `n_attacks`, then by `pressure`, then by row number: the labels to guard first. None if there
        were no test rows, like the next three.
    n_attacks : ndarray of shape (n_train,), int64
        Predictions whose smallest attack flips this row's label.
    pressure : ndarray of shape (n_train,)
        The same count, with each attack shared among its flips: the sum of ``1 / flips`` over these predictions. Puts
        rows that few others could replace before rows that are one of many.
    n_test : int
        Predictions for which an attack was found.
    index : pandas.Index of length n_train, default=None
        The index of the training rows, if `audit_labels` was given them as a pandas frame, in `X_train`.

    Examples
    --------
    A wrong label is found, and what it should have been:

    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.inspection import audit_labels
    >>> X, y = load_iris(return_X_y=True)
    >>> y[10] = 2
    >>> audit = audit_labels(NTKRegressorClassifier().fit(X, y))
    >>> int(audit.ranking[0]), int(audit.suggested[10])
    (10, 0)
    >>> audit[:2].to_frame()  # doctest: +SKIP
         row  suggested  suspicion
    10    10          0   1.018...
    106  106          1   0.314...
    """

    ranking: np.ndarray
    suspicion: np.ndarray
    suggested: np.ndarray
    guard_ranking: np.ndarray | None = None
    n_attacks: np.ndarray | None = None
    pressure: np.ndarray | None = None
    n_test: int | None = None
    index: pd.Index | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return self.ranking.shape[0]

    def __getitem__(self, labels: int | slice | ArrayLike) -> Self:
        ranking, guard = self.ranking[picked(labels, len(self))], self.guard_ranking
        return replace(self, ranking=ranking, guard_ranking=None if guard is None else guard[np.isin(guard, ranking)])

    def to_frame(self) -> pd.DataFrame:
        """The labels to check first as a pandas DataFrame, in the order of `ranking`.

        Returns
        -------
        frame : pandas.DataFrame
            Columns ``row`` (the number of the training row), ``suggested``, ``suspicion`` and, if there were test
            rows, ``n_attacks`` and ``pressure``. Its index is that of the training rows in `index`, or else their
            numbers.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_frame() needs pandas: pip install pandas, or use the audit's arrays.") from error
        listed = ("suggested", "suspicion", "n_attacks", "pressure")
        columns = {name: getattr(self, name) for name in listed if getattr(self, name) is not None}
        index = pd.RangeIndex(len(self.suspicion)) if self.index is None else self.index
        taken = {"row": self.ranking} | {name: values[self.ranking] for name, values in columns.items()}
        return pd.DataFrame(taken, index=index[self.ranking])

    def plot(self, question: str = "check", *, ax: Axes | None = None, **kwargs: Any) -> Any:
        """Draw the first labels of a ranking.

        Parameters
        ----------
        question : {"check", "guard"}, default="check"
            Which ranking: `ranking` or, of an audit with test rows, `guard_ranking`.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        **kwargs : dict
            Further arguments of `skcert.display.AuditDisplay.from_audit`, such as `n_labels` and `y_train`.

        Returns
        -------
        display : skcert.display.AuditDisplay
            With ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            As `skcert.display.AuditDisplay.from_audit` raises it.
        """
        return display("AuditDisplay").from_audit(self, question=question, ax=ax, **kwargs)

    def _columns(self):
        return {name: [name] for name in ("suspicion", "suggested", "n_attacks", "pressure")}

    def _check(self):
        n_train, guarded = np.shape(self.suspicion)[0], self.guard_ranking is not None
        shapes = {"suspicion": (n_train,), "suggested": (n_train,), "ranking": np.shape(self.ranking)[:1]}
        if guarded:
            shapes |= {"guard_ranking": shapes["ranking"], "n_attacks": (n_train,), "pressure": (n_train,)}
        check_values(self, {"n_test": (int, np.integer) if guarded else type(None)})
        check_arrays(self, shapes, {"suspicion": "f", "ranking": "i", "guard_ranking": "i", "n_attacks": "i"})
        for ranking in (self.ranking, self.ranking if self.guard_ranking is None else self.guard_ranking):
            if len(np.unique(ranking)) < len(ranking) or not ((0 <= ranking) & (ranking < n_train)).all():
                raise ValueError(f"a ranking lists other rows than those of {n_train}, or one of them twice")
        if self.index is not None and len(self.index) != n_train:
            raise ValueError(f"index has {len(self.index)} entries for {n_train} training rows")

    def __repr__(self) -> str:
        n_suspect = int((self.suspicion[self.ranking] > 0.0).sum())
        shown = f"n_train={len(self.suspicion)}, n_suspect={n_suspect}, check_first={self.ranking[:5].tolist()}"
        if self.guard_ranking is not None:
            shown += f", n_test={self.n_test}, guard_first={self.guard_ranking[:5].tolist()}"
        return f"LabelAudit({shown})"
