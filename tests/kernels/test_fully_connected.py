from pathlib import Path

import numpy as np
import pytest

from skcert.kernels import fully_connected_kernel
from skcert.kernels._activations import _arccos
from skcert.kernels._fully_connected import _TILE

GOLDEN = np.load(Path(__file__).parents[1] / "data" / "neural_tangents.npz")
RELU_CASES = [name for name in GOLDEN.files if name.startswith("fc|relu")]


def _parameters(name):
    """Parameters in a name such as fc|relu|depth=3|W=1.5|b=0.1_ntk."""
    settings, kind = name.rsplit("_", 1)
    values = dict(part.split("=") for part in settings.split("|")[2:])
    return {"kind": kind, "depth": int(values["depth"]), "w_std": float(values["W"]), "b_std": float(values["b"])}


@pytest.mark.parametrize("name", RELU_CASES)
def test_agrees_with_neural_tangents(name):
    X, Z = GOLDEN["fc_X"], GOLDEN["fc_Z"]
    np.testing.assert_allclose(fully_connected_kernel(X, Z, **_parameters(name)), GOLDEN[name], rtol=1e-10)
    single = fully_connected_kernel(X.astype(np.float32), Z.astype(np.float32), **_parameters(name))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, GOLDEN[name], rtol=5e-4)


def test_golden_file_has_the_relu_cases():
    assert len(RELU_CASES) == 8


@pytest.mark.parametrize("kind", ["ntk", "nngp"])
@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_symmetric_case_equals_two_arguments(kind, depth):
    X = np.random.default_rng(0).normal(size=(_TILE + 70, 6))
    symmetric = fully_connected_kernel(X, kind=kind, depth=depth, b_std=0.3)
    assert np.array_equal(symmetric, symmetric.T)
    np.testing.assert_allclose(symmetric, fully_connected_kernel(X, X.copy(), kind=kind, depth=depth, b_std=0.3))
    assert np.linalg.eigvalsh(symmetric).min() > -1e-8


@pytest.mark.parametrize("b_std", [0.0, 0.5])
def test_one_layer_equals_sampled_expectations(b_std):
    """Second road: a wide random layer, E[relu(u) relu(v)] and E[step(u) step(v)] by sampling."""
    rng = np.random.default_rng(1)
    X, w_std = rng.normal(size=(5, 3)), 1.3
    width = 400_000
    pre = X @ rng.normal(scale=w_std, size=(3, width)) / np.sqrt(3) + rng.normal(scale=b_std, size=width)
    k0 = w_std**2 * X @ X.T / 3 + b_std**2
    relu, step = np.maximum(pre, 0), (pre > 0).astype(float)
    nngp = w_std**2 * relu @ relu.T / width + b_std**2
    ntk = nngp + k0 * w_std**2 * (step @ step.T) / width
    arguments = {"depth": 1, "w_std": w_std, "b_std": b_std}
    np.testing.assert_allclose(fully_connected_kernel(X, kind="nngp", **arguments), nngp, atol=0.02)
    np.testing.assert_allclose(fully_connected_kernel(X, kind="ntk", **arguments), ntk, atol=0.03)


def test_arccos_is_exact_to_the_last_bits():
    c = np.concatenate([np.linspace(-1, 1, 20_001), 1 - np.logspace(-16, -1, 500), np.logspace(-16, -1, 500) - 1])
    ours = np.array([_arccos(value) for value in c])
    np.testing.assert_allclose(ours, np.arccos(c), rtol=4e-16, atol=2e-16)


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
