"""Which labels are wrong: the audit's ranking against real errors, planted errors, chance, and cleanlab.

    python benchmarks/label_errors.py [FEATURES.npz LABELS.npz] --peer PYTHON
    python benchmarks/label_errors.py --report

FEATURES.npz and LABELS.npz are as for `candidate_labels.py`: labels that people gave to images whose true labels are
known. Rows 10,000 to 15,999 are used. Without them, only errors that are planted in 22 bundled and synthetic tables
are measured: uniform ones (a tenth of the labels becomes any other), pairs (a tenth of each class becomes the next
one), and by features (two in five of the labels of one region are any other). PYTHON is the interpreter of an
environment with cleanlab and scikit-learn, in which `label_errors_peer.py` runs; without it, cleanlab is left out.

Writes docs/figures/label_errors/ and the generated section of docs/attacks_and_audits.md; with ``--report``, only the
latter. About ten minutes.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from machine import facts_line, machine_facts
from sklearn import datasets
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler
from writing import DOCS, FIGURES, load_csv, load_json, markdown_table, save_csv, save_json, write_sections

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.inspection import audit_labels
from skcert.metrics import median_certified_radius

RESULTS = FIGURES / "label_errors"
ROWS = slice(10_000, 16_000)
SHARES = (0.01, 0.05, 0.2)
N_CHECKED = 1200
NETWORK = NTKRegressorClassifier(alpha=10.0)
PEOPLE = {
    "network, alpha = 10": NETWORK,
    "network, alpha = 100": NTKRegressorClassifier(alpha=100.0),
    "soft vote of 10, alpha = 10": PartitionAggregationEnsemble(
        NETWORK, n_partitions=10, voting="soft", random_state=0
    ),
    "hard vote of 10, alpha = 10": PartitionAggregationEnsemble(NETWORK, n_partitions=10, random_state=0),
}
NOISES = ("uniform", "pairs", "region")
METHODS = ("self_confidence", "normalized_margin")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--peer", help="interpreter of an environment with cleanlab")
    parser.add_argument("--report", action="store_true")
    arguments = parser.parse_args()
    if not arguments.report:
        if arguments.files:
            features, labels = map(np.load, arguments.files)
            save_csv(RESULTS / "people.csv", people(features, labels, arguments.peer))
            save_csv(RESULTS / "checked.csv", checked(features, labels))
        save_csv(RESULTS / "planted.csv", planted(arguments.peer))
        save_json(RESULTS / "machine.json", machine_facts())
    write_page()


def people(features, labels, peer):
    """One reading for each kind of labels and way to rank them."""
    X, truth, X_test, _ = images(features)
    kinds = {kind: labels[kind][ROWS].astype(int) for kind in ("aggregate", "annotator_1", "annotator_2")}
    by_peer = peer_scores(peer, [(X, y) for y in kinds.values()])
    rows = []
    for number, (kind, y) in enumerate(kinds.items()):
        wrong = y != truth
        rows.append({"labels": kind, "ranking": "chance", **by_chance(wrong)})
        for method in METHODS if by_peer else ():
            best = max((reading(wrong, -scores) for scores in by_peer[f"{method}_{number}"]), key=precision)
            found = {**best, "seconds": float(by_peer[f"seconds_{number}"])}
            rows.append({"labels": kind, "ranking": f"cleanlab, {method.replace('_', ' ')}", **found})
        for name, model in PEOPLE.items():
            model.fit(X, y)
            start = time.perf_counter()
            audit = audit_labels(model)
            seconds = time.perf_counter() - start
            rows.append({"labels": kind, "ranking": name, **reading(wrong, audit.suspicion), "seconds": seconds})
        guard = audit_labels(NETWORK.fit(X, y), X_test[:500])
        order = np.empty(len(y))
        order[guard.guard_ranking] = -np.arange(len(y))
        rows.append({"labels": kind, "ranking": "labels to guard first", **reading(wrong, order), "seconds": 0.0})
        print(*rows[-len(PEOPLE) - 4 :], sep="\n", flush=True)
    return rows


def checked(features, labels):
    """Accuracy and median radius after the first labels of each ranking were checked, corrected and trusted."""
    X, truth, X_test, y_test = images(features)
    y = labels["annotator_1"][ROWS].astype(int)
    network = NTKRegressorClassifier(alpha=100.0).fit(X, y)
    audit = audit_labels(network, X_test[:500])
    rankings = {
        "nothing checked": np.empty(0, dtype=int),
        "chance": np.random.default_rng(0).permutation(len(y))[:N_CHECKED],
        "labels to check first": audit.ranking[:N_CHECKED],
        "labels to guard first": audit.guard_ranking[:N_CHECKED],
    }
    rows = []
    for name, first in rankings.items():
        corrected, trusted = y.copy(), np.isin(np.arange(len(y)), first)
        corrected[first] = truth[first]
        result = network.fit(X, corrected, trusted=trusted).certify(X_test[:500])
        accuracy, median = np.mean(result.prediction == y_test[:500]), median_certified_radius(y_test[:500], result)
        wrong = int((y != truth)[first].sum())
        rows.append({"checked": name, "wrong": wrong, "accuracy": float(accuracy), "median_radius": float(median)})
    return rows


def images(features):
    """Rows of length sqrt(d), because the kernel divides by the number of columns, and true labels."""
    X, X_test = features["X_train"][ROWS].astype(np.float64), features["X_test"][:1000].astype(np.float64)
    X, X_test = (part * (part.shape[1] ** 0.5 / np.linalg.norm(part, axis=1, keepdims=True)) for part in (X, X_test))
    return X, features["y_train"][ROWS].astype(int), X_test, features["y_test"][:1000].astype(int)


def planted(peer):
    """One reading for each table and kind of noise."""
    tasks = [
        (name, noise, X, y, with_noise(X, y, noise))
        for name, X, y in tables()
        for noise in ("uniform", "pairs", "region")
    ]
    by_peer = peer_scores(peer, [(X, noisy) for *_, X, _, noisy in tasks])
    rows = []
    for number, (name, noise, X, y, noisy) in enumerate(tasks):
        wrong = noisy != y
        audit = audit_labels(NETWORK.fit(X, noisy))
        row = {"table": name, "noise": noise, "wrong": float(wrong.mean()), **reading(wrong, audit.suspicion)}
        for method in METHODS if by_peer else ():
            row[method] = max(precision(reading(wrong, -scores)) for scores in by_peer[f"{method}_{number}"])
        rows.append(row)
    return rows


def tables():
    """Names, scaled rows and labels, of 2,000 rows at most."""
    for name, X, y in raw_tables():
        yield name, StandardScaler().fit_transform(X), np.unique(y, return_inverse=True)[1]


def raw_tables():
    digits, digit = datasets.load_digits(return_X_y=True)
    yield "digits", digits, digit
    for pair in ((3, 8), (4, 9), (1, 7)):
        rows = np.isin(digit, pair)
        yield f"digits {pair[0]} and {pair[1]}", digits[rows], digit[rows]
    yield "odd digits", digits, digit % 2
    yield "small digits", digits, (digit > 4).astype(int)
    for name in ("iris", "wine", "breast_cancer"):
        yield name.replace("_", " "), *getattr(datasets, f"load_{name}")(return_X_y=True)
    for seed in range(6):
        shape = {"n_informative": 4 + seed, "n_classes": 2 + seed % 3, "n_clusters_per_class": 1 + seed % 2}
        yield f"classification {seed + 1}", *datasets.make_classification(1500, 20, random_state=seed, **shape)
    for seed, spread in enumerate((1.0, 3.0)):
        yield f"blobs {seed + 1}", *datasets.make_blobs(1500, 5, centers=6, cluster_std=spread, random_state=seed)
    yield "moons", *datasets.make_moons(1000, noise=0.3, random_state=0)
    yield "circles", *datasets.make_circles(1000, noise=0.15, factor=0.5, random_state=0)
    yield "quantiles", *datasets.make_gaussian_quantiles(n_samples=1500, n_features=5, n_classes=3, random_state=0)
    X, y = datasets.make_hastie_10_2(2000, random_state=0)
    yield "sum of squares", X, (y > 0).astype(int)
    X, y = datasets.make_swiss_roll(1500, noise=0.5, random_state=0)
    yield "swiss roll", X, np.digitize(y, np.quantile(y, [0.25, 0.5, 0.75]))


def with_noise(X, y, noise):
    """Labels of which some are wrong, always the same ones."""
    rng, n_classes = np.random.default_rng(0), int(y.max()) + 1
    share, step = np.full(len(y), 0.1), rng.integers(1, n_classes, len(y))
    if noise == "pairs":
        step = 1
    if noise == "region":
        first_component = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[0][:, 0]
        share = 0.4 * (first_component > np.quantile(first_component, 0.75))
    return np.where(rng.random(len(y)) < share, (y + step) % n_classes, y)


def reading(wrong, suspicion):
    order = np.argsort(-suspicion, kind="stable")
    found = {f"first_{share:g}": int(wrong[order[: round(share * len(wrong))]].sum()) for share in SHARES}
    return {"average_precision": float(average_precision_score(wrong, suspicion)), **found}


def precision(found):
    return found["average_precision"]


def by_chance(wrong):
    expected = {f"first_{share:g}": round(share * wrong.sum()) for share in SHARES}
    return {"average_precision": float(wrong.mean()), **expected, "seconds": 0.0}


def peer_scores(interpreter, tasks):
    """What `label_errors_peer.py` finds; None without an interpreter."""
    if interpreter is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "tasks.npz", Path(folder) / "scores.npz"
        np.savez(given, **{f"{name}_{n}": part for n, task in enumerate(tasks) for name, part in zip("Xy", task)})
        subprocess.run([interpreter, Path(__file__).with_name("label_errors_peer.py"), given, found], check=True)
        return dict(np.load(found))


def write_page():
    facts = facts_line(load_json(RESULTS / "machine.json"))
    sections = [people_table(), checked_table(), planted_table(), f"Measured on: {facts}"]
    write_sections(DOCS / "attacks_and_audits.md", {"label errors": "\n\n".join(sections)})


def people_table():
    rows = load_csv(RESULTS / "people.csv")
    kinds = list(dict.fromkeys(row["labels"] for row in rows))
    wrong = {row["labels"]: row["average_precision"] for row in rows if row["ranking"] == "chance"}
    header = ["ranking", *(f"{kind}, {wrong[kind]:.1%} wrong" for kind in kinds)]
    lines = []
    for ranking in dict.fromkeys(row["ranking"] for row in rows):
        of = {row["labels"]: row for row in rows if row["ranking"] == ranking}
        counts = (" / ".join(str(of[kind][f"first_{share:g}"]) for share in SHARES) for kind in kinds)
        lines.append([ranking, *(f"{c}; {of[kind]['average_precision']:.3f}" for c, kind in zip(counts, kinds))])
    words = (
        "Labels by people for 6,000 images: wrong ones among the first 60 / 300 / 1,200; average precision. For "
        "cleanlab, the best of five logistic regressions is shown, chosen by the truth."
    )
    return f"{words}\n\n{markdown_table(header, lines)}"


def checked_table():
    header = [f"first {N_CHECKED:,} checked, corrected, trusted", "of them wrong", "accuracy", "median radius"]
    rows = load_csv(RESULTS / "checked.csv")
    lines = [[r["checked"], r["wrong"], f"{r['accuracy']:.1%}", f"{r['median_radius']:g}"] for r in rows]
    words = "The same images, first annotator, a network with alpha = 100, 500 test rows."
    return f"{words}\n\n{markdown_table(header, lines)}"


def planted_table():
    rows = load_csv(RESULTS / "planted.csv")
    header = [
        "planted errors",
        "audit",
        *(f"cleanlab, {method.replace('_', ' ')}" for method in METHODS),
        "audit ahead of both",
    ]
    lines = []
    for noise in dict.fromkeys(row["noise"] for row in rows):
        of = [row for row in rows if row["noise"] == noise]
        means = [np.mean([row[name] for row in of]) for name in ("average_precision", *METHODS)]
        ahead = sum(row["average_precision"] > max(row[method] for method in METHODS) for row in of)
        lines.append([noise, *(f"{mean:.3f}" for mean in means), f"{ahead} of {len(of)} tables"])
    words = f"Mean average precision on {len(rows) // len(lines)} tables, network with alpha = 10 on scaled features."
    return f"{words}\n\n{markdown_table(header, lines)}"


if __name__ == "__main__":
    main()
