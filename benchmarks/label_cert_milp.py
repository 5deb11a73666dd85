"""LabelCert as published: one mixed-integer linear program, solved by HiGHS.

The network is a support vector machine without bias (see `skcert.baselines.NTKSVMClassifier`); with signs s_i = +-1,
f = Q z and z_i = s_i a_i, its dual coefficients a are optimal if and only if multipliers u, v >= 0 exist with

    s_i f_i - 1 - u_i + v_i = 0,   u_i a_i = 0,   v_i (C - a_i) = 0,   0 <= a_i <= C.

The products with signs are made linear by big-M constants, ``|z_i| <= C`` and ``|f_i| <= F_i = C sum_j |Q_ij|``; the
complementary pairs by one binary each, with ``u_i <= max(F_i - 1, 0)`` and ``v_i <= F_i + 1``, which follow from the
first equation. Sabanayagam et al. 2025 (arXiv 2412.00537). Two questions can be asked: the least number of flips that
changes the prediction, as for a radius, and the published one, how far a budget of flips can move the score.
"""

import time

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from skcert.certificates.collective._solver_output import c_output_discarded

_N_BLOCKS = 8
_SIGN, _COEFFICIENT, _SIGNED, _MARGIN, _U, _V, _AT_ZERO, _AT_C = range(_N_BLOCKS)
_OPTIMAL = 0


def label_cert_milp(kernel, C, positive, kernel_row, predicted_positive, *, budget=None, time_limit):
    """Seconds that one program takes, and its answer, or None if the time limit was reached.

    Parameters
    ----------
    kernel : ndarray of shape (n, n)
        Kernel matrix Q of the training rows.
    C : float
        Largest dual coefficient.
    positive : ndarray of shape (n,), bool
        Training rows whose sign is +.
    kernel_row : ndarray of shape (n,)
        Kernel values of the test row.
    predicted_positive : bool
        The present prediction.
    budget : int, default=None
        Label flips available, for the published question: the answer is the score's worst value, as a multiple of the
        sign of the prediction. ``None`` asks for the fewest flips that move the score to 0 or past it.
    time_limit : float
        Seconds.
    """
    n = positive.size
    matrix, lowest, highest, upper = _trained_network(kernel, C)
    # a flip is a sign that differs from the present one
    flips = np.zeros((_N_BLOCKS, n))
    flips[_SIGN] = np.where(positive, -1.0, 1.0)
    score = np.zeros((_N_BLOCKS, n))
    score[_SIGNED] = kernel_row if predicted_positive else -kernel_row
    flips, score = flips.ravel(), score.ravel()
    lower = np.zeros((_N_BLOCKS, n))
    lower[_SIGNED], lower[_MARGIN] = -upper[_SIGNED], -upper[_MARGIN]
    if budget is None:
        objective, last, limit = flips, score, 0.0
    else:
        objective, last, limit = score, flips, budget - positive.sum()
    constraints = [LinearConstraint(matrix, lowest, highest), LinearConstraint(last[None, :], -np.inf, limit)]
    binary = np.zeros((_N_BLOCKS, n))
    binary[[_SIGN, _AT_ZERO, _AT_C]] = 1
    start = time.perf_counter()
    with c_output_discarded():
        answer = milp(
            objective,
            integrality=binary.ravel(),
            bounds=Bounds(lower.ravel(), upper.ravel()),
            constraints=constraints,
            options={"time_limit": time_limit},
        )
    elapsed = time.perf_counter() - start
    if answer.status != _OPTIMAL:
        return elapsed, None
    return elapsed, answer.fun + (positive.sum() if budget is None else 0.0)


def _trained_network(kernel, C):
    """Constraints ``lowest <= matrix @ variables <= highest`` of a trained network, and upper bounds of the
    variables."""
    n = kernel.shape[0]
    largest = C * np.abs(kernel).sum(axis=1)
    one, zero = sparse.eye(n, format="csr"), np.zeros(n)
    full = np.ones(n)
    never = np.full(n, -np.inf)
    large = sparse.diags(largest)
    rows = [
        # z = a for sign +, z = -a for sign -
        ({_SIGNED: one, _COEFFICIENT: -one}, never, zero),
        ({_SIGNED: -one, _COEFFICIENT: -one}, never, zero),
        ({_COEFFICIENT: one, _SIGNED: -one, _SIGN: 2 * C * one}, never, 2 * C * full),
        ({_COEFFICIENT: one, _SIGNED: one, _SIGN: -2 * C * one}, never, zero),
        # margin = f for sign +, margin = -f for sign -, with f = Q z
        ({_MARGIN: one, _SIGNED: -kernel, _SIGN: 2 * large}, never, 2 * largest),
        ({_MARGIN: -one, _SIGNED: kernel, _SIGN: 2 * large}, never, 2 * largest),
        ({_MARGIN: one, _SIGNED: kernel, _SIGN: -2 * large}, never, zero),
        ({_MARGIN: -one, _SIGNED: -kernel, _SIGN: -2 * large}, never, zero),
        # margin - 1 - u + v = 0
        ({_MARGIN: one, _U: -one, _V: one}, full, full),
        # u > 0 only where a = 0, v > 0 only where a = C
        ({_U: one, _AT_ZERO: -sparse.diags(np.maximum(largest - 1.0, 0.0))}, never, zero),
        ({_COEFFICIENT: one, _AT_ZERO: C * one}, never, C * full),
        ({_V: one, _AT_C: -sparse.diags(largest + 1.0)}, never, zero),
        ({_COEFFICIENT: -one, _AT_C: C * one}, never, zero),
    ]
    empty = sparse.csr_matrix((n, n))
    matrix = sparse.vstack(
        [sparse.hstack([sparse.csr_matrix(blocks.get(b, empty)) for b in range(_N_BLOCKS)]) for blocks, _, _ in rows]
    ).tocsr()
    upper = np.zeros((_N_BLOCKS, n))
    upper[[_SIGN, _AT_ZERO, _AT_C]] = 1.0
    upper[_COEFFICIENT], upper[_SIGNED] = C, C
    upper[_MARGIN], upper[_U], upper[_V] = largest, np.maximum(largest - 1.0, 0.0), largest + 1.0
    return matrix, np.concatenate([low for _, low, _ in rows]), np.concatenate([high for _, _, high in rows]), upper
