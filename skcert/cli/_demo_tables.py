"""``skcert demo --tables``: two small tables to try ``skcert certify`` with."""

import csv

import numpy as np
from sklearn.datasets import load_breast_cancer

from ._results_folder import ResultsFolder

TABLE, NEW_ROWS = "tumours.csv", "new_tumours.csv"
_N_FEATURES = 10  # the means; the others are errors and extremes of the same
_N_NEW, _N_WRONG = 69, 15


def write_demo_tables(out):
    """Write a table of diagnoses, some of them wrong, and one of new rows without; say what to do with them."""
    data = load_breast_cancer()
    names = [name.removeprefix("mean ") for name in data.feature_names[:_N_FEATURES]]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(data.target))
    diagnoses = np.array(data.target_names)[data.target[order]]
    n_labelled = len(order) - _N_NEW
    wrong = np.sort(rng.choice(n_labelled, _N_WRONG, replace=False))
    diagnoses[wrong] = np.where(diagnoses[wrong] == "benign", "malignant", "benign")
    patients = [f"P{number:04}" for number in rng.choice(10_000, len(order), replace=False)]
    rows = [
        [patient, *(f"{value:.4g}" for value in row), diagnosis]
        for patient, row, diagnosis in zip(patients, data.data[order, :_N_FEATURES].tolist(), diagnoses.tolist())
    ]
    with ResultsFolder(out, [TABLE, NEW_ROWS]) as folder:
        folder.write(TABLE, lambda path: _write(path, ["patient", *names, "diagnosis"], rows[:n_labelled]))
        folder.write(NEW_ROWS, lambda path: _write(path, ["patient", *names], [row[:-1] for row in rows[n_labelled:]]))
    print(f"{folder.out / TABLE}: {n_labelled} tumours, measured and diagnosed; {_N_WRONG} diagnoses are wrong on")
    print(f"  purpose, those of {', '.join(patients[row] for row in wrong)}")
    print(f"{folder.out / NEW_ROWS}: {_N_NEW} more, not diagnosed")
    print(f"Next: skcert certify {folder.out / TABLE} --label diagnosis --id patient --out results --report")


def _write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
