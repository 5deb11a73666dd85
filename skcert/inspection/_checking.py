"""What it buys to check training labels: radii if the first of a ranking turn out to be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import _num_samples

from .._utils import Rows
from ..metrics import certified_accuracy_score, median_certified_radius
from ..results import CertificationResult, display, with_index_of
from ._audit import audit_labels, auditable_part
from ._label_audit import LabelAudit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, eq=False, repr=False)
class CheckingCurve:
    """Certificates after the first labels of a ranking have been checked and found right.

    Parameters
    ----------
    n_checked : ndarray of shape (n_steps,), int64
        How many labels, ascending.
    results : tuple of n_steps CertificationResult
        The certificates if so many labels are trusted; predictions are the same in all.
    y_true : ndarray of shape (n_test,)
        True labels of the test rows.

    Examples
    --------
    See `checking_curve`.
    """

    n_checked: NDArray[np.int64]
    results: tuple[CertificationResult, ...]
    y_true: NDArray[Any]

    @property
    def median_radius(self) -> NDArray[np.float64]:
        """Median radius of each step, with -1 for wrong predictions, shape (n_steps,)."""
        return np.array([median_certified_radius(self.y_true, result) for result in self.results])

    def certified_accuracy(self, flips: float) -> NDArray[np.float64]:
        """Share of test rows that are right and stay so under `flips` label flips, for each step.

        Parameters
        ----------
        flips : int or float
            Number of label flips, or, as a float between 0 and 1, their share of the training labels.

        Returns
        -------
        accuracy : ndarray of shape (n_steps,)
        """
        return np.array([certified_accuracy_score(self.y_true, result, flips=flips) for result in self.results])

    def plot(self, flips: float | None = None, *, ax: Axes | None = None) -> Any:
        """Draw the median radius, or the certified accuracy, against how many labels have been checked.

        Parameters
        ----------
        flips : int or float, default=None
            Draw the certified accuracy at so many label flips, or such a share of the training labels; ``None`` draws
            the median radius.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.

        Returns
        -------
        display : skcert.display.AuditDisplay
            With ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `flips` is neither a number of flips nor a share.
        """
        return display("AuditDisplay")(None, curve=self).plot_curve(flips, ax)

    def __repr__(self) -> str:
        return f"CheckingCurve(n_checked={self.n_checked.tolist()}, median_radius={self.median_radius.tolist()})"


def checking_curve(
    estimator: Any,
    X: Rows,
    y: ArrayLike,
    *,
    audit: LabelAudit | None = None,
    n_checked: ArrayLike | None = None,
    X_train: Rows | None = None,
) -> CheckingCurve:
    """What radii become if the first labels of a ranking are checked and turn out to be right.

    Nothing is fitted: trusted rows change radii, not predictions. It is no promise that the labels are right. Those
    that are wrong will be corrected, and then predictions change, too, for the better.

    Parameters
    ----------
    estimator : estimator
        As `audit_labels` takes it; fitted.
    X : array-like of shape (n_test, n_features)
        Test rows, as ``estimator.predict`` takes them.
    y : array-like of shape (n_test,)
        Their true labels.
    audit : LabelAudit, default=None
        Whose ``ranking`` is followed; None makes an audit with ``audit_labels(estimator)``.
    n_checked : array-like of ints, default=None
        How many labels, ascending; None takes 0, 1, 2, 5, 10, 20 and 50 % of those that are not trusted yet.

    X_train : array-like of shape (n_train, n_features), default=None
        As in `audit_labels`, for the audit that is made here.

    Returns
    -------
    curve : CheckingCurve

    Raises
    ------
    TypeError, ValueError
        As `audit_labels` and `skcert.certify`; also if `n_checked` is not ascending, or exceeds the ranking, or
        `audit` is about another number of training rows.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.inspection import checking_curve
    >>> X, y = load_digits(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=10.0).fit(X[:1000] / 16, y[:1000])
    >>> curve = checking_curve(network, X[1000:1200] / 16, y[1000:1200], n_checked=[0, 100, 500])
    >>> curve.median_radius
    array([13., 13., 17.])
    """
    classifier, rows = auditable_part(estimator, X)
    audit = audit_labels(estimator, X_train=X_train) if audit is None else audit
    if not isinstance(audit, LabelAudit):
        raise TypeError(f"audit must be what audit_labels returns, or None, but is {audit!r}.")
    if len(audit.suspicion) != len(classifier.label_codes_):
        raise ValueError(
            f"audit is about {len(audit.suspicion)} training labels, but the model was fitted on "
            f"{len(classifier.label_codes_)}: pass the audit of this model, or none."
        )
    n_listed = len(audit.ranking)
    steps = np.array([int(share * n_listed) for share in _SHARES]) if n_checked is None else np.asarray(n_checked)
    if steps.ndim != 1 or steps.size == 0 or steps.dtype.kind not in "iu":
        raise ValueError(f"n_checked={n_checked!r} must be a list of whole numbers, such as [0, 100, 200].")
    steps = steps.astype(np.int64)
    if (np.diff(steps) < 0).any() or steps[0] < 0 or steps[-1] > n_listed:
        raise ValueError(
            f"n_checked={steps.tolist()} must be ascending, from 0 to at most {n_listed}, which the audit lists."
        )
    y_true, results = np.asarray(y), []
    if y_true.shape != (_num_samples(X),):
        raise ValueError(f"y has shape {y_true.shape}, but a label is needed for each of {_num_samples(X)} test rows.")
    for n in steps:
        trusted = np.zeros(len(audit.suspicion), dtype=bool)
        trusted[audit.ranking[:n]] = True
        results.append(with_index_of(X, classifier._with_trusted(trusted).certify(rows)))
    return CheckingCurve(n_checked=steps, results=tuple(results), y_true=y_true)
