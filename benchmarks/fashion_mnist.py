"""All of Fashion-MNIST: time and peak memory of an ensemble against the bare BLAS and LAPACK calls.

    python benchmarks/fashion_mnist.py [--data FOLDER] [--partitions 10] [--train 60000] [--test 10000]

The reference is what every implementation needs, on the same shapes and in the same run: per partition
the two Gram products, ``cho_factor``, and ``cho_solve`` of the cross kernel, with all BLAS threads.
"""

import argparse
import time

import numpy as np
from datasets import FASHION_MNIST, load_fashion_mnist
from machine import peak_bytes
from scipy.linalg import cho_factor, cho_solve

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.metrics import median_certified_radius


def bare_calls(X, X_test, n_partitions):
    """Seconds for the bare calls, summed over equal partitions."""
    seconds = 0.0
    for rows in np.array_split(np.arange(X.shape[0]), n_partitions):
        part = X[rows]
        start = time.perf_counter()
        kernel = part @ part.T
        cross = part @ X_test.T
        seconds += time.perf_counter() - start
        kernel.flat[:: kernel.shape[0] + 1] += 1e3
        start = time.perf_counter()
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        cho_solve(factor, cross, overwrite_b=True, check_finite=False)
        seconds += time.perf_counter() - start
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=FASHION_MNIST)
    parser.add_argument("--partitions", type=int, default=10)
    parser.add_argument("--train", type=int, default=60_000)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--alpha", type=float, default=1.0)
    arguments = parser.parse_args()

    X, y, X_test, y_test = load_fashion_mnist(arguments.data)
    X, y = X[: arguments.train].copy(), y[: arguments.train]
    X_test, y_test = X_test[: arguments.test].copy(), y_test[: arguments.test]
    small = PartitionAggregationEnsemble(n_partitions=2).fit(X[:200], y[:200])
    small.certify(X_test[:20])  # compile, or load what was compiled

    ensemble = PartitionAggregationEnsemble(
        NTKRegressorClassifier(alpha=arguments.alpha),
        n_partitions=arguments.partitions,
        partition="random",
        random_state=0,
    )
    start = time.perf_counter()
    ensemble.fit(X, y)
    fitted = time.perf_counter()
    result = ensemble.certify(X_test)
    certified = time.perf_counter()
    peak = peak_bytes() / 2**30
    total = certified - start
    print(f"{X.shape[0]} + {X_test.shape[0]} rows, {arguments.partitions} partitions, {result.classes.size} classes")
    print(f"fit {fitted - start:.1f} s, certify {certified - fitted:.1f} s, peak memory {peak:.2f} GiB")
    clean = result.certified_accuracy(y_test, 0)
    print(f"clean accuracy {clean:.4f}, median radius {median_certified_radius(y_test, result):g} flips (wrong: -1)")
    del ensemble
    bare = bare_calls(X, X_test, arguments.partitions)
    print(f"bare BLAS/LAPACK calls {bare:.1f} s; fit + certify is {total / bare:.2f} times that")


if __name__ == "__main__":
    main()
