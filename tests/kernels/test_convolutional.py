from pathlib import Path

import numpy as np
import pytest

from skcert.kernels import convolutional_kernel, fully_connected_kernel
from skcert.kernels._activations import ACTIVATIONS

GOLDEN = np.load(Path(__file__).parents[1] / "data" / "neural_tangents.npz")
CASES = [name for name in GOLDEN.files if name.startswith("cnn|")]
SLOPE = 0.3


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_neural_tangents(name):
    settings, kind = name.rsplit("_", 1)
    values = dict(part.split("=") for part in settings.split("|")[2:])
    X, Z = GOLDEN["cnn_X"].reshape(3, -1), GOLDEN["cnn_Z"].reshape(2, -1)
    arguments = {
        "image_shape": (6, 5, 2),
        "kind": kind,
        "depth": int(values["depth"]),
        "filter_size": int(values["filter"]),
        "readout": "gap" if values["gap"] == "1" else "flatten",
        "w_std": float(values["W"]),
        "b_std": float(values["b"]),
    }
    np.testing.assert_allclose(convolutional_kernel(X, Z, **arguments), GOLDEN[name], rtol=1e-8)
    single = convolutional_kernel(X.astype(np.float32), Z.astype(np.float32), **arguments)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, GOLDEN[name], rtol=5e-4)


def test_golden_file_has_both_readouts():
    assert len(CASES) == 6 and {"gap=0", "gap=1"} <= {part for name in CASES for part in name.split("|")}


def _dual(k, q_x, q_y, activation):
    """E[phi phi] and E[phi' phi'] for arrays k (..., p, p'), q_x (..., p), q_y (..., p')."""
    product = q_x[:, None] * q_y[None, :]
    if activation == "erf":
        norm = (1 + 2 * q_x)[:, None] * (1 + 2 * q_y)[None, :]
        return 2 / np.pi * np.arcsin(2 * k / np.sqrt(norm)), 4 / np.pi / np.sqrt(norm - 4 * k**2)
    slope = {"relu": 0.0, "leaky_relu": SLOPE, "identity": 1.0}[activation]
    scale = np.sqrt(product)
    cosine = np.clip(np.divide(k, scale, out=np.zeros_like(k), where=scale > 0), -1, 1)
    cosine[cosine > 1 - 1e-14] = 1.0
    angle = np.arccos(cosine)
    value = scale * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)
    step = (np.pi - angle) / (2 * np.pi)
    return (1 - slope) ** 2 * value + slope * k, (1 - slope) ** 2 * step + slope


def _oracle(x, y, kind, depth, filter_size, readout, activation, w_std, b_std):
    """One kernel value from arrays over all pairs of pixels, explicitly; x and y are (h, w, c) images."""
    h, w, _ = x.shape

    def pairs(a, b):
        return np.einsum("ijc,klc->ijkl", a, b) / a.shape[2]

    def convolve(k):
        out = np.zeros_like(k)
        before = (filter_size - 1) // 2
        for dy in range(-before, filter_size - before):
            for dx in range(-before, filter_size - before):
                for i in range(max(0, -dy), min(h, h - dy)):
                    for j in range(max(0, -dx), min(w, w - dx)):
                        for m in range(max(0, -dy), min(h, h - dy)):
                            for n in range(max(0, -dx), min(w, w - dx)):
                                out[i, j, m, n] += k[i + dy, j + dx, m + dy, n + dx]
        return w_std**2 * out / filter_size**2 + b_std**2

    def variances(k):
        return np.einsum("ijij->ij", k).ravel()

    xx, yy, xy = pairs(x, x), pairs(y, y), pairs(x, y)
    theta = np.zeros_like(xy)
    for _ in range(depth):
        xx, yy, xy = convolve(xx), convolve(yy), convolve(xy)
        theta = xy + convolve(theta) - b_std**2
        q_x, q_y = variances(xx), variances(yy)
        n = h * w
        values = []
        for k, left, right in ((xx, q_x, q_x), (yy, q_y, q_y), (xy, q_x, q_y)):
            value, slope = _dual(k.reshape(n, n), left, right, activation)
            values.append(value.reshape(k.shape))
        theta = theta * slope.reshape(theta.shape)
        xx, yy, xy = values
    mean = np.mean if readout == "gap" else (lambda k: variances(k).mean())
    nngp = w_std**2 * mean(xy) + b_std**2
    return nngp if kind == "nngp" else nngp + w_std**2 * mean(theta)


@pytest.mark.parametrize("seed", range(24))
def test_equals_explicit_pairs_of_pixels(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(size) for size in rng.integers(1, 5, 3))
    arguments = {
        "kind": ("ntk", "nngp")[seed % 2],
        "readout": ("flatten", "gap")[seed // 2 % 2],
        "activation": ACTIVATIONS[seed // 4 % 4],
        "depth": int(rng.integers(0, 4)),
        "filter_size": int(rng.integers(1, 5)),
        "w_std": 1.3,
        "b_std": float(rng.choice([0.0, 0.4])),
    }
    X, Y = rng.normal(size=(2, *shape)), rng.normal(size=(3, *shape))
    expected = np.array([[_oracle(x, y, **arguments) for y in Y] for x in X])
    X, Y = X.reshape(2, -1), Y.reshape(3, -1)
    arguments |= {"image_shape": shape, "negative_slope": SLOPE}
    np.testing.assert_allclose(convolutional_kernel(X, Y, **arguments), expected, rtol=1e-8, atol=1e-12)
    single = convolutional_kernel(X.astype(np.float32), Y.astype(np.float32), **arguments)
    np.testing.assert_allclose(single, expected, rtol=5e-4, atol=1e-4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", ["ntk", "nngp"])
def test_one_pixel_is_a_fully_connected_network(activation, kind):
    X = np.random.default_rng(0).normal(size=(6, 4))
    arguments = {"kind": kind, "depth": 3, "activation": activation, "b_std": 0.3}
    ours = convolutional_kernel(X, image_shape=(1, 1, 4), filter_size=1, **arguments)
    np.testing.assert_allclose(ours, fully_connected_kernel(X, **arguments), rtol=1e-12)


@pytest.mark.parametrize("n", [1, 15, 16, 17, 33])
@pytest.mark.parametrize("readout", ["flatten", "gap"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_symmetric_case_blocks_and_threads(n, readout, dtype):
    X = np.random.default_rng(n).normal(size=(n, 18)).astype(dtype)
    arguments = {"image_shape": (3, 3, 2), "readout": readout, "depth": 2, "b_std": 0.1}
    symmetric = convolutional_kernel(X, **arguments)
    assert symmetric.dtype == dtype and np.array_equal(symmetric, symmetric.T)
    cross = convolutional_kernel(X, X.copy(), **arguments)
    np.testing.assert_allclose(cross, symmetric, rtol=20 * np.finfo(dtype).eps)
    assert np.array_equal(convolutional_kernel(X, n_jobs=2, **arguments), symmetric)
    # a value does not depend on what it is computed along with
    assert np.array_equal(convolutional_kernel(X[-1:], X, **arguments), cross[-1:])
    assert np.array_equal(convolutional_kernel(X, X[-1:], **arguments), cross[:, -1:])
    assert np.linalg.eigvalsh(symmetric.astype(np.float64)).min() > -1e3 * np.finfo(dtype).eps


@pytest.mark.parametrize("readout", ["flatten", "gap"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_blank_images(readout, activation):
    X = np.zeros((2, 12))
    X[1] = np.arange(12)
    kernel = convolutional_kernel(X, image_shape=(2, 3, 2), depth=3, readout=readout, activation=activation)
    assert np.array_equal(kernel[0], [0, 0]) and kernel[1, 1] > 0


def test_inputs_are_left_alone_and_may_be_read_only():
    X = np.random.default_rng(3).normal(size=(4, 8))
    X.flags.writeable = False
    before = X.copy()
    convolutional_kernel(X, image_shape=(2, 2, 2))
    assert np.array_equal(X, before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "cntk"}, "kind='cntk'"),
        ({"readout": "mean"}, "readout='mean'"),
        ({"filter_size": 0}, "filter_size=0"),
        ({"filter_size": 2.0}, "filter_size=2.0"),
        ({"image_shape": (2, 4)}, "image_shape=\\(2, 4\\) must be three"),
        ({"image_shape": 8}, "image_shape=8 must be three"),
        ({"image_shape": (2, 2, 0)}, "must be three"),
        ({"image_shape": (2, 2, 3)}, "makes 12 features, but X has 8"),
        ({"depth": -1}, "depth=-1"),
    ],
)
def test_bad_parameters_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        convolutional_kernel(np.ones((2, 8)), **{"image_shape": (2, 2, 2), **arguments})
