"""What labels are worth, and which of them a row may get: the general case, in which classes have nothing in common.

Scores are ``f_c = w_c sum_i a_i [y_i = c]`` with fixed score weights w, and row i may only get labels of its own set.
``None`` in place of rules stands for weights of 1 and any label for every row; code compiled for it knows no others.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .._utils import compiled, compiled_part, read_only


class Rules(NamedTuple):
    """Score weights, and the labels that rows may get."""

    score_weight: np.ndarray
    """(n_classes,): what a score is multiplied by, above 0."""
    allowed: np.ndarray
    """(n_train, n_classes), bool, or no rows: whether the row may get the label; no rows if any row may get any."""
    attainable: np.ndarray
    """(n_classes,), bool: whether any row that can be flipped may get the label."""


def new_rules(score_weight, candidates, trusted, n_classes):
    """`Rules` from score weights and the labels that rows may get, each of which may be None; None if both are."""
    flippable = slice(None) if trusted is None else ~trusted
    if candidates is not None and candidates[flippable].all():
        candidates = None
    if score_weight is None and candidates is None:
        return None
    anything = np.ones(n_classes, dtype=bool)
    return Rules(
        score_weight=np.ones(n_classes) if score_weight is None else np.array(score_weight, dtype=np.float64),
        allowed=read_only(np.empty((0, n_classes), dtype=bool) if candidates is None else candidates),
        attainable=read_only(anything if candidates is None else candidates[flippable].any(axis=0)),
    )


def plain_rules(n_classes):
    """`Rules` that say what None does, for code that is compiled once."""
    return Rules(
        np.ones(n_classes),
        read_only(np.empty((0, n_classes), dtype=bool)),
        read_only(np.ones(n_classes, dtype=bool)),
    )


def rules_of_rows(rules, rows):
    """The rules for some of the training rows alone, none of which is trusted more than before."""
    if rules is None or rules.allowed.shape[0] == 0:
        return rules
    return rules._replace(allowed=read_only(np.ascontiguousarray(rules.allowed[rows])))


def any_other_labels(rules, rows, label, n_classes):
    """For each of some rows that can be flipped, the first label that it may get, other than `label`."""
    may = np.ones((rows.shape[0], n_classes), dtype=bool)
    if rules is not None and rules.allowed.shape[0] > 0:
        may = rules.allowed[rows]
    return (may & (np.arange(n_classes) != label)).argmax(axis=1)


@compiled_part
def may_get(rules, i, label):
    """Whether a row that can be flipped may get this label."""
    return rules.allowed.shape[0] == 0 or rules.allowed[i, label]


@njit(inline="always")
def closes(a, label, loser, target, of_loser, of_target, may_win, may_lose):
    """The most that relabelling a row of weight a takes off the lead of `loser` over `target`.

    It is nothing, ``of_target |a|``, ``of_loser |a|`` or the sum of both, in score weights; `may_win` and `may_lose`
    say whether the row may become the target or the loser. Without branches, because loops over all rows call it.
    """
    up, down = max(a, 0.0), max(-a, 0.0)
    raised = down if label == target else up if may_win else 0.0
    lowered = up if label == loser else down if may_lose else 0.0
    return of_target * raised + of_loser * lowered


@compiled_part
def best_label(rules, a, i, label, loser, target):
    """The label with which row i closes that much; its own if it closes nothing."""
    wanted = target if a > 0.0 else loser
    if label != wanted and may_get(rules, i, wanted):
        return wanted
    if label == (loser if a > 0.0 else target):
        # only third classes are left, all of which do the same
        for other in range(rules.score_weight.shape[0]):
            if other != loser and other != target and may_get(rules, i, other):
                return other
    return label


@compiled
def best_labels(rules, row, labels, flipped, loser, target):
    """`best_label` of each of the flipped rows."""
    new_labels = np.empty(flipped.shape[0], dtype=np.int64)
    for f in range(flipped.shape[0]):
        i = flipped[f]
        new_labels[f] = best_label(rules, row[i], i, labels[i], loser, target)
    return new_labels
