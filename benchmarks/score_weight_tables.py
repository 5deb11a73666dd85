"""When score weights pay, and the mean as centre: small tables whose class frequencies are known.

    python benchmarks/score_weight_tables.py [--report]

Bundled and synthetic data, of which rows are dropped so that classes have the stated frequencies. One network for each
ridge, without score weights and with 1 / (n_classes * frequency), plain and, in the ridge limit, centred at .8; means
of five splits into halves; and with ``weight_center="mean"`` instead, which could be a default. Writes
docs/figures/score_weight_tables.json and the generated sections of docs/unequal_classes.md and docs/choosing.md; with
``--report``, only the latter. About two minutes.
"""

import argparse
import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine, make_classification
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler
from writing import DOCS, FIGURES, load_json, markdown_table, save_json, write_sections

from skcert import NTKRegressorClassifier
from skcert.metrics import median_certified_radius

RESULTS = FIGURES / "score_weight_tables.json"
SPLITS = 5
MODELS = {
    "alpha = 1": {"alpha": 1.0},
    "10": {"alpha": 10.0},
    "100": {"alpha": 100.0},
    "1,000": {"alpha": 1000.0},
    "inf": {"alpha": np.inf},
    "inf, centred": {"alpha": np.inf, "weight_center": 0.8},
}

RIDGES = (1.0, 10.0, 100.0)
"""Of the comparison of centres; in the ridge limit, weights sum to zero as they are."""


def tables():
    """Names, rows, labels, and how many rows of each class to keep."""
    for seed in range(3):
        X, y = make_classification(
            3000,
            8,
            n_informative=5,
            n_redundant=0,
            n_classes=3,
            n_clusters_per_class=1,
            class_sep=1.0,
            flip_y=0.02,
            random_state=seed,
        )
        yield f"synthetic {seed + 1}, 14 : 5 : 1", X, y, [700, 250, 50]
    yield "digits, 10 : 1", *load_digits(return_X_y=True), (170 * 10 ** (-np.arange(10) / 9)).astype(int)
    yield "breast cancer, 6 : 1", *load_breast_cancer(return_X_y=True), [60, 350]
    yield "wine, 3 : 1", *load_wine(return_X_y=True), [58, 58, 20]
    yield "iris, 5 : 1", *load_iris(return_X_y=True), [50, 50, 10]


def measure():
    """Balanced accuracies, without score weights and with them, for each table and model."""
    results = {}
    for name, X, y, kept in tables():
        weights = {label: sum(kept) / (len(kept) * rows) for label, rows in enumerate(kept)}
        found = {model: [[], []] for model in MODELS}
        for seed in range(SPLITS):
            X_train, y_train, X_test, y_test = halves(X, y, kept, np.random.default_rng(seed))
            for model, parameters in MODELS.items():
                for with_weights, given in enumerate((None, weights)):
                    network = NTKRegressorClassifier(score_weight=given, **parameters).fit(X_train, y_train)
                    score = balanced_accuracy_score(y_test, network.predict(X_test))
                    found[model][with_weights].append(float(score))
        results[name] = {model: [float(np.mean(scores)) for scores in pair] for model, pair in found.items()}
        print(name, results[name], flush=True)
    return results


def measure_centres():
    """Accuracy, balanced accuracy and median radius, plain and at the mean, for each table and ridge."""
    results = {}
    for name, X, y, kept in tables():
        found = {f"{alpha:g}": [[], []] for alpha in RIDGES}
        for seed in range(SPLITS):
            X_train, y_train, X_test, y_test = halves(X, y, kept, np.random.default_rng(seed))
            for alpha, pair in found.items():
                for scores, center in zip(pair, (None, "mean")):
                    network = NTKRegressorClassifier(alpha=float(alpha), weight_center=center).fit(X_train, y_train)
                    result = network.certify(X_test)
                    balanced = float(balanced_accuracy_score(y_test, result.prediction))
                    accuracy = float(result.certified_accuracy(y_test, 0))
                    scores.append([accuracy, balanced, float(median_certified_radius(y_test, result))])
        results[name] = {alpha: [np.mean(scores, axis=0).tolist() for scores in pair] for alpha, pair in found.items()}
        print(name, results[name], flush=True)
    return results


def halves(X, y, kept, rng):
    """The rows kept of each class, one half for training and one for testing at random, scaled by the former.

    Class frequencies of the halves differ by chance from the known ones, as those of any sample do.
    """
    rows = np.concatenate([rng.permutation(np.flatnonzero(y == label))[:most] for label, most in enumerate(kept)])
    train, test = np.array_split(rng.permutation(rows), 2)
    scaler = StandardScaler().fit(X[train])
    return scaler.transform(X[train]), y[train], scaler.transform(X[test]), y[test]


def report(results):
    """The table, and how often weights help."""
    rows = [
        [name, *(f"{without:.0%} / {given:.0%}" for without, given in models.values())]
        for name, models in results.items()
    ]
    gains = {model: np.array([np.subtract(*models[model][::-1]) for models in results.values()]) for model in MODELS}
    counted = ", ".join(f"{(gain > 0).sum()} of {len(gain)} for {model}" for model, gain in gains.items())
    limit = np.array([models["inf, centred"][1] - models["inf"][1] for models in results.values()])
    below = sum(models["inf"][1] > models["1,000"][1] for models in results.values())
    text = (
        f"Balanced accuracy without / with known score weights, mean of {SPLITS} random splits. Weights raise it on "
        f"{counted}. Centring, with them, changes it by {100 * limit.min():+.1f} to {100 * limit.max():+.1f} points; "
        f"the ridge limit is better than alpha = 1,000 on {below}."
    )
    return f"{text}\n\n{markdown_table(['table, frequencies', *MODELS], rows)}"


def report_centres(results):
    """The table of centres: plain to mean."""
    rows = []
    for name, ridges in results.items():
        cells = []
        for plain, mean in ridges.values():
            shares = [f"{100 * before:.0f} to {100 * after:.0f} %" for before, after in zip(plain[:2], mean[:2])]
            cells.append(f"{shares[0]}, {shares[1]}, {plain[2]:.1f} to {mean[2]:.1f}")
        rows.append([name, *cells])
    changes = np.array([[np.subtract(mean, plain) for plain, mean in ridges.values()] for ridges in results.values()])
    lost = ", ".join(
        f"accuracy by {100 * accuracy.min():+.1f} to {100 * accuracy.max():+.1f} points and balanced accuracy by "
        f"{100 * balanced.min():+.1f} to {100 * balanced.max():+.1f} at alpha = {alpha:g}"
        for alpha, accuracy, balanced in zip(RIDGES, changes[..., 0].T, changes[..., 1].T)
    )
    text = f"Accuracy, balanced accuracy, median radius, from plain to the mean, which changes {lost}."
    return f"{text}\n\n{markdown_table(['table, frequencies', *(f'alpha = {a:g}' for a in RIDGES)], rows)}"


def write_page():
    results = load_json(RESULTS)
    write_sections(DOCS / "unequal_classes.md", {"score weights on tables": report(results["score weights"])})
    write_sections(DOCS / "choosing.md", {"centres on tables": report_centres(results["centres"])})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true")
    if not parser.parse_args().report:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # classes are unequal on purpose
            save_json(RESULTS, {"score weights": measure(), "centres": measure_centres()})
    write_page()


if __name__ == "__main__":
    main()
