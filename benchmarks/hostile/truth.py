"""The truth: what predictions are on every labeling that an attacker may write, found by trying all of them.

*Computed* scores are those of ``class_scores``, one call per labeling. *Exact* scores are sums without any rounding:
weights are whole multiples of a power of two, so they are added as whole numbers. A certificate has to hold for both.
"""

from functools import lru_cache
from itertools import product

import numpy as np

from skcert import certificates
from skcert.certificates import UNBOUNDED

_SIGNIFICANT_BITS = 53
_BITS_IN_INT64 = 62


@lru_cache(maxsize=64)
def _all_codes(n, n_classes):
    return np.array(list(product(range(n_classes), repeat=n)), dtype=np.int64).reshape(n_classes**n, n)


def labelings(labels, n_classes, trusted, most=None, seed=0):
    """Labelings that leave trusted rows alone, in the order of their distance from `labels`.

    Returns
    -------
    labelings : ndarray of shape (n_labelings, n), int64
        All of them, the present one first; or, if there are more than `most`, that many: the present one, those with
        one flip, and random ones.
    distance : ndarray of shape (n_labelings,), int64
        Label flips that each takes.
    complete : bool
        Whether these are all.
    """
    free = np.arange(labels.size) if trusted is None else np.flatnonzero(~trusted)
    complete = most is None or n_classes**free.size <= most
    if complete:
        codes = _all_codes(free.size, n_classes)
        found = np.repeat(labels[None, :].astype(np.int64), codes.shape[0], axis=0)
        found[:, free] = codes
    else:
        found = np.repeat(labels[None, :].astype(np.int64), most, axis=0)
        rng = np.random.default_rng(seed)
        single = [(i, c) for i in free for c in range(n_classes) if c != labels[i]]
        for number, labeling in enumerate(found[1:]):
            if number < len(single):
                labeling[single[number][0]] = single[number][1]
            else:
                flipped = rng.permutation(free)[: rng.integers(2, free.size + 1)]
                labeling[flipped] = rng.integers(0, n_classes, flipped.size)
    distance = (found != labels).sum(axis=1)
    order = np.argsort(distance, kind="stable")
    return found[order], distance[order], complete


def computed_scores(weights, labelings, n_classes, score_weight=None):
    """``class_scores`` on each labeling, shape (n_labelings, n_test, n_classes)."""
    scores = (
        certificates.class_scores(weights, labeling, n_classes, score_weight=score_weight) for labeling in labelings
    )
    return np.stack(list(scores))


def exact_predictions(weights, labelings, scores):
    """Predictions by scores without rounding, shape (n_labelings, n_test); None where a weight is not finite.

    A class without rows for which the computed `scores` say -inf is not predicted here either.
    """
    if not np.isfinite(weights).all():
        return None
    n_classes = scores.shape[2]
    members = (labelings[:, None, :] == np.arange(n_classes)[:, None]).astype(np.int64)
    out_of_question = np.isneginf(scores) & ~members.any(axis=2)[:, None, :]
    predictions = np.empty(scores.shape[:2], dtype=np.int64)
    for t, row in enumerate(weights):
        whole = _whole_multiples(row)
        if whole.dtype == object:
            sums = np.array([[sum(whole[m > 0].tolist()) for m in labeling] for labeling in members], dtype=object)
            least = -sum(map(abs, whole.tolist())) - 1
        else:
            sums, least = members @ whole, np.iinfo(np.int64).min
        sums[out_of_question[:, t]] = least
        predictions[:, t] = sums.argmax(axis=1)
    return predictions


def _whole_multiples(row):
    """A row of weights as whole multiples of one power of two: int64 if the sums fit, otherwise Python integers."""
    mantissas, exponents = np.frexp(row.astype(np.float64))
    whole = (mantissas * 2.0**_SIGNIFICANT_BITS).astype(np.int64)
    if not whole.any():
        return whole
    lift = np.where(whole == 0, 0, exponents - exponents[whole != 0].min())
    if lift.max() + _SIGNIFICANT_BITS + np.log2(row.size) + 1 < _BITS_IN_INT64:
        return whole << lift
    return np.array([int(w) << int(s) for w, s in zip(whole, lift)], dtype=object)


def least_flips(predictions, distance, n_classes):
    """Fewest flips after which each class is predicted, and the first labeling that does it.

    Parameters
    ----------
    predictions : ndarray of shape (n_labelings, n_test)
        Class indices; -1 where nothing is predicted.
    distance : ndarray of shape (n_labelings,)
        Flips, ascending.
    n_classes : int
        Number of classes.

    Returns
    -------
    least, witness : ndarrays of shape (n_test, n_classes), int64
        `UNBOUNDED` and 0 where no labeling does it.
    """
    leads_there = predictions[:, :, None] == np.arange(n_classes)
    witness = leads_there.argmax(axis=0)
    return np.where(leads_there.any(axis=0), distance[witness], UNBOUNDED), witness


def least_change(least, witness, prediction):
    """Fewest flips after which anything other than `prediction` is predicted, and the labeling that does it."""
    others = least.copy()
    others[np.arange(least.shape[0]), prediction] = UNBOUNDED + 1
    best = others.argmin(axis=1)
    rows = np.arange(least.shape[0])
    return np.minimum(others[rows, best], UNBOUNDED), witness[rows, best]


def least_cost(outcomes, total, votes, n_classes):
    """Least cost after which each class wins the vote, of all outcomes of a vote at one test row.

    Parameters
    ----------
    outcomes : ndarray of shape (n_outcomes, n_partitions)
        What every partition votes.
    total : ndarray of shape (n_outcomes,)
        What the outcome costs, `UNBOUNDED` or more if it is out of reach.
    votes : ndarray of shape (n_partitions,)
        Present votes, -1 for those that do not count.
    n_classes : int
        Number of classes.
    """
    voting = votes >= 0
    counts = np.stack([(outcomes[:, voting] == c).sum(axis=1) for c in range(n_classes)], axis=1)
    winner = counts.argmax(axis=1)
    return np.array([min(total[winner == c].min(initial=UNBOUNDED), UNBOUNDED) for c in range(n_classes)])
