"""The kernel that an estimator's parameters of a network describe."""

from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions

from .._utils import blas_threads
from ..kernels import convolutional_kernel, fully_connected_kernel

# Kernel values times layers (times features, for images) above which threads pay off: about 20 ms of work.
_WORTH_THREADS = 2**23

NETWORK_CONSTRAINTS: dict = {
    "depth": [Interval(Integral, 0, None, closed="left")],
    "activation": [StrOptions({"relu", "leaky_relu", "erf", "identity"})],
    "w_std": [Interval(Real, 0, None, closed="neither")],
    "b_std": [Interval(Real, 0, None, closed="left")],
    "negative_slope": [Interval(Real, None, None, closed="neither")],
    "image_shape": ["array-like", None],
    "filter_size": [Interval(Integral, 1, None, closed="left")],
    "readout": [StrOptions({"flatten", "gap"})],
}


def network_kernel(X, Y, parameters):
    """Kernel between two sets of rows; ``Y=None`` stands for X.

    It takes as many threads as BLAS may use, which an ensemble limits to each worker's share, or 1 if more would not
    pay off. `parameters` is a dict of an estimator's, "kernel" among them, and may have others.
    """
    network = {name: parameters[name] for name in ("depth", "activation", "negative_slope", "w_std", "b_std")}
    work = X.shape[0] * (X if Y is None else Y).shape[0] * parameters["depth"]
    if parameters["image_shape"] is not None:
        work *= X.shape[1] ** (2 if parameters["readout"] == "gap" else 1)
    network |= {"kind": parameters["kernel"], "n_jobs": blas_threads() if work >= _WORTH_THREADS else 1}
    if parameters["image_shape"] is None:
        return fully_connected_kernel(X, Y, **network)
    images = {name: parameters[name] for name in ("image_shape", "filter_size", "readout")}
    return convolutional_kernel(X, Y, **network, **images)
