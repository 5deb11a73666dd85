"""Many ridges from one eigendecomposition, against a fit for each: how many make it pay off.

    python benchmarks/alpha_path.py [FEATURES.npz] [--train 2000 3000] [--alphas 12]

FEATURES.npz as in ensemble_vs_blas.py. Both sides fit and certify n_train / 4 test rows, on the same cores.
"""

import argparse
import time

import numpy as np
from ensemble_vs_blas import load

from skcert import NTKRegressorClassifier
from skcert.learners import alpha_path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?")
    parser.add_argument("--train", type=int, nargs="+", default=[2000, 3000])
    parser.add_argument("--alphas", type=int, default=12)
    arguments = parser.parse_args()
    alphas = np.logspace(-2, 2, arguments.alphas)
    for n_train in arguments.train:
        X, y, X_test, _ = load(arguments.features, n_train, n_train // 4)
        NTKRegressorClassifier().fit(X, y).certify(X_test)  # compile, and warm up

        start = time.perf_counter()
        fits = [NTKRegressorClassifier(alpha=alpha).fit(X, y) for alpha in alphas]
        fitted = time.perf_counter()
        expected = [model.certify(X_test) for model in fits]
        certified = time.perf_counter()
        del fits
        path_start = time.perf_counter()
        models = alpha_path(NTKRegressorClassifier(), X, y, alphas)
        path_fitted = time.perf_counter()
        results = [model.certify(X_test) for model in models]
        path_certified = time.perf_counter()

        same = np.mean([np.mean(a.radius == b.radius) for a, b in zip(expected, results)])
        separate, path = certified - start, path_certified - path_start
        per_fit, per_model = separate / len(alphas), (path_certified - path_fitted) / len(alphas)
        pays = (path_fitted - path_start) / (per_fit - per_model)
        print(f"{n_train} + {n_train // 4} rows, {len(alphas)} ridges, {same:.2%} of the radii equal")
        print(f"separate: fit {fitted - start:.2f} s, certify {certified - fitted:.2f} s")
        print(f"path: fit {path_fitted - path_start:.2f} s, certify {path_certified - path_fitted:.2f} s")
        print(f"the path takes {path / separate:.2f} of the time, and pays from {pays:.1f} ridges on", flush=True)


if __name__ == "__main__":
    main()
