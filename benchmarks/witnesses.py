"""Witnesses: do the attacks change refitted predictions, and do an ensemble's two bounds meet?

    python benchmarks/witnesses.py [--data FOLDER] [--test 100] [--ensemble-train 10000] [--ensemble-test 500]

Part one: on digits and 2,000 rows of Fashion-MNIST, with 2 and 10 classes, single networks (plain, clipped weights,
ridge limit) and soft votes: each attack must have exactly radius + 1 flips and change the refitted prediction.
Part two: hard-vote ensembles on Fashion-MNIST: how often the certified radius and the attack meet, and whether
attacks change the refitted vote. A refit gives the same members but for their labels, so labels are exchanged in
place; some refits are made whole to check that.
"""

import argparse
import time

import numpy as np
from datasets import FASHION_MNIST, load_fashion_mnist
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

MODELS = {
    "network": NTKRegressorClassifier(),
    "network, weight_clip=0.9": NTKRegressorClassifier(weight_clip=0.9),
    "network, alpha=inf, weight_clip=0.5": NTKRegressorClassifier(alpha=np.inf, weight_clip=0.5),
    "soft vote, P=10": PartitionAggregationEnsemble(
        NTKRegressorClassifier(), n_partitions=10, partition="random", random_state=0, voting="soft"
    ),
}


def exchange_labels(fitted, codes):
    fitted.label_codes_ = codes
    for member, rows in zip(getattr(fitted, "estimators_", []), getattr(fitted, "partition_indices_", [])):
        member.label_codes_ = codes[rows]


def count_changes(model, X, y, X_test, attack, n_whole):
    """Attacks after which the refitted model predicts what the attack says it will."""
    fitted = clone(model).fit(X, y)
    changed = 0
    for t in range(len(attack)):
        poisoned = attack.relabel(y, t)
        exchange_labels(fitted, np.searchsorted(fitted.classes_, poisoned))
        after = fitted.predict(X_test[t : t + 1])[0]
        changed += after == attack.attacked_prediction[t] != attack.prediction[t]
        if t < n_whole:
            assert clone(model).fit(X, poisoned).predict(X_test[t : t + 1])[0] == after
    return changed


def part_one(data, n_test):
    print("| data | classes | model | median radius | attacks of radius + 1 flips | that change the refit |")
    print("| --- | --- | --- | --- | --- | --- |")
    n_attacks, n_changed = 0, 0
    for name, (X, y, X_test) in data.items():
        for n_classes in (2, 10):
            labels = y % n_classes
            for model_name, model in MODELS.items():
                model = clone(model).set_params(classes=np.arange(n_classes))
                fitted = clone(model).fit(X, labels)
                result, attack = fitted.certify(X_test), fitted.attack(X_test)
                smallest = int((attack.flips == result.radius + 1).sum())
                changed = count_changes(model, X, labels, X_test, attack, n_whole=2)
                median = np.median(result.radius)
                print(
                    f"| {name} | {n_classes} | {model_name} | {median:g} "
                    f"| {smallest} of {n_test} | {changed} of {n_test} |"
                )
                n_attacks, n_changed = n_attacks + n_test, n_changed + changed
    print(f"\n{n_changed} of {n_attacks} attacks change the refitted prediction.\n")


def part_two(X, y, X_test):
    print(f"Ensembles, Fashion-MNIST: {X.shape[0]} training rows, {X_test.shape[0]} test points\n")
    print(
        "| partitions | alpha | median radius | bounds meet | bounds cross "
        "| attacks that change the refit | certify | attack |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for n_partitions in (10, 50):
        for alpha in (0.1, 1.0):
            model = PartitionAggregationEnsemble(
                NTKRegressorClassifier(alpha=alpha), n_partitions=n_partitions, partition="random", random_state=0
            )
            fitted = clone(model).fit(X, y)
            start = time.perf_counter()
            result = fitted.certify(X_test)
            certified = time.perf_counter()
            attack = fitted.attack(X_test)
            attacked = time.perf_counter()
            crossed = int((attack.flips < np.maximum(attack.flips_lower, result.flips_to_change)).sum())
            changed = count_changes(model, X, y, X_test, attack, n_whole=2)
            print(
                f"| {n_partitions} | {alpha:g} | {np.median(attack.radius):g} | {attack.exact.mean():.1%} "
                f"| {crossed} | {changed} of {len(attack)} "
                f"| {certified - start:.1f} s | {attacked - certified:.1f} s |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=FASHION_MNIST)
    parser.add_argument("--test", type=int, default=100)
    parser.add_argument("--ensemble-train", type=int, default=10_000)
    parser.add_argument("--ensemble-test", type=int, default=500)
    arguments = parser.parse_args()
    n = arguments.test
    X_digits, y_digits = load_digits(return_X_y=True)
    X, y, X_test, _ = load_fashion_mnist(arguments.data)
    data = {
        "digits": (X_digits[:1000] / 16, y_digits[:1000], X_digits[1000 : 1000 + n] / 16),
        "Fashion-MNIST": (X[:2000].copy(), y[:2000], X_test[:n].copy()),
    }
    part_one(data, n)
    rows, test = arguments.ensemble_train, arguments.ensemble_test
    part_two(X[:rows].copy(), y[:rows], X_test[:test].copy())


if __name__ == "__main__":
    main()
