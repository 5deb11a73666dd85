"""An ensemble on 50,000 x 256 features: time and peak memory against the bare BLAS and LAPACK calls.

    python benchmarks/ensemble_vs_blas.py [FEATURES.npz] [--partitions 10] [--train 50000] [--test 10000]

FEATURES.npz has X_train, y_train, X_test and y_test; without it, random features of that shape are drawn.

The reference is what every implementation needs, on the same shapes and in the same run: per partition the Gram
product of its rows, the one with the test rows, ``potrf``, and one product of the (n_test, n) kernel with an (n, n)
matrix. It is run twice, partition after partition with all BLAS threads, and with as many partitions side by side as
there are BLAS threads, on one thread each; the faster one counts. The last line compares the time of the label weights
of all members (also run side by side) with everything else that ``certify`` does: members' certificates, votes.
"""

import argparse
import time

import numpy as np
from joblib import Parallel, delayed
from machine import peak_bytes
from scipy.linalg.lapack import dpotrf
from threadpoolctl import threadpool_info, threadpool_limits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.metrics import median_certified_radius


def load(path, n_train, n_test):
    """Features in double precision, scaled to unit length; random ones of 256 dimensions without a path."""
    if path is None:
        rng = np.random.default_rng(0)
        X, X_test = rng.normal(size=(n_train, 256)), rng.normal(size=(n_test, 256))
        direction = rng.normal(size=(256, 10))
        y, y_test = (X @ direction).argmax(axis=1), (X_test @ direction).argmax(axis=1)
    else:
        with np.load(path) as file:
            X, X_test = file["X_train"][:n_train].astype(np.float64), file["X_test"][:n_test].astype(np.float64)
            y, y_test = file["y_train"][:n_train], file["y_test"][:n_test]
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    X_test /= np.linalg.norm(X_test, axis=1, keepdims=True)
    return X, y, X_test, y_test


def bare_calls_of(X, X_test):
    """The bare calls of one partition."""
    kernel = X @ X.T
    cross = X_test @ X.T
    kernel.flat[:: kernel.shape[0] + 1] += 1.0
    dpotrf(kernel.T, lower=False, overwrite_a=True, clean=False)
    cross @ kernel


def blas_threads():
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def seconds_side_by_side(function, arguments, n_workers, n_blas_threads):
    start = time.perf_counter()
    with threadpool_limits(n_blas_threads, user_api="blas"):
        Parallel(n_jobs=n_workers, prefer="threads")(delayed(function)(*args) for args in arguments)
    return time.perf_counter() - start


def label_weights_of(members, X_test):
    for member in members:
        for first in range(0, len(X_test), 1024):
            member.label_weights(X_test[first : first + 1024])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?")
    parser.add_argument("--partitions", type=int, default=10)
    parser.add_argument("--train", type=int, default=50_000)
    parser.add_argument("--test", type=int, default=10_000)
    arguments = parser.parse_args()
    X, y, X_test, y_test = load(arguments.features, arguments.train, arguments.test)
    ensemble = PartitionAggregationEnsemble(
        NTKRegressorClassifier(), n_partitions=arguments.partitions, partition="random", random_state=0
    )
    small = PartitionAggregationEnsemble(n_partitions=2, classes=np.unique(y)).fit(X[:200], y[:200])
    small.certify(X_test[:20])  # compile, or load what was compiled

    start = time.perf_counter()
    ensemble.fit(X, y)
    fitted = time.perf_counter()
    result = ensemble.certify(X_test)
    certified = time.perf_counter()
    peak = peak_bytes() / 2**30
    print(f"{len(X)} + {len(X_test)} rows, {arguments.partitions} partitions, {result.classes.size} classes")
    print(f"fit {fitted - start:.2f} s, certify {certified - fitted:.2f} s, peak memory {peak:.2f} GiB")
    accuracy = result.certified_accuracy(y_test, 0)
    print(
        f"clean accuracy {accuracy:.4f}, median radius {median_certified_radius(y_test, result):g} flips (wrong: -1)"
    )

    threads = blas_threads()
    groups = [(ensemble.estimators_[first :: 2 * threads], X_test) for first in range(2 * threads)]
    weights = seconds_side_by_side(label_weights_of, groups, threads, 1)
    parts = [(X[rows], X_test) for rows in ensemble.partition_indices_]
    del ensemble
    in_turn = seconds_side_by_side(bare_calls_of, parts, 1, threads)
    beside = seconds_side_by_side(bare_calls_of, parts, threads, 1)
    ratio = (certified - start) / min(in_turn, beside)
    print(f"bare calls: {in_turn:.2f} s in turn, {beside:.2f} s side by side; fit + certify is {ratio:.2f} times that")
    rest = certified - fitted - weights
    print(f"label weights {weights:.2f} s, the rest of certify {rest:.2f} s: {rest / weights:.2f} times that")


if __name__ == "__main__":
    main()
