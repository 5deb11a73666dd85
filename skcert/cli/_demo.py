"""``skcert demo``: the main job on data that comes with scikit-learn."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ._plot import save_certified_accuracy_plot

PARTITION_COUNTS = (5, 10, 25, 50, 100)
ALPHA = 10.0  # ridge of the single network; partitions get their share of it, as they do of the rows
BUDGET = 10


def run_demo(out):
    """Print the comparison as a table, line by line as it is computed, and save its plot to folder `out`."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=500, random_state=0)
    print(f"Digits: {X_train.shape[0]} training rows, {X_test.shape[0]} test rows, 10 classes.")
    print("Radius: label flips that provably cannot change a prediction. Median over all test rows,")
    print(f"wrong predictions counted as -1. cert@{BUDGET}: right, and proved to stay so under any {BUDGET} flips.")
    print("Both certificates are about the same votes; 1 partition is the single network.\n")
    print(f"{'':>10}  {'clean':>8}  {'---- black-box ----':^19}  {'---- white-box ----':^19}")
    columns = f"{'median':>8}  {f'cert@{BUDGET}':>9}"
    print(f"{'partitions':>10}  {'accuracy':>8}  {columns}  {columns}")

    single = NTKRegressorClassifier(alpha=ALPHA).fit(X_train, y_train).certify(X_test)
    clean = single.certified_accuracy(y_test, 0)
    print(f"{1:>10}  {clean:>8.1%}  {'':>19}  {_figures(single, y_test)}  exact")

    best = {}
    for n_partitions in PARTITION_COUNTS:
        network = NTKRegressorClassifier(alpha=ALPHA / n_partitions)
        results = {}
        for certificate in ("black-box", "white-box"):
            ensemble = PartitionAggregationEnsemble(
                network, n_partitions=n_partitions, partition="random", certificate=certificate, random_state=0
            )
            result = results[certificate] = ensemble.fit(X_train, y_train).certify(X_test)
            median = _median_radius(result, y_test)
            if certificate not in best or median > best[certificate][0]:
                best[certificate] = median, n_partitions, result
        clean = results["white-box"].certified_accuracy(y_test, 0)
        print(
            f"{n_partitions:>10}  {clean:>8.1%}  {_figures(results['black-box'], y_test)}  "
            f"{_figures(results['white-box'], y_test)}",
            flush=True,
        )

    curves = [("single network, exact", "-", single, y_test)]
    for certificate, linestyle in (("white-box", "-"), ("black-box", "--")):
        _, n_partitions, result = best[certificate]
        curves.append((f"{certificate}, {n_partitions} partitions", linestyle, result, y_test))
    Path(out).mkdir(parents=True, exist_ok=True)
    path = Path(out) / "certified_accuracy.png"
    if save_certified_accuracy_plot(curves, path):
        print(f"\nPlot: {path}")
    else:
        print("\nNo plot: matplotlib is not installed (pip install 'skcert[plot]').")


def _median_radius(result, y):
    return float(np.median(np.where(result.prediction == y, result.radius, -1)))


def _figures(result, y):
    return f"{_median_radius(result, y):>8g}  {result.certified_accuracy(y, BUDGET):>9.1%}"
