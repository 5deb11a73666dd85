"""Dual activations: how one hidden layer turns K into E[phi(u) phi(v)] and Theta along with it.

One small Numba function per activation. Each takes one row of the kernel, between one point x and a
run of points y_j, through one layer, in place. With (u, v) Gaussian of covariance
``[[q_x, k_j], [k_j, q_y[j]]]`` the layer is

    k_j     <-  w2 * E[phi(u) phi(v)] + b2
    theta_j <-  k_j (new) + theta_j * w2 * E[phi'(u) phi'(v)]

which is the recursion of Jacot et al. 2018 in the parametrisation of Lee et al. 2019 (``W_std``, ``b_std``).
"""

import math

from numba import njit

# arcsin(sqrt(z)) / sqrt(z) on [0, 1/4]: minimax polynomial, relative error 2e-17, lowest power first.
# A polynomial instead of a libm call lets LLVM vectorise the loops that use it.
_ASIN = (
    1.0,
    0.16666666666664942,
    0.07500000000385201,
    0.044642856805998936,
    0.03038195969768514,
    0.022371749733164054,
    0.01735977964134998,
    0.01388484282640208,
    0.012170138592391726,
    0.0065293020047365695,
    0.019513468251252167,
    -0.016187392271599134,
    0.03187962140081284,
)
(_P0, _P1, _P2, _P3, _P4, _P5, _P6, _P7, _P8, _P9, _P10, _P11, _P12) = _ASIN


@njit(inline="always", error_model="numpy")
def _arccos(c):
    """arccos of c in [-1, 1], to the last bit or two, also next to the end points."""
    x = abs(c)
    small = x < 0.5
    z = x * x if small else 0.5 * (1.0 - x)
    s = x if small else math.sqrt(z)
    p = _P12
    p = p * z + _P11
    p = p * z + _P10
    p = p * z + _P9
    p = p * z + _P8
    p = p * z + _P7
    p = p * z + _P6
    p = p * z + _P5
    p = p * z + _P4
    p = p * z + _P3
    p = p * z + _P2
    p = p * z + _P1
    p = p * z + _P0
    arcsin = s * p
    positive = 0.5 * math.pi - arcsin if small else 2.0 * arcsin
    return positive if c >= 0.0 else math.pi - positive


@njit(cache=True, nogil=True, error_model="numpy")
def relu_layer(k, theta, q_x, q_y, w2, b2, resolution):
    """ReLU: arc-cosine kernels of order 1 and 0 (Cho & Saul 2009).

    Cosines within ``resolution`` of 1 or -1 are taken as 1 or -1. The angle is the square root of that
    distance, so without this the last bit of a Gram product would move the kernel of two equal points
    in its eighth digit.
    """
    nearly_one = 1.0 - resolution
    for j in range(k.shape[0]):
        scale = math.sqrt(q_x * q_y[j])
        # a point at the origin (scale 0) has no angle; its kernel values are 0 whatever the angle
        cosine = k[j] / scale if scale > 0.0 else 0.0
        cosine = 1.0 if cosine > nearly_one else (-1.0 if cosine < -nearly_one else cosine)
        supplement = _arccos(-cosine)  # pi - angle
        sine = math.sqrt((1.0 - cosine) * (1.0 + cosine))
        k_new = w2 * scale * (sine + supplement * cosine) / (2.0 * math.pi) + b2
        theta[j] = k_new + theta[j] * w2 * supplement / (2.0 * math.pi)
        k[j] = k_new


@njit(cache=True, nogil=True, error_model="numpy")
def relu_diagonal(q, theta, w2, b2):
    """The same layer at v = u, where the angle is 0: E[phi(u)^2] = q / 2 and E[phi'(u)^2] = 1 / 2."""
    for j in range(q.shape[0]):
        q_new = 0.5 * w2 * q[j] + b2
        theta[j] = q_new + 0.5 * w2 * theta[j]
        q[j] = q_new
