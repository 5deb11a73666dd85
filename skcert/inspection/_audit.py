"""Which training labels are likely wrong, and which of them predictions hang on."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._utils import Rows, trusted_mask
from ..label_use import certifiable_part
from ..results import UNBOUNDED, index_of
from ._label_audit import LabelAudit


def audit_labels(estimator: Any, X: Rows | None = None, *, X_train: Rows | None = None) -> LabelAudit:
    """Rank training labels: which are likely wrong and, given test rows, which of them predictions hang on.

    A label is suspect if the model, fitted without it, says something else about its row. Check the first of
    ``ranking``; correct what is wrong, and fit again with ``fit(X, y, trusted=mask)`` for what has been checked: an
    attacker can no longer flip these labels, and radii grow (`checking_curve` says by how much).

    Parameters
    ----------
    estimator : estimator
        Fitted: any label-linear classifier, such as `NTKRegressorClassifier`, a `PartitionAggregationEnsemble` or
        `FiniteAggregationEnsemble` over any base, a ``Pipeline`` that ends in one, a search such as ``GridSearchCV``
        over one, or any nesting of these.
    X : array-like of shape (n_test, n_features), default=None
        Rows whose predictions matter, as ``estimator.predict`` takes them. With them, the labels are also ranked by
        how many of the smallest attacks on these predictions flip them.
    X_train : array-like of shape (n_train, n_features), default=None
        The training rows, as ``estimator.fit`` took them; of a pandas frame, the audit keeps the index. Needed only
        where the model keeps no copy of them: ensembles of bases that are not label-linear, of pipelines or of
        precomputed kernels, or on sparse rows, precomputed kernels without a finite ridge, and classes of your own
        without ``X_fit_``.

    Returns
    -------
    audit : LabelAudit

    Raises
    ------
    TypeError
        If `estimator` holds no classifier that can be audited.
    ValueError
        If `X_train` is needed or does not have a row for each training label; if all members of an ensemble have seen
        a row and none is label-linear. Also if a step was fitted with labels, or is not known to ignore them, as in
        `skcert.certify`: it would be another without the label. With X, also if ``attack`` raises it: the members of
        an ensemble must state label weights.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    Notes
    -----
    Scores without the own label are those of a refit that leaves the row out, exactly, for kernel ridge regression
    (networks included, with any intercept and flat label weights), its limit of infinite ridge, and nearest
    neighbours: in closed form, at less than the cost of predicting the training rows. Where gradient flow is stopped
    early, and for classifiers of your own, the row's own label weight is set to 0, which is no refit. Where distances
    tie, it is not known which neighbours a refit would take. Of an ensemble,
    the members that have seen the row are replaced by themselves without its label if they are label-linear, and
    abstain otherwise. Hard votes of label-linear members are audited by their averaged scores, which find more wrong
    labels than votes do (``benchmarks/label_errors.py``).

    Rows that occur several times with different labels vouch for themselves, each occurrence for its own label: remove
    duplicates, or look at them separately. Where two labels are confused for a reason that the features show, such as
    one annotator's habit, wrong labels support each other.

    Rows to check are chosen by looking at labels, which an attacker may have written to be looked at or not. What is
    certified afterwards is about flips of the labels that have not been checked.

    With X, each prediction counts with one smallest attack; where several are equally small, it is arbitrary which of
    them is found. What limits a certificate (`skcert.certify` states it in ``caveats``) limits that ranking, too.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.inspection import audit_labels
    >>> X, y = load_digits(return_X_y=True)
    >>> wrong = np.arange(0, 1000, 50)
    >>> y[wrong] = (y[wrong] + 1) % 10
    >>> network = NTKRegressorClassifier(alpha=10.0).fit(X[:1000] / 16, y[:1000])
    >>> audit = audit_labels(network, X[1000:1050] / 16)
    >>> int(np.isin(audit.ranking[:20], wrong).sum())
    19
    >>> int(np.isin(audit.guard_ranking[:20], wrong).sum())
    0
    """
    classifier, rows = auditable_part(estimator, X)
    scores = classifier._scores_without_own(_training_rows(classifier, estimator, X_train))
    suspicion, suggested = _suspicion(scores, classifier.label_codes_, classifier.candidates_)
    checkable = ~trusted_mask(classifier.trusted_, suspicion.shape[0])
    ranking = _ranked(checkable, -suspicion)
    suspected = {"ranking": ranking, "suspicion": suspicion, "suggested": classifier.classes_[suggested]}
    guarded = {} if rows is None else _guard(classifier, rows, checkable)
    return LabelAudit(**suspected, **guarded, index=index_of(X_train))


def auditable_part(estimator, X):
    """The fitted classifier inside pipelines and searches, and rows as it takes them, None without X."""
    classifier, rows, _ = certifiable_part(estimator, X)
    if hasattr(classifier, "best_estimator_"):  # a search that certifies its choice: the model that it chose
        return auditable_part(classifier.best_estimator_, rows)
    if not hasattr(classifier, "_scores_without_own"):
        raise TypeError(
            f"audit_labels needs a label-linear classifier or an ensemble from skcert, but {classifier!r} is neither. "
            "Use one such as NTKRegressorClassifier, or make it the base of a PartitionAggregationEnsemble."
        )
    check_is_fitted(classifier, "label_codes_")
    return classifier, rows


def _training_rows(classifier, estimator, X_train):
    """The training rows as the classifier takes them; None if it does not need them."""
    if X_train is None and not classifier._audit_needs_rows():
        return None
    if X_train is None:
        kept = classifier._training_rows()
        if kept is None:
            raise ValueError(
                f"{type(classifier).__name__} keeps no copy of its training rows here, and an audit needs them: pass "
                "X_train, the rows that `fit` was given."
            )
        return kept
    _, rows = auditable_part(estimator, X_train)
    rows, n_train = classifier._validate_test_rows(rows), classifier.label_codes_.shape[0]
    if rows.shape[0] != n_train:
        raise ValueError(f"X_train has {rows.shape[0]} rows, but the model was fitted on {n_train}: pass those.")
    return rows


def _suspicion(scores, codes, candidates):
    """The lead of the best other class over the own one, and which class that is."""
    n_train = codes.shape[0]
    own = np.arange(n_train), codes
    others = scores if candidates is None else np.where(candidates, scores, -np.inf)
    others[own], own_scores = -np.inf, scores[own]
    suggested = others.argmax(axis=1)
    best = others[np.arange(n_train), suggested]
    nothing = best == -np.inf
    # the only row of its class: nothing else says so, and another class would be predicted
    only = own_scores == -np.inf
    suspicion = np.where(only, np.maximum(best, np.finfo(float).tiny), best - np.where(only, 0.0, own_scores))
    return np.where(nothing, -np.inf, suspicion), np.where(nothing, codes, suggested)


def _guard(classifier, rows, checkable):
    """How many of the smallest attacks on some predictions flip each label."""
    if not hasattr(classifier, "attack"):
        raise TypeError(
            f"Which labels predictions hang on needs a classifier with `attack`, but {classifier!r} has none. Leave "
            "out X, or use one such as NTKRegressorClassifier or a PartitionAggregationEnsemble of them."
        )
    attack = classifier.attack(rows)
    n_attacks, pressure = np.zeros(checkable.shape[0], dtype=np.int64), np.zeros(checkable.shape[0])
    for relabelled in attack.rows:
        if relabelled.size:
            n_attacks[relabelled] += 1
            pressure[relabelled] += 1 / relabelled.size
    guard_ranking = _ranked(checkable, -n_attacks, -pressure)
    n_test = int((attack.flips < UNBOUNDED).sum())
    return {"guard_ranking": guard_ranking, "n_attacks": n_attacks, "pressure": pressure, "n_test": n_test}


def _ranked(checkable, *keys):
    """Row numbers of the checkable rows, ascending in the keys, of which the first is the most important."""
    rows = np.flatnonzero(checkable)
    return rows[np.lexsort((rows, *(key[rows] for key in reversed(keys))))]
