from pathlib import Path

import numpy as np
import pytest
from scipy.special import erf

from skcert.kernels import fully_connected_kernel
from skcert.kernels._activations import ACTIVATIONS
from skcert.kernels._fully_connected import _TILE

GOLDEN = np.load(Path(__file__).parents[1] / "data" / "neural_tangents.npz")
CASES = [name for name in GOLDEN.files if name.startswith("fc|")]


def _parameters(name):
    """Parameters in a name such as fc|relu|depth=3|W=1.5|b=0.1_ntk."""
    settings, kind = name.rsplit("_", 1)
    _, activation, *rest = settings.split("|")
    values = dict(part.split("=") for part in rest)
    network = {"kind": kind, "activation": "leaky_relu" if activation == "leaky" else activation}
    return network | {"depth": int(values["depth"]), "w_std": float(values["W"]), "b_std": float(values["b"])}


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_neural_tangents(name):
    X, Z = GOLDEN["fc_X"], GOLDEN["fc_Z"]
    np.testing.assert_allclose(fully_connected_kernel(X, Z, **_parameters(name)), GOLDEN[name], rtol=1e-10)
    single = fully_connected_kernel(X.astype(np.float32), Z.astype(np.float32), **_parameters(name))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, GOLDEN[name], rtol=5e-4)


def test_golden_file_has_all_activations():
    assert len(CASES) == 14
    assert {_parameters(name)["activation"] for name in CASES} == set(ACTIVATIONS)


@pytest.mark.parametrize("kind", ["ntk", "nngp"])
@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_symmetric_case_equals_two_arguments(kind, depth):
    X = np.random.default_rng(0).normal(size=(_TILE + 70, 6))
    symmetric = fully_connected_kernel(X, kind=kind, depth=depth, b_std=0.3)
    assert np.array_equal(symmetric, symmetric.T)
    np.testing.assert_allclose(symmetric, fully_connected_kernel(X, X.copy(), kind=kind, depth=depth, b_std=0.3))
    assert np.linalg.eigvalsh(symmetric).min() > -1e-8


SAMPLED = {
    "relu": (lambda u: np.maximum(u, 0), lambda u: u > 0),
    "leaky_relu": (lambda u: np.where(u > 0, u, -0.4 * u), lambda u: np.where(u > 0, 1.0, -0.4)),
    "erf": (erf, lambda u: 2 / np.sqrt(np.pi) * np.exp(-(u**2))),
    "identity": (lambda u: u, np.ones_like),
}


@pytest.mark.parametrize("b_std", [0.0, 0.5])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_one_layer_equals_sampled_expectations(activation, b_std):
    """Second road: a wide random layer, E[phi(u) phi(v)] and E[phi'(u) phi'(v)] by sampling."""
    rng = np.random.default_rng(1)
    X, w_std = rng.normal(size=(5, 3)), 1.3
    width = 400_000
    pre = X @ rng.normal(scale=w_std, size=(3, width)) / np.sqrt(3) + rng.normal(scale=b_std, size=width)
    k0 = w_std**2 * X @ X.T / 3 + b_std**2
    value, slope = (function(pre).astype(float) for function in SAMPLED[activation])
    nngp = w_std**2 * value @ value.T / width + b_std**2
    ntk = nngp + k0 * w_std**2 * (slope @ slope.T) / width
    arguments = {"depth": 1, "activation": activation, "negative_slope": -0.4, "w_std": w_std, "b_std": b_std}
    np.testing.assert_allclose(fully_connected_kernel(X, kind="nngp", **arguments), nngp, atol=0.04)
    np.testing.assert_allclose(fully_connected_kernel(X, kind="ntk", **arguments), ntk, atol=0.06)


def test_slopes_lead_from_relu_to_identity():
    X = np.random.default_rng(4).normal(size=(9, 4))
    for activation, slope in (("relu", 0.0), ("identity", 1.0)):
        leaky = fully_connected_kernel(X, depth=3, activation="leaky_relu", negative_slope=slope)
        assert np.array_equal(leaky, fully_connected_kernel(X, depth=3, activation=activation))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_change_nothing(dtype, n_jobs):
    X = np.random.default_rng(5).normal(size=(200, 6)).astype(dtype)
    assert np.array_equal(fully_connected_kernel(X, depth=2, n_jobs=n_jobs), fully_connected_kernel(X, depth=2))
    cross = fully_connected_kernel(X, X[:70], depth=2)
    assert np.array_equal(fully_connected_kernel(X, X[:70], depth=2, n_jobs=n_jobs), cross)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_equal_points_equal_the_diagonal(activation, dtype):
    X = np.random.default_rng(6).normal(size=(40, 30)).astype(dtype)
    arguments = {"depth": 4, "activation": activation, "b_std": 0.2}
    diagonal = fully_connected_kernel(X, **arguments).diagonal()
    cross = fully_connected_kernel(X, X.copy(), **arguments).diagonal()
    np.testing.assert_allclose(cross, diagonal, rtol=100 * np.finfo(dtype).eps)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_overflow_does_not_look_like_a_number(activation, dtype, depth):
    """Points of every length up to overflow, and beyond: kernel values are finite and right, or refused."""
    rng = np.random.default_rng(8)
    unit = np.array([[0.6, 0.8], [0.8, -0.6], [1.0, 0.0]])
    largest = np.log10(float(np.finfo(dtype).max))
    n_refused = 0
    for exponent in np.r_[largest / 2, largest / 2 - 10.0 ** -np.arange(5.0), rng.uniform(0, largest, 20)]:
        for w_std in (1.0, 100.0):
            X = (unit * 10.0**exponent).astype(dtype)
            arguments = {"activation": activation, "depth": depth, "w_std": w_std, "kind": "nngp"}
            try:
                kernel = fully_connected_kernel(X, **arguments)
            except ValueError as error:
                assert "scale the features" in str(error)
                n_refused += 1
                continue
            scale = 1.0 if activation == "erf" and depth else 10.0**exponent
            small = unit * (1e6 if activation == "erf" and depth else 1.0)
            expected = fully_connected_kernel(small, **arguments)
            assert np.isfinite(kernel).all()
            if exponent > 6:
                np.testing.assert_allclose(kernel / scale / scale, expected, rtol=0, atol=2e-3 * expected.max())
    assert 0 < n_refused < 40


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_erf_inputs_in_one_direction_are_finite(dtype):
    """The tangent kernel divides by sqrt(1 - x^2), whose x rounds to 1 for large inputs: it was infinite."""
    X = np.array([[1.0, 2.0], [1.0, 2.0], [-1.0, -2.0]], dtype=dtype)
    for exponent in range(0, 18 if dtype == np.float32 else 150, 3):
        points = X * dtype(10.0**exponent)
        diagonal = fully_connected_kernel(points, activation="erf").diagonal()
        sizes = np.abs(fully_connected_kernel(points, points.copy(), activation="erf"))
        # no more than Cauchy and Schwarz allow
        assert (sizes <= diagonal * (1.0 + 20 * np.finfo(dtype).eps)).all()


def test_small_erf_inputs_keep_relative_precision():
    """erf(u) is about 2 u / sqrt(pi) near 0."""
    X = np.array([[1e-6, 2e-6], [3e-6, -1e-6]])
    kernel = fully_connected_kernel(X, kind="nngp", activation="erf", w_std=1.0)
    np.testing.assert_allclose(kernel, 4 / np.pi * X @ X.T / 2, rtol=1e-10)


def test_equal_and_opposite_points_keep_full_precision():
    """The angle of equal points is 0, though rounding moves their cosine."""
    X = np.random.default_rng(2).normal(size=(50, 784))
    diagonal = fully_connected_kernel(X, depth=10).diagonal()
    cross = fully_connected_kernel(X, X * 1.0, depth=10)
    np.testing.assert_allclose(cross.diagonal(), diagonal, rtol=1e-13)
    opposite = fully_connected_kernel(X, -X, depth=1, kind="nngp").diagonal()
    np.testing.assert_allclose(opposite, 0, atol=1e-12)


def test_point_at_the_origin():
    kernel = fully_connected_kernel(np.array([[0.0, 0.0], [1.0, 2.0]]), depth=3)
    assert np.array_equal(kernel[0], [0, 0]) and np.isfinite(kernel).all()


def test_inputs_are_left_alone_and_may_be_read_only():
    X = np.random.default_rng(3).normal(size=(4, 3))
    X.flags.writeable = False
    before = X.copy()
    fully_connected_kernel(X)
    assert np.array_equal(X, before)


def test_integers_are_taken_as_float64():
    assert fully_connected_kernel(np.array([[1, 2], [3, 4]])).dtype == np.float64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "cntk"}, "kind='cntk'"),
        ({"activation": "swish"}, "activation='swish'"),
        ({"depth": -1}, "depth=-1"),
        ({"depth": 1.5}, "depth=1.5"),
        ({"depth": True}, "depth=True"),
        ({"w_std": 0.0}, "w_std=0.0"),
        ({"w_std": np.inf}, "w_std=inf"),
        ({"b_std": -0.1}, "b_std=-0.1"),
        ({"b_std": "x"}, "b_std='x'"),
        ({"negative_slope": np.nan}, "negative_slope=nan"),
    ],
)
def test_bad_parameters_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fully_connected_kernel(np.ones((2, 2)), **arguments)


def test_bad_shapes_are_named():
    with pytest.raises(ValueError, match="X has shape"):
        fully_connected_kernel(np.ones(3))
    with pytest.raises(ValueError, match="Y has 3 features, but X has 2"):
        fully_connected_kernel(np.ones((2, 2)), np.ones((2, 3)))
