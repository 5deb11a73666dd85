"""Refits on attacked labels, Fashion-MNIST: does radius + 1 change the prediction, and nothing within it?

    python benchmarks/refits.py [--data FOLDER] [--train 5000] [--test 200] [--alpha 1.0]

For each test row, the smallest attack on the single network (radius + 1 flips) is computed and the network
refitted: the prediction has to change. Then come attacks of exactly `radius` flips, greedy (the heaviest labels
towards each of the three nearest rivals) and random: it must not change. The ensemble gets the second kind, too.
"""

import argparse
import time

import numpy as np
from datasets import FASHION_MNIST, load_fashion_mnist
from sklearn.base import clone

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import smallest_attack

N_CLASSES = 10


def relabel(labels, rows, new_labels):
    attacked = labels.copy()
    attacked[rows] = new_labels
    return attacked


def attacks_within(radius, weights, labels, predicted, rivals, rng):
    """Attacks of `radius` flips: the heaviest labels towards each rival, and three random ones."""
    for rival in rivals:
        closes = np.abs(weights) + weights * (labels == predicted) - weights * (labels == rival)
        rows = np.argsort(-closes)[:radius]
        yield relabel(labels, rows, np.where(weights[rows] > 0, rival, predicted))
    for _ in range(3):
        rows = rng.choice(labels.size, radius, replace=False)
        yield relabel(labels, rows, rng.integers(0, N_CLASSES, radius))


def predict_after_refit(estimator, X, labels, row, fitted):
    """Fit a clone on `labels` and predict `row`.

    A network's kernel work does not depend on labels and takes seconds, so it is done once (`fitted`);
    along the way, it is checked that this shortcut equals a full refit.
    """
    if isinstance(estimator, NTKRegressorClassifier):
        fitted.label_codes_ = labels
        return fitted.predict(row)[0]
    for member, rows in zip(fitted.estimators_, fitted.partition_indices_):
        member.label_codes_ = labels[rows]
    return fitted.predict(row)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=FASHION_MNIST)
    parser.add_argument("--train", type=int, default=5_000)
    parser.add_argument("--test", type=int, default=200)
    parser.add_argument("--alpha", type=float, default=1.0)
    parser.add_argument("--partitions", type=int, default=10)
    arguments = parser.parse_args()
    X, y, X_test, _ = load_fashion_mnist(arguments.data)
    X, y, X_test = X[: arguments.train].copy(), y[: arguments.train], X_test[: arguments.test].copy()
    rng = np.random.default_rng(0)

    network = NTKRegressorClassifier(alpha=arguments.alpha, classes=np.arange(N_CLASSES))
    ensemble = PartitionAggregationEnsemble(
        network, n_partitions=arguments.partitions, partition="random", random_state=0, classes=np.arange(N_CLASSES)
    )
    for name, estimator in (("single network", network), ("ensemble", ensemble)):
        start = time.perf_counter()
        fitted = clone(estimator).fit(X, y)
        result = fitted.certify(X_test)
        weights = network_weights(fitted, X_test)
        n_beyond, n_within, n_tried, whole_refits = 0, 0, 0, 0
        for t in range(len(result)):
            row, radius, predicted = X_test[t : t + 1], int(result.radius[t]), result.prediction[t]
            if estimator is network:
                rows, new_labels = smallest_attack(weights[t], y, N_CLASSES)
                assert rows.size == radius + 1
                attacked = relabel(y, rows, new_labels)
                after = predict_after_refit(estimator, X, attacked, row, fitted)
                n_beyond += after != predicted
            rivals = np.argsort(result.flips_to_class[t])[1:4]
            for attacked in attacks_within(radius, weights[t], y, predicted, rivals, rng):
                after = predict_after_refit(estimator, X, attacked, row, fitted)
                n_within += after != predicted
                n_tried += 1
            if t % max(len(result) // 3, 1) == 0:
                refit = clone(estimator).fit(X, attacked)
                assert np.array_equal(refit.predict(X_test), fitted.predict(X_test))
                whole_refits += 1
        print(
            f"{name}: {arguments.train} training rows, {len(result)} test rows, median radius over all "
            f"predictions {result.median_radius:g}, {time.perf_counter() - start:.0f} s"
        )
        if estimator is network:
            print(f"  attacks of radius + 1 flips that change the refitted prediction: {n_beyond} of {len(result)}")
        print(f"  attacks within the radius that change it: {n_within} of {n_tried}")
        print(f"  whole refits compared with the shortcut: {whole_refits}, all equal")


def network_weights(fitted, X_test):
    """Label weights of the network; of an ensemble, its members' weights side by side."""
    if isinstance(fitted, NTKRegressorClassifier):
        return fitted.label_weights(X_test)
    weights = np.empty((X_test.shape[0], sum(rows.size for rows in fitted.partition_indices_)))
    for member, rows in zip(fitted.estimators_, fitted.partition_indices_):
        weights[:, rows] = member.label_weights(X_test)
    return weights


if __name__ == "__main__":
    main()
