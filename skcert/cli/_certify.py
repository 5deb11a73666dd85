"""``skcert certify``: the main job on the user's own tables."""

import json
import sys
from pathlib import Path

import numpy as np

from .. import __version__
from ..certificates import UNBOUNDED
from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ._plot import save_certified_accuracy_plot
from ._tables import read_tables, table_preprocessor


def run_certify(train_path, test_path, *, label, out, n_partitions, alpha, depth):
    """Fit on one table, certify the rows of the other, and write everything to folder `out`."""
    X_train, X_test, y_train, y_test = read_tables(train_path, test_path, label)
    _say(f"{len(X_train)} training rows, {len(X_test)} rows to certify, {X_train.shape[1]} feature columns")
    preprocessor = table_preprocessor(X_train)
    X_train = preprocessor.fit_transform(X_train)
    X_test = preprocessor.transform(X_test)

    model = NTKRegressorClassifier(alpha=alpha, depth=depth)
    if n_partitions != 1:
        model = PartitionAggregationEnsemble(model, n_partitions=n_partitions)
    _say(f"fitting {'a single network' if n_partitions == 1 else f'{n_partitions} partitions'} ...")
    model.fit(X_train, y_train)
    _say("certifying ...")
    result = model.certify(X_test)

    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    frame = result.to_frame()
    if y_test is not None:
        frame.insert(0, "label", y_test)
    frame.to_csv(out / "certificates.csv", index=False)
    parameters = {"n_partitions": n_partitions, "alpha": alpha, "depth": depth}
    summary = _summary(result, y_test, label=label, parameters=parameters)
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    written = ["certificates.csv", "summary.json"]
    name = f"{result.certificate} certificate"
    if y_test is not None:
        plotted = save_certified_accuracy_plot([(name, "-", result, y_test)], out / "certified_accuracy.png")
    else:
        plotted = save_certified_accuracy_plot(
            [(name, "-", result, result.prediction)], out / "certified_accuracy.png", ylabel="Certified predictions"
        )
    if plotted:
        written.append("certified_accuracy.png")
    _report(summary)
    print(f"Written to {out}: {', '.join(written)}")
    if not plotted:
        print("No plot: matplotlib is not installed (pip install 'skcert[plot]').")


def _summary(result, y_test, *, label, parameters):
    """What ``summary.json`` holds: counts of label flips, shares between 0 and 1."""
    budgets = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    budgets = [budget for budget in budgets if budget <= result.n_train]
    summary = {
        "skcert_version": __version__,
        "label_column": label,
        "classes": result.classes.tolist(),
        "n_train": result.n_train,
        "n_test": len(result),
        "parameters": parameters,
        "certificate": result.certificate,
        "exact_rows": int(result.exact.sum()),
        "median_radius": float(np.median(result.radius)),
        "unbounded_rows": int((result.radius == UNBOUNDED).sum()),
        "certified_share": {str(budget): float(result.certified(budget).mean()) for budget in budgets},
    }
    if y_test is not None:
        summary["accuracy"] = result.certified_accuracy(y_test, 0)
        summary["certified_accuracy"] = {str(budget): result.certified_accuracy(y_test, budget) for budget in budgets}
    return summary


def _report(summary):
    """The summary for a person."""
    print(
        f"Median radius: {summary['median_radius']:g} label flips ({summary['certificate']} certificate, "
        f"{summary['n_train']} training labels)"
    )
    if "accuracy" in summary:
        print(f"Accuracy: {summary['accuracy']:.1%}")
        print(f"{'label flips':>12}  {'certified':>9}  {'certified accuracy':>18}")
        for budget, share in summary["certified_share"].items():
            print(f"{budget:>12}  {share:>9.1%}  {summary['certified_accuracy'][budget]:>18.1%}")
    else:
        print(f"{'label flips':>12}  {'certified':>9}")
        for budget, share in summary["certified_share"].items():
            print(f"{budget:>12}  {share:>9.1%}")


def _say(message):
    print(message, file=sys.stderr, flush=True)
