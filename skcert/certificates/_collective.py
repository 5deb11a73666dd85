"""Collective certificate: one budget of label flips against a whole test set of a label-linear classifier.

Each test point alone falls to ``radius + 1`` flips, but to different ones. What one budget of r flips
can change *at once* is an integer program. Its variables, all 0 or 1:

* ``x[i, k]``: training row i gets the new label k; at most one per row, at most r in all;
* ``z[t, c]``: at test point t, class c overtakes the predicted class v; at most one per test point.

With label weights a(t), relabelling row i as k closes the gap ``f_v - f_c`` by the *gain*
``g[i, k] = a_i ([k = c] - [k = v] + [y_i = v] - [y_i = c])``, so that, for every (t, c),

    ``sum g x >= needed z - M (1 - z)``,

where M is the most that r flips can widen the gap. The largest ``sum z`` is the number sought.

The linear relaxation has the same rows and variables anywhere between 0 and 1. On its own it is weak: with
``z = 1/2`` half an attack passes for half a changed prediction, at every test point at once. Two families of
inequalities that every attack satisfies make up for that.

*Count.* An attack that lets c overtake has at least ``radius + 1`` flips of positive gain at (t, c), with
that pair's own radius: ``sum_{g > 0} x >= (radius + 1) z``. Pairs with a radius of r or more are left
out; hence the bound is never above the number of test points with a radius below r.

*Prices.* For any prices ``nu >= 0`` of a flip and ``mu_i >= 0`` of a row,

    ``sum (g[i, k] - nu - mu_i)^+ x[i, k] >= (needed - r nu - sum mu_i) z``.

At z = 1 the flips gain ``needed`` and cost no more than ``r nu + sum mu_i``; at z = 0 the left side is
not negative. Given a fractional x and z, the prices that are violated most come from a fractional
knapsack: of the flips in x, take those that gain most at (t, c), in all no more than ``r z`` and from each row
no more than z. Scaled to a right side of z, the inequalities of several rivals at one test point make
another, with the largest of their coefficients on the left and the sum of their z on the right, because
at most one of these is 1. Such inequalities are added until they hardly lower the bound any more.

Scaled so that what z asks for is 1, gains above 1 are as good as 1, which tightens both kinds of rows.

Soundness. The linear bound is not the solver's objective but weak duality, recomputed from the solver's
multipliers: ``b'p + sum (objective - A'p)^+`` bounds every 0-1 solution for *any* p >= 0. A solver that is
inaccurate or stops early can make it looser, not wrong. The integer program's bound is the solver's
own dual bound, and stands or falls with the solver. To keep attacks clear of its tolerances, rows in
weights are relaxed by more than these and freed of tiny coefficients (see `_well_scaled`). Closing a gap
to within rounding counts as closing it, as in `_label_linear`.
"""

from dataclasses import dataclass
from numbers import Integral, Real
from time import monotonic

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from ._label_linear import _rounding_margin, class_scores
from ._read_only import ReadOnlyArrays
from ._result import _check_flips

_METHODS = ("lp", "milp")
_BOUND_TOLERANCE = 1e-6  # on a number of predictions
_RELAXATION = 1e-5  # of every inequality in weights; the solver's tolerances are 1e-7 and, for integers, 1e-6
_LEAST_NEEDED = 1e-6  # relative; below it, rounding could eat up the relaxation
_LEAST_VIOLATION = 1e-4
_MAX_ROUNDS = 100
_STALL_ROUNDS = 4
_LEAST_PROGRESS = 0.05  # predictions, over the last _STALL_ROUNDS rounds


@dataclass(frozen=True, eq=False, repr=False)
class CollectiveBound(ReadOnlyArrays):
    """How many of a test set's predictions one budget of label flips can change at once.

    Parameters
    ----------
    n_test : int
        Number of test points.
    flips : int
        The attacker's budget, in label flips.
    n_changed_upper : int
        No attack of at most ``flips`` flips changes more predictions than this: proved.
    n_changed_lower : int
        Number of predictions that the attack below changes.
    attack_rows : ndarray of shape (n_flips,), int64
        Training rows that the attack relabels, at most ``flips``; empty if it changes nothing.
    attack_labels : ndarray of shape (n_flips,), int64
        Their new class indices.
    method : str
        "lp" or "milp".

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import certify_collective
    >>> bound = certify_collective(np.eye(3), np.array([1, 1, 1]), 2, 2)
    >>> bound
    CollectiveBound(n_test=3, flips=2, n_changed_lower=2, n_changed_upper=2, method='lp')
    >>> bound.exact
    True
    """

    n_test: int
    flips: int
    n_changed_upper: int
    n_changed_lower: int
    attack_rows: np.ndarray
    attack_labels: np.ndarray
    method: str

    @property
    def exact(self) -> bool:
        """Whether the attack proves that the bound cannot be lower, bool."""
        return self.n_changed_lower == self.n_changed_upper

    def __repr__(self) -> str:
        return (
            f"CollectiveBound(n_test={self.n_test}, flips={self.flips}, n_changed_lower={self.n_changed_lower}, "
            f"n_changed_upper={self.n_changed_upper}, method={self.method!r})"
        )


def certify_collective(
    weights: ArrayLike,
    labels: ArrayLike,
    n_classes: int,
    flips: int,
    *,
    trusted: ArrayLike | None = None,
    method: str = "lp",
    time_limit: float | None = None,
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
    flips : int
        The attacker's budget for all test points together, in label flips, 0 or more.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.
    method : {"lp", "milp"}, default="lp"
        "lp": the linear relaxation, in polynomial time; its bound is proved whatever the solver does. "milp":
        then the integer program, which is exact, but for rounding, where it finishes. It takes exponential time
        at worst, and its bound relies on the solver's.
    time_limit : float, default=None
        Seconds after which the solver stops; what it has proved by then counts. ``None`` sets no limit.
        With a limit, the bound can differ from run to run; it is sound in all of them.

    Returns
    -------
    bound : CollectiveBound
        A proved upper bound, and an attack that shows how far it may be from the truth. The upper bound
        is never above the number of test points with a radius below ``flips``.

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
    disjunctive programming (Balas 1979) yields for each test point alone.

    Memory is about ``n_pairs * n_train`` numbers, times 2 to 4, with a pair for each test point and rival
    class that ``flips`` flips can let overtake. Some hundred test points and a few thousand training rows
    are practical. A large test set can be certified in blocks: the sum of their bounds is a bound.

    Examples
    --------
    Three predictions, each with a vote of its own and one in common; one flip of the common vote
    changes two, but not the third, where it has the opposite sign.

    >>> import numpy as np
    >>> from skcert.certificates import certify_collective
    >>> weights = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, 0.0, 2.0], [0.0, 0.0, 3.0, -2.0]])
    >>> labels = np.array([0, 0, 0, 0])
    >>> bound = certify_collective(weights, labels, 2, flips=1)
    >>> bound.n_changed_upper, bound.attack_rows, bound.attack_labels
    (2, array([3]), array([1]))
    """
    weights, labels, flippable = _check_inputs(weights, labels, n_classes, trusted)
    flips = _check_flips(flips)
    if method not in _METHODS:
        raise ValueError(f"method={method!r} must be one of {list(_METHODS)}.")
    deadline = monotonic() + _check_time_limit(time_limit)
    budget = min(flips, flippable.size)
    prediction = class_scores(weights, labels, n_classes).argmax(axis=1)
    pairs = _attackable_pairs(weights, labels, n_classes, flippable, budget)
    upper = np.unique(pairs.point).size

    def outcome(attack):
        attacked = labels.copy()
        attacked[pairs.row[attack]] = pairs.new_label[attack]
        return int((class_scores(weights, attacked, n_classes).argmax(axis=1) != prediction).sum())

    attacks = [np.empty(0, dtype=np.int64), _greedy_attack(pairs, budget, np.empty(0, dtype=np.int64))]
    lower = outcome(attacks[1])
    if lower < upper:
        program = _Program(pairs, budget)
        bound, x = _linear_bound(program, pairs, budget, lower, deadline)
        upper = _floor(min(upper, bound))
        attacks += _attacks_along(x, pairs, budget)
        lower = max(map(outcome, attacks))
        if lower < upper and method == "milp" and deadline > monotonic():
            bound, x = _integer_bound(program, deadline)
            upper = _floor(min(upper, bound))
            attacks += _attacks_along(x, pairs, budget)
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


def _check_inputs(weights, labels, n_classes, trusted):
    """Weights and labels as arrays, and the rows whose labels can be flipped."""
    if not isinstance(n_classes, Integral) or n_classes < 2:
        raise ValueError(f"n_classes={n_classes!r} must be a whole number, at least 2.")
    weights, labels = np.asarray(weights), np.asarray(labels)
    if weights.ndim != 2 or weights.dtype not in (np.float32, np.float64):
        raise ValueError(
            f"weights has shape {weights.shape} and dtype {weights.dtype}; it must be a float32 or float64 array of "
            "shape (n_test, n_train), such as label_weights returns."
        )
    if not np.isfinite(weights).all():
        raise ValueError("weights has NaN or infinite entries; scale the features that they come from.")
    n_train = weights.shape[1]
    if labels.shape != (n_train,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels has shape {labels.shape} and dtype {labels.dtype}; it must hold one class index for each of the "
            f"{n_train} columns of weights."
        )
    if n_train and not 0 <= labels.min() <= labels.max() < n_classes:
        raise ValueError(f"labels must lie between 0 and n_classes - 1 = {n_classes - 1}; encode them first.")
    if trusted is None:
        return weights, labels, np.arange(n_train)
    trusted = np.asarray(trusted)
    if trusted.shape != (n_train,) or trusted.dtype != bool:
        raise ValueError(
            f"trusted has shape {trusted.shape} and dtype {trusted.dtype}; it must hold one bool for each of the "
            f"{n_train} columns of weights."
        )
    return weights, labels, np.flatnonzero(~trusted)


def _check_time_limit(time_limit):
    if time_limit is None:
        return np.inf
    if not isinstance(time_limit, Real) or isinstance(time_limit, (bool, np.bool_)) or not float(time_limit) > 0:
        raise ValueError(f"time_limit={time_limit!r} must be a positive number of seconds, or None for no limit.")
    return float(time_limit)


def _floor(bound):
    """The whole number of predictions that a bound leaves possible."""
    return int(np.floor(bound + _BOUND_TOLERANCE))


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Test points with a rival within reach of the budget, and the relabellings that matter to them."""

    point: np.ndarray
    """(n_pairs,): test point."""
    needed: np.ndarray
    """(n_pairs,): gain without which the rival does not overtake."""
    enough: np.ndarray
    """(n_pairs,): gain with which it surely does, up to the order of summation."""
    fewest: np.ndarray
    """(n_pairs,): least number of flips that gain `needed`."""
    row: np.ndarray
    """(n_options,): training row."""
    new_label: np.ndarray
    """(n_options,): its new class index."""
    gains: sparse.csr_array
    """(n_pairs, n_options): by how much an option closes a pair's gap."""
    starts: np.ndarray
    """(n_pairs + 1,): where each pair begins in `useful`."""
    useful: np.ndarray
    """(n_useful,): options of positive gain, for each pair in descending order of gain."""
    useful_gains: np.ndarray
    """(n_useful,): their gains."""


def _attackable_pairs(weights, labels, n_classes, flippable, budget):
    """Pairs of a test point and a rival that `budget` flips can let overtake."""
    scores = class_scores(weights, labels, n_classes)
    flippable_labels = labels[flippable]
    point, loser, rival, needed, enough, fewest = [], [], [], [], [], []
    for t in range(weights.shape[0]):
        margin = _rounding_margin(weights[t])
        a = weights[t, flippable].astype(np.float64)
        predicted = int(scores[t].argmax())
        for c in range(n_classes):
            if c == predicted:
                continue
            gap = scores[t, predicted] - scores[t, c]
            if margin == 0.0:  # whole numbers: a rival that loses ties needs one more
                least = sure = gap + (c > predicted)
            else:
                least, sure = gap - margin, gap + margin
            gain = np.abs(a) + a * (flippable_labels == predicted) - a * (flippable_labels == c)
            largest = np.sort(gain)[::-1][:budget]
            closed = np.cumsum(largest[largest > 0])
            if closed.size == 0 or closed[-1] < least:
                continue
            point.append(t)
            loser.append(predicted)
            rival.append(c)
            needed.append(least)
            enough.append(sure)
            fewest.append(np.searchsorted(closed, least) + 1)
    row, new_label, gains = _options(weights, labels, n_classes, flippable, point, loser, rival)
    starts, useful, useful_gains = _in_descending_order(gains)
    return _Pairs(
        point=np.array(point, dtype=np.int64),
        needed=np.array(needed, dtype=np.float64),
        enough=np.array(enough, dtype=np.float64),
        fewest=np.array(fewest, dtype=np.int64),
        row=row,
        new_label=new_label,
        gains=gains,
        starts=starts,
        useful=useful,
        useful_gains=useful_gains,
    )


def _options(weights, labels, n_classes, flippable, point, loser, rival):
    """Relabellings with a positive gain at some pair, and their gains at all pairs.

    Classes that are neither predicted nor a rival anywhere are as good as each other: one stands for all.
    """
    in_play = np.union1d(np.array(loser, dtype=np.int64), rival)
    others = np.setdiff1d(np.arange(n_classes), in_play)
    targets = np.concatenate([in_play, others[:1]]).astype(np.int64)
    row = np.repeat(flippable, targets.size).astype(np.int64)
    new_label = np.tile(targets, flippable.size)
    changes = labels[row] != new_label
    row, new_label = row[changes], new_label[changes]
    old_label = labels[row]
    rows_of_gains = []
    for t, v, c in zip(point, loser, rival):
        factor = (new_label == c) * 1.0 - (new_label == v) + (old_label == v) - (old_label == c)
        rows_of_gains.append(sparse.csr_array(np.where(factor != 0, factor * weights[t, row], 0.0)[None, :]))
    if not rows_of_gains:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, sparse.csr_array((0, 0))
    gains = sparse.vstack(rows_of_gains, format="csr")
    matters = np.zeros(row.size, dtype=bool)
    matters[gains.indices[gains.data > 0]] = True
    return row[matters], new_label[matters], gains[:, np.flatnonzero(matters)]


def _in_descending_order(gains):
    """Positive gains of each pair, the largest first: where pairs start, options, gains."""
    pair = np.repeat(np.arange(gains.shape[0]), np.diff(gains.indptr))
    positive = gains.data > 0
    pair, option, gain = pair[positive], gains.indices[positive].astype(np.int64), gains.data[positive]
    order = np.lexsort((option, -gain, pair))
    starts = np.searchsorted(pair, np.arange(gains.shape[0] + 1))
    return starts, option[order], gain[order]


class _Program:
    """``maximise sum z subject to A (x, z) <= b, 0 <= (x, z) <= 1``, with room for more rows."""

    def __init__(self, pairs, budget):
        n_pairs, n_options = pairs.gains.shape
        self.n_options = n_options
        self.objective = np.concatenate([np.zeros(n_options), np.ones(n_pairs)])
        widened = _most_widened(pairs.gains, pairs.row, budget)
        reach = pairs.needed + widened
        never_short = reach <= 0  # the rival overtakes with any flips
        reach[never_short] = np.inf
        gains = pairs.gains.copy()
        gains.data = _well_scaled(gains.data, np.repeat(reach, np.diff(gains.indptr)))
        useful = pairs.gains.copy()
        useful.data = (useful.data > 0).astype(np.float64)
        useful.eliminate_zeros()
        # a gap that is within rounding of closed needs no flips of positive gain
        fewest = np.where(pairs.needed > 0, pairs.fewest, 0)
        each_row, each_point = _membership(pairs.row), _membership(pairs.point)
        no_x = sparse.csr_array((each_point.shape[0], n_options))
        no_z = sparse.csr_array((each_row.shape[0], n_pairs))
        self.matrix = sparse.vstack(
            [
                sparse.csr_array(np.concatenate([np.ones(n_options), np.zeros(n_pairs)])[None, :]),
                sparse.hstack([each_row, no_z]),
                sparse.hstack([no_x, each_point]),
                sparse.hstack([-gains, _diagonal(~never_short)]),
                sparse.hstack([-useful, _diagonal(fewest)]),
            ],
            format="csr",
        )
        one_each = np.ones(each_row.shape[0] + each_point.shape[0])
        self.limits = np.concatenate([[budget], one_each, widened / reach + _RELAXATION, np.zeros(n_pairs)])
        self.n_fixed = self.limits.size

    def add(self, rows):
        """Add inequalities ``row @ (x, z) <= 0``, relaxed."""
        self.matrix = sparse.vstack([self.matrix, *rows], format="csr")
        self.limits = np.concatenate([self.limits, np.full(len(rows), _RELAXATION)])

    def drop_slack(self, slack):
        """Drop added inequalities that do not bind."""
        keep = np.flatnonzero((np.arange(self.limits.size) < self.n_fixed) | (slack < _BOUND_TOLERANCE))
        self.matrix, self.limits = self.matrix[keep], self.limits[keep]

    def bound(self, multipliers):
        """Weak duality: no 0-1 solution is above this, whatever the multipliers."""
        multipliers = np.maximum(multipliers, 0.0)
        reduced = self.objective - self.matrix.T @ multipliers
        return float(self.limits @ multipliers + np.maximum(reduced, 0.0).sum())


def _well_scaled(gains, asked):
    """Gains as multiples of what is asked of their sum, in a form that a solver's tolerances cannot hurt.

    A gain above 1 is as good as 1 for 0-1 variables. Tiny gains are raised and tiny losses left out,
    which relaxes; the solver would otherwise take some for 0 and mistake others for its own errors.
    """
    gains = np.minimum(gains, asked) / asked
    tiny = np.abs(gains) < _RELAXATION
    return np.where(tiny, np.where(gains > 0, _RELAXATION, 0.0), gains)


def _diagonal(values):
    index = np.arange(values.size)
    return sparse.csr_array((values.astype(np.float64), (index, index)), shape=(values.size, values.size))


def _membership(group):
    """One row per distinct value in `group`, with ones at its members."""
    _, index = np.unique(group, return_inverse=True)
    members = np.arange(group.size)
    return sparse.csr_array((np.ones(group.size), (index, members)), shape=(int(index.max()) + 1, group.size))


def _most_widened(gains, row, budget):
    """The most that `budget` flips can widen each pair's gap."""
    _, index = np.unique(row, return_inverse=True)
    widened = np.zeros(gains.shape[0])
    for pair in range(gains.shape[0]):
        entries = slice(gains.indptr[pair], gains.indptr[pair + 1])
        of_row = np.zeros(int(index.max()) + 1)
        np.maximum.at(of_row, index[gains.indices[entries]], -gains.data[entries])
        widened[pair] = np.sort(of_row)[::-1][:budget].sum()
    return widened


def _linear_bound(program, pairs, budget, lower, deadline):
    """Bound of the linear relaxation, with inequalities added while they lower it, and its fractional x.

    The bound is infinite, and x all 0, if there was no time for a first solution.
    """
    bounds, x = [np.inf], np.zeros(program.n_options)
    for _ in range(_MAX_ROUNDS):
        seconds = deadline - monotonic()
        if seconds <= 0:
            break
        answer = linprog(
            -program.objective,
            A_ub=program.matrix,
            b_ub=program.limits,
            bounds=(0, 1),
            method="highs",
            options={"time_limit": seconds} if np.isfinite(seconds) else {},
        )
        if answer.status != 0:
            break
        bounds.append(min(bounds[-1], program.bound(-answer.ineqlin.marginals)))
        x, z = answer.x[: program.n_options], answer.x[program.n_options :]
        program.drop_slack(answer.slack)
        if _floor(bounds[-1]) <= lower:
            break
        if len(bounds) > _STALL_ROUNDS + 1 and bounds[-1 - _STALL_ROUNDS] - bounds[-1] < _LEAST_PROGRESS:
            break
        rows = _violated_prices(program, pairs, budget, x, z)
        if not rows:
            break
        program.add(rows)
    return bounds[-1], x


def _violated_prices(program, pairs, budget, x, z):
    """Inequalities in prices that (x, z) violates: one for each pair, and one for all pairs of a test point."""
    violated = []

    def add_if_violated(coefficients, of_pairs):
        if z[of_pairs].sum() - coefficients @ x > _LEAST_VIOLATION:
            options = np.flatnonzero(coefficients)
            columns = np.concatenate([options, program.n_options + of_pairs])
            values = np.concatenate([-coefficients[options], np.ones(of_pairs.size)])
            start_and_end = np.array([0, columns.size])
            violated.append(sparse.csr_array((values, columns, start_and_end), shape=(1, program.objective.size)))

    in_use = z > _LEAST_VIOLATION
    for point in np.unique(pairs.point[in_use]):
        of_point = np.flatnonzero(in_use & (pairs.point == point))
        prices = [_priced_gains(program, pairs, pair, budget, x, z[pair]) for pair in of_point]
        of_point, prices = of_point[[p is not None for p in prices]], [p for p in prices if p is not None]
        for pair, coefficients in zip(of_point, prices):
            add_if_violated(coefficients, np.array([pair]))
        if len(prices) > 1:
            add_if_violated(np.max(prices, axis=0), of_point)
    return violated


def _priced_gains(program, pairs, pair, budget, x, z):
    """Coefficients p, shape (n_options,), of the inequality ``p @ x >= z`` that (x, z) violates most, if at all.

    None if the prices leave nothing needed.
    """
    useful = slice(pairs.starts[pair], pairs.starts[pair + 1])
    options, gains = pairs.useful[useful], pairs.useful_gains[useful]
    row_price = np.empty(int(pairs.row.max()) + 1)
    flip_price = _prices(options, gains, pairs.row, x, z, budget, row_price)
    paid = budget * flip_price + row_price.sum()
    needed = pairs.needed[pair] - paid
    if needed <= _LEAST_NEEDED * (pairs.needed[pair] + paid):
        return None
    coefficients = np.zeros(program.n_options)
    coefficients[options] = _well_scaled(np.maximum(gains - flip_price - row_price[pairs.row[options]], 0.0), needed)
    return coefficients


@njit(cache=True, nogil=True)
def _prices(options, gains, row, x, z, budget, row_price):
    """Multipliers of a fractional knapsack: the flips in x that gain most, `budget * z` in all, z of each row.

    Returns the price of a flip and writes those of the rows: the gain at which each ran full, above it.
    """
    row_price[:] = 0.0
    room = np.full(row_price.shape[0], z)
    flip_price = 0.0
    left = budget * z
    for k in range(options.shape[0]):
        i = row[options[k]]
        taken = min(x[options[k]], room[i])
        if room[i] > 0.0 and taken == room[i]:
            row_price[i] = gains[k]
        room[i] -= taken
        left -= taken
        if left <= 0.0:
            flip_price = gains[k]
            break
    for i in range(row_price.shape[0]):
        row_price[i] = max(row_price[i] - flip_price, 0.0)
    return flip_price


def _integer_bound(program, deadline):
    """Dual bound of the integer program and its best x; infinite and all 0 if the solver found none in time."""
    seconds = deadline - monotonic()
    # presolve has been seen to cut off attacks where weights are of very different sizes
    options = {"mip_rel_gap": 0.0, "presolve": False}
    if np.isfinite(seconds):
        options["time_limit"] = max(seconds, 0.0)
    answer = milp(
        -program.objective,
        integrality=np.ones_like(program.objective),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(program.matrix, -np.inf, program.limits),
        options=options,
    )
    known = answer.mip_dual_bound is not None and np.isfinite(answer.mip_dual_bound)
    x = np.zeros(program.n_options) if answer.x is None else answer.x[: program.n_options]
    return -answer.mip_dual_bound if known else np.inf, x


def _attacks_along(x, pairs, budget):
    """Attacks that begin with the largest entries of x, none to all of them, and go on greedily."""
    order = np.argsort(-x, kind="stable")
    order = order[x[order] > _LEAST_VIOLATION]
    _, first = np.unique(pairs.row[order], return_index=True)
    order = order[np.sort(first)][:budget]
    begun = np.unique(np.linspace(0, order.size, 5).astype(np.int64))[1:]
    return [_greedy_attack(pairs, budget, order[:n_flips]) for n_flips in begun]


def _greedy_attack(pairs, budget, begin):
    """Options in `begin`, and then again and again those that change one more test point with fewest flips.

    They may change others back; the attack ends where it had changed most.
    """
    attack = best = begin
    if pairs.point.size == 0:
        return attack
    most_changed = 0
    while True:
        x = np.zeros(pairs.row.size)
        x[attack] = 1.0
        missing = pairs.enough - pairs.gains @ x
        changed = np.zeros(int(pairs.point.max()) + 1, dtype=bool)
        changed[pairs.point[missing <= 0]] = True
        if changed.sum() > most_changed:
            best, most_changed = attack, changed.sum()
        missing[changed[pairs.point]] = np.inf
        used = np.zeros(int(pairs.row.max()) + 1, dtype=bool)
        used[pairs.row[attack]] = True
        more = _cheapest_change(
            missing, pairs.starts, pairs.useful, pairs.useful_gains, pairs.row, used, budget - attack.size
        )
        if more.size == 0:
            return best
        attack = np.concatenate([attack, more])


@njit(cache=True, nogil=True)
def _cheapest_change(missing, starts, useful, useful_gains, row, used, budget):
    """Fewest options, on unused rows, that gain what one pair misses; empty if it takes more than `budget`."""
    best = np.empty(0, np.int64)
    most = budget
    last_pair = np.full(used.shape[0], -1)  # the pair at which a row was last used
    flips = np.empty(max(budget, 0), np.int64)
    for pair in range(missing.shape[0]):
        if not np.isfinite(missing[pair]):
            continue
        gained, n_flips = 0.0, 0
        for k in range(starts[pair], starts[pair + 1]):
            if n_flips == most:
                break
            i = row[useful[k]]
            if used[i] or last_pair[i] == pair:
                continue
            last_pair[i] = pair
            flips[n_flips] = useful[k]
            n_flips += 1
            gained += useful_gains[k]
            if gained >= missing[pair]:
                best = flips[:n_flips].copy()
                most = n_flips - 1
                break
    return best
