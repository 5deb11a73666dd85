"""What makes radii large: black-box against white-box certificates over partitions, and one factor at a time.

    python benchmarks/radius_study.py FEATURES.npz [--data cifar10] [--results FOLDER] [--test 10000] [--quick]
    python benchmarks/radius_study.py --report

FEATURES.npz holds ``X_train, y_train, X_test, y_test``: features computed without the labels. ``make_features.py``
creates such a file from raw images. Everything is fitted on all training rows.

First a study on the first 1,000 test rows: hard and soft votes over P partitions, single networks, nearest neighbours,
Finite Aggregation and smoothing, on seven label-free scalings and a grid of settings. Then the table, on all test
rows: for each method and P the settings that did best in the study. Last, on the rows of the study, one factor at a
time: depth, activation and so on. Each reading is written to FOLDER/results.csv (and curves.csv) at once; a second
call continues where the first one stopped. Less than an hour on two cores.

``--report`` writes every figure and table of the docs again from all results files, without measuring. ``--quick``
takes 600 training rows, some of the tasks and a temporary folder: it only checks that the script runs.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from comparison.measure import measure
from comparison.pages import write_pages
from comparison.results import StudyFile
from comparison.settings import factors, study
from comparison.table_tasks import table
from datasets import save_small_features
from machine import machine_facts
from results_file import measure_missing, run_study, study_parser
from writing import FIGURES

RESULTS = FIGURES / "radius_study"


def main():
    run_study(study_parser(__doc__, RESULTS), measure_all, write_pages, quick)


def measure_all(arguments):
    results = StudyFile(Path(arguments.results) / arguments.data)
    results.machine = machine_facts()
    run("study", study(), results, arguments.features)
    run("table", table(results.rows, arguments.test), results, arguments.features, in_new_process)
    run("factors", factors(), results, arguments.features)


def run(part, tasks, results, path, call=lambda function, arguments: function(*arguments)):
    """Measure the tasks that are not among the results yet."""

    def measured(task):
        rows, curves = call(measure, (path, task))
        results.add_with_curves([{**row, "data": results.folder.name} for row in rows], curves)
        return ", ".join(f"{row['clean_accuracy']:.1%} {row['median_radius']:g}" for row in rows)

    measure_missing(part, tasks, results, measured)


def in_new_process(function, arguments):
    """Call it in a process of its own, so that the peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def quick(folder):
    path, results = folder / "features.npz", StudyFile(folder / "quick")
    save_small_features(path)
    tasks = [replace(task, n_partitions=20) if task.n_partitions == 500 and task.options else task for task in study()]
    run("study", [task for task in tasks if task.n_partitions <= 20], results, path)
    run("table", table(results.rows, 80), results, path)
    tasks = [task for task in factors() if task.n_partitions <= 50]
    run("factors", tasks[::4], results, path)


if __name__ == "__main__":
    main()
