"""One network on 50,000 rows: time and peak memory of the ridge limit, which factorises nothing.

    python benchmarks/ridge_limit.py FEATURES.npz [--test 1000]

FEATURES.npz as in flat_weights.py.
"""

import argparse
import resource
import time

import numpy as np
from flat_weights import load

from skcert import NTKRegressorClassifier


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features")
    parser.add_argument("--test", type=int, default=1_000)
    arguments = parser.parse_args()
    X, y, X_test, y_test = load(arguments.features, arguments.test)
    start = time.perf_counter()
    result = NTKRegressorClassifier(alpha=np.inf, weight_clip=0.95).fit(X, y).certify(X_test)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{X.shape[0]} + {X_test.shape[0]} rows: fit + certify {seconds:.0f} s, peak memory {peak:.2f} GiB")
    print(f"clean accuracy {result.certified_accuracy(y_test, 0):.1%}, median radius {np.median(result.radius):g}")


if __name__ == "__main__":
    main()
