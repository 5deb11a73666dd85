"""Kernels: fully connected ones against one bare `X @ X.T`, convolutional ones per entry and per pixel pair and layer.

    python benchmarks/kernel_speed.py [--rows 3000] [--features 784] [--images 96] [--threads 2] [--repeats 5]

The two sides of a ratio take turns, and ratios are those of the fastest runs. Convolutional networks see random
images of 32 x 32 x 3 in single precision, with 3 x 3 filters; "gap" uses a sixth of the images. Compilation
is excluded.
"""

import argparse
import time

import numpy as np

from skcert.kernels import convolutional_kernel, fully_connected_kernel

IMAGE_SHAPE = (32, 32, 3)


def seconds(functions, repeats):
    """Shortest time of each function, in turns, after a first run that does not count."""
    fewest = [np.inf] * len(functions)
    for turn in range(repeats + 1):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            if turn > 0:
                fewest[i] = min(fewest[i], time.perf_counter() - start)
    return fewest


def fully_connected(arguments):
    for dtype in (np.float64, np.float32):
        X = np.random.default_rng(0).normal(size=(arguments.rows, arguments.features)).astype(dtype)
        for depth in (1, 3):
            bare, ours = seconds(
                [
                    lambda X=X: X @ X.T,
                    lambda X=X, depth=depth: fully_connected_kernel(X, depth=depth, n_jobs=arguments.threads),
                ],
                arguments.repeats,
            )
            print(
                f"fully connected, depth {depth}, {np.dtype(dtype)}: {ours * 1e3:.0f} ms, "
                f"{ours / bare:.2f} x one X @ X.T ({bare * 1e3:.0f} ms)"
            )


def convolutional(arguments):
    rng = np.random.default_rng(0)
    for readout, depth, n in (("flatten", 21, arguments.images), ("gap", 3, max(1, arguments.images // 6))):
        X, Y = rng.normal(size=(2, n, np.prod(IMAGE_SHAPE))).astype(np.float32)
        network = {"image_shape": IMAGE_SHAPE, "depth": depth, "readout": readout, "n_jobs": arguments.threads}
        (ours,) = seconds([lambda X=X, Y=Y, network=network: convolutional_kernel(X, Y, **network)], 2)
        entry = ours / n**2
        pixels = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]
        work = depth * (pixels if readout == "flatten" else pixels**2)
        print(
            f"convolutional, {readout}, depth {depth}: {entry * 1e3:.4f} ms per entry, "
            f"{entry / work * 1e9:.2f} ns per pixel pair and layer"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--features", type=int, default=784)
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    fully_connected(arguments)
    convolutional(arguments)


if __name__ == "__main__":
    main()
