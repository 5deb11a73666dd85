"""Forcing a given class on a label-linear classifier: attacks, and lower bounds that meet them more often.

The target has to come before every other class at once, which in general takes an integer program. Two answers bound
the least number of flips, and for two classes, and most of the time for more, they are equal.

*From above*, an attack: close, flip by flip, the gap to whichever class leads the target most, by the flip that closes
most of it; then take back flips that later ones made superfluous.

*From below*, Lagrangian relaxation. Any weights lambda_j >= 0 with sum 1 turn "f_c comes before every f_j" into
one condition, ``sum_j lambda_j (f_j - f_c) <= 0``, to which rows contribute independently: relabelling row i takes
off at most ``D_i = a_i (1 - p_i)`` if a_i > 0 and ``|a_i| (p_i + max_j lambda_j)`` otherwise, with p_i = 1 for rows
of class c and ``-lambda_j`` for rows of class j. The least r for which the r largest D_i close
``sum_j lambda_j (f_j - f_c)`` is a lower bound for every lambda; all weight on one class gives back the bound of
`certify_label_linear`. A few subgradient steps look for a better lambda, and each relaxed solution, mended as above,
is another attack to try.

A class that the attack leaves without rows is in nobody's way. So a combination of conditions holds only for attacks
of fewer flips than any of its classes has rows (never, of a class with a row that cannot be flipped), and the search
leaves aside the classes that its number of flips could empty.

*In between*, where the two still differ, a search with a limited number of nodes decides whether the lower bound's
number of flips is enough: of b flips that close a lead L, one has to close L / b of it, so only the few rows that do
need be tried first.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...results import UNBOUNDED
from .._door import check_label_linear, check_target
from ._radius import _flippable_rows, _score_row, best_class, certify_label_linear_unchecked, rows_of_classes
from ._rounding import EPS, absolute_sum_of, enlarged_if_tiny, rounding_margin

_ROUNDS = 12  # subgradient steps
_NODES = 400  # of one search; a node costs O(n K)

_IMPOSSIBLE, _POSSIBLE, _UNDECIDED = 0, 1, 2


def targeted_attack(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    target: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], bool, int]:
    """Label flips after which a label-linear classifier predicts `target` at one test point.

    Parameters
    ----------
    weights : ndarray of shape (n_train,)
        Label weights of the test point.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    target : int
        Class index to force.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.

    Returns
    -------
    rows : ndarray of shape (n_flips,), int64
        Training rows to relabel.
    new_labels : ndarray of shape (n_flips,), int64
        Their new class indices.
    found : bool
        Whether the flips lead to `target`; where False, both arrays are empty.
    lower : int
        Lower bound on the flips of any such attack; `UNBOUNDED` if there is none.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import targeted_attack
    >>> targeted_attack(np.array([3.0, 2.0, 1.0, 1.0]), np.array([0, 0, 1, 2]), 3, 2)
    (array([0]), array([2]), True, 1)
    """
    weights, labels, n_classes, trusted = check_label_linear(weights, labels, n_classes, trusted, one_row=True)
    return targeted_attack_unchecked(weights, labels, n_classes, check_target(target, n_classes), trusted=trusted)


def targeted_attack_unchecked(weights, labels, n_classes, target, *, trusted=None):
    lower = certify_label_linear_unchecked(weights[None, :], labels, n_classes, trusted=trusted)[3][0, target]
    return _attack_target(weights, labels, _flippable_rows(labels, trusted), n_classes, target, lower)


def targeted_flips(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    trusted: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lower and upper bounds on the flips that force each class, for many test points.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights, float32 or float64, finite.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes, at least 2.
    trusted : ndarray of shape (n_train,), bool, default=None
        Rows whose labels the attacker cannot flip; ``None`` trusts none.

    Returns
    -------
    lower, upper : ndarrays of shape (n_test, n_classes), int64
        No fewer flips than ``lower`` lead to a class, and `targeted_attack` does it with ``upper``. 0 at the
        prediction; `UNBOUNDED` where there is no attack, or none was found. ``lower`` is no less than the
        bound of `certify_label_linear`.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import targeted_flips
    >>> targeted_flips(np.array([[3.0, 2.0, 1.0, 1.0]]), np.array([0, 0, 1, 2]), 3)
    (array([[0, 1, 1]]), array([[0, 1, 1]]))
    """
    weights, labels, n_classes, trusted = check_label_linear(weights, labels, n_classes, trusted)
    return targeted_flips_unchecked(weights, labels, n_classes, trusted=trusted)


def targeted_flips_unchecked(weights, labels, n_classes, *, trusted=None):
    prediction, _, _, lower = certify_label_linear_unchecked(weights, labels, n_classes, trusted=trusted)
    upper = np.zeros_like(lower)
    _attack_targets(weights, labels, _flippable_rows(labels, trusted), prediction, lower, upper)
    return lower, upper


@njit(cache=True, nogil=True)
def _attack_targets(weights, labels, flippable, prediction, lower, upper):
    n_classes = lower.shape[1]
    for t in range(weights.shape[0]):
        for target in range(n_classes):
            if target != prediction[t]:
                rows, _, found, bound = _attack_target(
                    weights[t], labels, flippable, n_classes, target, lower[t, target]
                )
                lower[t, target] = bound
                upper[t, target] = rows.shape[0] if found else UNBOUNDED


@njit(cache=True, nogil=True)
def _attack_target(weights, labels, flippable, n_classes, target, lower):
    """Attack and lower bound for one target, given the lower bound that single rivals imply."""
    row, absolute_sum = enlarged_if_tiny(weights, absolute_sum_of(weights))
    rounding = rounding_margin(row, absolute_sum)
    whole = rounding[1]
    scores = np.empty(n_classes)
    _score_row(row, labels, scores)
    counts, to_vanish = rows_of_classes(labels, flippable, n_classes)
    nobody = np.empty(0, np.int64)
    if best_class(scores, counts) == target:
        return nobody, nobody, True, 0
    rows, new_labels, found = _mend(
        row, labels, flippable, scores.copy(), counts.copy(), rounding, target, nobody, nobody
    )
    # one more than there are rows to flip, if there may be no attack at all
    fewest = rows.shape[0] if found else flippable.shape[0] + 1
    if lower >= fewest:
        return rows, new_labels, found, lower
    # twice the rounding margin, and also where that is 0: multipliers are not whole numbers, and add roundings
    slack = 4.0 * (row.shape[0] + n_classes + 8) * EPS * absolute_sum
    multipliers = np.zeros(n_classes)
    multipliers[_leader_over(scores, counts, target, rounding)] = 1.0
    for step in range(_ROUNDS):
        # the relaxed problem at these multipliers, and what its solution makes of the scores
        start, start_labels = _relaxed_attack(row, labels, flippable, scores, slack, target, multipliers)
        holds_below = start.shape[0]
        for j in range(n_classes):
            if multipliers[j] > 0.0:
                holds_below = min(holds_below, to_vanish[j])
        lower = max(lower, holds_below)
        attacked, attacked_counts = scores.copy(), counts.copy()
        _relabel(row, labels, start, start_labels, attacked, attacked_counts)
        leads = attacked - attacked[target]
        other_rows, other_labels, mended = _mend(
            row, labels, flippable, attacked, attacked_counts, rounding, target, start, start_labels
        )
        if mended and other_rows.shape[0] < fewest:
            rows, new_labels, found, fewest = other_rows, other_labels, True, other_rows.shape[0]
        if fewest <= lower:
            break
        # a subgradient step: more weight on the classes that still lead
        largest = 0.0
        for j in range(n_classes):
            if j == target or counts[j] == 0:
                leads[j] = 0.0
            largest = max(largest, abs(leads[j]))
        if largest == 0.0:
            break
        leads /= largest  # whose squares neither overflow nor underflow
        length = np.sqrt((leads * leads).sum())
        multipliers = np.maximum(multipliers + 0.5 / np.sqrt(step + 1.0) * leads / length, 0.0)
        multipliers[target] = 0.0
        total = multipliers.sum()
        if total == 0.0:
            break
        multipliers /= total
    closed_at = np.empty(n_classes)
    while lower < fewest:
        # leads that count as closed: 0 but for rounding; whole numbers are exact, and a tie is lost to a smaller
        # index; those of classes that may have vanished by then count in any case
        for j in range(n_classes):
            closed_at[j] = (-0.5 if j < target else 0.0) if whole else slack
            if to_vanish[j] <= lower:
                closed_at[j] = np.inf
        answer, searched, searched_labels = _search(row, labels, flippable, scores, closed_at, target, lower)
        if answer == _IMPOSSIBLE:
            lower += 1
            continue
        if answer == _POSSIBLE:
            attacked, attacked_counts = scores.copy(), counts.copy()
            _relabel(row, labels, searched, searched_labels, attacked, attacked_counts)
            if _leader_over(attacked, attacked_counts, target, rounding) == target:  # surely, not only to rounding
                rows, new_labels, found = searched.copy(), searched_labels.copy(), True
        break
    return rows, new_labels, found, lower if found or lower <= flippable.shape[0] else UNBOUNDED


@njit(cache=True, nogil=True)
def _relabel(row, labels, rows, new_labels, scores, counts):
    """Show the flips in scores and rows of classes."""
    for p in range(rows.shape[0]):
        i = rows[p]
        scores[labels[i]] -= row[i]
        scores[new_labels[p]] += row[i]
        counts[labels[i]] -= 1
        counts[new_labels[p]] += 1


@njit(cache=True, nogil=True)
def _search(row, labels, flippable, scores, closed_at, target, budget):
    """Whether `budget` flips can bring every lead over `target` down to `closed_at`, by depth-first search.

    Returns the answer, and the rows and new labels that do it.
    """
    n_classes = scores.shape[0]
    rows = np.empty(budget, np.int64)
    new_labels = np.empty(budget, np.int64)
    scores_at = np.empty((budget + 1, n_classes))  # after the flips of each depth
    scores_at[0] = scores
    rival_at = np.empty(budget + 1, np.int64)
    lead_at = np.empty(budget + 1)
    position_at = np.empty(budget + 1, np.int64)  # of the row tried at each depth, in `flippable`
    # depth at which a row was first tried; attacks with its flip end there, so it is not tried again below
    tried_at = np.full(flippable.shape[0], -1)
    nodes = 0
    depth = 0
    entering = True
    while True:
        if entering:
            rival, lead, possible = _hardest_rival(
                row, labels, flippable, tried_at, scores_at[depth], closed_at, target, budget - depth
            )
            if rival < 0:
                return _POSSIBLE, rows[:depth], new_labels[:depth]
            if possible:
                nodes += 1
                if nodes > _NODES:
                    return _UNDECIDED, rows[:0], new_labels[:0]
                rival_at[depth], lead_at[depth], position_at[depth] = rival, lead, -1
                new_labels[depth] = n_classes  # no row yet: take the next
            else:
                depth -= 1
            entering = False
        if depth < 0:
            return _IMPOSSIBLE, rows[:0], new_labels[:0]
        # the next new label of the row in hand: a positive weight does best with the target; where a negative one
        # does best, has to be tried
        k = new_labels[depth] + 1
        if position_at[depth] >= 0:
            i = rows[depth]
            while k < n_classes and (k == labels[i] or (k == target) != (row[i] > 0.0)):
                k += 1
        if k < n_classes:
            new_labels[depth] = k
            scores_at[depth + 1] = scores_at[depth]
            scores_at[depth + 1, labels[i]] -= row[i]
            scores_at[depth + 1, k] += row[i]
            depth += 1
            entering = True
            continue
        # the next row that can take its share of the lead
        p = position_at[depth] + 1
        while p < flippable.shape[0]:
            i = flippable[p]
            share = _closes(row[i], labels[i], rival_at[depth], target) * (budget - depth)
            if tried_at[p] < 0 and share >= lead_at[depth]:
                break
            p += 1
        if p < flippable.shape[0]:
            position_at[depth], tried_at[p] = p, depth
            rows[depth], new_labels[depth] = flippable[p], -1
        else:
            for q in range(flippable.shape[0]):
                if tried_at[q] == depth:
                    tried_at[q] = -1
            depth -= 1


@njit(cache=True, nogil=True)
def _hardest_rival(row, labels, flippable, tried_at, scores, closed_at, target, budget):
    """The class whose lead the fewest rows can take their share of, its lead, and whether any row can.

    The class is -1 if no lead is left to close.
    """
    hardest, hardest_lead, fewest = -1, 0.0, flippable.shape[0] + 1
    for j in range(scores.shape[0]):
        lead = scores[j] - scores[target] - closed_at[j]
        if j == target or lead <= 0.0:
            continue
        count = 0
        if budget > 0:
            for p in range(flippable.shape[0]):
                i = flippable[p]
                if tried_at[p] < 0 and _closes(row[i], labels[i], j, target) * budget >= lead:
                    count += 1
        if count < fewest:
            hardest, hardest_lead, fewest = j, lead, count
    return hardest, hardest_lead, 0 < fewest <= flippable.shape[0]


@njit(inline="always")
def _closes(a, label, loser, target):
    """What relabelling a row can take off the lead of `loser` over `target`: 0, |a| or 2 |a|."""
    if label == loser:
        return abs(a) + a
    if label == target:
        return abs(a) - a
    return abs(a)


@njit(cache=True, nogil=True)
def _relaxed_attack(row, labels, flippable, scores, slack, target, multipliers):
    """Fewest flips that close the combined gap: rows and new labels. All flippable rows if even they do not."""
    n_classes = scores.shape[0]
    needed = -slack
    heaviest = 0
    for j in range(n_classes):
        needed += multipliers[j] * (scores[j] - scores[target])
        if multipliers[j] > multipliers[heaviest] or heaviest == target:
            heaviest = j
    closes = np.empty(flippable.shape[0])
    for p in range(flippable.shape[0]):
        i = flippable[p]
        own = 1.0 if labels[i] == target else -multipliers[labels[i]]
        if row[i] > 0.0:
            closes[p] = row[i] * (1.0 - own)
        else:
            closes[p] = -row[i] * (own + multipliers[heaviest])
    order = np.argsort(-closes)
    closed = 0.0
    n_flips = 0
    while n_flips < order.shape[0] and closes[order[n_flips]] > 0.0 and closed < needed:
        closed += closes[order[n_flips]]
        n_flips += 1
    rows = flippable[order[:n_flips]]
    new_labels = np.empty(n_flips, np.int64)
    for p in range(n_flips):
        new_labels[p] = target if row[rows[p]] > 0.0 else heaviest
    return rows, new_labels


@njit(cache=True, nogil=True)
def _mend(row, labels, flippable, scores, counts, rounding, target, start, start_labels):
    """Complete the attack `start`, whose flips scores and counts already show, until `target` wins, and prune it."""
    n_flips = start.shape[0]
    rows = np.empty(flippable.shape[0], np.int64)
    new_labels = np.empty(flippable.shape[0], np.int64)
    rows[:n_flips] = start
    new_labels[:n_flips] = start_labels
    flipped = np.zeros(labels.shape[0], np.bool_)
    for p in range(n_flips):
        flipped[start[p]] = True
    while True:
        leader = _leader_over(scores, counts, target, rounding)
        if leader == target:
            break
        best = _best_flip(row, labels, flippable, flipped, counts, leader, target)
        if best < 0:
            return rows[:0], new_labels[:0], False
        flipped[best] = True
        rows[n_flips] = best
        new_labels[n_flips] = target if row[best] > 0.0 or counts[target] == 0 else leader
        _relabel(row, labels, rows[n_flips : n_flips + 1], new_labels[n_flips : n_flips + 1], scores, counts)
        n_flips += 1
    # take back what the rest can do without, the smallest first
    kept = 0
    keep = np.ones(n_flips, np.bool_)
    for p in np.argsort(np.abs(row[rows[:n_flips]])):
        i = rows[p]
        scores[labels[i]] += row[i]
        scores[new_labels[p]] -= row[i]
        counts[labels[i]] += 1
        counts[new_labels[p]] -= 1
        if _leader_over(scores, counts, target, rounding) == target:
            keep[p] = False
        else:
            _relabel(row, labels, rows[p : p + 1], new_labels[p : p + 1], scores, counts)
    for p in range(n_flips):
        if keep[p]:
            rows[kept], new_labels[kept] = rows[p], new_labels[p]
            kept += 1
    return rows[:kept], new_labels[:kept], True


@njit(cache=True, nogil=True)
def _best_flip(row, labels, flippable, flipped, counts, leader, target):
    """The row whose flip takes most off the lead of `leader`, or, where `target` has no row, the largest weight.

    -1 if there is none. The last row of `target` stays.
    """
    best, best_gain = -1, 0.0
    for i in flippable:
        if flipped[i]:
            continue
        if counts[target] == 0:
            if best < 0 or row[i] > best_gain:
                best, best_gain = i, row[i]
            continue
        closes = _closes(row[i], labels[i], leader, target)
        if closes > best_gain and not (labels[i] == target and counts[target] == 1):
            best, best_gain = i, closes
    return best


@njit(cache=True, nogil=True)
def _leader_over(scores, counts, target, rounding):
    """The class most ahead of `target` among those with rows; `target` itself if it surely comes before all others."""
    margin, whole = rounding
    leader, lead = target, 0.0
    for c in range(scores.shape[0]):
        if c == target or counts[c] == 0:
            continue
        ahead = scores[c] - scores[target] + margin
        behind = counts[target] > 0 and (ahead < 0.0 or (ahead == 0.0 and whole and target < c))
        if not behind and (leader == target or ahead > lead):
            leader, lead = c, ahead
    return leader
