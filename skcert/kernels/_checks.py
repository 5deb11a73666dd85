"""Arguments that the kernels share."""

from numbers import Integral, Real

import numpy as np

from ._activations import ACTIVATIONS

KINDS = ("ntk", "nngp")


def check_network(kind, depth, activation, negative_slope, w_std, b_std):
    """Raise an error that names the parameter of a network that is outside its range."""
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is unknown; choose one of {list(KINDS)}.")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r} is unknown; choose one of {list(ACTIVATIONS)}.")
    if not is_whole(depth, 0):
        raise ValueError(f"depth={depth!r} must be a whole number of hidden layers, 0 or more.")
    if not isinstance(negative_slope, Real) or not np.isfinite(float(negative_slope)):
        raise ValueError(f"negative_slope={negative_slope!r} must be a finite number.")
    if not isinstance(w_std, Real) or not 0 < float(w_std) < np.inf:
        raise ValueError(f"w_std={w_std!r} must be a finite number above 0.")
    if not isinstance(b_std, Real) or not 0 <= float(b_std) < np.inf:
        raise ValueError(f"b_std={b_std!r} must be a finite number, 0 or more.")


def is_whole(value, least):
    """Whether a value is a whole number, not a bool, of at least that size."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def check_image_shape(image_shape, n_features):
    """Height, width and channels, if they are whole numbers and make up the features of a row."""
    shape = tuple(image_shape) if np.ndim(image_shape) == 1 else ()
    if len(shape) != 3 or not all(is_whole(size, 1) for size in shape):
        raise ValueError(f"image_shape={image_shape!r} must be three whole numbers: height, width and channels.")
    if np.prod(shape) != n_features:
        raise ValueError(
            f"image_shape={image_shape!r} makes {np.prod(shape)} features, but X has {n_features}; rows must be "
            "images in (height, width, channels) order."
        )
    return shape


def as_points(X, Y):
    """Both sets of points as arrays of one precision, and whether Y stands for X."""
    X = _as_floats(X, "X")
    if Y is None:
        return X, X, True
    Y = _as_floats(Y, "Y")
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"Y has {Y.shape[1]} features, but X has {X.shape[1]}; both must have the same columns.")
    dtype = np.result_type(X, Y)
    return X.astype(dtype, copy=False), Y.astype(dtype, copy=False), False


def _as_floats(points, name):
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(
            f"{name} has shape {points.shape}; expected two dimensions, (n_samples, n_features), "
            "with at least one feature."
        )
    return points if points.dtype in (np.float32, np.float64) else points.astype(np.float64)
