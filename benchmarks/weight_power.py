"""What `weight_power` and centring at the mean buy: accuracy and median radius, on equal classes and on real ones.

    python benchmarks/weight_power.py FEATURES.npz LABELS.npz
    python benchmarks/weight_power.py --report

Files are as for `candidate_labels.py`. Soft votes of ten on 20,000 training rows, certified on test rows 2,000 to
2,999; trained on the true labels, of which classes are equally frequent, and on those that people gave
(``aggregate``), of which they are not. Writes docs/figures/weight_power/ and the generated section of
docs/flat_weights.md; with ``--report``, only the latter. About ten minutes.
"""

import argparse
import warnings

import numpy as np
from machine import facts_line, machine_facts
from writing import DOCS, FIGURES, load_csv, load_json, markdown_table, save_csv, save_json, write_sections

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.metrics import median_certified_radius

RESULTS = FIGURES / "weight_power"
N_TRAIN, TEST = 20_000, slice(2_000, 3_000)
SETTINGS = {
    "plain": {},
    "centre .95": {"weight_center": 0.95},
    "centre .95, power .75": {"weight_center": 0.95, "weight_power": 0.75},
    "centre .95, power .5": {"weight_center": 0.95, "weight_power": 0.5},
    "centre .95, clip .8": {"weight_center": 0.95, "weight_clip": 0.8},
    "centre .95, clip .5": {"weight_center": 0.95, "weight_clip": 0.5},
    "mean, power .75": {"weight_center": "mean", "weight_power": 0.75},
    "mean, power .5": {"weight_center": "mean", "weight_power": 0.5},
    "mean, power .2": {"weight_center": "mean", "weight_power": 0.2},
    "mean, clip .99": {"weight_center": "mean", "weight_clip": 0.99},
    "mean, clip .95": {"weight_center": "mean", "weight_clip": 0.95},
    "mean, clip .8": {"weight_center": "mean", "weight_clip": 0.8},
    "mean, clip .5": {"weight_center": "mean", "weight_clip": 0.5},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--report", action="store_true")
    arguments = parser.parse_args()
    if not arguments.report:
        if len(arguments.files) != 2:
            parser.error("Two files are needed: FEATURES.npz LABELS.npz.")
        save_csv(RESULTS / "results.csv", measure(*map(np.load, arguments.files)))
        save_json(RESULTS / "machine.json", machine_facts())
    write_page()


def measure(features, labels):
    X, X_test = features["X_train"][:N_TRAIN].astype(np.float32), features["X_test"][TEST].astype(np.float32)
    # rows of length sqrt(d): the kernel divides by the number of columns
    X, X_test = (part * (part.shape[1] ** 0.5 / np.linalg.norm(part, axis=1, keepdims=True)) for part in (X, X_test))
    y_test, rows = features["y_test"][TEST].astype(int), []
    for kind, y in (("true", features["y_train"]), ("people's", labels["aggregate"])):
        for alpha in (1.0, 10.0):
            for setting, parameters in SETTINGS.items():
                base = NTKRegressorClassifier(alpha=alpha, **parameters)
                vote = PartitionAggregationEnsemble(base, n_partitions=10, voting="soft", random_state=0)
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", ".*shifts all label weights", UserWarning)
                    result = vote.fit(X, y[:N_TRAIN].astype(int)).certify(X_test)
                found = {"labels": kind, "alpha": alpha, "setting": setting}
                found["accuracy"] = float(np.mean(result.prediction == y_test))
                found["median_radius"] = float(median_certified_radius(y_test, result))
                rows.append(found)
                print(found, flush=True)
    return rows


def write_page():
    rows, facts = load_csv(RESULTS / "results.csv"), load_json(RESULTS / "machine.json")
    columns = list(dict.fromkeys((row["labels"], row["alpha"]) for row in rows))
    lines = []
    for setting in dict.fromkeys(row["setting"] for row in rows):
        of = {(row["labels"], row["alpha"]): row for row in rows if row["setting"] == setting}
        lines.append([setting, *(f"{of[c]['accuracy']:.1%} / {of[c]['median_radius']:g}" for c in columns)])
    header = ["label weights", *(f"{labels} labels, alpha = {alpha:g}" for labels, alpha in columns)]
    words = f"Accuracy / median radius. Measured on: {facts_line(facts)}"
    write_sections(DOCS / "flat_weights.md", {"weight power": f"{markdown_table(header, lines)}\n\n{words}"})


if __name__ == "__main__":
    main()
