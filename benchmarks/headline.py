"""The headline: how many flips the median test row is certified against, at every clean accuracy.

    python benchmarks/headline.py FEATURES.npz [--labels LABELS.npz] [--data cifar10] [--results FOLDER]
    python benchmarks/headline.py --report

FEATURES.npz holds ``X_train, y_train, X_test, y_test``: features computed without the labels. ``make_features.py``
creates such a file from raw images. LABELS.npz holds labels that people gave to the same training rows, as
``aggregate``; test labels are the true ones.

Black boxes (DPA, Finite Aggregation, run-off election) and what skcert has beyond them, over numbers of partitions,
label-free scalings, ridges and the dial of label weights (`frontier/settings.py`). First a study on the first 1,000
test rows, then its best settings on all of them: for each method and each whole percent of clean accuracy, the one
with the largest median radius. Pages show the other 9,000 rows. Each reading is written to FOLDER/DATA/results.csv at
once; a second call continues where the first one stopped. Less than an hour on two cores.

``--report`` writes the figures and sections of the docs again from the results files, without measuring. ``--quick``
takes 600 training rows, some of the tasks and a temporary folder: it only checks that the script runs.
"""

from pathlib import Path

import numpy as np
from datasets import save_small_features
from frontier.choices import table
from frontier.measure import measure
from frontier.pages import write_pages
from frontier.results import FrontierFile
from frontier.settings import study
from machine import machine_facts
from results_file import measure_missing, run_study, study_parser
from writing import FIGURES

RESULTS = FIGURES / "headline"


def main():
    parser = study_parser(__doc__, RESULTS)
    parser.add_argument("--labels", help="labels by people, for the same training rows")
    run_study(parser, measure_all, write_pages, quick)


def measure_all(arguments):
    labels = {}
    if arguments.labels:
        with np.load(arguments.labels) as given:
            labels = {"people's": given["aggregate"].astype(np.int64)}
    results = FrontierFile(Path(arguments.results) / arguments.data)
    results.machine = machine_facts()
    run("study", study(), results, arguments.features, labels)
    run("table", table(results.rows, arguments.test), results, arguments.features, labels)


def run(part, tasks, results, path, labels):
    """Measure the tasks that are not among the results yet."""

    def measured(task):
        rows = results.add(measure(path, task, labels))
        best = max(rows, key=lambda row: row["median_radius"])
        return f"{len(rows)} readings, {best['clean_accuracy']:.1%} {best['median_radius']:g} at most"

    measure_missing(part, tasks, results, measured)


def quick(folder):
    path, results = folder / "features.npz", FrontierFile(folder / "quick")
    y = save_small_features(path)
    labels = {"people's": np.where(np.arange(len(y)) % 7 == 0, (y + 1) % 10, y)}
    tasks = [task for task in study() if task.n_partitions <= 20 and task.scaling == "64, half whitened"]
    run("study", tasks, results, path, labels)
    run("table", table(results.rows, 80)[:2], results, path, labels)


if __name__ == "__main__":
    main()
