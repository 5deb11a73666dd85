"""Collective certificate: one budget of label flips against a whole test set of a label-linear classifier.

Each test row alone falls to ``radius + 1`` flips, but to different ones. What one budget of r flips
can change *at once* is an integer program (`_program`), about the rivals within reach (`_pairs`). From above it is
bounded by its linear relaxation, with inequalities in prices (`_prices`) added, or solved as it is (`_solver`); from
below, by attacks that are carried out (`_attack`).
"""

from __future__ import annotations

import sys
from numbers import Real
from time import monotonic

import numpy as np
from numpy.typing import ArrayLike

from ...results import CollectiveBound, number_of_flips
from .._door import check_label_linear
from .._rules import plain_rules
from .._weight_blocks import double_blocks
from ..label_linear import class_scores_unchecked, training_rows, with_margin
from ._attack import attacks_along, greedy_attack
from ._pairs import attackable_pairs
from ._program import Program
from ._solver import integer_bound, linear_bound, whole_predictions

_METHODS = ("lp", "milp")


def certify_collective(
    weights: ArrayLike,
    labels: ArrayLike,
    n_classes: int,
    flips: float,
    *,
    trusted: ArrayLike | None = None,
    score_weight: ArrayLike | None = None,
    candidates: ArrayLike | None = None,
    method: str = "lp",
    time_limit: float | None = None,
    verbose: int = 0,
) -> CollectiveBound:
    """Bound the number of predictions that one budget of label flips can change at once.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights, float32 or float64, finite.
    labels : ndarray of shape (n_train,), int
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    flips : int or float
        The attacker's budget for all test rows together, in label flips, 0 or more; a float between 0 and 1 is a
        share of the training labels, rounded down.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class is multiplied by, above 0; ``None`` multiplies by nothing.
    candidates : ndarray of shape (n_train, n_classes), bool, default=None
        Labels that a row may get, its own among them; ``None`` allows every label for every row.
    method : {"lp", "milp"}, default="lp"
        "lp": the linear relaxation, in polynomial time; its bound is proved whatever the solver does. "milp":
        then also the integer program, which is exact up to rounding if it finishes. It takes exponential time
        at worst, and its bound relies on the solver.
    time_limit : float, default=None
        Seconds after which the solver stops; the result is what has been proved by then. ``None`` sets no limit.
        With a limit, the bound can differ from run to run; it is always sound.
    verbose : int, default=0
        Above 0, what has been proved after each round of the linear relaxation is printed to stderr.

    Returns
    -------
    bound : CollectiveBound
        A proved upper bound, and an attack that shows how far it may be from the truth. The upper bound
        is never above the number of test rows with a radius below ``flips``.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    See Also
    --------
    certify_label_linear : The radius of each prediction alone.

    Notes
    -----
    Collective certificates against label flips by integer programs are due to Sabanayagam et al. 2025
    (arXiv 2412.00537), for support vector machines. Scores that are linear in the labels need no inner
    optimisation, and allow for a far tighter linear relaxation: its inequalities in prices are what
    disjunctive programming (Balas 1979) yields for each test row alone.

    Memory is about ``n_pairs * n_train`` numbers, times 2 to 4, with a pair for each test row and each rival
    class that ``flips`` flips can let overtake. Time grows steeply with `flips`: for 200 test
    rows and 1,500 training rows, seconds at 1 flip, a minute or more from 8. A `time_limit` returns the bound proved
    by then, of which most is proved in the first rounds. A large test set can be certified in blocks: the sum of
    their bounds is a bound.

    Examples
    --------
    Three predictions, each with a vote of its own and one in common; flipping the common vote changes two,
    but not the third, where it has the opposite sign.

    >>> import numpy as np
    >>> from skcert.certificates import certify_collective
    >>> weights = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 2.0], [0.0, 0.0, 3.0, -2.0]])
    >>> labels = np.array([0, 0, 0, 0])
    >>> bound = certify_collective(weights, labels, 2, flips=1)
    >>> bound.n_changed_upper, bound.attack_rows, bound.attack_labels
    (2, array([3]), array([1]))
    """
    weights, labels, n_classes, trusted, rules = check_label_linear(
        weights, labels, n_classes, trusted, score_weight=score_weight, candidates=candidates
    )
    rules = rules or plain_rules(n_classes)
    flips = number_of_flips(flips, labels.shape[0])
    training = training_rows(labels, trusted)
    if method not in _METHODS:
        raise ValueError(f"method={method!r} must be one of {list(_METHODS)}.")
    deadline = monotonic() + _check_time_limit(time_limit)
    budget = min(flips, training.flippable.size)
    weights, margins, whole = _with_margins(weights, rules)
    prediction = class_scores_unchecked(weights, labels, n_classes, rules).argmax(axis=1)
    pairs = attackable_pairs(weights, training, rules, margins, whole, budget)
    upper = np.unique(pairs.point).size

    def outcome(attack):
        attacked = labels.copy()
        attacked[pairs.row[attack]] = pairs.new_label[attack]
        return int((class_scores_unchecked(weights, attacked, n_classes, rules).argmax(axis=1) != prediction).sum())

    attacks = [np.empty(0, dtype=np.int64), greedy_attack(pairs, budget, np.empty(0, dtype=np.int64))]
    lower = outcome(attacks[1])
    if lower < upper:
        program = Program(pairs, budget)
        known = _known_so_far(lower, upper, weights.shape[0]) if verbose > 0 else None
        bound, x = linear_bound(program, pairs, budget, lower, deadline, known)
        upper = whole_predictions(min(upper, bound))
        attacks += attacks_along(x, pairs, budget)
        lower = max(map(outcome, attacks))
        if lower < upper and method == "milp" and deadline > monotonic():
            bound, x = integer_bound(program, deadline)
            upper = whole_predictions(min(upper, bound))
            attacks += attacks_along(x, pairs, budget)
    changed = [outcome(attack) for attack in attacks]
    best = int(np.argmax(changed))
    return CollectiveBound(
        n_test=weights.shape[0],
        flips=flips,
        n_changed_upper=upper,
        n_changed_lower=changed[best],
        attack_rows=pairs.row[attacks[best]],
        attack_labels=pairs.new_label[attacks[best]],
        method=method,
    )


def _with_margins(weights, rules):
    """Weights, of which tiny ones are enlarged, what rounding can do to each row, and whether it does nothing."""
    n_test = weights.shape[0]
    enlarged, margins, whole = np.empty(weights.shape), np.empty(n_test), np.empty(n_test, dtype=bool)
    for test, block in double_blocks(weights):
        for t, row in enumerate(block, test.start):
            enlarged[t], _, margins[t], whole[t] = with_margin(row, rules)
    return enlarged, margins, whole


def _known_so_far(lower, upper, n_test):
    """A function that prints what is known, given a bound."""
    start = monotonic()

    def say(n_rounds, bound):
        most, seconds = whole_predictions(min(upper, bound)), monotonic() - start
        known = f"{lower} to {most} of {n_test} predictions change, {seconds:.1f} s"
        print(f"certify_collective: round {n_rounds}, {known}", file=sys.stderr, flush=True)

    return say


def _check_time_limit(time_limit):
    if time_limit is None:
        return np.inf
    if not isinstance(time_limit, Real) or isinstance(time_limit, (bool, np.bool_)) or not float(time_limit) > 0:
        raise ValueError(f"time_limit={time_limit!r} must be a positive number of seconds, or None for no limit.")
    return float(time_limit)
