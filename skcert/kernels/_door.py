"""The one place in this package that checks arguments.

Points are refused if NaN, inf or overflow could make a kernel value differ from the network's. Their squared lengths
show this (`squared_lengths`), and the fully connected kernel needs these anyway, so that the check adds no cost for
one test row against many training rows. By Cauchy-Schwarz no kernel value exceeds the larger of the two points' values
with themselves, so it is enough to check these (`check_sizes`).
"""

from numbers import Integral, Real

import numpy as np

from ._activations import ACTIVATIONS

KINDS = ("ntk", "nngp")
_LARGEST_STD = 1e150  # its square is finite
_HEADROOM = 2.0**-4  # for rounding, and for intermediate values in an activation


def check_network(kind, depth, activation, negative_slope, w_std, b_std, n_jobs):
    """Raise an error that names the parameter of a network that is outside its range."""
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is unknown; choose one of {list(KINDS)}.")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation={activation!r} is unknown; choose one of {list(ACTIVATIONS)}.")
    if not is_whole(depth, 0):
        raise ValueError(f"depth={depth!r} must be a whole number of hidden layers, 0 or more.")
    if not isinstance(negative_slope, Real) or not np.isfinite(float(negative_slope)):
        raise ValueError(f"negative_slope={negative_slope!r} must be a finite number.")
    if not isinstance(w_std, Real) or not 0 < float(w_std) <= _LARGEST_STD:
        raise ValueError(f"w_std={w_std!r} must be a finite number above 0, at most {_LARGEST_STD:g}.")
    if not isinstance(b_std, Real) or not 0 <= float(b_std) <= _LARGEST_STD:
        raise ValueError(f"b_std={b_std!r} must be a finite number, 0 or more, at most {_LARGEST_STD:g}.")
    if n_jobs is not None and (not isinstance(n_jobs, Integral) or isinstance(n_jobs, bool) or int(n_jobs) == 0):
        raise ValueError(
            f"n_jobs={n_jobs!r} must be None or a whole number of threads other than 0; -1 stands for all cores."
        )


def is_whole(value, least):
    """Whether a value is a whole number, not a bool, and at least `least`."""
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def check_image_shape(image_shape, n_features):
    """Height, width and channels, if they are whole numbers whose product is the number of features."""
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
    """Both sets of points as C-contiguous arrays of one precision, and whether Y stands for X."""
    X = _as_floats("X", X)
    if Y is None:
        return X, X, True
    Y = _as_floats("Y", Y)
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"Y has {Y.shape[1]} features, but X has {X.shape[1]}; both must have the same columns.")
    dtype = np.result_type(X, Y)
    return X.astype(dtype, copy=False), Y.astype(dtype, copy=False), False


def squared_lengths(name, points):
    """Squared length of each point, if all of them are far from overflow."""
    squares = np.einsum("ij,ij->i", points, points)
    if not (squares <= np.finfo(points.dtype).max * _HEADROOM).all():
        if not np.isfinite(points).all():
            row, column = np.argwhere(~np.isfinite(points))[0].tolist()
            raise ValueError(
                f"{name} has NaN or infinite entries, the first at [{row}, {column}]; fill them in, or leave out "
                "these rows."
            )
        raise ValueError(
            f"{name} has a row whose squared length overflows {points.dtype}; scale the features, for instance with "
            "sklearn.preprocessing.StandardScaler."
        )
    return squares


def check_sizes(name, sizes):
    """Raise an error if absolute kernel values of points, or intermediate ones, are NaN or near overflow."""
    if not (sizes <= np.finfo(sizes.dtype).max * _HEADROOM).all():
        raise ValueError(
            f"Kernel values of {name} overflow {sizes.dtype}; scale the features, for instance with "
            "sklearn.preprocessing.StandardScaler, or decrease w_std, b_std, negative_slope or depth."
        )


def _as_floats(name, points):
    if isinstance(points, np.ma.MaskedArray):
        raise ValueError(
            f"{name} is a masked array, and the meaning of its masked entries is not known; fill them in first, with "
            f"{name}.filled(...)."
        )
    try:
        points = np.asarray(points)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} cannot be converted to an array of numbers ({error}); pass a numpy array."
        ) from error
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(
            f"{name} has shape {points.shape}; expected two dimensions, (n_samples, n_features), "
            "with at least one feature."
        )
    if points.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} has dtype {points.dtype}; expected real numbers. Convert it with {name}.astype(float)."
        )
    single = points.dtype.kind == "f" and points.dtype.itemsize == 4
    with np.errstate(over="ignore"):  # from long doubles; infinite values are then refused
        return np.ascontiguousarray(points, dtype=np.float32 if single else np.float64)
