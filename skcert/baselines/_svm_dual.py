"""Support vector machines without bias: their dual, solved accurately enough for a certificate."""

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from .._utils import compiled

KKT_TOLERANCE = 1e-9
"""Tolerance of the optimality conditions, in units of a row's scale, max(1, C max_j |Q_ij|)."""

_SWEEPS_PER_ROUND = 10
_MAX_ROUNDS = 1000


def row_scales(kernel, C):
    return np.maximum(1.0, C * np.abs(kernel).max(axis=1))


def signed_dual_coefficients(kernel, signs, C):
    """Coefficients ``signs * a`` of the SVM without bias, with all optimality conditions met to `KKT_TOLERANCE`.

    Coordinate descent finds out which coefficients are at a bound, and Newton steps on the others make them
    accurate. Both only decrease the dual objective. Starts at 0, so that equal labels give equal numbers.
    """
    signed_kernel = kernel * np.outer(signs, signs)
    tolerance = KKT_TOLERANCE * row_scales(kernel, C)
    a = np.zeros(signs.shape[0])
    for _ in range(_MAX_ROUNDS):
        _coordinate_descent(signed_kernel, C, a, signed_kernel @ a - 1.0, _SWEEPS_PER_ROUND)
        _newton_steps(signed_kernel, C, a)
        gradient = signed_kernel @ a - 1.0
        violation = np.maximum(np.where(a > 0, gradient, 0.0), np.where(a < C, -gradient, 0.0))
        if (violation <= tolerance).all():
            return signs * a
    raise ValueError(
        f"The dual cannot be solved accurately enough for a certificate at C={C!r}: decrease `C`, scale the features, "
        "or remove rows that are nearly equal."
    )


@compiled
def _coordinate_descent(signed_kernel, C, a, gradient, n_sweeps):
    n = a.shape[0]
    for _ in range(n_sweeps):
        for i in range(n):
            if signed_kernel[i, i] > 0.0:
                new = min(max(a[i] - gradient[i] / signed_kernel[i, i], 0.0), C)
            else:
                new = C if gradient[i] < 0.0 else 0.0  # the row is 0, and so is the score
            if new != a[i]:
                change = new - a[i]
                a[i] = new
                for j in range(n):
                    gradient[j] += change * signed_kernel[i, j]


def _newton_steps(signed_kernel, C, a):
    """Minimise over the coefficients between the bounds; those that reach a bound stay there."""
    for _ in range(a.shape[0]):
        free = np.flatnonzero((a > 0) & (a < C))
        if free.size == 0:
            return
        matrix = signed_kernel[np.ix_(free, free)]
        gradient = signed_kernel[free] @ a - 1.0
        try:
            direction = -cho_solve(cho_factor(matrix), gradient)
        except LinAlgError:
            direction = -np.linalg.lstsq(matrix, gradient, rcond=None)[0]
        slope, curvature = gradient @ direction, direction @ matrix @ direction
        if not slope < 0.0:
            return
        room = np.full(free.size, np.inf)
        up, down = direction > 0, direction < 0
        room[up] = (C - a[free[up]]) / direction[up]
        room[down] = -a[free[down]] / direction[down]
        whole = -slope / curvature if curvature > 0.0 else np.inf
        step = min(whole, room.min())
        a[free] = np.clip(a[free] + step * direction, 0.0, C)
        if step == whole:
            return
        stopped = room <= step
        a[free[stopped]] = np.where(up[stopped], C, 0.0)
