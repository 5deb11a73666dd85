"""Products in a fixed order of summation against BLAS, whose order depends on the shapes of the arrays.

    python benchmarks/ordered_product.py [--terms 4000]

`skcert.kernels._ordered_product` makes label weights independent of the batch. This is its price: seconds of processor
time for ``A @ B`` with a square B, and the ratio to numpy's product with one BLAS thread in the same run.
"""

import argparse
import time

import numpy as np
from machine import facts_line, machine_facts
from threadpoolctl import threadpool_limits

from skcert.kernels._ordered_product import ordered_product

ROWS = (1, 16, 64, 256, 1000)
REPEATS = 5


def least_seconds(products):
    """Shortest processor time of each product, in turns."""
    least = [np.inf] * len(products)
    for _ in range(REPEATS):
        for k, product in enumerate(products):
            start = time.process_time()
            product()
            least[k] = min(least[k], time.process_time() - start)
    return least


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terms", type=int, default=4000, help="rows and columns of B (default: %(default)s)")
    n = parser.parse_args().terms
    rng = np.random.default_rng(0)
    print(facts_line(machine_facts()))
    print(f"{'':>8}{'rows':>6}{'in order':>12}{'BLAS':>12}{'ratio':>8}")
    with threadpool_limits(1, "blas"):
        for dtype in (np.float64, np.float32):
            B = rng.normal(size=(n, n)).astype(dtype)
            for rows in ROWS:
                A = rng.normal(size=(rows, n)).astype(dtype)
                ordered_product(A, B)  # compiles
                ours, blas = least_seconds([lambda A=A, B=B: ordered_product(A, B), lambda A=A, B=B: A @ B])
                print(
                    f"{np.dtype(dtype).name:>8}{rows:>6}{ours * 1e3:>9.1f} ms{blas * 1e3:>9.1f} ms{ours / blas:>8.2f}"
                )


if __name__ == "__main__":
    main()
