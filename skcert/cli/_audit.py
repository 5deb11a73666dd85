"""The audit of a report: on all test rows, or on a sample that keeps it within about a minute."""

from dataclasses import dataclass

import numpy as np

from ..inspection import LabelAudit, audit_labels

# An attack's time grows with training rows times classes; these keep all of them together within about a minute.
_WORK = 50_000_000
_FEWEST, _MOST = 100, 1000


@dataclass(frozen=True)
class SampledAudit:
    """An audit, and how many of the test rows it covers."""

    audit: LabelAudit
    n_audited: int
    n_test: int


def audit_within_reason(model, X, *, work=_WORK):
    """Audit the labels behind a model's predictions.

    Parameters
    ----------
    model : fitted estimator with ``attack``
        For instance a `PartitionAggregationEnsemble`.
    X : ndarray of shape (n_test, n_features)
        Test rows. As many are audited as ``work / (n_train * n_classes)`` allows, but at least 100 and at most 1,000;
        if there are more, they are drawn at random, always the same ones.
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
    return SampledAudit(audit=audit_labels(model, X[rows]), n_audited=n_audited, n_test=n_test)
