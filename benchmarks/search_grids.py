"""What a grid costs in radius once its search is inside the guarantee: narrow and wide grids of ridges.

    python benchmarks/search_grids.py [--report]

Bundled and synthetic data, standardised, at most 800 training rows. For each grid, the median radius of search and
refit together, beside that of the chosen model alone; wrong predictions count as -1. Writes
docs/figures/search_grids.json and the generated section of docs/certified_search.md; with ``--report``, only the
latter. About five minutes.
"""

import argparse

import numpy as np
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


def measure():
    """By data and grid: the ridge that is chosen, and median radii with the search and without."""
    results = {}
    for name, X, y in data():
        order = np.random.default_rng(0).permutation(len(y))
        train, test = np.split(order, [min(len(y) * 2 // 3, MOST_ROWS)])
        scaler, found = StandardScaler().fit(X[train]), {}
        X_train, X_test = scaler.transform(X[train]), scaler.transform(X[test])
        for grid, alphas in GRIDS.items():
            search = CertifiedGridSearchCV(
                NTKRegressorClassifier(),
                {"alpha": [float(alpha) for alpha in alphas]},
                cv=KFold(5, shuffle=True, random_state=0),
            ).fit(X_train, y[train])
            pair = [
                float(median_certified_radius(y[test], model.certify(X_test)))
                for model in (search, search.best_estimator_)
            ]
            found[grid] = {"chosen": search.best_params_["alpha"], "with": pair[0], "alone": pair[1]}
        results[name] = found
        print(name, found, flush=True)
    return results


def report(results):
    """The table, and what share of the radius each grid keeps."""
    lines = [
        [name, *(f"{cell['with']:g} / {cell['alone']:g} ({cell['chosen']:g})" for cell in found.values())]
        for name, found in results.items()
    ]
    kept = {grid: [max(of[grid]["with"], 0) / of[grid]["alone"] for of in results.values()] for grid in GRIDS}
    shares = [f"{np.median(share):.0%} ({min(share):.0%})" for share in kept.values()]
    table = markdown_table(["data", *GRIDS], [*lines, ["kept, in the median (at least)", *shares]])
    return f"Median radius with the search / of the chosen model alone (the ridge that is chosen).\n\n{table}"


def write_page():
    write_sections(DOCS / "certified_search.md", {"grids": report(load_json(RESULTS))})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true")
    if not parser.parse_args().report:
        save_json(RESULTS, measure())
    write_page()


if __name__ == "__main__":
    main()
