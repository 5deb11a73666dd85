"""Ridge regression on the rows themselves: each training row without its own label, in closed form."""

from typing import Any

import numpy as np

from .._utils import row_chunks
from ..certificates import n_others, weighted_without_own
from ._auditable import labelling_of
from ._without_own import change_others, limit_without_own, ridge_without_own, without_own

MAX_SCORED_ROWS = 8192


class RidgeWithoutOwn:
    """Mixin of the classifier whose ``smoother_`` is a `LinearSmoother`."""

    classes_: Any
    fitted_params_: dict
    label_codes_: Any
    smoother_: Any
    sums_: Any
    _changes_label_weights: Any
    _flatten: Any
    _is_low_rank: Any
    _keeps_weights: Any

    def _weights_without_own(self, rows, X):
        if self._changes_label_weights():
            return super()._weights_without_own(rows, X)  # type: ignore[misc]
        smoother, centre = self.smoother_, self.fitted_params_["fit_intercept"]
        if not smoother.is_low_rank():
            weights = ridge_without_own(smoother.smoother, rows)
        else:
            coordinates = smoother.coordinates(X)
            weights = smoother.weights(coordinates)
            if self.fitted_params_["alpha"] == np.inf:
                weights = limit_without_own(weights, rows, centre)
            else:
                own = smoother.own_weights(coordinates, smoother.offsets(coordinates), X)
                weights = without_own(weights, rows) * _over_rest(own, weights.dtype)[:, None]
        if not self._keeps_weights():
            change_others(self._flatten, weights, rows)
        return weights

    def _scores_without_own(self, X):
        if not self._is_low_rank():
            return super()._scores_without_own(X)  # type: ignore[misc]
        codes, n_train, n_classes = self.label_codes_, X.shape[0], self.classes_.shape[0]
        centre, others = self.fitted_params_["fit_intercept"], n_others(codes, n_classes)
        sums = np.empty((n_train, n_classes))
        for rows in row_chunks(n_train, 8 * (4 * X.shape[1] + 6 * n_classes), MAX_SCORED_ROWS):
            coordinates = self.smoother_.coordinates(X[rows])
            offsets = self.smoother_.offsets(coordinates)
            own = self.smoother_.own_weights(coordinates, offsets, X[rows])
            part = self.sums_.scores(coordinates, offsets)
            part[np.arange(own.shape[0]), codes[rows]] -= own
            if self.fitted_params_["alpha"] < np.inf:
                part *= _over_rest(own, coordinates.dtype)[:, None]
            elif centre and n_train > 1:
                part = (part + own[:, None] * others[rows] / (n_train - 1)) * n_train / (n_train - 1)
            sums[rows] = part
        return weighted_without_own(sums, labelling_of(self))


def _over_rest(own, dtype):
    """``1 / (1 - own)``; 0 where rounding has left nothing of it: such a row alone decides about itself."""
    rest = 1.0 - own
    return np.divide(1.0, rest, out=np.zeros_like(rest), where=rest > 64 * np.finfo(dtype).eps)
