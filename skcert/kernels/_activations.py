"""Dual activations: how one hidden layer maps the covariance of two points.

With (u, v) Gaussian of covariance ``[[q_x, k], [k, q_y]]``, a layer of activation phi followed by dense weights is

    k      <-  w2 * E[phi(u) phi(v)] + b2
    theta  <-  k (new) + theta * w2 * E[phi'(u) phi'(v)]

which is the recursion of Jacot et al. 2018 in the parametrisation of Lee et al. 2019 (``W_std``, ``b_std``). Two Numba
functions cover all activations: one for those that are linear on either side of 0, one for erf. They take runs of
pairs of points, in place. Quantities that depend on one point only are computed once per point, so that no loop over
pairs has to divide: a scale sqrt(q), and an inverse scale.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from .._utils import compiled, compiled_part
from ._angle import angle_over_sine

ACTIVATIONS = ("relu", "leaky_relu", "erf", "identity")
_OPTIONS: Any = {"error_model": "numpy", "fastmath": {"contract"}}


class PiecewiseLinear(NamedTuple):
    """One hidden layer, of an activation that is u for u > 0 and slope * u for u < 0, and the weights after it."""

    slope: float
    """Slope of the activation on the negative side."""
    w2: float
    """Variance of the weights (times the fan-in)."""
    b2: float
    """Variance of the biases."""
    resolution: float
    """Cosines this close to 1 or -1 are taken as 1 or -1."""
    tangent: bool
    """Whether theta is needed, too."""


class Erf(NamedTuple):
    """The same for erf, which has no slope to choose."""

    w2: float
    b2: float
    resolution: float
    tangent: bool


Layer = PiecewiseLinear | Erf


def make_layer(activation, negative_slope, w_std, b_std, resolution, kind, dtype):
    """A layer whose numbers have the precision of the arrays."""
    slope = {"leaky_relu": negative_slope, "identity": 1.0}.get(activation, 0.0)
    slope, w2, b2, resolution = as_dtype(dtype, slope, w_std**2, b_std**2, resolution)
    if activation == "erf":
        return Erf(w2, b2, resolution, kind == "ntk")
    return PiecewiseLinear(slope, w2, b2, resolution, kind == "ntk")


def as_dtype(dtype, *values):
    """Numbers in the precision of the arrays; infinite ones lead to kernel values that are refused."""
    with np.errstate(over="ignore"):
        return tuple(dtype.type(value) for value in values)


def activation_layer(k, theta, scale, inverse_scale, layer):
    """Take pairs of points through one layer, in place.

    ``scale`` and ``inverse_scale`` are the products of the two points' own (`point_layer`); all arrays have shape
    (n_pairs,).
    """
    layer_of_pairs = _erf_layer if isinstance(layer, Erf) else _piecewise_linear_layer
    layer_of_pairs(k, theta, scale, inverse_scale, layer)


def point_layer(q, theta, scale, inverse_scale, layer):
    """`activation_layer` at v = u, where cosines are 1, for ``q`` and ``theta`` of shape (n_points,).

    Fills in what `activation_layer` needs to know of each point: sqrt(q), and 1 / sqrt(q), or 1 / sqrt(1 + 2 q) for
    erf.
    """
    layer_of_points = _erf_points if isinstance(layer, Erf) else _piecewise_linear_points
    layer_of_points(q, theta, scale, inverse_scale, layer)


# chosen by the type of the layer, so that only what is used is compiled


@overload(activation_layer, jit_options=_OPTIONS)
def _compiled_activation_layer(k, theta, scale, inverse_scale, layer):
    return (_erf_layer if layer.instance_class is Erf else _piecewise_linear_layer).py_func


@overload(point_layer, jit_options=_OPTIONS)
def _compiled_point_layer(q, theta, scale, inverse_scale, layer):
    return (_erf_points if layer.instance_class is Erf else _piecewise_linear_points).py_func


@compiled_part(**_OPTIONS)
def _piecewise_linear_layer(k, theta, scale, inverse_scale, layer):
    """phi(u) = (1 - slope) * max(u, 0) + slope * u: arc-cosine kernels of order 1 and 0 (Cho & Saul 2009).

    Cosines within ``resolution`` of 1 or -1 are taken as 1 or -1. The angle is the square root of that
    distance, so without this the last bit of a Gram product would move the kernel of two equal points
    in its eighth digit.
    """
    real = k.dtype.type
    zero, one, pi = real(0.0), real(1.0), real(math.pi)
    nearly_one = one - layer.resolution
    bend = (one - layer.slope) * (one - layer.slope) * layer.w2 / real(2.0 * math.pi)
    line = layer.slope * layer.w2
    for j in range(k.shape[0]):
        # a point at the origin has scale and inverse scale 0: no angle, and kernel values 0 whatever the angle
        signed = k[j] * inverse_scale[j]
        x = abs(signed)
        x = one if x > nearly_one else x
        cosine = x if signed >= zero else -x
        sine = math.sqrt((one - x) * (one + x))
        angle = sine * angle_over_sine(x)
        supplement = pi - angle if signed >= zero else angle  # pi minus the angle between the points
        k_new = scale[j] * (bend * (sine + supplement * cosine) + line * cosine) + layer.b2
        if layer.tangent:
            theta[j] = theta[j] * (bend * supplement + line) + k_new
        k[j] = k_new


@compiled_part(**_OPTIONS)
def _erf_layer(k, theta, scale, inverse_scale, layer):
    """Williams 1997: E[erf(u) erf(v)] = 2/pi * arcsin(2 k / sqrt((1 + 2 q_x) (1 + 2 q_y)))."""
    real = k.dtype.type
    one, two = real(1.0), real(2.0)
    nearly_one = one - layer.resolution
    value_factor = layer.w2 * real(2.0 / math.pi)
    slope_factor = layer.w2 * real(4.0 / math.pi)
    for j in range(k.shape[0]):
        x = abs(k[j])
        x = scale[j] if x > nearly_one * scale[j] else x
        x = two * x * inverse_scale[j]
        # 1 - x^2, which cancels for large inputs in one direction, is no less than what it is at k = sqrt(q_x q_y)
        square, least = (one - x) * (one + x), (one + real(4.0) * scale[j]) * inverse_scale[j] * inverse_scale[j]
        cosine = math.sqrt(square if square > least else least)
        arcsin = x * angle_over_sine(cosine)
        k_new = value_factor * (arcsin if k[j] >= real(0.0) else -arcsin) + layer.b2
        if layer.tangent:
            theta[j] = theta[j] * slope_factor * inverse_scale[j] / cosine + k_new
        k[j] = k_new


@compiled(**_OPTIONS)
def _piecewise_linear_points(q, theta, scale, inverse_scale, layer):
    real = q.dtype.type
    zero, one = real(0.0), real(1.0)
    slope = real(0.5) * (one + layer.slope * layer.slope)
    for j in range(q.shape[0]):
        scale[j] = math.sqrt(q[j])
        inverse_scale[j] = one / scale[j] if scale[j] > zero else zero
        q[j] = layer.w2 * (slope * q[j]) + layer.b2
        if layer.tangent:
            theta[j] = theta[j] * layer.w2 * slope + q[j]


@compiled(**_OPTIONS)
def _erf_points(q, theta, scale, inverse_scale, layer):
    real = q.dtype.type
    one, two, four = real(1.0), real(2.0), real(4.0)
    for j in range(q.shape[0]):
        scale[j] = math.sqrt(q[j])
        # NaN after overflow, instead of the kernel values of a point at right angles to all others
        widened = one + two * q[j]
        inverse_scale[j] = one / math.sqrt(widened) if widened < real(np.inf) else real(np.nan)
        root = math.sqrt(one + four * q[j])
        q[j] = layer.w2 * (real(2.0 / math.pi) * math.atan2(two * q[j], root)) + layer.b2
        if layer.tangent:
            theta[j] = theta[j] * layer.w2 * (real(4.0 / math.pi) / root) + q[j]


def scales_ahead_of_layers(q, depth, layer):
    """Scales and inverse scales before each layer, shape (2, depth, n_points), and the kernel's diagonal.

    ``q`` are the variances before the first layer, shape (n_points,).
    """
    q, theta = q.copy(), q.copy()
    scales = np.empty((2, depth, q.shape[0]), dtype=q.dtype)
    for ahead in range(depth):
        point_layer(q, theta, scales[0, ahead], scales[1, ahead], layer)
    return scales, theta if layer.tangent else q
