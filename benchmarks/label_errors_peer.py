"""Label errors as cleanlab ranks them; run by `label_errors.py`, in an environment that has cleanlab.

    python benchmarks/label_errors_peer.py TASKS.npz SCORES.npz

TASKS.npz has ``X_0, y_0, X_1, y_1, ...``. For each, class probabilities of logistic regressions, for several C, by
cross-validation in five folds, are scored by cleanlab's two methods: arrays of shape (n_C, n_rows)
``self_confidence_0, normalized_margin_0, ...`` in SCORES.npz, low scores for labels that are likely wrong, and
``seconds_0, ...`` for one C.
"""

import argparse
import time
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

METHODS = ("self_confidence", "normalized_margin")
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs=2)
    given, found = parser.parse_args().files
    np.savez(found, **scores(np.load(given)))


def scores(tasks):
    from cleanlab.rank import get_label_quality_scores

    found = {}
    for number in range(len(tasks) // 2):
        X, y = tasks[f"X_{number}"], tasks[f"y_{number}"]
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        found |= {f"{method}_{number}": [] for method in METHODS}
        start = time.perf_counter()
        for C in STRENGTHS:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = LogisticRegression(C=C, max_iter=1000)
                probabilities = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
            for method in METHODS:
                found[f"{method}_{number}"].append(get_label_quality_scores(y, probabilities, method=method))
        found[f"seconds_{number}"] = (time.perf_counter() - start) / len(STRENGTHS)
    return found


if __name__ == "__main__":
    main()
