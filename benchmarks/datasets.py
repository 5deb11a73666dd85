"""Data for the benchmarks."""

import gzip
from pathlib import Path

import numpy as np

FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
"""Where Debian's package `dataset-fashion-mnist` puts its four files."""


def load_fashion_mnist(folder=FASHION_MNIST, dtype=np.float64):
    """Fashion-MNIST with pixels in [0, 1]: X_train, y_train, X_test, y_test."""
    folder = Path(folder)
    if not folder.is_dir():
        raise SystemExit(
            f"{folder} is missing. On Debian: apt-get install dataset-fashion-mnist; elsewhere give the folder "
            "with the four IDX .gz files."
        )
    parts = []
    for split in ("train", "t10k"):
        images = _read_idx(folder / f"{split}-images-idx3-ubyte.gz")
        parts += [images.reshape(images.shape[0], -1).astype(dtype) / 255]
        parts += [_read_idx(folder / f"{split}-labels-idx1-ubyte.gz").astype(np.int64)]
    return tuple(parts)


def save_small_features(path):
    """600 training rows and 80 test rows of ten classes, in a file as `make_features.py` makes it; returns y_train."""
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((10, 80))
    y, y_test = np.arange(600) % 10, np.arange(80) % 10
    X, X_test = (centers[labels] + rng.standard_normal((len(labels), 80)) for labels in (y, y_test))
    np.savez(path, X_train=X, y_train=y, X_test=X_test, y_test=y_test)
    return y


def _read_idx(path):
    """An IDX file: two zero bytes, type, number of dimensions, big-endian sizes, then the values."""
    with gzip.open(path) as file:
        content = file.read()
    n_dimensions = content[3]
    shape = np.frombuffer(content, dtype=">u4", count=n_dimensions, offset=4)
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * n_dimensions).reshape(shape)
