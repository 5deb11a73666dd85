"""Label-free features of raw images, in a file like the one that the headline benchmark reads.

    python benchmarks/make_features.py (fashion-mnist | IMAGES.npz) FEATURES.npz [--patches 800]
        [--pool 2] [--dimensions 256] [--patch-size 6] [--fit-images 20000] [--data FOLDER]

IMAGES.npz holds X_train and X_test of shape (n, height, width) or (n, height, width, channels), y_train, y_test, and
possibly classes, their names. Patch features (docs/examples/patch_features.py), standardised, and rotated by PCA: the
first components, largest variance first, not whitened, as float16. Everything is fitted on random training images,
never on labels; y_train and y_test are copied as they are. Memory beyond the images and the result does not grow
with the number of images.
"""

import argparse
import importlib.util
import time
from pathlib import Path

import numpy as np
from datasets import FASHION_MNIST, load_fashion_mnist
from machine import peak_bytes
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches

PATCH_FEATURES = Path(__file__).resolve().parents[1] / "docs" / "examples" / "patch_features.py"
FASHION_MNIST_CLASSES = "T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag".split() + ["Ankle boot"]

# Images whose patch features are in memory at a time.
_BATCH = 2_000


def read_images(source, folder=FASHION_MNIST):
    """Arrays by name: X_train, X_test (n, height, width, channels), y_train, y_test, classes."""
    if source == "fashion-mnist":
        X_train, y_train, X_test, y_test = load_fashion_mnist(folder, dtype=np.float32)
        X_train, X_test = X_train.reshape(-1, 28, 28, 1), X_test.reshape(-1, 28, 28, 1)
        return check_images(X_train, y_train, X_test, y_test, np.array(FASHION_MNIST_CLASSES))
    if not Path(source).is_file():
        raise SystemExit(f"{source} is neither 'fashion-mnist' nor a file.")
    with np.load(source) as file:
        missing = [name for name in ("X_train", "y_train", "X_test", "y_test") if name not in file]
        if missing:
            raise SystemExit(f"{source} lacks {', '.join(missing)}; it has {', '.join(file)}.")
        classes = file["classes"] if "classes" in file else np.unique(file["y_train"])
        return check_images(file["X_train"], file["y_train"], file["X_test"], file["y_test"], classes)


def check_images(X_train, y_train, X_test, y_test, classes):
    """The same with channels, after a check that their shapes agree."""
    images = {"X_train": X_train, "X_test": X_test}
    for (name, X), y in zip(images.items(), (y_train, y_test)):
        if X.ndim not in (3, 4) or X.shape[0] != y.shape[0]:
            raise SystemExit(
                f"{name} of shape {X.shape}, with {y.shape[0]} labels: give (n, height, width) or "
                "(n, height, width, channels), and one label for each image."
            )
        images[name] = X[..., np.newaxis] if X.ndim == 3 else X
    if images["X_train"].shape[1:] != images["X_test"].shape[1:]:
        raise SystemExit(f"X_train is {X_train.shape}, X_test is {X_test.shape}: images of one size are needed.")
    return {**images, "y_train": y_train, "y_test": y_test, "classes": classes}


def patch_features(*args, **kwargs):
    """The gallery's transformer, from its file: users copy that, so no package has it."""
    spec = importlib.util.spec_from_file_location("patch_features", PATCH_FEATURES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PatchFeatures(*args, **kwargs)


def fit_features(X, n_patches, patch_size, pool, n_dimensions, n_images, seed=0):
    """A pipeline from flat images to features, fitted on some of the images; no labels take part."""
    image_shape = tuple(X.shape[1:])
    chosen = np.random.default_rng(seed).permutation(X.shape[0])[:n_images]
    return make_pipeline(
        patch_features(image_shape, n_patches=n_patches, patch_size=patch_size, pool=pool, random_state=seed),
        StandardScaler(copy=False),
        PCA(n_dimensions, svd_solver="covariance_eigh"),
    ).fit(X[chosen].reshape(chosen.size, -1))


def transform_in_batches(features, X, name, n_dimensions):
    """Features as float16, a batch of images at a time."""
    result = np.empty((X.shape[0], n_dimensions), dtype=np.float16)
    start = time.perf_counter()
    for rows in gen_batches(X.shape[0], _BATCH):
        result[rows] = features.transform(X[rows].reshape(rows.stop - rows.start, -1))
        if rows.stop % (5 * _BATCH) == 0 or rows.stop == X.shape[0]:
            print(f"{name}: {rows.stop} images, {time.perf_counter() - start:.1f} s", flush=True)
    if not np.isfinite(result).all():
        raise SystemExit(f"{name}: some features are too large for float16.")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", help="'fashion-mnist', or an .npz file of images")
    parser.add_argument("output", help="the .npz file to write")
    parser.add_argument("--patches", type=int, default=800, help="number of centroids")
    parser.add_argument("--patch-size", type=int, default=6, help="height and width of a patch, in pixels")
    parser.add_argument(
        "--pool", type=int, default=2, help="parts of an image along each side, whose sums are features"
    )
    parser.add_argument("--dimensions", type=int, default=256, help="number of features")
    parser.add_argument("--fit-images", type=int, default=20_000, help="training images to fit on")
    parser.add_argument("--data", default=FASHION_MNIST, help="the folder of Fashion-MNIST's four files")
    arguments = parser.parse_args()

    start = time.perf_counter()
    data = read_images(arguments.images, arguments.data)
    print(f"{data['X_train'].shape[0]} + {data['X_test'].shape[0]} images of {data['X_train'].shape[1:]}", flush=True)
    images_read = peak_bytes() / 2**30
    features = fit_features(
        data["X_train"],
        arguments.patches,
        arguments.patch_size,
        arguments.pool,
        arguments.dimensions,
        arguments.fit_images,
    )
    share = features[-1].explained_variance_ratio_.sum()
    print(f"fitted in {time.perf_counter() - start:.1f} s; {share:.1%} of the variance is kept", flush=True)
    for name in ("X_train", "X_test"):
        data[name] = transform_in_batches(features, data[name], name, arguments.dimensions)
    np.savez(arguments.output, **data)
    print(
        f"{arguments.output}: {time.perf_counter() - start:.1f} s in all, peak memory {peak_bytes() / 2**30:.2f} GiB "
        f"({images_read:.2f} GiB when the images had been read)"
    )


if __name__ == "__main__":
    main()
