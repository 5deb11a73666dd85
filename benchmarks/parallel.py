"""What more workers do for an ensemble, and more threads for a single network on images.

    python benchmarks/parallel.py [FEATURES.npz] [--partitions 1 2 10 50 100 400 1000] [--train 20000] [--test 4000]

``n_jobs`` of 1, 2 and None over the number of partitions; then one convolutional network with one thread, and with as
many as BLAS may use. FEATURES.npz as in ensemble_vs_blas.py. Seconds are the shortest of three runs, which take turns.
With two partitions per core or more, each worker has one BLAS thread anyway; a single partition has all of them,
whatever ``n_jobs`` says. Partitions of few rows are fitted in turn by default: the interpreter does most of that work.
"""

import argparse
import time

import numpy as np
from ensemble_vs_blas import load
from threadpoolctl import threadpool_limits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

N_JOBS = (1, 2, None)


def seconds(ensemble, X, y, X_test):
    """Seconds to fit, to certify, and for both."""
    start = time.perf_counter()
    ensemble.fit(X, y)
    fitted = time.perf_counter()
    ensemble.certify(X_test)
    certified = time.perf_counter()
    return fitted - start, certified - fitted, certified - start


def image_seconds(n_threads, n_images=300):
    """Seconds to fit a convolutional network of depth 5 to images of 32 x 32 x 3, in single precision."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((n_images, 3072), dtype=np.float32), np.arange(n_images) % 10
    network = NTKRegressorClassifier(image_shape=(32, 32, 3), depth=5)
    with threadpool_limits(n_threads, user_api="blas"):
        start = time.perf_counter()
        network.fit(X, y)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?")
    parser.add_argument("--partitions", type=int, nargs="+", default=[1, 2, 10, 50, 100, 400, 1000])
    parser.add_argument("--train", type=int, default=20_000)
    parser.add_argument("--test", type=int, default=4_000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    X, y, X_test, _ = load(arguments.features, arguments.train, arguments.test)
    PartitionAggregationEnsemble(n_partitions=2).fit(X[:200], y[:200]).certify(X_test[:20])  # compile
    for n_partitions in arguments.partitions:
        # one network on all rows would take n_train ** 3; a tenth of them shows as much
        part = X.shape[0] // 10 if n_partitions <= 2 else X.shape[0]
        runs = {n_jobs: [] for n_jobs in N_JOBS}
        for _ in range(arguments.repeat):
            for n_jobs in N_JOBS:
                ensemble = PartitionAggregationEnsemble(
                    NTKRegressorClassifier(), n_partitions=n_partitions, partition="random", random_state=0
                )
                runs[n_jobs].append(seconds(ensemble.set_params(n_jobs=n_jobs), X[:part], y[:part], X_test))
        for phase, name in enumerate(("fit", "certify", "both")):
            one, two, default = (min(run[phase] for run in runs[n_jobs]) for n_jobs in N_JOBS)
            print(
                f"P = {n_partitions}, {part} rows, {name}: n_jobs=1 {one:.2f} s, n_jobs=2 {two:.2f} s "
                f"({one / two:.2f} x), default {default:.2f} s ({default / min(one, two):.2f} of the better one)",
                flush=True,
            )
    image_seconds(1, n_images=20)  # compile
    runs = [(image_seconds(1), image_seconds(None)) for _ in range(arguments.repeat)]
    one, default = np.min(runs, axis=0)
    print(f"one convolutional network, fit: one thread {one:.2f} s, default {default:.2f} s ({one / default:.2f} x)")


if __name__ == "__main__":
    main()
