"""Which training labels predictions hang on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ._utils import Rows
from .label_use import certifiable_part
from .results import UNBOUNDED, ReadOnlyArrays


@dataclass(frozen=True, eq=False, repr=False)
class LabelAudit(ReadOnlyArrays):
    """Which training labels predictions hang on.

    Parameters
    ----------
    ranking : ndarray of shape (n_train,), int64
        Training rows, the most critical first; ties in order of row number.
    n_attacks : ndarray of shape (n_train,), int64
        Predictions whose smallest attack flips this row's label.
    pressure : ndarray of shape (n_train,)
        The same count, with each attack shared among its flips: the sum of ``1 / flips`` over these predictions. Puts
        rows that few others could replace before rows that are one of many.
    n_test : int
        Predictions for which an attack was found.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.inspection import audit_labels
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2])
    >>> audit = audit_labels(network, X[1::2])
    >>> suspects = audit.ranking[:5]
    >>> bool(audit.n_attacks[suspects[0]] >= audit.n_attacks.mean())
    True
    """

    ranking: np.ndarray
    n_attacks: np.ndarray
    pressure: np.ndarray
    n_test: int

    def __repr__(self) -> str:
        return f"LabelAudit(n_train={len(self.ranking)}, n_test={self.n_test}, first={self.ranking[:5].tolist()})"


def audit_labels(estimator: Any, X: Rows) -> LabelAudit:
    """Rank training rows by how many of the smallest attacks on the predictions for X flip their labels.

    Once some labels have been checked, fit again with ``fit(X, y, trusted=mask)``: the attacker can no longer
    flip them, and radii grow.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier with ``attack``, such as `NTKRegressorClassifier` or `PartitionAggregationEnsemble`, a
        ``Pipeline`` that ends in one, a search such as ``GridSearchCV`` over one, or any nesting of these.
    X : array-like of shape (n_test, n_features)
        Rows whose predictions matter, as ``estimator.predict`` takes them.

    Returns
    -------
    audit : LabelAudit

    Raises
    ------
    TypeError
        If `estimator` holds no classifier with ``attack``.
    ValueError
        If a step was fitted with labels, or is not known to ignore them, as in `skcert.certify`: an attack would
        change that step, too, and might need other rows. Also if ``attack`` raises it: the members of an ensemble must
        state label weights.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    Notes
    -----
    Each prediction counts with one smallest attack; where several are equally small, it is arbitrary which of them is
    found. Rows that no smallest attack uses come last. A ranking says where a wrong label could do harm, not which
    labels are wrong. What limits a certificate (`skcert.certify` states it in ``caveats``) limits a ranking, too: for
    a search it is about refits with the chosen hyper-parameters, and where a step draws at random, about refits that
    draw the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.inspection import audit_labels
    >>> X, y = load_iris(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=30.0).fit(X[::2], y[::2])
    >>> before = network.certify(X[1::2]).radius
    >>> checked = np.zeros(75, dtype=bool)
    >>> checked[audit_labels(network, X[1::2]).ranking[:15]] = True
    >>> after = network.fit(X[::2], y[::2], trusted=checked).certify(X[1::2]).radius
    >>> bool((after >= before).all()), bool(after.mean() > before.mean())
    (True, True)

    For a pipeline, with rows as its first step takes them:

    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> model = make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=30.0)).fit(X[::2], y[::2])
    >>> audit_labels(model, X[1::2]).n_test
    75
    """
    classifier, rows, _ = certifiable_part(estimator, X)
    if not hasattr(classifier, "attack"):
        raise TypeError(
            f"audit_labels needs a classifier with `attack`, but {classifier!r} has none. Use one of skcert's, "
            "such as NTKRegressorClassifier or a PartitionAggregationEnsemble of them."
        )
    check_is_fitted(classifier, "label_codes_")
    attack = classifier.attack(rows)
    n_train = classifier.label_codes_.shape[0]
    n_attacks = np.zeros(n_train, dtype=np.int64)
    pressure = np.zeros(n_train)
    found = attack.flips < UNBOUNDED
    for relabelled in attack.rows:
        if relabelled.size:
            n_attacks[relabelled] += 1
            pressure[relabelled] += 1 / relabelled.size
    ranking = np.lexsort((np.arange(n_train), -pressure, -n_attacks))
    return LabelAudit(ranking=ranking, n_attacks=n_attacks, pressure=pressure, n_test=int(found.sum()))
