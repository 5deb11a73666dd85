"""The sums that certificates are about: what each class gets from the label weights of its rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._utils import compiled, read_only
from .._door import check_label_linear
from .._weight_blocks import double_blocks


def class_scores(
    weights: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_classes: int,
    *,
    score_weight: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """Scores ``f_c = w_c sum_i a_i [y_i = c]``, which the certificates are about; -inf for classes without rows.

    Parameters
    ----------
    weights : ndarray of shape (n_test, n_train)
        Label weights, float32 or float64, finite.
    labels : ndarray of shape (n_train,)
        Class indices 0, ..., n_classes - 1.
    n_classes : int
        Number of classes.
    score_weight : ndarray of shape (n_classes,), default=None
        What the score of each class is multiplied by, above 0; ``None`` multiplies by nothing.

    Returns
    -------
    scores : ndarray of shape (n_test, n_classes)
        Scores in double precision; the prediction is ``scores.argmax(axis=1)``. A class without rows has -inf: it
        is never predicted.

    Raises
    ------
    ValueError
        If a shape, a type or a value is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import class_scores
    >>> class_scores(np.array([[0.5, 0.25, 0.25]]), np.array([1, 0, 1]), 2)
    array([[0.25, 0.75]])
    """
    weights, labels, n_classes, _, rules = check_label_linear(weights, labels, n_classes, score_weight=score_weight)
    return class_scores_unchecked(weights, labels, n_classes, rules)


def class_scores_unchecked(weights, labels, n_classes, rules=None):
    scores = np.empty((weights.shape[0], n_classes))
    labels = read_only(labels)
    for rows, block in double_blocks(weights):
        _score_rows(block, labels, scores[rows])
    if rules is not None:
        scores *= rules.score_weight
    scores[:, np.bincount(labels, minlength=n_classes) == 0] = -np.inf
    return scores


@compiled
def _score_rows(block, labels, scores):
    for t in range(block.shape[0]):
        for c in range(scores.shape[1]):
            scores[t, c] = 0.0
        for i in range(block.shape[1]):
            scores[t, labels[i]] += block[t, i]
