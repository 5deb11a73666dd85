"""Time and memory of each learner at ten thousand, a hundred thousand and a million rows.

    python benchmarks/rows_by_learner.py [--rows 10000 100000 1000000] [--report]

Synthetic float32 rows of 64 features, 10 classes; 100 rows to certify. Each cell is a process of its own, so that its
peak memory is its own; the rows themselves are in it. Seconds are those of one run, with everything compiled; cells
that would take more memory than is left, or more than three minutes, say so. Writes docs/figures/rows_by_learner.json
and the generated section of docs/many_rows.md; with ``--report``, only the latter. About ten minutes for a million.
"""

import argparse
import json
import subprocess
import sys
import time

import numpy as np
from machine import facts_line, machine_facts, peak_bytes
from sklearn.pipeline import make_pipeline
from writing import DOCS, FIGURES, load_json, markdown_table, of_seconds, save_json, write_sections

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.kernel_approximation import NTKNystroem

RESULTS = FIGURES / "rows_by_learner.json"
COLUMNS, CLASSES, TEST = 64, 10, 100
MOST_SECONDS = 180
ROWS = (10_000, 100_000, 1_000_000)


def votes(voting):
    return lambda n: PartitionAggregationEnsemble(
        NTKRegressorClassifier(alpha=10.0), n_partitions=n // 1000, partition="random", voting=voting, random_state=0
    )


LEARNERS = {
    "one network": lambda n: NTKRegressorClassifier(alpha=10.0),
    "one network, alpha = inf": lambda n: NTKRegressorClassifier(alpha=np.inf),
    "hard vote, 1,000 rows each": votes("hard"),
    "soft vote, 1,000 rows each": votes("soft"),
    "500 landmarks and a ridge": lambda n: make_pipeline(
        NTKNystroem(500, random_state=0), CertifiedRidgeClassifier(alpha=10.0)
    ),
    "ridge": lambda n: CertifiedRidgeClassifier(alpha=10.0),
    "100 nearest neighbours": lambda n: CertifiedKNeighborsClassifier(100, n_jobs=-1),
}


def rows(n):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n + TEST, COLUMNS), dtype=np.float32)
    direction = rng.standard_normal((COLUMNS, CLASSES), dtype=np.float32)
    y = (X @ direction + 5 * rng.standard_normal((n + TEST, CLASSES), dtype=np.float32)).argmax(axis=1)
    return X[:n], y[:n], X[n:]


def measure_one(learner, n):
    """Print seconds and peak memory of one learner, as JSON."""
    X, y, X_test = rows(n)
    few = 2000
    skcert.certify(LEARNERS[learner](few).fit(X[:few], y[:few]), X_test[:3])  # compile, or load what was compiled
    start = time.perf_counter()
    try:
        fitted = LEARNERS[learner](n).fit(X, y)
    except MemoryError:
        print(json.dumps({"refused": "memory"}))
        return
    middle = time.perf_counter()
    skcert.certify(fitted, X_test)
    end = time.perf_counter()
    print(json.dumps({"fit": middle - start, "certify": end - middle, "bytes": peak_bytes()}))


def in_own_process(learner, n):
    command = [sys.executable, __file__, "--one", learner, str(n)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        return {"refused": "time"}
    return json.loads(done.stdout.splitlines()[-1])


def cell(found):
    if "refused" in found:
        return {"memory": "refused: memory", "time": "over 3 min"}[found["refused"]]
    each = of_seconds(found["certify"] / TEST)
    return f"{of_seconds(found['fit'])}, {each} a row, {found['bytes'] / 1e9:.1f} GB"


def report(results):
    sizes = list(next(iter(results["cells"].values())))
    lines = [[learner, *(cell(found[n]) for n in sizes)] for learner, found in results["cells"].items()]
    table = markdown_table(["fit, certify, peak memory", *(f"{int(n):,} rows" for n in sizes)], lines)
    return (
        f"{table}\n\nfloat32 rows of {COLUMNS} features, {CLASSES} classes; {TEST} rows certified. Peak memory "
        f"is that of the process, rows included.\n\nMeasured on: {facts_line(results['machine'])}"
    )


def write_page():
    write_sections(DOCS / "many_rows.md", {"learners": report(load_json(RESULTS))})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure_one(arguments.one[0], int(arguments.one[1]))
        return
    if not arguments.report:
        cells = {}
        for learner in LEARNERS:
            cells[learner] = {str(n): in_own_process(learner, n) for n in arguments.rows}
            print(learner, cells[learner], flush=True)
        save_json(RESULTS, {"machine": machine_facts(), "cells": cells})
    write_page()


if __name__ == "__main__":
    main()
