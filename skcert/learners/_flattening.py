"""The parameters that flatten label weights, as the learners that have them share them."""

from abc import abstractmethod
from numbers import Real

from sklearn.utils._param_validation import Interval, StrOptions

from ._dial import Dial, certify_at
from ._flat_weights import flatten_weights


class Flattening:
    """Mixin of learners with ``weight_center``, ``weight_power`` and ``weight_clip``, kept in ``fitted_params_``."""

    fitted_params_: dict

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
        return certify_at(self, X, dials)
