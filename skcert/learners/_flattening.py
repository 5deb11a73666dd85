"""What learners with flat weights share: the parameters, and one fitted model certified at many of their settings.

Centre, power and clip act on label weights that do not depend on them, so that these, most of the work, serve all
settings. What comes out is, to the bit, what refits would certify.
"""

from abc import abstractmethod
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from .._utils import check_two_classes
from ..certificates import certify_versions
from ._auditable import labelling_of
from ._flat_weights import flatten_weights


class Dial(NamedTuple):
    """The parameters that trade clean accuracy for radius, under their names."""

    weight_center: float | str | None
    weight_power: float
    weight_clip: float | None


class Flattening:
    """Mixin of label-linear learners with the parameters of `Dial`, kept in ``fitted_params_``."""

    classes_: Any
    fitted_params_: dict
    _chunks_of: Any
    _reported_chunks: Any
    _check_sums: Any
    _validate_test_rows: Any

    _flattening_constraints: dict = {
        "weight_center": [Interval(Real, 0, 1, closed="both"), StrOptions({"mean"}), None],
        "weight_power": [Interval(Real, 0, 1, closed="both")],
        "weight_clip": [Interval(Real, 0, 1, closed="right"), None],
    }

    @abstractmethod
    def _plain_weights(self, X):
        """A new array with the label weights of validated rows, before they are flattened."""

    def _label_weights(self, X):
        weights = self._plain_weights(X)
        self._flatten(weights)
        return weights

    def _changes_label_weights(self):
        """Whether a subclass has label weights of its own, for which no formula here holds."""
        return type(self)._label_weights is not Flattening._label_weights

    def _flatten(self, weights):
        """Flatten label weights, in place, as the parameters say."""
        flatten_weights(weights, *self._fitted_dial())

    def _keeps_weights(self):
        """Whether label weights stay as the smoother makes them."""
        return self._fitted_dial() == Dial(None, 1.0, None)

    def _fitted_dial(self):
        return Dial(*(self.fitted_params_[name] for name in Dial._fields))

    def _dial(self):
        """The dial of this model; None if its label weights come about in another way."""
        return None if self._changes_label_weights() else self._fitted_dial()

    def _certify_at(self, X, dials):
        """What ``certify`` returns after refits with each of these dials."""
        X = self._validate_test_rows(X)
        check_two_classes(self.classes_)
        chunks = ((rows, self._versions(X[rows], dials)) for rows in self._reported_chunks(X))
        return certify_versions(chunks, len(dials), X.shape[0], labelling_of(self))

    def _versions(self, X, dials):
        plain = self._plain_weights(X)
        return (self._label_weights_at(plain, dial) for dial in dials)

    def _plain_label_weights(self, X):
        """``label_weights`` before they are flattened."""
        X = self._validate_test_rows(X)
        return np.concatenate([self._plain_weights(X[rows]) for rows in self._chunks_of(X)])

    def _label_weights_at(self, plain, dial):
        """``label_weights`` at a dial, from plain ones; a new array."""
        weights = plain.copy()
        flatten_weights(weights, *dial)
        self._check_sums(weights)
        return weights
