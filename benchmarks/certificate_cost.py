"""Radius and flips to every class against the matrix product that made the label weights.

    python benchmarks/certificate_cost.py [--test 10000] [--train 5000] [--classes 10] [--seed 0]

Label weights are those of kernel regression on Gaussian classes: a kernel between test and training rows times a
smoother matrix. The product uses all BLAS threads, the certificate one thread.
"""

import argparse
import time

import numpy as np

from skcert import NTKRegressorClassifier
from skcert.certificates import certify_label_linear
from skcert.kernels import fully_connected_kernel
from skcert.results._median import flips_text, median_flips


def gaussian_classes(rng, n_rows, centres):
    labels = rng.integers(0, centres.shape[0], n_rows)
    return centres[labels] + rng.normal(size=(n_rows, centres.shape[1])), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--train", type=int, default=5_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    centres = 0.5 * rng.normal(size=(arguments.classes, 64))
    X, y = gaussian_classes(rng, arguments.train, centres)
    X_test, _ = gaussian_classes(rng, arguments.test, centres)
    for alpha in (0.01, 1.0, 100.0):
        model = NTKRegressorClassifier(alpha=alpha).fit(X, y)
        kernel = fully_connected_kernel(X_test, X, b_std=model.b_std)
        certify_label_linear(model.label_weights(X_test[:2]), model.label_codes_, arguments.classes)  # compile
        product, certificate = np.inf, np.inf
        for _ in range(arguments.repeat):
            start = time.perf_counter()
            weights = kernel @ model.smoother_
            made = time.perf_counter()
            weights += model.offset_
            begun = time.perf_counter()
            _, radius, _, flips = certify_label_linear(weights, model.label_codes_, arguments.classes)
            certificate = min(certificate, time.perf_counter() - begun)
            product = min(product, made - start)
        print(
            f"alpha={alpha:g}: product {product:.2f} s, certificate {certificate:.2f} s, {certificate / product:.1%} "
            f"of it; medians: radius {flips_text(median_flips(radius))}, most flips to a class "
            f"{flips_text(median_flips(flips.max(axis=1)))}"
        )


if __name__ == "__main__":
    main()
