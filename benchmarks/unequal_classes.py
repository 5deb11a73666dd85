"""Classes of unequal size: what score weights do to accuracy, to rare classes and to radii, beside the black box.

    python benchmarks/unequal_classes.py FEATURES.npz [--labels LABELS.npz] [--key aggregate] [--test 500]
    python benchmarks/unequal_classes.py --report

FEATURES.npz holds ``X_train, y_train, X_test, y_test``: features computed without the labels, as for `headline.py`.
Two long tails are cut out of it, 20 : 1 and 100 : 1, with balanced test rows: networks and soft votes, plain and with
flat label weights, without score weights, with known and with counted ones; and votes that are only counted, of
class-weighted members. LABELS.npz holds other labels of the same training rows, given by people, under the key
`--key`: their classes are not quite equal. Each reading is written to docs/figures/unequal/results.csv at once; a
second call continues where the first one stopped. About 15 minutes on two cores.

``--report`` writes the generated sections and the figure of docs/unequal_results.md again from the results file,
without measuring. ``--quick`` takes a few hundred synthetic rows and writes nothing: it only checks that the script
runs.
"""

import argparse
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from imbalance.measure import load, measure
from imbalance.pages import one_line, report, write_pages
from imbalance.tasks import HEAD, HUMAN, all_tasks, quick_tasks
from machine import machine_facts
from writing import FIGURES, load_csv, load_json, save_csv, save_json

RESULTS = FIGURES / "unequal"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?")
    parser.add_argument("--labels", help="other labels of the training rows, .npz")
    parser.add_argument("--key", default="aggregate", help="which array of LABELS.npz (default: aggregate)")
    parser.add_argument("--test", type=int, default=500, help="test rows of each data set (default: 500)")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if arguments.report:
        write_pages(RESULTS)
    elif arguments.quick:
        with tempfile.TemporaryDirectory() as folder:
            quick(Path(folder))
    elif arguments.features is None:
        parser.error("FEATURES.npz is missing: a file with X_train, y_train, X_test and y_test.")
    else:
        human = None if arguments.labels is None else np.load(arguments.labels)[arguments.key]
        run(all_tasks(), RESULTS, arguments.features, human, n_test=arguments.test)
        write_pages(RESULTS)


def run(tasks, folder, features, human, head=HEAD, n_test=500):
    """Measure the tasks that are not among the results yet; those with human labels only if there are some."""
    path = folder / "results.csv"
    rows = load_csv(path) if path.exists() else []
    done = {row["task"] for row in rows}
    missing = [task for task in tasks if task.name not in done and (task.data != HUMAN or human is not None)]

    @lru_cache(maxsize=1)
    def rows_of(data):
        return load(features, data, human, head, n_test)

    for number, task in enumerate(missing, 1):
        rows.append(measure(rows_of(task.data), task))
        save_csv(path, rows)
        print(f"{number}/{len(missing)} {one_line(rows[-1])}", flush=True)
    save_json(folder / "machine.json", machine_facts())


def quick(folder):
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((10, 80))
    y, y_test = np.arange(1000) % 10, np.arange(100) % 10
    X, X_test = (centers[labels] + rng.standard_normal((len(labels), 80)) for labels in (y, y_test))
    np.savez(folder / "features.npz", X_train=X, y_train=y, X_test=X_test, y_test=y_test)
    wrong = rng.random(y.size) < 0.2
    human = np.where(wrong, rng.integers(0, 5, y.size), y)
    run(quick_tasks(), folder, folder / "features.npz", human, head=100, n_test=100)
    for text in report(load_csv(folder / "results.csv"), load_json(folder / "machine.json")).values():
        print(f"\n{text}")


if __name__ == "__main__":
    main()
