"""Witnesses: do the attacks change refitted predictions, and do an ensemble's two bounds meet?

    python benchmarks/witnesses.py [--data FOLDER] [--quick] [--report]

Networks: on 1,000 rows of digits and 2,000 of Fashion-MNIST, with 2 and 10 classes, single networks (plain, clipped
weights, ridge limit, centred weights) and soft votes: each attack must have exactly radius + 1 flips and change the
refitted prediction. Ensembles: hard votes on Fashion-MNIST: how often the certified radius and the attack meet, and
whether attacks change the refitted vote. A refit gives the same members except for their labels, so labels are
exchanged in place; some refits are done in full to check that.

Writes docs/figures/witnesses.json and the generated section of docs/attacks_and_audits.md, in a few minutes.
``--quick`` takes only digits, at tiny sizes, and writes nothing. ``--report`` writes the section again from the
results file, without measuring.
"""

import argparse
import sys
import time

import numpy as np
from datasets import FASHION_MNIST, load_fashion_mnist
from machine import facts_line, machine_facts, seconds
from sklearn.base import clone
from sklearn.datasets import load_digits
from writing import DOCS, FIGURES, load_json, markdown_table, save_json, write_sections

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.results._median import median_flips

RESULTS = FIGURES / "witnesses.json"
MODELS = {
    "network": NTKRegressorClassifier(),
    "network, `weight_clip=0.9`": NTKRegressorClassifier(weight_clip=0.9),
    "network, `alpha=inf, weight_clip=0.5`": NTKRegressorClassifier(alpha=np.inf, weight_clip=0.5),
    "network, `alpha=inf, weight_center=0.8, weight_clip=0.5`": NTKRegressorClassifier(
        alpha=np.inf, weight_center=0.8, weight_clip=0.5
    ),
    "soft vote, P = 10": PartitionAggregationEnsemble(
        NTKRegressorClassifier(), n_partitions=10, partition="random", random_state=0, voting="soft"
    ),
}
FULL = {
    "networks": {"digits": 1_000, "Fashion-MNIST": 2_000},
    "test": 100,
    "ensembles": ("Fashion-MNIST", 10_000),
    "ensemble test": 500,
    "partitions": (10, 50),
    "whole refits": 2,
}
QUICK = {
    "networks": {"digits": 200},
    "test": 5,
    "ensembles": ("digits", 400),
    "ensemble test": 10,
    "partitions": (5,),
    "whole refits": 1,
}
CLASSES = (2, 10)
ALPHAS = (0.1, 1.0)


def exchange_labels(fitted, codes):
    fitted.label_codes_ = codes
    for member, rows in zip(getattr(fitted, "estimators_", []), getattr(fitted, "partition_indices_", [])):
        member.label_codes_ = codes[rows]


def count_changes(model, X, y, X_test, attack, n_whole):
    """Attacks after which the refitted model predicts what the attack says it will."""
    fitted = clone(model).fit(X, y)
    changed = 0
    for t in range(len(attack)):
        poisoned = attack.relabel(y, t)
        exchange_labels(fitted, np.searchsorted(fitted.classes_, poisoned))
        after = fitted.predict(X_test[t : t + 1])[0]
        changed += int(after == attack.attacked_prediction[t] != attack.prediction[t])
        if t < n_whole:
            assert clone(model).fit(X, poisoned).predict(X_test[t : t + 1])[0] == after
    return changed


def networks(data, sizes):
    for name, n_train in sizes["networks"].items():
        X, y, X_test = first_rows(data[name], n_train, sizes["test"])
        for n_classes in CLASSES:
            labels = y % n_classes
            for model_name, model in MODELS.items():
                model = clone(model).set_params(classes=np.arange(n_classes))
                fitted = clone(model).fit(X, labels)
                result, attack = fitted.certify(X_test), fitted.attack(X_test)
                yield {
                    "data": name,
                    "rows": len(X),
                    "classes": n_classes,
                    "model": model_name,
                    "median radius": result.median_radius,
                    "attacks": len(attack),
                    "radius + 1 flips": int((attack.flips == result.radius + 1).sum()),
                    "changed": count_changes(model, X, labels, X_test, attack, sizes["whole refits"]),
                }


def ensembles(data, sizes):
    name, n_train = sizes["ensembles"]
    X, y, X_test = first_rows(data[name], n_train, sizes["ensemble test"])
    for n_partitions in sizes["partitions"]:
        for alpha in ALPHAS:
            model = PartitionAggregationEnsemble(
                NTKRegressorClassifier(alpha=alpha), n_partitions=n_partitions, partition="random", random_state=0
            )
            fitted = clone(model).fit(X, y)
            result, attack = fitted.certify(X_test), fitted.attack(X_test)
            yield {
                "data": name,
                "rows": len(X),
                "classes": len(fitted.classes_),
                "partitions": n_partitions,
                "alpha": alpha,
                "median radius": median_flips(attack.radius),
                "attacks": len(attack),
                "meet": int(attack.exact.sum()),
                "cross": int((attack.flips < np.maximum(attack.flips_lower, result.flips_to_change)).sum()),
                "tighter": int((attack.flips_lower > result.flips_to_change).sum()),
                "changed": count_changes(model, X, y, X_test, attack, sizes["whole refits"]),
                # after the calls above, which compile what is not compiled yet
                "certify seconds": seconds(fitted.certify, X_test),
                "attack seconds": seconds(fitted.attack, X_test),
            }


def first_rows(parts, n_train, n_test):
    """The first rows of training and test set, as copies, so that the others can be freed."""
    X, y, X_test = parts
    return X[:n_train].copy(), y[:n_train], X_test[:n_test].copy()


def load(sizes, folder):
    X, y = load_digits(return_X_y=True)
    data = {"digits": (X[:1000] / 16, y[:1000], X[1000:] / 16)}
    if "Fashion-MNIST" in {*sizes["networks"], sizes["ensembles"][0]}:
        data["Fashion-MNIST"] = load_fashion_mnist(folder)[:3]
    return data


def run(data, sizes):
    start = time.perf_counter()
    rows = {"networks": [], "ensembles": []}
    for part, measure in (("networks", networks), ("ensembles", ensembles)):
        for row in measure(data, sizes):
            rows[part].append(row)
            print(row, file=sys.stderr, flush=True)
    return {"machine": machine_facts(), **rows, "minutes": (time.perf_counter() - start) / 60}


def networks_part(rows):
    columns = list(dict.fromkeys((row["data"], row["rows"], row["classes"]) for row in rows))
    radii = {(row["model"], row["data"], row["classes"]): row["median radius"] for row in rows}
    lines = [
        [model, *(f"{radii[model, data, classes]:g}" for data, _, classes in columns)]
        for model in dict.fromkeys(row["model"] for row in rows)
    ]
    header = [
        "median radius over all predictions of",
        *(f"{data}, {n:,} rows, {classes} classes" for data, n, classes in columns),
    ]
    total, smallest, changed = (sum(row[key] for row in rows) for key in ("attacks", "radius + 1 flips", "changed"))
    return (
        f"{markdown_table(header, lines)}\n\n"
        f"Networks and soft votes, {rows[0]['attacks']} test rows for each of these: {smallest:,} of {total:,} "
        f"attacks have radius + 1 flips, and {changed:,} of {total:,} change the refitted prediction."
    )


def ensembles_part(rows):
    lines = [
        [
            row["partitions"],
            f"{row['alpha']:g}",
            f"{row['median radius']:g}",
            *(f"{row[key]} of {row['attacks']}" for key in ("meet", "changed", "tighter")),
            f"{row['attack seconds'] / row['certify seconds']:.0f}",
        ]
        for row in rows
    ]
    header = [
        *("partitions", "alpha", "median radius over all predictions", "bounds meet", "attacks that change the refit"),
        *("lower bound above `certify`'s", "time of `attack` / `certify`"),
    ]
    first, crossed = rows[0], sum(row["cross"] for row in rows)
    return (
        f"{markdown_table(header, lines)}\n\n"
        f"Hard votes, {first['data']}, {first['rows']:,} training rows, {first['attacks']} test rows, "
        f"{first['classes']} classes. Attacks with fewer flips than a lower bound: {crossed}. Times are "
        "of one call each, one after the other."
    )


def report(results):
    """The section of docs/attacks_and_audits.md, from the results."""
    facts = f"Measured by `python benchmarks/witnesses.py` on: {facts_line(results['machine'])}"
    return "\n\n".join([networks_part(results["networks"]), ensembles_part(results["ensembles"]), facts])


def write_report(results):
    write_sections(DOCS / "attacks_and_audits.md", {"witnesses": report(results)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=FASHION_MNIST, help="folder with Fashion-MNIST's four IDX .gz files")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, writes nothing")
    parser.add_argument("--report", action="store_true", help="write the page's section from the results file")
    arguments = parser.parse_args()
    if arguments.report:
        write_report(load_json(RESULTS))
        return
    sizes = QUICK if arguments.quick else FULL
    results = run(load(sizes, arguments.data), sizes)
    if arguments.quick:
        print(report(results))
        return
    save_json(RESULTS, results)
    write_report(results)
    print(f"{results['minutes']:.1f} minutes")


if __name__ == "__main__":
    main()
