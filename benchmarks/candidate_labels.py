"""Labels by several people: what it does to radii that a label can only be wrong in the ways that somebody wrote down.

    python benchmarks/candidate_labels.py FEATURES.npz LABELS.npz [--test 10000] [--train 50000]
    python benchmarks/candidate_labels.py --report

FEATURES.npz holds ``X_train, y_train, X_test, y_test``: features computed without the labels, as for `headline.py`.
LABELS.npz holds labels of the same training rows by people: ``annotator_1`` to ``annotator_3`` and ``aggregate``, on
which everything is trained. Test labels are the true ones. Soft votes of ten, with plain and with centred label
weights (and score weights from the frequencies of all labels, which centring needs there), and hard votes that are
only counted, each certified against any labels, and against those that three or two of the people gave, with the
row's own.
Each reading is written to docs/figures/candidates/results.csv at once; a second call continues where the first one
stopped. About 40 minutes on two cores.

``--report`` writes the generated section of docs/candidate_labels.md again, without measuring.
"""

import argparse
import time

import numpy as np
from machine import facts_line, machine_facts
from writing import DOCS, FIGURES, load_csv, load_json, markdown_table, save_csv, save_json, write_sections

from skcert import UNBOUNDED, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import certify_label_linear
from skcert.metrics import median_certified_radius
from skcert.results import CertificationResult, flips_text

RESULTS = FIGURES / "candidates"
THREATS = ("any label", "three people", "two people")
MODELS = {
    "soft vote of 10, alpha = 10": {"alpha": 10.0},
    "soft vote of 10, alpha = 100": {"alpha": 100.0},
    "the same, centred at .95, with score weights": {"alpha": 100.0, "weight_center": 0.95},
    "hard vote of 500, counted": {"n_partitions": 500},
    "hard vote of 2,000, counted": {"n_partitions": 2000},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--test", type=int, default=10_000, help="test rows (default: 10000)")
    parser.add_argument("--train", type=int, default=50_000, help="training rows (default: 50000)")
    parser.add_argument("--report", action="store_true")
    arguments = parser.parse_args()
    if arguments.report:
        write_page()
    elif len(arguments.files) != 2:
        parser.error("Two files are needed: FEATURES.npz LABELS.npz.")
    else:
        run(*map(np.load, arguments.files), arguments.train, arguments.test, RESULTS)
        write_page()


def run(features, labels, n_train, n_test, folder):
    """Measure the models that are not among the results yet."""
    path = folder / "results.csv"
    rows = load_csv(path) if path.exists() else []
    X, X_test, y_test = (features[name].astype(np.float32) for name in ("X_train", "X_test", "y_test"))
    X, X_test, y_test = X[:n_train], X_test[:n_test], y_test[:n_test].astype(int)
    # rows of length sqrt(d): the kernel divides by the number of columns
    X, X_test = (part * (X.shape[1] ** 0.5 / np.linalg.norm(part, axis=1, keepdims=True)) for part in (X, X_test))
    y = labels["aggregate"][:n_train].astype(int)
    people = [labels[f"annotator_{number}"][:n_train].astype(int) for number in (1, 2, 3)]
    frequency = np.bincount(labels["aggregate"], minlength=10) / len(labels["aggregate"])
    threats = {"any label": None, "three people": candidates(y, people), "two people": candidates(y, people[:2])}
    for name, parameters in MODELS.items():
        if name not in {row["model"] for row in rows}:
            for reading in measure(parameters, X, y, X_test, y_test, threats, frequency):
                rows.append({"model": name, "n_train": len(y), "n_test": len(y_test), **reading})
                print(rows[-1], flush=True)
            save_csv(path, rows)
    save_json(folder / "machine.json", machine_facts())


def candidates(y, people):
    """The labels that people gave to each row, and its own."""
    allowed = np.zeros((len(y), 10), dtype=bool)
    for labels in (y, *people):
        allowed[np.arange(len(y)), labels] = True
    return allowed


def measure(parameters, X, y, X_test, y_test, threats, frequency):
    """One reading for each threat."""
    if "n_partitions" in parameters:
        for threat, allowed in threats.items():
            start = time.perf_counter()
            vote = PartitionAggregationEnsemble(
                NTKRegressorClassifier(alpha=np.inf), certificate="black-box", random_state=0, **parameters
            )
            result = vote.fit(X, y, candidate_labels=allowed).certify(X_test)
            yield reading_of(threat, result, y_test, time.perf_counter() - start)
        return
    weights = None
    if "weight_center" in parameters:
        weights = {label: 1 / (10 * share) for label, share in enumerate(frequency)}
    base = NTKRegressorClassifier(score_weight=weights, **parameters)
    start = time.perf_counter()
    vote = PartitionAggregationEnsemble(base, n_partitions=10, voting="soft", random_state=0).fit(X, y)
    parts = {threat: [] for threat in threats}
    seconds = dict.fromkeys(threats, 0.0)
    for _, label_weights in vote._soft_weight_chunks(X_test):  # computed once, and certified against each threat
        for threat, allowed in threats.items():
            begun = time.perf_counter()
            parts[threat].append(
                certify_label_linear(label_weights, y, 10, score_weight=vote.score_weight_, candidates=allowed)
            )
            seconds[threat] += time.perf_counter() - begun
    shared = time.perf_counter() - start - sum(seconds.values())
    for threat, found in parts.items():
        prediction, radius, upper, flips = map(np.concatenate, zip(*found))
        result = CertificationResult(prediction, radius, flips, upper, vote.classes_, "label-linear", len(y))
        yield reading_of(threat, result, y_test, shared + seconds[threat]) | {"certificate_seconds": seconds[threat]}


def reading_of(threat, result, y_test, seconds):
    certain = result.radius == UNBOUNDED
    return {
        "threat": threat,
        "accuracy": float(np.mean(result.prediction == y_test)),
        "median_radius": float(median_certified_radius(y_test, result)),
        "certain": float(certain.mean()),
        "certain_and_right": float(np.mean(certain & (result.prediction == y_test))),
        "seconds": seconds,
        "certificate_seconds": 0.0,
    }


def write_page():
    rows, facts = load_csv(RESULTS / "results.csv"), load_json(RESULTS / "machine.json")
    header = ["model", "accuracy", *(f"{threat}: median radius, certain" for threat in THREATS)]
    lines = []
    for model in dict.fromkeys(row["model"] for row in rows):
        of_model = {row["threat"]: row for row in rows if row["model"] == model}
        cells = [f"{flips_text(of_model[t]['median_radius'])}, {of_model[t]['certain']:.1%}" for t in THREATS]
        lines.append([model, f"{of_model['any label']['accuracy']:.1%}", *cells])
    note = f"{rows[0]['n_train']:,} training rows, {rows[0]['n_test']:,} test rows; wrong predictions have radius -1. "
    write_sections(
        DOCS / "candidate_labels.md",
        {"candidates": f"{markdown_table(header, lines)}\n\n{note}{facts_line(facts)}"},
    )


if __name__ == "__main__":
    main()
