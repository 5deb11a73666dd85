"""The audit of a report: on all test rows, or on a sample that keeps it within about a minute."""

from dataclasses import dataclass

import numpy as np

from ..inspection import AccuracyRadiusPoints, CheckingCurve, LabelAudit, audit_labels, checking_curve
from ._dials import other_dials

# An attack's time grows with training rows times classes; these keep all of them together within about a minute.
_WORK = 50_000_000
_FEWEST, _MOST = 100, 1000
_CHECKED = (0.0, 0.01, 0.05, 0.1, 0.2)  # of the labels that can be checked


@dataclass(frozen=True)
class SampledAudit:
    """An audit, what it buys to check labels, and how many of the test rows both cover."""

    audit: LabelAudit
    n_audited: int
    n_test: int
    curve: CheckingCurve | None = None
    """None if there is nothing to check."""
    truth_known: bool = False
    """Whether the curve knows the labels of the test rows; it takes the predictions to be right otherwise."""
    points: AccuracyRadiusPoints | None = None
    """What other settings would give on the same rows; None where it is not said (`other_dials`)."""

    @property
    def n_suspect(self):
        """Labels that the model would not predict if it did not know them."""
        return int((self.audit.suspicion[self.audit.ranking] > 0.0).sum())


def audit_within_reason(model, X, y=None, *, work=_WORK):
    """Audit the labels behind a model's predictions.

    Parameters
    ----------
    model : fitted estimator with ``attack``
        For instance a `PartitionAggregationEnsemble`.
    X : ndarray of shape (n_test, n_features)
        Test rows. As many are audited as ``work / (n_train * n_classes)`` allows, but at least 100 and at most 1,000;
        if there are more, they are drawn at random, always the same ones.
    y : ndarray of shape (n_test,), default=None
        Their labels, if they are known.
    work : int
        Test rows times training rows times classes to spend.

    Returns
    -------
    sampled : SampledAudit
    """
    n_test = X.shape[0]
    affordable = work // (model.label_codes_.shape[0] * model.classes_.shape[0])
    n_audited = min(n_test, int(np.clip(affordable, _FEWEST, _MOST)))
    rows = np.arange(n_test)
    if n_audited < n_test:
        rows = np.sort(np.random.default_rng(0).choice(n_test, n_audited, replace=False))
    audit, curve = audit_labels(model, X[rows]), None
    steps = np.unique([int(share * len(audit.ranking)) for share in _CHECKED])
    if steps[-1] > 0:
        truth = model.predict(X[rows]) if y is None else y[rows]
        curve = checking_curve(model, X[rows], truth, audit=audit, n_checked=steps)
    points = other_dials(model, X[rows], None if y is None else y[rows])
    return SampledAudit(audit, n_audited, n_test, curve, y is not None, points)
