"""What the first calls cost while nothing is compiled yet: processor time with an empty cache of Numba's.

    python benchmarks/cold_start.py [--against CHECKOUT] [--repeat 3]

Each run is a process of its own with an empty ``NUMBA_CACHE_DIR``. With the checkout of another commit, both are
measured in turns, and ratios are printed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
STAGES = """
import json, time
import numpy as np
from sklearn.datasets import load_digits
from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

X, y = load_digits(return_X_y=True)
X, X_test, y = X[:1000] / 16, X[1000:1010] / 16, y[:1000]
single, single_test = X.astype(np.float32), X_test.astype(np.float32)
network = NTKRegressorClassifier()
ensemble = PartitionAggregationEnsemble(n_partitions=10)
seconds = {}


def stage(name, function):
    start = time.process_time()
    function()
    seconds[name] = time.process_time() - start


stage("network", lambda: network.fit(X, y).certify(X_test))
stage("ensemble", lambda: ensemble.fit(X, y).certify(X_test))
target = network.classes_[network.classes_ != network.predict(X_test[:1])[0]][3]
stage("attack", lambda: network.attack(X_test[:1]))
stage("targeted attack", lambda: network.attack(X_test[:1], target=target))
stage("single precision", lambda: NTKRegressorClassifier().fit(single, y).certify(single_test))
stage("attack on the ensemble", lambda: ensemble.attack(X_test[:1]))
print(json.dumps(seconds))
"""


def measured(checkout):
    """Seconds of each stage in a fresh process."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPATH": str(checkout), "NUMBA_CACHE_DIR": cache}
        run = subprocess.run(
            [sys.executable, "-c", STAGES], env=environment, cwd=cache, capture_output=True, text=True, check=True
        )
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="CHECKOUT", help="folder of another commit's checkout")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    checkouts = [HERE] if arguments.against is None else [HERE, Path(arguments.against).resolve()]
    runs = {checkout: [] for checkout in checkouts}
    for _ in range(arguments.repeat):
        for checkout in checkouts:
            runs[checkout].append(measured(checkout))
    sums = {"network": ["network"], "network and ensemble": ["network", "ensemble"]}
    sums["attacks and single precision"] = ["attack", "targeted attack", "single precision", "attack on the ensemble"]
    for name, stages in {**{stage: [stage] for stage in runs[HERE][0]}, **sums}.items():
        medians = [
            statistics.median(sum(run[stage] for stage in stages) for run in runs[checkout]) for checkout in checkouts
        ]
        ratio = f"   against {medians[1]:6.2f} s: {medians[0] / medians[1]:.2f}" if len(medians) == 2 else ""
        print(f"{name:<30} {medians[0]:6.2f} s{ratio}")


if __name__ == "__main__":
    main()
