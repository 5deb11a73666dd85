"""What ``import skcert`` costs beyond importing sklearn.base and numba, which it needs.

python benchmarks/import_time.py [--runs 7]
"""

import argparse
import statistics
import subprocess
import sys
import time

STATEMENTS = {"reference": "import sklearn.base, numba", "skcert": "import skcert"}


def seconds(statement):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    empty = statistics.median(seconds("pass") for _ in range(runs))
    measured = {name: [] for name in STATEMENTS}
    for _ in range(runs + 1):  # in turn, so that both meet the same noise; the first round warms the caches
        for name, statement in STATEMENTS.items():
            measured[name].append(seconds(statement) - empty)
    medians = {name: statistics.median(times[1:]) for name, times in measured.items()}
    for name, median in medians.items():
        print(f"{STATEMENTS[name]:<28} {median:.3f} s")
    print(f"ratio {medians['skcert'] / medians['reference']:.2f}")


if __name__ == "__main__":
    main()
