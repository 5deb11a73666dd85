"""The least label flips that change what a support vector machine predicts: a mixed-integer program, and its search.

A network of infinite width trained on the soft-margin loss is a support vector machine (SVM) without
bias whose kernel Q is the network's. With signs s_i = +-1 for the labels, its dual is

    minimise  1/2 sum_ij s_i s_j a_i a_j Q_ij - sum_i a_i  over  0 <= a_i <= C,

and its score at x is ``sum_i b_i Q(x, x_i)`` with the signed coefficients b_i = s_i a_i. Let ``f = Q b`` be the
scores of the training rows and h_i = max(0, 1 - s_i f_i) their losses. Coefficients within their bounds are
optimal if and only if the duality gap is closed:

    b' Q b <= sum_i a_i - C sum_i h_i.

Binary variables for the signs make the labels that an attacker chooses variables too. The products s_i a_i and s_i f_i
become linear once b and f are split into a part for each sign, with the range of f_i as the only constant, which
follows from Q and C. The gap is convex: it is the intersection of its tangents, each of which is linear and
holds for all labels. So the least number of flips after which a rival overtakes is the optimum of a mixed-integer
linear program.

Sabanayagam et al. 2025 (arXiv 2412.00537) close the gap by complementary slackness instead: two more binary variables
for each row, with multipliers and big-M constants. That program has the same solutions, but its relaxation proves next
to nothing before most binary variables are fixed. Here tangents are added where the relaxation violates them.

Soundness. The dual is solved to `KKT_TOLERANCE`, and ``fit`` fails where that cannot be reached. The link between
b and f and the gap are slack by more: whatever the computed network does on any labels is a solution of the
program. Bounds of integer programming codes hold up to tolerances, and ``scipy.optimize.milp`` has returned some
that were above the true optimum of tiny programs like these, so branch and bound is done here. A branch is
cut only where the multipliers of its linear relaxation prove, by weak duality and with room for rounding, that the
rival does not overtake; small branches are refitted labeling by labeling. So no number of flips relies on a
solver.
"""

import time
from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np
from scipy import sparse
from scipy.linalg import eigvalsh
from scipy.optimize import linprog

from ..results import UNBOUNDED
from ._svm_dual import KKT_TOLERANCE, row_scales

# In units of a row's scale, like KKT_TOLERANCE, and larger; the margin that the scores have to keep is 1.
_SLACK = 1e-8
# Leads closer to 0 than this share of sum_i |Q(x, x_i)| may change sign by rounding.
_ROUNDING = 1e-10

# Tangents are added at a node until none is violated by more than the tolerance.
_TANGENT_TOLERANCE = 1e-3
_MAX_TANGENT_ROUNDS = 8
_MAX_TANGENTS = 100
# Nodes with no more labelings than this are refitted one by one, which is faster than their linear program.
_MAX_LEAVES = 1000

_N_BLOCKS = 7


@dataclass(frozen=True)
class _LabelProgram:
    """Constraints ``matrix @ v <= limits`` that all labelings of n rows satisfy, with the machines trained on them.

    Variables of a machine, n of each: sign (1 for +), coefficients of + and of -, scores of + and of -, losses of
    + and of -. Coefficients are in units of C. All variables have finite bounds.
    """

    matrix: sparse.csr_matrix
    limits: np.ndarray
    least: np.ndarray
    most: np.ndarray
    kernel: np.ndarray
    C: float
    n_machines: int
    gap_slack: float

    def row(self, signs=0.0, coefficients=0.0):
        """A row of weights of the signs and the coefficients, each (n_machines, n_rows) or a number."""
        row = np.zeros((self.n_machines, _N_BLOCKS, self.kernel.shape[0]))
        row[:, 0], row[:, 1], row[:, 2] = signs, coefficients, -coefficients
        return row.ravel()

    def parts(self, solution):
        """Signs and coefficients of a solution, each (n_machines, n_rows)."""
        blocks = solution.reshape(self.n_machines, _N_BLOCKS, self.kernel.shape[0])
        return blocks[:, 0], blocks[:, 1] - blocks[:, 2]

    def tangents(self, coefficients):
        """The duality gap of each machine, linearised at `coefficients`, (n_rows,): rows and their limit.

        In units of C: ``C (2 b' Q v - b' Q b) <= sum_i a_i - sum_i h_i`` for the variables v = s a, a and h.
        """
        slope = 2.0 * self.C * (self.kernel @ coefficients)
        limit = slope @ coefficients / 2.0 + self.gap_slack
        scale = 1.0 + np.abs(slope).max()
        rows = np.zeros((self.n_machines, self.n_machines, _N_BLOCKS, self.kernel.shape[0]))
        for m in range(self.n_machines):
            rows[m, m, 1], rows[m, m, 2] = slope - 1.0, -slope - 1.0
            rows[m, m, 5:] = 1.0
        return rows.reshape(self.n_machines, -1) / scale, limit / scale


def label_program(kernel, C, n_machines):
    """The program of one machine, or of two of which at most one has sign + on a row."""
    n = kernel.shape[0]
    scales = row_scales(kernel, C)
    shift = _eigenvalue_shift(kernel)
    lowest, highest = _score_range_of_positive(kernel, C, shift)
    one, none = sparse.eye(n, format="csr"), None
    link, scaled = sparse.csr_matrix(C * kernel / scales[:, None]), sparse.diags(1.0 / scales)
    low, high = sparse.diags(lowest), sparse.diags(highest)
    zero, full = np.zeros(n), np.ones(n)
    rows = [
        # f = Q b, slack
        ([none, -link, link, scaled, scaled, none, none], full * _SLACK),
        ([none, link, -link, -scaled, -scaled, none, none], full * _SLACK),
        # coefficients and scores belong to one sign
        ([-one, one, none, none, none, none, none], zero),
        ([one, none, one, none, none, none, none], full),
        ([-high, none, none, one, none, none, none], zero),
        ([low, none, none, -one, none, none, none], zero),
        ([high, none, none, none, -one, none, none], highest),
        ([-low, none, none, none, one, none, none], -lowest),
        # losses are at least 1 - s f
        ([one, none, none, -one, none, -one, none], zero),
        ([-one, none, none, none, one, none, -one], -full),
    ]
    matrix = sparse.bmat([row for row, _ in rows], format="csr")
    limits = np.concatenate([limit for _, limit in rows])
    largest = np.maximum(highest, -lowest)
    least = np.concatenate([zero, zero, zero, -largest, -largest, zero, zero])
    most = np.concatenate([full, full, full, largest, largest, 1.0 + largest, 1.0 + largest])
    if n_machines == 2:
        signs = sparse.hstack([one, sparse.csr_matrix((n, (_N_BLOCKS - 1) * n))])
        matrix = sparse.vstack([sparse.block_diag([matrix, matrix]), sparse.hstack([signs, signs])], format="csr")
        limits = np.concatenate([limits, limits, full])
        least, most = np.tile(least, 2), np.tile(most, 2)
    # with negative eigenvalues the gap can be below its tangents, by C shift |b - v|^2 with |b_i|, |v_i| <= 1
    gap_slack = _SLACK * scales.sum() + 5.0 * n * C * shift
    return _LabelProgram(matrix, limits, least, most, kernel, C, n_machines, gap_slack)


def _eigenvalue_shift(kernel):
    """What to add to all eigenvalues to make the kernel matrix certainly positive semi-definite."""
    norm = np.abs(kernel).sum(axis=1).max()
    return max(0.0, -eigvalsh(kernel)[0]) + kernel.shape[0] * np.finfo(np.float64).eps * norm


def _score_range_of_positive(kernel, C, shift):
    """Smallest and largest score of a training row with sign +, arrays of shape (n,). Mirrored for sign -.

    A row with s f > 1 has no coefficient, one with s f < 1 has C, and the other rows add at most ``C sum_j |Q_ij|``.
    Since only rows with s f <= 1 have a coefficient, the squared norm ``b' Q b = sum_i a_i s_i f_i`` is at most
    ``sum_i a_i <= n C``, hence ``|f_i| <= sqrt(Q_ii n C)``, with `shift` for eigenvalues just below 0.
    """
    n, diagonal = kernel.shape[0], kernel.diagonal()
    row_sums = np.abs(kernel).sum(axis=1)
    squared_norm = n * C * (1.0 + KKT_TOLERANCE * row_scales(kernel, C).max()) + shift * n * C**2
    by_norm = np.sqrt(np.maximum(diagonal + shift, 0.0) * squared_norm) + shift * C
    others = C * (row_sums - np.abs(diagonal))
    return np.minimum(np.maximum(C * diagonal - others, -by_norm), 1.0), np.maximum(np.minimum(others, by_norm), 1.0)


def certain_minimum(objective, matrix, limits, least, most, multipliers):
    """Lower bound on ``objective @ v`` where ``matrix @ v <= limits`` and ``least <= v <= most``.

    Valid for any multipliers, whatever solver they come from (weak duality, Neumaier & Shcherbina 2004); for the
    best ones it is the minimum. The possible effect of rounding is subtracted.
    """
    multipliers = np.maximum(multipliers, 0.0)
    reduced = objective + matrix.T @ multipliers
    terms = np.concatenate([-multipliers * limits, np.minimum(reduced * least, reduced * most)])
    magnitude = np.abs(terms).sum() + (np.abs(objective) + abs(matrix).T @ multipliers) @ np.maximum(-least, most)
    return terms.sum() - 4.0 * (terms.size + 4) * np.finfo(np.float64).eps * magnitude


@dataclass(frozen=True)
class _Rivalry:
    """The labels' signs in the machines that decide whether `target` overtakes `loser`, and the cost of other signs.

    ``alternatives[o]`` are the signs after the o-th way to flip a row, which only rows with ``allowed[o]`` may go. The
    flips of row i are ``present[:, i].any() + cost[:, i] @ signs[:, i]``; the target leads by
    ``direction @ coefficients @ kernel_row``.
    """

    present: np.ndarray
    alternatives: np.ndarray
    allowed: np.ndarray
    cost: np.ndarray
    direction: np.ndarray

    def row_flips(self, signs):
        return self.present.any(axis=0) + (self.cost * signs).sum(axis=0)


def make_rivalry(labels, loser, target, n_machines, candidates=None):
    """For one machine, class 1 against class 0; for two, the loser's and the target's. Rows keep to `candidates`."""
    if n_machines == 1:
        present = (labels == 1)[None, :]
        allowed = np.ones(present.shape, dtype=bool) if candidates is None else candidates.all(axis=1)[None, :]
        direction = np.array([1.0 if target == 1 else -1.0])
        return _Rivalry(present, ~present[None], allowed, np.where(present, -1.0, 1.0), direction)
    present = np.stack([labels == loser, labels == target])
    elsewhere = ~present.any(axis=0)
    # signs of a label: of the loser, of the target, of any other class; the other two are the ways to flip it
    signs = np.array([[True, False, False], [False, True, False]])
    kind = np.where(elsewhere, 2, present[1])
    ways = np.stack([(kind + 1) % 3, (kind + 2) % 3])
    alternatives = np.stack([signs[:, way] for way in ways])
    allowed = np.ones(ways.shape, dtype=bool)
    if candidates is not None:
        others = np.delete(candidates, [loser, target], axis=1).any(axis=1)
        allowed = np.choose(ways, [candidates[:, loser], candidates[:, target], others])
    # a row of one of the two classes is flipped if it loses its sign, any other row if it gets one
    return _Rivalry(present, alternatives, allowed, np.where(elsewhere, 1.0, -1.0 * present), np.array([-1.0, 1.0]))


class _OutOfTime(Exception):
    """The time limit was reached."""


class LabelSearch:
    """Branch and bound for the fewest flips after which the target leads: one flip, then two, and so on.

    A node has a choice for each row: open (-1), kept (0), or flipped in the o-th way (o + 1).
    """

    def __init__(self, program, rivalry, kernel_row, trusted, time_limit):
        self.program, self.rivalry, self.trusted = program, rivalry, trusted
        self.kernel_row = kernel_row / np.abs(kernel_row).max()
        self.margin = _ROUNDING * np.abs(self.kernel_row).sum()
        self.deadline = time.monotonic() + time_limit
        self.objective = -program.row(coefficients=np.outer(rivalry.direction, self.kernel_row))
        self.tangents, self.tangent_limits = [], []

    def run(self, train):
        """Lower bound on the flips, and the flips of an attack that a refit confirms; `UNBOUNDED` if there is none.

        ``train(positive)`` gives a machine's coefficients.
        """
        root = np.full(self.rivalry.present.shape[1], -1)
        root[self.trusted | ~self.rivalry.allowed.any(axis=0)] = 0
        flips = 0
        try:
            for signs in self.rivalry.present:
                self._add_tangents(train(signs) / self.program.C)
            for flips in range(1, int((root < 0).sum()) + 1):
                lead = self._largest_lead(root, flips, train)
                if lead > self.margin:
                    return flips, flips
                if lead >= -self.margin:
                    return flips, UNBOUNDED
        except _OutOfTime:
            return max(flips, 1), UNBOUNDED
        return UNBOUNDED, UNBOUNDED

    def _largest_lead(self, root, flips, train):
        """Some lead above the margin after `flips` flips; if there is none, the largest that was not ruled out."""
        n_ways = self.rivalry.alternatives.shape[0]
        nodes, largest = [root], -np.inf
        while nodes and largest <= self.margin:
            choice = nodes.pop()
            open_rows, left = np.flatnonzero(choice < 0), flips - int((choice > 0).sum())
            if comb(open_rows.size, left) * n_ways**left <= _MAX_LEAVES:
                for leaf in self._leaves(choice, open_rows, left):
                    largest = max(largest, self._lead(leaf, train))
                    if largest > self.margin:
                        break
                continue
            row = self._row_to_branch_on(choice, open_rows, flips)
            if row is not None:
                nodes.extend(_with_choice(choice, [row], [option]) for option in (0, *self._ways(row)))
        return largest

    def _leaves(self, choice, open_rows, left):
        """All ways to flip this many of the open rows and keep the others."""
        for rows in combinations(open_rows, left):
            for ways in product(*map(self._ways, rows)):
                yield _with_choice(np.maximum(choice, 0), list(rows), ways)

    def _ways(self, row):
        """The choices by which a row is flipped."""
        return (np.flatnonzero(self.rivalry.allowed[:, row]) + 1).tolist()

    def _lead(self, choice, train):
        """The target's lead after a refit, in units of C and the largest kernel value."""
        self._check_time()
        signs = self._signs(choice)
        trained = np.stack([train(positive) for positive in signs])
        return self.rivalry.direction @ trained @ self.kernel_row / self.program.C

    def _signs(self, choice):
        return np.where(
            choice > 0,
            np.take_along_axis(self.rivalry.alternatives, np.maximum(choice - 1, 0)[None, None, :], axis=0)[0],
            self.rivalry.present,
        )

    def _row_to_branch_on(self, choice, open_rows, flips):
        """An open row, or None if no way to go on from this node lets the target lead."""
        program = self.program
        signs = self._signs(choice)
        moved = (self.rivalry.alternatives != self.rivalry.present) & self.rivalry.allowed[:, None, :]
        fixed = (choice >= 0) | ~moved.any(axis=0)  # also a sign that no way to flip an open row changes
        least, most = program.least.copy(), program.most.copy()
        least[program.row(signs=signs & fixed) > 0] = 1.0
        most[program.row(signs=~signs & fixed) > 0] = 0.0
        count, n_kept = program.row(signs=self.rivalry.cost), self.rivalry.present.any(axis=0).sum()
        for _ in range(_MAX_TANGENT_ROUNDS):
            self._check_time()
            rows = np.array([count, -count, *self.tangents])
            matrix = sparse.vstack([program.matrix, sparse.csr_matrix(rows)], format="csr")
            limits = np.concatenate([program.limits, [flips - n_kept, n_kept - flips], self.tangent_limits])
            answer = linprog(self.objective, matrix, limits, bounds=np.stack([least, most], axis=1), method="highs-ds")
            if answer.x is None:
                return open_rows[0]
            multipliers = -answer.ineqlin.marginals
            if certain_minimum(self.objective, matrix, limits, least, most, multipliers) > self.margin:
                return None
            signs, coefficients = program.parts(answer.x)
            if not self._add_violated_tangents(answer.x, coefficients):
                break
        return open_rows[self.rivalry.row_flips(signs)[open_rows].argmax()]

    def _add_tangents(self, coefficients):
        rows, limit = self.program.tangents(coefficients)
        self.tangents = [*self.tangents, *rows][-_MAX_TANGENTS:]
        self.tangent_limits = [*self.tangent_limits, *[limit] * len(rows)][-_MAX_TANGENTS:]

    def _add_violated_tangents(self, solution, coefficients):
        """Add the tangents at a solution's own coefficients that it violates; False if it violates none."""
        violated = False
        for point in coefficients:
            rows, limit = self.program.tangents(point)
            if (rows @ solution > limit + _TANGENT_TOLERANCE).any():
                self._add_tangents(point)
                violated = True
        return violated

    def _check_time(self):
        if time.monotonic() > self.deadline:
            raise _OutOfTime


def _with_choice(choice, rows, options):
    changed = choice.copy()
    changed[rows] = options
    return changed
