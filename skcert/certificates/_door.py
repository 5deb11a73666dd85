"""The one place in this package that checks arrays: every public function passes its arguments through here.

Each check returns its argument in the form the theorems need (a native dtype, contiguous rows; copied only if
necessary), or raises a `ValueError` that names the argument, its value, and what to do. A public function is this door
and the code behind it. Where loops over arrays that skcert has created itself need only the latter, it is a function
of its own in the same file: ``f`` checks, and calls its *unchecked twin* ``f_unchecked``, which trusts its arguments.

What counts as valid, everywhere:

- *Weights* are float32 or float64. Other integers and floats become float64 if it can represent them exactly, and are
  refused if it might not. No NaN, no infinity, and no row whose absolute values sum to more than `LARGEST_SUM`:
  scores, gaps and margins are multiples of such sums, so none of them can overflow.
- *Labels* and *votes* are whole numbers below the number of classes; votes may be `NO_VOTE`.
- *Score weights* are positive and finite, and leave sums of weights times the largest of them below `LARGEST_SUM`.
- *Candidates* hold each row's own label.
- *Scores* of voters are numbers, infinite ones among them; NaN for all classes where a voter takes no part.
- *Costs* are whole numbers, 0 or more. Larger ones than `UNBOUNDED` count as `UNBOUNDED`.
- *No test rows* give empty results. *No training rows*, and *no voters*, leave nothing to flip: all scores, or vote
counts,
  are 0, and no number of flips changes that.
"""

from numbers import Integral

import numpy as np

from ..results import UNBOUNDED
from ._no_vote import NO_VOTE
from ._rules import new_rules
from ._weight_blocks import largest_absolute_sum

LARGEST_SUM = 2.0**1000
"""The largest sum of absolute values that a row of label weights may have, about 1e301."""

_LARGEST_WHOLE = 2**53  # up to here, float64 holds every whole number


def check_label_linear(weights, labels, n_classes, trusted=None, *, score_weight=None, candidates=None, one_row=False):
    """Label weights, of many test rows or of one, labels as int64, ``n_classes``, the trusted rows, and `Rules`."""
    n_classes = check_n_classes(n_classes)
    weights = _check_weights(weights, one_row)
    n_train = weights.shape[-1]
    labels = check_labels(labels, n_train, n_classes)
    trusted = check_trusted_rows(trusted, n_train)
    if score_weight is not None:
        score_weight = check_score_weight(score_weight, n_classes)
        check_weighted_sums(weights[None, :] if one_row else weights, score_weight)
    if candidates is not None:
        candidates = check_candidates(candidates, labels, n_classes)
        trusted = only_one(candidates) if trusted is None else trusted | only_one(candidates)
    return weights, labels, n_classes, trusted, new_rules(score_weight, candidates, trusted, n_classes)


def check_score_weight(score_weight, n_classes, name="score_weight"):
    """Weights of classes as float64, shape (n_classes,)."""
    score_weight = as_array(name, score_weight)
    if score_weight.shape != (n_classes,) or score_weight.dtype.kind not in "iuf":
        raise ValueError(
            f"{name} has shape {score_weight.shape} and dtype {score_weight.dtype}; it must hold one number for "
            f"each of the {n_classes} classes, in the order of their indices."
        )
    score_weight = score_weight.astype(np.float64)
    wrong = np.flatnonzero(~((score_weight > 0) & np.isfinite(score_weight)))
    if wrong.size:
        raise ValueError(
            f"{name} has {score_weight[wrong[0]]} for class {wrong[0]}; weights must be positive and finite."
        )
    return score_weight


def check_weighted_sums(weights, score_weight):
    """ValueError if sums of label weights, times the largest score weight, might overflow."""
    with np.errstate(over="ignore"):
        largest = largest_absolute_sum(weights) * score_weight.max()
    if not largest <= LARGEST_SUM or not score_weight.max() <= LARGEST_SUM:
        raise ValueError(
            f"score_weight has the value {score_weight.max():.3g}, with which scores could overflow; divide all score "
            "weights by a constant, which changes no radius."
        )


def check_candidates(candidates, labels, n_classes):
    """The labels that rows may get, as a bool array of shape (n_train, n_classes)."""
    candidates = as_array("candidates", candidates)
    if candidates.shape != (labels.shape[0], n_classes) or candidates.dtype != bool:
        raise ValueError(
            f"candidates has shape {candidates.shape} and dtype {candidates.dtype}; it must hold one bool for each of "
            f"the {labels.shape[0]} training rows and each of the {n_classes} classes."
        )
    without = np.flatnonzero(~candidates[np.arange(labels.shape[0]), labels])
    if without.size:
        raise ValueError(
            f"candidates leaves out the label {labels[without[0]]} that row {without[0]} has; a row's own label must "
            "be among its candidates."
        )
    return np.array(candidates, order="C")  # a copy


def only_one(candidates):
    """Rows with one candidate, whose labels cannot be flipped."""
    return candidates.sum(axis=1) == 1


def check_n_classes(n_classes):
    """A number of classes, as an int."""
    if not is_whole(n_classes, 2, UNBOUNDED):
        raise ValueError(f"n_classes={n_classes!r} must be a whole number of classes, 2 or more.")
    return int(n_classes)


def check_target(target, n_classes):
    """The class to force, as an int."""
    if not is_whole(target, 0, n_classes - 1):
        raise ValueError(f"target={target!r} must be a class index, a whole number from 0 to {n_classes - 1}.")
    return int(target)


def check_votes(votes, n_classes, voter="partition"):
    """Votes as int64, shape (n_test, n_voters)."""
    votes = as_array("votes", votes)
    if votes.ndim != 2 or votes.dtype.kind not in "iu":
        raise ValueError(
            f"votes has shape {votes.shape} and dtype {votes.dtype}, but whole numbers of shape (n_test, "
            f"n_{voter}s) are needed: the class index that each {voter} votes for."
        )
    if not ((0 <= votes) & (votes < n_classes) | (votes == NO_VOTE)).all():
        raise ValueError(
            f"votes has values from {votes.min()} to {votes.max()}; give class indices 0 to {n_classes - 1}, "
            f"or NO_VOTE ({NO_VOTE}) for a {voter} without rows."
        )
    return np.ascontiguousarray(votes, dtype=np.int64)


def check_votes_and_costs(votes, costs):
    """Votes as int64, shape (n_test, n_partitions), and costs as int32, shape (n_test, n_partitions, n_classes)."""
    costs = as_array("costs", costs)
    if costs.ndim != 3 or costs.shape[2] < 2:
        raise ValueError(
            f"costs has shape {costs.shape}, but needs three dimensions, (n_test, n_partitions, n_classes), "
            "with at least 2 classes."
        )
    votes = check_votes(votes, costs.shape[2])
    return votes, check_counts("costs", costs, (*votes.shape, costs.shape[2]))


def check_scores(scores):
    """Scores as float32 or float64, shape (n_test, n_voters, n_classes), NaN for all classes or for none."""
    scores = as_array("scores", scores)
    if scores.ndim != 3 or scores.shape[2] < 2:
        raise ValueError(
            f"scores has shape {scores.shape}, but needs three dimensions, (n_test, n_partitions, n_classes), with at "
            "least 2 classes."
        )
    scores = _as_floats("scores", scores)
    unknown = np.isnan(scores)
    partly = unknown.any(axis=2) & ~unknown.all(axis=2)
    if partly.any():
        row, voter = np.argwhere(partly)[0].tolist()
        raise ValueError(
            f"scores[{row}, {voter}] is {scores[row, voter].tolist()}, NaN for some classes only; give every class a "
            "score, -inf for one that the voter does not know, or NaN to all where it takes no part."
        )
    return scores


def check_preferred(preferred, n_test, n_classes):
    """One class index for each test row, as int64."""
    preferred = as_array("preferred", preferred)
    if preferred.shape != (n_test,) or preferred.dtype.kind not in "iu":
        raise ValueError(
            f"preferred has shape {preferred.shape} and dtype {preferred.dtype}; it must hold one class index for "
            f"each of the {n_test} rows of weights."
        )
    if not all_within(preferred, 0, n_classes - 1):
        raise ValueError(
            f"preferred has values from {preferred.min()} to {preferred.max()}; give class indices 0 to "
            f"{n_classes - 1}."
        )
    return np.ascontiguousarray(preferred, dtype=np.int64)


def check_bags(bags_of_bucket, n_bags):
    """The bags of each bucket as int64, shape (n_buckets, d)."""
    bags = as_array("bags_of_bucket", bags_of_bucket)
    if bags.ndim != 2 or bags.shape[1] == 0 or bags.dtype.kind not in "iu":
        raise ValueError(
            f"bags_of_bucket has shape {bags.shape} and dtype {bags.dtype}, but whole numbers of "
            "shape (n_buckets, d) are needed, with d at least 1: the bags that hold each bucket."
        )
    if not all_within(bags, 0, n_bags - 1):
        raise ValueError(
            f"bags_of_bucket has values from {bags.min()} to {bags.max()}; give columns of votes, 0 to {n_bags - 1}."
        )
    if (np.diff(np.sort(bags, axis=1), axis=1) == 0).any():
        raise ValueError(
            "bags_of_bucket names a bag twice for one bucket; draw the d bags of a bucket without repetition."
        )
    return np.ascontiguousarray(bags, dtype=np.int64)


def check_counts(name, values, shape):
    """Numbers of labels, as int32, which can hold `UNBOUNDED`."""
    values = as_array(name, values)
    if values.shape != shape or values.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has shape {values.shape} and dtype {values.dtype}, but whole numbers of shape {shape} are needed."
        )
    if values.size and values.min() < 0:
        raise ValueError(f"{name} has the negative value {values.min()}; give numbers of labels, 0 or more.")
    if np.can_cast(values.dtype, np.int32):
        return np.ascontiguousarray(values, dtype=np.int32)
    bounded = np.empty(shape, dtype=np.int32)
    return np.minimum(values, UNBOUNDED, out=bounded, casting="unsafe")


def _check_weights(weights, one_row):
    weights = as_array("weights", weights)
    if weights.ndim != (1 if one_row else 2):
        raise ValueError(
            f"weights has shape {weights.shape} and dtype {weights.dtype}; it must be a float32 or float64 array of "
            f"shape {'(n_train,): one test row' if one_row else '(n_test, n_train)'}, such as label_weights returns."
        )
    weights = _as_floats("weights", weights)
    rows = weights[None, :] if one_row else weights
    largest = largest_absolute_sum(rows)
    if not largest <= LARGEST_SUM:
        if not np.isfinite(weights).all():
            first = np.argwhere(~np.isfinite(weights))[0].tolist()
            raise ValueError(
                f"weights has NaN or infinite entries, the first at {first}; scale the features behind them."
            )
        raise ValueError(
            f"weights has a row whose absolute values sum to {largest:.3g}, more than {LARGEST_SUM:.3g}, so that "
            "scores could overflow; divide it by a power of 2, which changes no radius, or scale the features."
        )
    return weights


def _as_floats(name, values):
    """Values as contiguous float32 or float64 in native byte order, if that loses nothing."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind not in "biuf" or size > 8:
        raise ValueError(
            f"{name} has dtype {values.dtype}; it must be a float32 or float64 array. Convert it with "
            f"{name}.astype(float), if that loses nothing."
        )
    if kind in "iu" and size == 8 and not all_within(values, -_LARGEST_WHOLE, _LARGEST_WHOLE):
        raise ValueError(
            f"{name} has whole numbers from {values.min()} to {values.max()}, and float64 is not exact beyond "
            "2**53; divide them by a constant, which changes no radius, and pass floats."
        )
    return np.ascontiguousarray(values, dtype=np.float32 if kind == "f" and size == 4 else np.float64)


def check_labels(labels, n_train, n_classes):
    labels = as_array("labels", labels)
    if labels.shape != (n_train,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels has shape {labels.shape} and dtype {labels.dtype}; it must hold one class index for each of the "
            f"{n_train} columns of weights."
        )
    if not all_within(labels, 0, n_classes - 1):
        raise ValueError(
            f"labels has values from {labels.min()} to {labels.max()}; labels must lie between 0 and n_classes - 1 = "
            f"{n_classes - 1}; encode them first."
        )
    return np.array(labels, dtype=np.int64)  # a copy, so that compiled code meets one kind of array only


def check_trusted_rows(trusted, n_train):
    if trusted is None:
        return None
    trusted = as_array("trusted", trusted)
    if trusted.shape != (n_train,) or trusted.dtype != bool:
        raise ValueError(
            f"trusted has shape {trusted.shape} and dtype {trusted.dtype}; it must hold one bool for each of the "
            f"{n_train} training rows."
        )
    return trusted


def as_array(name, values):
    """An array, from what may be a list or a frame without masked entries."""
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError(
            f"{name} is a masked array, and the meaning of its masked entries is not known; fill them in first, with "
            f"{name}.filled(...)."
        )
    try:
        return np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} cannot be converted to an array of numbers ({error}); pass a numpy array."
        ) from error


def all_within(values, least, most):
    """Whether all of these whole numbers lie between the two limits, whatever their type."""
    return values.size == 0 or (least <= int(values.min()) and int(values.max()) <= most)


def is_whole(value, least, most):
    return isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most
