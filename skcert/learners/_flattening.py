"""The parameters that flatten label weights, as the learners that have them share them."""

from numbers import Real

from sklearn.utils._param_validation import Interval, StrOptions

from ._flat_weights import flatten_weights


class Flattening:
    """Mixin of learners with ``weight_center``, ``weight_power`` and ``weight_clip``, kept in ``fitted_params_``."""

    fitted_params_: dict

    _flattening_constraints: dict = {
        "weight_center": [Interval(Real, 0, 1, closed="both"), StrOptions({"mean"}), None],
        "weight_power": [Interval(Real, 0, 1, closed="both")],
        "weight_clip": [Interval(Real, 0, 1, closed="right"), None],
    }

    def _flatten(self, weights):
        """Flatten label weights, in place, as the parameters say."""
        fitted = self.fitted_params_
        flatten_weights(weights, fitted["weight_center"], fitted["weight_power"], fitted["weight_clip"])

    def _keeps_weights(self):
        """Whether label weights stay as the smoother makes them."""
        fitted = self.fitted_params_
        return fitted["weight_center"] is fitted["weight_clip"] is None and fitted["weight_power"] == 1.0
