"""Flat label weights against the black-box certificate on CIFAR-10 features: median radius and clean accuracy.

    python benchmarks/flat_weights.py FEATURES.npz [--test 1000]

FEATURES.npz holds ``X_train, y_train, X_test, y_test``. Features are whitened to 64 dimensions (the leading ones, each
scaled to unit variance on the training rows) and scaled to unit length: no labels are used. Medians are over
all test rows, wrong predictions counted as -1. Black-box: hard vote over random partitions, each at its best alpha.
"""

import argparse
import time

import numpy as np

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import black_box_costs, certify_votes, count_votes

N_DIMENSIONS = 64


def load(path, n_test):
    with np.load(path) as data:
        X, y = data["X_train"].astype(np.float64), data["y_train"].astype(np.int64)
        X_test, y_test = data["X_test"][:n_test].astype(np.float64), data["y_test"][:n_test].astype(np.int64)
    mean, scale = X.mean(axis=0)[:N_DIMENSIONS], X.std(axis=0)[:N_DIMENSIONS]
    X, X_test = ((rows[:, :N_DIMENSIONS] - mean) / scale for rows in (X, X_test))
    X, X_test = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (X, X_test))
    return X, y, X_test, y_test


def median_radius(prediction, radius, y):
    return float(np.median(np.where(prediction == y, radius, -1)))


def row(name, prediction, radius, y, seconds):
    accuracy, median = float((prediction == y).mean()), median_radius(prediction, radius, y)
    print(f"| {name} | {accuracy:.1%} | {median:g} | {seconds:.0f} s |", flush=True)
    return accuracy, median


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("--test", type=int, default=1_000)
    arguments = parser.parse_args()
    X, y, X_test, y_test = load(arguments.features, arguments.test)
    print(f"{X.shape[0]} + {X_test.shape[0]} rows, {N_DIMENSIONS} features\n")
    print("| classifier | clean accuracy | median radius | time |\n| --- | --- | --- | --- |")

    black_box = []
    for n_partitions in (250, 500, 1000):
        for alpha in (0.001, 0.01, 0.1, 1.0, np.inf):
            start = time.perf_counter()
            ensemble = PartitionAggregationEnsemble(
                NTKRegressorClassifier(alpha=alpha), n_partitions=n_partitions, partition="random", random_state=0
            ).fit(X, y)
            votes = ensemble.votes(X_test)
            prediction, radius, _ = certify_votes(votes, black_box_costs(votes, 10))
            assert np.array_equal(prediction, count_votes(votes, 10).argmax(axis=1))
            name = f"black box, hard vote, P = {n_partitions}, alpha = {alpha:g}"
            black_box.append(row(name, prediction, radius, y_test, time.perf_counter() - start))
    best_accuracy, best = max(black_box, key=lambda entry: entry[1])

    flat = NTKRegressorClassifier(alpha=np.inf)
    candidates = {
        "soft vote, P = 10": PartitionAggregationEnsemble(
            flat, n_partitions=10, partition="random", random_state=0, voting="soft"
        )
    }
    for clip in (None, 0.99, 0.95, 0.8, 0.5):
        candidates[f"single network, weight_clip = {clip}"] = NTKRegressorClassifier(alpha=np.inf, weight_clip=clip)
    ratios = []
    for name, estimator in candidates.items():
        start = time.perf_counter()
        result = estimator.fit(X, y).certify(X_test)
        seconds = time.perf_counter() - start
        accuracy, median = row(f"{name}, alpha = inf", result.prediction, result.radius, y_test, seconds)
        ratios.append((name, median / best, accuracy - best_accuracy))

    print(f"\nAgainst the best black-box median, {best:g} flips at {best_accuracy:.1%} clean accuracy:\n")
    print("| classifier | median radius, ratio | clean accuracy, difference |\n| --- | --- | --- |")
    for name, ratio, difference in ratios:
        print(f"| {name} | {ratio:.2f} | {100 * difference:+.1f} points |")


if __name__ == "__main__":
    main()
