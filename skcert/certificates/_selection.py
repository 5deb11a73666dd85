"""Which candidates of a search flipped labels can make win: bounds from certified validation predictions.

A search scores each candidate on rows that its models were not fitted on, split by split, and takes the best mean, the
first among equals. With r flips in all of the data, the training rows of any split have at most r. So a candidate's
prediction for a validation row with a certified radius of at least r is *stable*; any other may become anything.

Candidate h comes ahead of candidate j only if the largest possible difference of their scores is at least 0. In one
split, a row with label l adds to it at most (1 if unstable under h, else [h predicts l]) - (0 if unstable under j,
else [j predicts l]), times the worth of l and the weight of the row, 1 / (splits * rows of the split). Summed over the
splits that validate the row, this is its lead with label l. A row that is not flipped adds its lead with its own
label, one that is flipped the largest of those with labels that it may get. Rows act independently: with r flips, the
largest difference is the sum of all rows' own leads and of the r largest gains over them. Row by row, and not by pairs
of row and split, because the label of a row is the same in all splits.

This difference grows with r, which gives for each pair the least r at which h may come ahead of j. The winner is ahead
of every other candidate, so a candidate takes at least the largest of these numbers.

*Rounding.* The search compares means of floats, and the sums here are rounded, too. A difference within a bound on
these errors counts as a tie, which either may win; except that a candidate that nowhere can be right where an earlier
one is wrong never has a higher mean, because rounding keeps the order of sums whose terms are in order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._utils import row_chunks
from ..results import UNBOUNDED
from ._selection_door import check_selection


class Validation(NamedTuple):
    """Validation predictions of all candidates, ordered by training row; `open_validation` makes it."""

    predictions: np.ndarray
    """(n_candidates, n_validated), int64: class indices."""
    radii: np.ndarray
    """(n_candidates, n_validated): certified radii of these."""
    labels: np.ndarray
    """(n_rows,), int64: class index of each row that is validated at all."""
    allowed: np.ndarray
    """(n_rows, n_classes), bool: the labels that each row may get, its own among them."""
    rows: np.ndarray
    """(n_validated,), int64, ascending: which of these rows."""
    shares: np.ndarray
    """(n_validated,): what a right prediction adds to the score."""
    worth: np.ndarray
    """(n_classes,): by what it is multiplied, by label of the row."""
    margin: float
    """Differences of scores up to here may be none, because of rounding."""
    most_flips: int
    """Number of training rows that can be flipped."""


def flips_to_select(
    predictions: ArrayLike,
    radii: ArrayLike,
    labels: ArrayLike,
    rows: ArrayLike,
    splits: ArrayLike,
    chosen: int,
    n_classes: int,
    *,
    trusted: ArrayLike | None = None,
    candidates: ArrayLike | None = None,
    accuracy_weight: ArrayLike | None = None,
) -> NDArray[np.int64]:
    """Lower bound on the label flips that make a search by cross-validated accuracy select each candidate.

    Parameters
    ----------
    predictions : array-like of shape (n_models, n_validated)
        Class index that each candidate of the search predicts for each validated row of each split.
    radii : array-like of shape (n_models, n_validated)
        Certified radii of these predictions, in label flips among the training rows of the split; `UNBOUNDED` where no
        number of flips changes them.
    labels : array-like of shape (n_train,)
        Class indices of all rows.
    rows, splits : array-like of shape (n_validated,)
        Which row each column is about, and in which split; any whole numbers name the splits.
    chosen : int
        The candidate that the search selects on these labels.
    n_classes : int
        Number of known classes, at least 2.
    trusted : array-like of shape (n_train,), bool, default=None
        Rows whose labels cannot be flipped.
    candidates : array-like of shape (n_train, n_classes), bool, default=None
        Labels that each row may get, its own among them; ``None`` for any.
    accuracy_weight : array-like of shape (n_classes,), default=None
        What a right prediction is worth, by the label of its row; ``None`` for 1.

    Returns
    -------
    flips : ndarray of shape (n_models,), int64
        No attack of fewer flips makes the search select the candidate; 0 for the chosen one, `UNBOUNDED` where no
        number of flips does.

    Raises
    ------
    ValueError
        If an argument is not as above, or there is nothing validated.

    Notes
    -----
    The score of a candidate is the mean over the splits of the mean over the split's rows, and among equals the first
    candidate wins, as in scikit-learn's searches. Each pair of candidates takes O(log n_train) passes over
    the validated rows and their classes, and most pairs only one.

    Examples
    --------
    Two candidates, one split, five rows: the first is right about all of them, the second about two.

    >>> from skcert.certificates import UNBOUNDED, flips_to_select
    >>> labels, rows, splits = [0, 0, 1, 1, 1], [0, 1, 2, 3, 4], [0, 0, 0, 0, 0]
    >>> predictions = [[0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]
    >>> certain = [[UNBOUNDED] * 5] * 2  # as if models did not depend on their training labels
    >>> flips_to_select(predictions, certain, labels, rows, splits, 0, 2)
    array([0, 2])
    >>> unstable = [[1, 1, 0, 1, 1], [1, 1, 1, 1, 1]]  # a flip may change one prediction of the first
    >>> flips_to_select(predictions, unstable, labels, rows, splits, 0, 2)
    array([0, 1])
    """
    arrays, trusted, candidates, worth, chosen = check_selection(
        predictions, radii, labels, rows, splits, chosen, n_classes, trusted, candidates, accuracy_weight
    )
    predictions, radii, labels, rows, splits = arrays
    allowed = allowed_labels(labels, worth.shape[0], trusted, candidates)
    validation = open_validation(predictions, radii, labels, rows, splits, allowed, worth)
    return flips_to_select_unchecked(validation, chosen)


def allowed_labels(labels, n_classes, trusted=None, candidates=None):
    """The labels that each row may get, its own among them, shape (n_train, n_classes), bool."""
    shape = labels.shape[0], n_classes
    allowed = np.ones(shape, dtype=bool) if candidates is None else np.array(candidates)
    if trusted is not None:
        allowed[trusted] = np.arange(n_classes) == labels[trusted, None]
    return allowed


def open_validation(predictions, radii, labels, rows, splits, allowed, worth):
    """`Validation` of arrays as `flips_to_select` takes them, with ``allowed`` labels for each row."""
    order = np.argsort(rows, kind="stable")
    validated, rows = np.unique(rows[order], return_inverse=True)
    _, splits, sizes = np.unique(splits[order], return_inverse=True, return_counts=True)
    n_roundings = rows.size + validated.size + sizes.size + 32
    return Validation(
        predictions=predictions[:, order],
        radii=radii[:, order],
        labels=labels[validated],
        allowed=allowed[validated],
        rows=rows.astype(np.int64, copy=False),
        shares=1.0 / (sizes.size * sizes[splits]),
        worth=worth,
        # all terms together are at most 1 in absolute value, times the worth, and gains twice that
        margin=8.0 * n_roundings * float(np.finfo(np.float64).eps) * float(worth.max()),
        most_flips=int((allowed.sum(axis=1) > 1).sum()),
    )


def flips_to_select_unchecked(validation, chosen):
    """`flips_to_select` of what `open_validation` made."""
    n_models = validation.predictions.shape[0]
    own = validation.labels[validation.rows]
    scores = (validation.predictions == own) @ (validation.shares * validation.worth[own])
    strongest_first = [chosen, *(j for j in np.argsort(-scores, kind="stable") if j != chosen)]
    flips = np.zeros(n_models, dtype=np.int64)
    for h in range(n_models):
        if h == chosen:
            continue
        flips[h] = 1
        for j in strongest_first:
            if j != h and scores[j] >= scores[h] - validation.margin:  # it is ahead of the others as it is
                flips[h] = _least_flips_ahead(validation, h, j, int(flips[h]))
    return flips


def largest_leads(validation, chosen, budget):
    """Upper bound on each candidate's lead over the chosen one after so many flips, (n_models,), float64."""
    n_models = validation.predictions.shape[0]
    leads = [_largest_lead(validation, h, chosen, budget) if h != chosen else 0.0 for h in range(n_models)]
    return np.array(leads)


def _least_flips_ahead(validation, h, j, least):
    """The least number of flips, `least` or more, after which h may come ahead of j; `UNBOUNDED` if there is none."""
    most = validation.most_flips
    if least > most or not _may_come_ahead(validation, h, j, most):
        return UNBOUNDED
    if _may_come_ahead(validation, h, j, least):
        return least
    while most - least > 1:
        middle = (least + most) // 2
        if _may_come_ahead(validation, h, j, middle):
            most = middle
        else:
            least = middle
    return most


def _may_come_ahead(validation, h, j, flips):
    lead = _largest_lead(validation, h, j, flips)
    if abs(lead) > validation.margin or h < j:
        return lead >= -validation.margin
    return _may_be_better_somewhere(validation, h, j, flips)


def _largest_lead(validation, h, j, flips):
    """The largest difference between the scores of h and j that so many flips allow, up to rounding."""
    n_rows, n_classes = validation.allowed.shape
    total, gains = 0.0, [np.zeros(0)]
    for chunk in row_chunks(n_rows, 8 * 8 * n_classes):
        first, end = np.searchsorted(validation.rows, [chunk.start, chunk.stop])
        leads = _leads(validation, h, j, flips, chunk, slice(first, end))
        own = leads[np.arange(leads.shape[0]), validation.labels[chunk]]
        total += own.sum()
        gains.append(np.where(validation.allowed[chunk], leads, -np.inf).max(axis=1) - own)
    gain = np.concatenate(gains)
    if flips < gain.size:
        gain = np.partition(gain, gain.size - flips - 1)[gain.size - flips :]
    return float(total + gain.sum())


def _leads(validation, h, j, flips, chunk, columns):
    """Lead of h over j that each row of a chunk adds with each label, shape (n_rows, n_classes)."""
    n_rows, n_classes = chunk.stop - chunk.start, validation.worth.shape[0]
    rows, shares = validation.rows[columns] - chunk.start, validation.shares[columns]
    unstable = validation.radii[h, columns] < flips
    leads = np.repeat(np.bincount(rows, shares * unstable, n_rows)[:, None], n_classes, axis=1)
    for model, sign, stable in ((h, 1.0, ~unstable), (j, -1.0, validation.radii[j, columns] >= flips)):
        cells = rows * n_classes + validation.predictions[model, columns]
        leads += np.bincount(cells, sign * shares * stable, n_rows * n_classes).reshape(n_rows, n_classes)
    leads *= validation.worth
    return leads


def _may_be_better_somewhere(validation, h, j, flips):
    """Whether so many flips can make h right, and j wrong, about some row of some split."""
    allowed = validation.allowed[validation.rows]
    own = validation.labels[validation.rows]
    if flips == 0:
        allowed = np.arange(allowed.shape[1]) == own[:, None]
    predictions = validation.predictions
    unstable, j_unstable = validation.radii[h] < flips, validation.radii[j] < flips
    each = np.arange(own.size)
    others = allowed.sum(axis=1) > allowed[each, predictions[j]]  # it may get a label that j does not predict
    differ = j_unstable | (predictions[h] != predictions[j])
    better = np.where(unstable, j_unstable | others, allowed[each, predictions[h]] & differ)
    return bool(better.any())


def search_radius(agree, radii, flips_to_win):
    """Radii of search and refit together, and the candidate that limits each.

    Parameters
    ----------
    agree : ndarray of shape (n_models, n_test), bool
        Whether each candidate, refitted on all rows, predicts what the chosen one does.
    radii : ndarray of shape (n_models, n_test), int64
        Radius of each of these refits.
    flips_to_win : ndarray of shape (n_models,), int64
        As `flips_to_select` returns it.

    Returns
    -------
    radius : ndarray of shape (n_test,), int64
        The largest r such that all candidates that r flips may make win agree, each with a radius of at least r.
    limiting : ndarray of shape (n_test,), int64
        A candidate at which this fails for one more flip, the chosen one if it is one of them.
    """
    fails_alone = np.where(agree, np.minimum(radii, UNBOUNDED - 1) + 1, 0)
    fails = np.maximum(fails_alone, flips_to_win[:, None])
    chosen = int(np.argmin(flips_to_win))
    least = fails.min(axis=0)
    limiting = np.where(fails[chosen] == least, chosen, fails.argmin(axis=0))
    return np.where(least < UNBOUNDED, least - 1, UNBOUNDED), limiting
