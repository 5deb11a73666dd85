"""The gallery's transformer of images: labels ignored, chunks without effect, memory bounded."""

import doctest
import pickle
import sys

import make_features
import numpy as np
import patch_features
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from patch_features import PatchFeatures
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert

SMALL = {"n_patches": 12, "patch_size": 3, "n_sampled": 500, "random_state": 0}


def colour_images(n=30, height=9, width=7, channels=2):
    return np.random.default_rng(0).integers(0, 256, (n, height * width * channels), dtype=np.uint8)


def plain_features(fitted, images):
    """Loops over images, places and parts, in double precision."""
    (rows, columns), pool, size = fitted._grid(), fitted.pool, fitted.patch_size
    features = np.zeros((images.shape[0], pool, pool, fitted.n_patches))
    for number, image in enumerate(images.reshape(-1, *fitted.image_shape).astype(float)):
        for row, column in np.ndindex(rows, columns):
            top, left = row * fitted.stride, column * fitted.stride
            patch = image[top : top + size, left : left + size].transpose(2, 0, 1).ravel()
            patch = (patch - patch.mean()) / np.sqrt(patch.var() + fitted.contrast_floor_)
            distances = np.linalg.norm(patch @ fitted.whitening_ - fitted.offset_ - fitted.centroids_, axis=1)
            part = row * pool // rows, column * pool // columns
            features[number][part] += np.maximum(0, distances.mean() - distances)
    return features.reshape(images.shape[0], -1)


@pytest.mark.parametrize("options", [{}, {"stride": 2}, {"pool": 3}, {"pool": 1, "patch_size": 5}])
def test_agrees_with_loops(options):
    X = colour_images()
    fitted = PatchFeatures((9, 7, 2), **{**SMALL, **options}).fit(X)
    features = fitted.transform(X)
    assert features.dtype == np.float32
    assert features.shape == (30, fitted.pool**2 * 12)
    assert_allclose(features, plain_features(fitted, X), rtol=1e-3, atol=1e-3)
    assert len(fitted.get_feature_names_out()) == features.shape[1]


@pytest.mark.slow
def test_labels_are_ignored_and_the_seed_is_not():
    X = colour_images()
    features = [
        PatchFeatures((9, 7, 2), **{**SMALL, "random_state": seed}).fit(X, y).transform(X)
        for seed, y in ((0, None), (0, np.arange(30)), (0, np.zeros(30)), (1, None))
    ]
    assert_array_equal(features[0], features[1])
    assert_array_equal(features[0], features[2])
    assert np.abs(features[0] - features[3]).max() > 0.1


def test_certify_lets_it_through():
    X, y = load_digits(n_class=3, return_X_y=True)
    model = make_pipeline(PatchFeatures((8, 8, 1), **SMALL), StandardScaler(), skcert.NTKRegressorClassifier())
    result = skcert.certify(model.fit(X[:100], y[:100]), X[100:120])
    assert result.caveats == ()
    assert result.radius.max() > 0


@pytest.mark.parametrize("working_memory", [1e-6, 0.05, 1024])
def test_chunks_change_nothing(working_memory):
    X = colour_images()
    fitted = PatchFeatures((9, 7, 2), **SMALL).fit(X)
    expected = np.concatenate([fitted.transform(X[[row]]) for row in range(30)])
    with config_context(working_memory=working_memory):
        assert_allclose(fitted.transform(X), expected, rtol=1e-5, atol=1e-5)


def test_chunks_stay_within_working_memory(monkeypatch):
    X = colour_images(200)
    fitted = PatchFeatures((9, 7, 2), **SMALL).fit(X)
    sizes = []
    activations = fitted._activations
    monkeypatch.setattr(fitted, "_activations", lambda images: sizes.append(len(images)) or activations(images))
    for megabytes in (1e-6, 0.1, 0.2):
        sizes.clear()
        with config_context(working_memory=megabytes):
            fitted.transform(X)
        assert sum(sizes) == 200
        bytes_of_activations = 4 * 7 * 5 * 12  # float32, 7 x 5 places, 12 patches
        assert max(sizes) == 1 or max(sizes) * bytes_of_activations <= megabytes * 2**20
        assert max(sizes) > 1 or megabytes < 0.1


def test_neither_scale_nor_brightness_nor_type_of_pixels_matters():
    X = colour_images()
    expected = PatchFeatures((9, 7, 2), **SMALL).fit_transform(X)
    for pixels in (X.astype(float) / 256, X.astype(np.float32) * 4 + 64, np.asfortranarray(X)):
        assert_allclose(PatchFeatures((9, 7, 2), **SMALL).fit_transform(pixels), expected, rtol=1e-2, atol=1e-2)


def test_uniform_images_have_finite_features():
    X = np.full((20, 64), 7, dtype=np.uint8)
    options = {**SMALL, "contrast_regularization": 0.0, "whitening_regularization": 0.0}
    assert_array_equal(PatchFeatures((8, 8, 1), **options).fit_transform(X), 0)


def test_clone_and_pickle():
    X = colour_images()
    shape = (9, 7, 2)
    transformer = PatchFeatures(shape, **SMALL)
    assert transformer.image_shape is shape
    fitted = clone(transformer).fit(X)
    assert not hasattr(transformer, "centroids_")
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).transform(X), fitted.transform(X))
    with pytest.raises(NotFittedError):
        transformer.transform(X)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"image_shape": (9, 7)}, r"image_shape=\(9, 7\) must be \(height, width, channels\)"),
        ({"image_shape": (9, 0, 2)}, r"image_shape=\(9, 0, 2\) must be"),
        ({"image_shape": (9, 7, 3)}, r"image_shape=\(9, 7, 3\) means 189 values per row; X has 126"),
        ({"patch_size": 8}, "patch_size=8 must be at most 7"),
        ({"pool": 6}, "pool=6 must be at most 5"),
        ({"n_sampled": 11}, "n_sampled=11 must be at least n_patches=12"),
        ({"stride": 0}, "stride == 0, must be >= 1"),
        ({"n_patches": 2.5}, "n_patches must be an instance of int, not float"),
        ({"whitening_regularization": -1.0}, "whitening_regularization == -1.0, must be >= 0"),
    ],
)
def test_bad_parameters_are_named(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        PatchFeatures(**{"image_shape": (9, 7, 2), **SMALL, **options}).fit(colour_images())


def test_bad_rows_are_refused():
    X = colour_images().astype(float)
    fitted = PatchFeatures((9, 7, 2), **SMALL).fit(X)
    with pytest.raises(ValueError, match="X has 125 features"):
        fitted.transform(X[:, :125])
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fitted.transform(X)


def test_docstring_examples_run():
    failed, tried = doctest.testmod(patch_features)
    assert tried and not failed


@pytest.mark.slow
def test_a_file_of_features_is_made_without_labels(tmp_path, monkeypatch, capsys):
    digits = load_digits()
    images = digits.images.astype(np.uint8)
    outputs = []
    for shift in (0, 1):
        labels = (digits.target + shift) % 10
        np.savez(
            tmp_path / "images.npz", X_train=images[:300], y_train=labels[:300], X_test=images[300:350],
            y_test=labels[300:350],
        )  # fmt: skip
        command = [
            str(tmp_path / "images.npz"),
            str(tmp_path / "features.npz"),
            "--patches",
            "15",
            "--patch-size",
            "3",
        ]
        monkeypatch.setattr(sys, "argv", ["make_features.py", *command, "--dimensions", "8", "--fit-images", "200"])
        make_features.main()
        with np.load(tmp_path / "features.npz") as file:
            outputs.append(dict(file))
        assert_array_equal(outputs[-1]["y_train"], labels[:300])
    assert outputs[0]["X_train"].shape == (300, 8) and outputs[0]["X_test"].shape == (50, 8)
    assert outputs[0]["X_train"].dtype == np.float16
    for name in ("X_train", "X_test"):
        assert_array_equal(outputs[0][name], outputs[1][name])
    np.savez(tmp_path / "images.npz", X_train=images, y_train=labels)
    with pytest.raises(SystemExit, match="lacks y_train, X_test|lacks X_test, y_test"):
        make_features.read_images(tmp_path / "images.npz")
    with pytest.raises(SystemExit, match="one label for each image"):
        make_features.check_images(images, labels[:5], images, labels, np.arange(10))
    assert "peak memory" in capsys.readouterr().out
