"""Predicting a few rows at a time: default workers against one, small models against whole ones.

    python benchmarks/serving.py [--rows 5000] [--features 64] [--repeat 7]

Synthetic rows, standardised, of five classes. Milliseconds are the shortest of some repetitions, which take turns;
megabytes are those of the pickled models.
"""

import argparse
import pickle
import time

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from writing import markdown_table

from skcert import CertifiedRidgeClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble

BATCHES = (1, 10, 100, 1000)


def milliseconds(calls, repeat):
    """The shortest of some repetitions of each call, which take turns."""
    found = []
    for _ in range(repeat):
        times = []
        for call in calls:
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        found.append(times)
    return 1000.0 * np.min(found, axis=0)


def of_workers(X, y, repeat):
    """Milliseconds to predict with ``n_jobs=1`` and by default, for ensembles and sizes of a batch."""
    forest = RandomForestClassifier(10, max_depth=5, random_state=0)
    cases = [(base, n_partitions) for base in (NTKRegressorClassifier(), forest) for n_partitions in (10, 50, 200)]
    for base, n_partitions in cases:
        ensemble = PartitionAggregationEnsemble(base, n_partitions=n_partitions).fit(X, y)
        cells = []
        for n_rows in BATCHES:
            rows = X[:n_rows]

            def predict(n_jobs, ensemble=ensemble, rows=rows):
                return lambda: ensemble.set_params(n_jobs=n_jobs).predict(rows)

            one, default = milliseconds([predict(1), predict(None)], repeat)
            cells.append(f"{one:.1f} / {default:.1f} ({default / one:.2f} x)")
        yield [f"{type(base).__name__}, P = {n_partitions}", *cells]


def of_models(X, y, repeat):
    """Size and time of one row, of models and of what their ``for_prediction`` returns."""
    for model in (
        NTKRegressorClassifier(),
        PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=10, n_jobs=1),
        CertifiedRidgeClassifier(),
    ):
        whole = model.fit(X, y)
        small = whole.for_prediction()
        row = X[:1]
        times = milliseconds([lambda w=whole, r=row: w.predict(r), lambda s=small, r=row: s.predict(r)], repeat)
        sizes = [len(pickle.dumps(each)) / 1e6 for each in (whole, small)]
        differ = int((whole.predict(X[:1000]) != small.predict(X[:1000])).sum())
        yield [
            type(model).__name__,
            *(f"{size:.1f} MB" for size in sizes),
            *(f"{ms:.2f} ms" for ms in times),
            f"{differ} of 1000",
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=7)
    arguments = parser.parse_args()
    X, y = make_classification(
        arguments.rows, arguments.features, n_informative=16, n_classes=5, n_clusters_per_class=1, random_state=0
    )
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    head = [f"{n} row{'s' * (n > 1)}" for n in BATCHES]
    print("Milliseconds to predict, n_jobs=1 / default:\n")
    print(markdown_table(["members", *head], list(of_workers(X, y, arguments.repeat))))
    print("\nWhole models and small ones:\n")
    columns = ["model", "pickled", "small", "one row", "small, one row", "predictions that differ"]
    print(markdown_table(columns, list(of_models(X, y, arguments.repeat))))


if __name__ == "__main__":
    main()
