"""A model of cost in core-seconds and bytes: constants from measurements, predictions for clusters.

With n_p rows in a partition, d features, m test rows, K classes and P partitions, one core takes

    fit(n_p, d)              = c + c n_p^2 + c n_p^2 d + c n_p^3
    label weights(m, n_p, d) = c + c m + c m n_p + c m n_p d + c m n_p^2
    certificate(m, n_p, K)   = c + c m + c m n_p + c m K + c m K^2
    vote(m, P, K)            = c + c m + c m P + c m P K + c m P K^2

with a constant c >= 0 for each term; an ensemble adds c P to fitting and c P + c m P K to certifying. The
constants minimise the sum of squared relative errors.
"""

from math import ceil

import numpy as np
from scipy.optimize import nnls

TERMS = {
    "fit": lambda n, d, **_: {"1": 1.0, "n²": n**2, "n² d": n**2 * d, "n³": n**3},
    "label weights": lambda m, n, d, **_: {"1": 1.0, "m": m, "m n": m * n, "m n d": m * n * d, "m n²": m * n**2},
    "certificate": lambda m, n, K, **_: {"1": 1.0, "m": m, "m n": m * n, "m K": m * K, "m K²": m * K**2},
    "vote": lambda m, P, K, **_: {"1": 1.0, "m": m, "m P": m * P, "m P K": m * P * K, "m P K²": m * P * K**2},
    "ensemble fit": lambda P, **_: {"P": P},
    "ensemble certify": lambda m, P, K, **_: {"P": P, "m P K": m * P * K},
}
"""Terms of each part; n is the number of rows of one network."""

# Votes and costs are int32: the members' answers, and the array that they are put together in.
_VOTE_BYTES = 4
WORKING_MEMORY = 2**30
"""scikit-learn's default, in bytes."""


def fit_constants(points):
    """Constants of all parts, as {part: {term: seconds}}, from points with ``what``, sizes and ``seconds``."""
    constants = {}
    for part in ("fit", "label weights", "certificate", "vote"):
        sizes = [point for point in points if point["what"] == part]
        constants[part] = _least_squares(part, sizes, [point["seconds"] for point in sizes])
    for part, members in (("ensemble fit", ensemble_fit_seconds), ("ensemble certify", ensemble_certify_seconds)):
        sizes = [point for point in points if point["what"] == part]
        rest = [point["seconds"] - members({**constants, part: None}, **point) for point in sizes]
        constants[part] = _least_squares(part, sizes, rest, scale=[point["seconds"] for point in sizes])
    return constants


def predictions(constants, points):
    """The model's seconds for each point."""
    ensembles = {"ensemble fit": ensemble_fit_seconds, "ensemble certify": ensemble_certify_seconds}
    return [
        ensembles[p["what"]](constants, **p) if p["what"] in ensembles else part_seconds(constants, p["what"], **p)
        for p in points
    ]


def _least_squares(part, sizes, seconds, scale=None):
    """Non-negative least squares; errors relative to `scale`, by default the seconds themselves."""
    scale = np.asarray(seconds if scale is None else scale)
    terms = [TERMS[part](**point) for point in sizes]
    matrix = np.array([list(row.values()) for row in terms], dtype=np.float64) / scale[:, None]
    norms = np.linalg.norm(matrix, axis=0)
    solution = nnls(matrix / norms, np.asarray(seconds) / scale)[0] / norms
    return dict(zip(terms[0], solution.tolist()))


def part_seconds(constants, part, **sizes):
    if constants[part] is None:
        return 0.0
    return sum(constants[part][term] * size for term, size in TERMS[part](**sizes).items())


def member_certify_seconds(constants, *, m, n, d, K, **_):
    """One member's label weights and certificates; n is its number of rows."""
    weights = part_seconds(constants, "label weights", m=m, n=n, d=d)
    return weights + part_seconds(constants, "certificate", m=m, n=n, K=K)


def ensemble_fit_seconds(constants, *, n, d, P, **_):
    """Core-seconds to fit an ensemble on n rows."""
    return P * part_seconds(constants, "fit", n=n / P, d=d) + part_seconds(constants, "ensemble fit", P=P)


def ensemble_certify_seconds(constants, *, m, n, d, P, K, **_):
    """Core-seconds to certify m test rows by an ensemble on n rows."""
    members = P * member_certify_seconds(constants, m=m, n=n / P, d=d, K=K)
    overhead = part_seconds(constants, "ensemble certify", m=m, P=P, K=K)
    return members + overhead + part_seconds(constants, "vote", m=m, P=P, K=K)


def cluster_cost(constants, memory, *, n, d, m, K, P, workers, itemsize, bandwidth, matrices=True):
    """Time, memory and traffic of an ensemble whose members stay on its workers, of one core each.

    Parameters
    ----------
    constants : dict
        From `fit_constants`.
    memory : dict
        ``fit`` and ``certify``: peak memory of a member in units of its n_p x n_p matrix.
    n, d, m, K, P : int
        Training rows, features, test rows, classes, partitions.
    workers : int
        Cores.
    itemsize : int
        Bytes of a number.
    bandwidth : float
        Bytes per second of each machine's link.
    matrices : bool
        Whether members keep their n_p x n_p matrix; with ``alpha=inf`` they keep only their rows.

    Returns
    -------
    cost : dict
        Seconds and bytes.
    """
    rounds, rows = ceil(P / workers), n / P
    fit = rounds * (part_seconds(constants, "fit", n=rows, d=d) + part_seconds(constants, "ensemble fit", P=1))
    certify = rounds * member_certify_seconds(constants, m=m, n=rows, d=d, K=K)
    on_client = part_seconds(constants, "vote", m=m, P=P, K=K)
    on_client += part_seconds(constants, "ensemble certify", m=m, P=P, K=K)
    matrix = rows**2 * itemsize
    members = n * d * itemsize + (P * matrix if matrices else 0)
    answers = workers * m * d * itemsize + m * P * (K + 1) * _VOTE_BYTES
    return {
        "fit seconds": fit,
        "certify seconds": certify,
        "client seconds": on_client,
        "shuffle bytes": n * d * itemsize / workers,
        "shuffle seconds": n * d * itemsize / workers / bandwidth,
        "answer bytes": answers,
        "answer seconds": answers / bandwidth,
        "worker bytes": members / workers + max(memory["fit"], memory["certify"]) * matrix + m * d * itemsize,
        "client bytes": m * d * itemsize + min(WORKING_MEMORY, m * _row_bytes(P, K)),
    }


def _row_bytes(P, K):
    return 2 * _VOTE_BYTES * P * (K + 1)
