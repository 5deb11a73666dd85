"""One model of many rows: time and memory against the bare calls, agreement with RidgeClassifier, landmarks, refusals.

    python benchmarks/many_rows.py time [--rows 100000] [--columns 128] [--test 1000] [--classes 10]
    python benchmarks/many_rows.py agreement
    python benchmarks/many_rows.py landmarks FEATURES.npz [--landmarks 500 1000 2000 5000] [--alphas 1 10]
    python benchmarks/many_rows.py limit

- `time`: float32 rows. The bare calls are what every implementation needs, on the same shapes and in the same run: the
  Gram product of the rows in chunks, the product of the test rows with all rows in chunks, one pass over the weights.
  Each side is run three times, in turns, and the fastest run counts. Peak memory is that of the process up to the
  first certificate, the user's own copy of the rows included.
- `agreement`: predictions against scikit-learn's RidgeClassifier wherever its two best scores differ by more than
  rounding, radii against those of the kernel regression with a linear kernel, and witnesses against refits.
- `landmarks`: the network of all rows by landmarks, its accuracy and radii, against a soft vote of ten networks at the
  same ridge; rows are scaled to length sqrt(n_features). FEATURES.npz as in ensemble_vs_blas.py. Each number of
  landmarks is measured in a process of its own, for its peak memory. Writes docs/figures/landmarks.json and the
  generated section of docs/many_rows.md.
- `limit`: a full network on 50,000 rows in a process whose address space is limited to 8 GB.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
from ensemble_vs_blas import load
from machine import facts_line, in_turns, machine_facts, peak_bytes
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from writing import DOCS, FIGURES, load_json, markdown_table, of_bytes, of_seconds, save_json, write_sections

import skcert
from skcert import (
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.kernel_approximation import NTKNystroem
from skcert.metrics import median_certified_radius

RESULTS = FIGURES / "landmarks.json"
_CHUNK_ROWS, _CHUNK_TEST_ROWS = 8192, 128


def time_against_bare_calls(arguments):
    rng = np.random.default_rng(0)
    n, d, n_classes = arguments.rows, arguments.columns, arguments.classes
    X, X_test = (rng.standard_normal((m, d), dtype=np.float32) for m in (n, arguments.test))
    direction = rng.standard_normal((d, n_classes), dtype=np.float32)
    y = (X @ direction + 5 * rng.standard_normal((n, n_classes), dtype=np.float32)).argmax(axis=1)
    CertifiedRidgeClassifier().fit(X[:1000], y[:1000]).certify(X_test[:100])  # compile, or load what was compiled
    ridge = CertifiedRidgeClassifier(alpha=arguments.alpha)

    def fit():
        start = time.perf_counter()
        ridge.fit(X, y)
        return time.perf_counter() - start

    def certify():
        start = time.perf_counter()
        ridge.certify(X_test)
        return time.perf_counter() - start

    def ours():
        parts.append((fit(), certify()))
        peaks.append(peak_bytes())
        return sum(parts[-1])

    parts, peaks = [], []
    times = in_turns({"skcert": ours, "bare calls": lambda: bare_calls(X, X_test)}, 3)
    best = {name: min(measured) for name, measured in times.items()}
    fitting, certifying = min(parts, key=sum)
    print(f"{n} + {arguments.test} rows of {d} features, {n_classes} classes, float32; {facts_line(machine_facts())}")
    print(f"fit {fitting:.2f} s, certify {certifying:.2f} s; bare calls {best['bare calls']:.2f} s")
    print(f"fit + certify is {best['skcert'] / best['bare calls']:.2f} times the bare calls")
    print(f"peak memory {peaks[0] / 1e9:.2f} GB")
    start = time.perf_counter()
    prediction = ridge.predict(X_test)
    print(f"predict {1e6 * (time.perf_counter() - start) / arguments.test:.1f} µs for each row")
    result = ridge.certify(X_test[:50])
    assert np.array_equal(prediction[:50], result.prediction)
    print(f"median radius of 50 rows: {np.median(result.radius):g} flips")


def bare_calls(X, X_test):
    start = time.perf_counter()
    gram = np.zeros((X.shape[1], X.shape[1]))
    for first in range(0, X.shape[0], _CHUNK_ROWS):
        block = X[first : first + _CHUNK_ROWS]
        gram += block.T @ block
    for first in range(0, X_test.shape[0], _CHUNK_TEST_ROWS):
        weights = X_test[first : first + _CHUNK_TEST_ROWS] @ X.T
        weights.sum(axis=1)
    return time.perf_counter() - start


def data_sets():
    """Names, training rows, labels and test rows."""
    for load_them in (load_breast_cancer, load_wine, load_iris, load_digits):
        X, y = load_them(return_X_y=True)
        yield load_them.__name__.removeprefix("load_"), StandardScaler().fit_transform(X), y
    X, y = load_digits(return_X_y=True)
    yield "digits, unscaled", X, y
    yield "digits, float32", (X / 16).astype(np.float32), y
    yield "digits, two classes, sparse", sparse.csr_matrix(X / 16), y % 2
    yield "digits as counts of words, sparse", TfidfTransformer().fit_transform(sparse.csr_matrix(X)), y
    rng = np.random.default_rng(0)
    for seed, (n, d, k) in enumerate([(400, 1000, 3), (2000, 30, 5), (300, 40, 2)]):
        informative = min(d, 20)
        X, y = make_classification(n, d, n_informative=informative, n_classes=k, class_sep=0.5, random_state=seed)
        yield f"{n} x {d}, {k} classes", X, y
    X = sparse.random(600, 5000, 0.01, "csr", random_state=rng)
    yield "600 x 5000, sparse", MaxAbsScaler().fit_transform(X), rng.integers(0, 4, 600)


def agreement(arguments):
    for name, X, y in data_sets():
        order = np.random.default_rng(0).permutation(X.shape[0])
        train, test = order[: 2 * len(order) // 3], order[2 * len(order) // 3 :]
        for fit_intercept in (True, False):
            peer = RidgeClassifier(fit_intercept=fit_intercept, tol=1e-12, max_iter=100_000).fit(X[train], y[train])
            ridge = CertifiedRidgeClassifier(fit_intercept=fit_intercept).fit(X[train], y[train])
            scores = peer.decision_function(X[test])
            gaps = np.abs(scores) if scores.ndim == 1 else np.subtract(*np.sort(scores, axis=1)[:, :-3:-1].T)
            clear = gaps > (1e-3 if X.dtype == np.float32 else 1e-7)
            equal = peer.predict(X[test]) == ridge.predict(X[test])
            assert equal[clear].all(), name
            print(f"{name}, intercept {fit_intercept}: {equal.sum()} of {len(test)} equal, {clear.sum()} clear")
    _radii_and_witnesses()


def _radii_and_witnesses():
    X, y = make_classification(2400, 40, n_informative=20, n_classes=4, class_sep=0.7, random_state=0)
    X, y, X_test = X[:2000], y[:2000], X[2000:]
    ridge = CertifiedRidgeClassifier(alpha=10.0).fit(X, y)
    result = ridge.certify(X_test)
    kernel = KernelRegressorClassifier(kernel="linear", alpha=10.0).fit(X, y).certify(X_test)
    print(f"radii equal those of the linear kernel at {(result.radius == kernel.radius).sum()} of 400 rows")
    attack, changed = ridge.attack(X_test[:200]), 0
    for t in range(200):
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        prediction = clone(ridge).fit(X, attacked).predict(X_test[t : t + 1])[0]
        changed += prediction != result.prediction[t] and attack.flips[t] == result.radius_upper[t] + 1
    print(f"{changed} of 200 witnesses change the prediction of a refit; exact: {result.exact.sum()} of 400")


def landmarks(arguments):
    if arguments.one is not None:
        print(json.dumps(_measure(arguments.features, *arguments.one, arguments.test)))
        return
    rows = []
    for alpha in arguments.alphas:
        for number in (0, *arguments.landmarks):
            command = [sys.executable, __file__, "landmarks", arguments.features, "--test", str(arguments.test)]
            command += ["--one", str(number), str(alpha)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], flush=True)
    save_json(RESULTS, {"machine": machine_facts(), "test": arguments.test, "rows": rows})
    write_page()


def report(results):
    lines = [
        [
            f"{row['alpha']:g}",
            row["model"],
            f"{row['accuracy']:.1%}",
            f"{row['median']:g}",
            of_seconds(row["fit"]),
            of_seconds(row["certify"] / results["test"]),
            of_bytes(row["bytes"]),
        ]
        for row in results["rows"]
    ]
    header = ["alpha", "model", "accuracy", "median radius", "fit", "certify, a row", "peak memory"]
    return f"{markdown_table(header, lines)}\n\nMeasured on: {facts_line(results['machine'])}"


def write_page():
    write_sections(DOCS / "many_rows.md", {"landmarks": report(load_json(RESULTS))})


def _measure(path, number, alpha, n_test):
    X, y, X_test, y_test = load(path, 50_000, n_test)
    X, X_test = (X.shape[1] ** 0.5 * part for part in (X, X_test))
    X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    if number == 0:
        model = PartitionAggregationEnsemble(
            NTKRegressorClassifier(alpha=alpha), n_partitions=10, voting="soft", partition="random", random_state=0
        )
        name = "soft vote of ten"
    else:
        model = make_pipeline(NTKNystroem(int(number), random_state=0), CertifiedRidgeClassifier(alpha=alpha))
        name = f"{number:g} landmarks"
    start = time.perf_counter()
    model.fit(X, y)
    fitted = time.perf_counter()
    result = skcert.certify(model, X_test)
    certified = time.perf_counter()
    return {
        "alpha": alpha,
        "model": name,
        "accuracy": float(result.certified_accuracy(y_test, 0)),
        "median": float(median_certified_radius(y_test, result)),
        "fit": fitted - start,
        "certify": certified - fitted,
        "bytes": peak_bytes(),
    }


def limit(arguments):
    resource.setrlimit(resource.RLIMIT_AS, (8 * 10**9, resource.getrlimit(resource.RLIMIT_AS)[1]))
    X, y = np.zeros((50_000, 128)), np.arange(50_000) % 2
    start = time.perf_counter()
    try:
        NTKRegressorClassifier().fit(X, y)
    except MemoryError as error:
        print(f"MemoryError after {time.perf_counter() - start:.2f} s: {error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("time")
    for name, default in (("rows", 100_000), ("columns", 128), ("test", 1000), ("classes", 10)):
        part.add_argument(f"--{name}", type=int, default=default)
    part.add_argument("--alpha", type=float, default=1.0)
    part.set_defaults(measure=time_against_bare_calls)
    parts.add_parser("agreement").set_defaults(measure=agreement)
    part = parts.add_parser("landmarks")
    part.add_argument("features")
    part.add_argument("--landmarks", type=int, nargs="+", default=[500, 1000, 2000, 5000])
    part.add_argument("--alphas", type=float, nargs="+", default=[1.0, 10.0])
    part.add_argument("--test", type=int, default=1000)
    part.add_argument("--one", type=float, nargs=2, help=argparse.SUPPRESS)
    part.set_defaults(measure=landmarks)
    parts.add_parser("limit").set_defaults(measure=limit)
    arguments = parser.parse_args()
    arguments.measure(arguments)


if __name__ == "__main__":
    main()
