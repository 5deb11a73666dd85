"""Upper bounds from solvers of linear and integer programs, and how far each can be trusted.

The linear bound is not the solver's objective but weak duality, recomputed from the solver's
multipliers: ``b'p + sum (objective - A'p)^+`` bounds every 0-1 solution for *any* p >= 0. A solver that is
inaccurate or stops early can make it looser, not wrong. Inequalities in prices are added until they hardly lower it
any further. The integer program's bound is the solver's own dual bound, and is only as good as the solver.
"""

from time import monotonic

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from ._prices import violated_prices
from ._program import BOUND_TOLERANCE
from ._solver_output import c_output_discarded

_MAX_ROUNDS = 100
_STALL_ROUNDS = 4
_LEAST_PROGRESS = 0.05  # predictions, over the last _STALL_ROUNDS rounds


def linear_bound(program, pairs, budget, lower, deadline, report=None):
    """Bound of the linear relaxation, with inequalities added as long as they lower it, and its fractional x.

    The bound is infinite, and x all 0, if there was no time for a first solution. ``report(n_rounds, bound)`` is
    called after each round.
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
        if report is not None:
            report(len(bounds) - 1, bounds[-1])
        x, z = answer.x[: program.n_options], answer.x[program.n_options :]
        program.drop_slack(answer.slack)
        if whole_predictions(bounds[-1]) <= lower:
            break
        if len(bounds) > _STALL_ROUNDS + 1 and bounds[-1 - _STALL_ROUNDS] - bounds[-1] < _LEAST_PROGRESS:
            break
        rows = violated_prices(program, pairs, budget, x, z)
        if not rows:
            break
        program.add(rows)
    return bounds[-1], x


def integer_bound(program, deadline):
    """Dual bound of the integer program and its best x; infinite and all 0 if the solver found nothing in time."""
    seconds = deadline - monotonic()
    # presolve has been seen to cut off attacks where weights are of very different sizes
    options = {"mip_rel_gap": 0.0, "presolve": False}
    if np.isfinite(seconds):
        options["time_limit"] = max(seconds, 0.0)
    with c_output_discarded():
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


def whole_predictions(bound):
    """The whole number of predictions that a bound leaves possible."""
    return int(np.floor(bound + BOUND_TOLERANCE))
