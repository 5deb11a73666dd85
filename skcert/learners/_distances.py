"""Distances between test and training rows, in blocks.

A certificate against rows needs distances that depend on the two rows alone, to the last bit: products of matrices,
from which scikit-learn computes euclidean distances, round differently once there is another row. SciPy computes those
of `_OF_TWO_ROWS` row by row. The others are computed in blocks of one fixed height.
"""

from functools import partial

import numpy as np
from joblib import effective_n_jobs
from scipy.spatial.distance import cdist
from sklearn.metrics import pairwise_distances
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_non_negative

from .._utils import in_fixed_blocks, row_chunks

_HEIGHT = 64
# scikit-learn's names for them, and SciPy's
_OF_TWO_ROWS = {
    "euclidean": "euclidean",
    "l2": "euclidean",
    "sqeuclidean": "sqeuclidean",
    "manhattan": "cityblock",
    "cityblock": "cityblock",
    "l1": "cityblock",
    "chebyshev": "chebyshev",
    "minkowski": "minkowski",
    "canberra": "canberra",
    "braycurtis": "braycurtis",
}


def depends_on_the_two_rows(metric):
    """Whether a distance is a function of the two rows: a metric of the user's is taken to be one."""
    return callable(metric) or metric in _OF_TWO_ROWS


def distances_in_blocks(X, X_fit, metric, n_jobs):
    """Slices of X with their distances to the rows of `X_fit`, new arrays of shape (n_rows, n_fit).

    What is no number counts as infinitely far. For "precomputed", X are the distances.
    """
    function = partial(_distances, X_fit=X_fit, metric=metric)
    slices = list(row_chunks(X.shape[0], 3 * 8 * X_fit.shape[0], _HEIGHT))
    if effective_n_jobs(n_jobs) == 1 or len(slices) == 1:
        for rows in slices:
            yield rows, function(X[rows])
        return
    yield from zip(slices, Parallel(n_jobs, prefer="threads")(delayed(function)(X[rows]) for rows in slices))


def _distances(X, X_fit, metric):
    if metric == "precomputed":
        check_non_negative(X, "distances")
        return X.astype(np.float64)  # a copy
    if callable(metric):
        distances = pairwise_distances(X, X_fit, metric=metric)
    elif metric in _OF_TWO_ROWS:
        distances = cdist(X, X_fit, _OF_TWO_ROWS[metric])
    else:
        distances = in_fixed_blocks(partial(pairwise_distances, Y=X_fit, metric=metric), X)
    distances[np.isnan(distances)] = np.inf
    return distances
