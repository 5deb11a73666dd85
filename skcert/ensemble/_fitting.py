"""The members of an ensemble, fitted, and what is done about those that cannot be.

Nothing is decided for all members by the rows of one: a row that an attacker inserts or deletes is to reach the
members that have it, and no others.
"""

import warnings

import numpy as np

from .._utils import blas_share, runs_foreign_code, trusted_mask
from ._base import advice_on_labels, are_numbered, can_be_fitted_on, dealt_out
from ._members import fit_black_box_member, fit_members, fit_white_box_member, white_box_refused
from ._parallel import run_over_partitions

# A kernel regression on fewer rows spends more time in the interpreter than in BLAS (benchmarks/parallel.py).
_ROWS_WORTH_A_THREAD = 200


def fit_all_members(ensemble, bases, X, y, codes, indices, may_be_white_box):
    """Members of all partitions, the same under both certificates, and so are their votes.

    Parameters
    ----------
    ensemble : MemberVote
        In the middle of its ``fit``.
    bases : callable
        The unfitted member of each partition.
    X, y, codes : array-likes of n_train rows, labels, class indices
    indices : list of ndarrays
        Rows of each partition.
    may_be_white_box : bool
        Whether members can serve the white-box certificate, unless their own rows or steps keep one from it.

    Returns
    -------
    members : list of fitted classifiers
        None for an empty partition.
    label_free : ndarray of shape (n_partitions,), bool
        Which members can serve the white-box certificate.
    """
    fit_member = fit_white_box_member if may_be_white_box else fit_black_box_member
    occupied = [p for p, rows in enumerate(indices) if rows.size]
    trusted = trusted_mask(ensemble.trusted_, codes.shape[0])
    candidates = ensemble.candidates_
    tasks = (
        (
            fit_member,
            bases(p),
            ensemble._rows(X, indices[p]),
            y[indices[p]],
            ensemble.classes_,
            trusted[indices[p]],
            None if candidates is None else candidates[indices[p]],
        )
        for p in occupied
    )
    tiny = may_be_white_box and codes.shape[0] < _ROWS_WORTH_A_THREAD * len(occupied)
    groups = run_over_partitions(
        fit_members,
        tasks,
        len(occupied),
        ensemble.n_jobs,
        ensemble.verbose,
        f"{type(ensemble).__name__}: fit on {codes.shape[0]} rows",
        threads_pay=not tiny,
        foreign=runs_foreign_code(ensemble.estimator_),
        threads_per_worker=blas_share(len(indices)),
    )
    fitted = dict(zip(occupied, (member for _, group in groups for member in group)))
    check_predict(ensemble, (member for member, *_ in fitted.values()))
    failed = {p: member.error for p, member in fitted.items() if member.error is not None}
    if failed:
        _answer_for_failed(ensemble, failed, bases, X, y, {p: indices[p] for p in occupied})
    check_white_box_demand(ensemble, [member.label_use for member in fitted.values()])
    members, label_free = [None] * len(indices), np.zeros(len(indices), dtype=bool)
    for p, (member, _, label_use) in fitted.items():
        members[p], label_free[p] = member, may_be_white_box and label_use is None
    return members, label_free


def check_predict(ensemble, members):
    """ValueError if fitted members have no ``predict``."""
    if not all(hasattr(member, "predict") for member in members):
        raise ValueError(
            f"The 'estimator' parameter of {type(ensemble).__name__} must be a classifier, but {ensemble._base()!r} "
            "has no method 'predict', even once fitted."
        )


def check_white_box_demand(ensemble, label_uses):
    """ValueError if what was asked for needs white boxes, and too few are."""
    demand = ensemble._white_box_demand()
    refused = [label_use for label_use in label_uses if label_use is not None]
    if demand is None or not refused or (len(refused) < len(label_uses) and ensemble._may_mix_members()):
        return
    obstacle, error = refused[0]
    raise white_box_refused(obstacle, *demand) from error


def _answer_for_failed(ensemble, failed, bases, X, y, rows_of):
    trained = any(p not in failed and np.unique(y[rows]).shape[0] > 1 for p, rows in rows_of.items())
    largest = max(rows_of, key=lambda p: rows_of[p].size)

    def can_be_fitted():
        even_labels = dealt_out(ensemble.classes_, rows_of[largest].size)
        return can_be_fitted_on(bases(largest), ensemble._rows(X, rows_of[largest]), even_labels)

    def advice():
        gaps = next((p for p in failed if not are_numbered(y[rows_of[p]])), None)
        if gaps is None:
            return ""
        return advice_on_labels(lambda: bases(gaps), ensemble._rows(X, rows_of[gaps]), y[rows_of[gaps]])

    answer_for_failed(failed, len(rows_of), trained, can_be_fitted, advice, stacklevel=7)


def answer_for_failed(failed, n_occupied, trained, can_be_fitted, advice, stacklevel):
    """Warn of partitions on which the base could not be fitted; raise if it cannot be fitted on such rows at all.

    An attacker could break every member by flips. Whether the ensemble fails is therefore decided without the
    labels: with the classes assigned in turn to the rows of the largest partition.

    Parameters
    ----------
    failed : dict
        The error in each partition.
    n_occupied : int
        Number of partitions that have rows.
    trained : bool
        Whether any of the others was fitted on more than one class.
    can_be_fitted, advice : callables without arguments
        Whether the base can be fitted on these rows with those classes, and what might help it.
    """
    first = min(failed)
    advice = advice()
    if not trained and not can_be_fitted():
        error = failed[first]
        where = f"The base could not be fitted on any partition; this is the error in partition {first}."
        error.args = (" ".join(filter(None, [str(error), where, advice])),)
        raise error
    warnings.warn(
        f"The base estimator could not be fitted on {len(failed)} of {n_occupied} partitions, which vote "
        f"for their most frequent class instead. First error, in partition {first}: {failed[first]} "
        f"{advice or 'With fewer partitions (n_partitions), each has more rows.'}",
        UserWarning,
        stacklevel=stacklevel,
    )
