"""The sections of docs/scaling.md: exponents, the model, and what it says of a cluster."""

import numpy as np
from machine import facts_line
from writing import markdown_table, of_bytes, of_seconds

from .cost_model import cluster_cost, ensemble_certify_seconds, ensemble_fit_seconds, predictions
from .curves import CURVES, curve, exponent

CLUSTER = {"n": 10**7, "d": 256, "m": 10_000, "K": 10}
CLUSTER_PARTITIONS = (1_000, 10_000, 100_000)
CLUSTER_WORKERS = (16, 64, 256)


def report(results, bandwidth, on_workers):
    """The generated sections of docs/scaling.md; `on_workers` is what `dask_cluster.py` measured."""
    return {
        "workers": workers_section(results["constants"], on_workers),
        "exponents": exponents_section(results),
        "model": model_section(results),
        "cluster": cluster_section(results, bandwidth),
    }


def exponents_section(results):
    base = results["base"]
    rows = []
    for study, what, variable, name in CURVES:
        x, y = curve(results["points"], study, what, variable)
        slope, _ = exponent(x, y)
        unit = " per test row" if what == "vote" else ""
        measured = f"{of_seconds(y[0])} to {of_seconds(y[-1])}{unit}"
        rows.append([what, name, f"{min(x):,} to {max(x):,}", measured, f"{slope:.2f}"])
    table = markdown_table(["time of", "as a function of", "range", "measured", "exponent"], rows)
    return (
        f"{table}\n\nWhere not varied: n = {base['n']:,} rows, {base['d']} features, {base['K']} classes, "
        f"{base['m']} test rows; ensembles have {results['ensemble rows']:,} rows in all. Exponents are slopes over "
        "the upper half of a range.\n\n"
        "![Time against rows, partitions, test rows and classes](figures/scaling.png)\n\n"
        f"Measured on one core of: {facts_line(results['machine'])}"
    )


def model_section(results):
    rows = [
        [part, term, of_seconds(value) if value else "0"]
        for part, terms in results["constants"].items()
        for term, value in terms.items()
    ]
    held, memory = results["held out"], results["memory"]
    checks = [
        [
            answer["what"],
            answer["cores"],
            of_seconds(answer["predicted"]),
            of_seconds(answer["measured"]),
            f"{answer['predicted'] / answer['measured']:.2f}",
        ]
        for answer in held["answers"]
    ]
    ratios = np.array(predictions(results["constants"], results["points"])) / [p["seconds"] for p in results["points"]]
    low, high = np.quantile(ratios, [0.05, 0.95])
    sizes = ", ".join(f"{name} = {value:,}" for name, value in held["sizes"].items())
    numbers = 8 * memory["n"] * memory["d"]
    pickled = memory["pickled bytes"] / (8 * memory["n"] ** 2 + numbers)
    pickled_limit = memory["pickled bytes, alpha=inf"] / numbers
    return (
        f"{markdown_table(['part', 'term', 'core time for each unit'], rows)}\n\n"
        f"The model's times are between {low:.2f} and {high:.2f} times the measured ones for nine in ten of the "
        f"{len(ratios)} points that it was fitted to. A configuration that was not among them ({sizes}):\n\n"
        f"{markdown_table(['what', 'cores', 'predicted', 'measured', 'predicted / measured'], checks)}\n\n"
        f"Memory, measured at n = {memory['n']:,}: fitting a member peaks at {memory['fit']:.1f} times its n x n "
        f"matrix, certifying {memory['m']:,} test rows at {memory['certify']:.1f} times. A pickled member has "
        f"{pickled:.2f} times the bytes of its matrix and its rows; with `alpha=inf`, {pickled_limit:.2f} times those "
        "of its rows."
    )


def cluster_section(results, bandwidth):
    sizes = f"{CLUSTER['n']:,} rows, {CLUSTER['d']} features, {CLUSTER['K']} classes, {CLUSTER['m']:,} test rows"
    cores = " / ".join(map(str, CLUSTER_WORKERS))

    def costs(P, itemsize=8, matrices=True):
        constants, memory = results["constants"], results["memory"]
        how = {"P": P, "itemsize": itemsize, "matrices": matrices, "bandwidth": 1e9 * bandwidth}
        return [cluster_cost(constants, memory, **CLUSTER, **how, workers=workers) for workers in CLUSTER_WORKERS]

    times = []
    for P in CLUSTER_PARTITIONS:
        each = costs(P)
        fit, certify = (" / ".join(of_seconds(c[f"{step} seconds"]) for c in each) for step in ("fit", "certify"))
        times.append([f"{P:,}", f"{CLUSTER['n'] // P:,}", fit, certify, of_seconds(each[0]["client seconds"])])
    header = ["P", "rows each", f"fit on {cores} cores", f"certify on {cores} cores", "certify, on the client"]
    tables = [f"Computing (float64):\n\n{markdown_table(header, times)}"]

    traffic = []
    for name, itemsize, matrices in (("float64", 8, True), ("float32", 4, True), ("float32, `alpha=inf`", 4, False)):
        for P in CLUSTER_PARTITIONS:
            cost = costs(P, itemsize, matrices)[1]
            moved = [
                f"{of_bytes(cost[f'{step} bytes'])} ({of_seconds(cost[f'{step} seconds'])})"
                for step in ("shuffle", "answer")
            ]
            traffic.append([name, f"{P:,}", of_bytes(cost["worker bytes"]), of_bytes(cost["client bytes"]), *moved])
    header = [
        "numbers",
        "P",
        "memory of a worker",
        "memory of the client",
        "rows to each worker",
        "answers to the client",
    ]
    tables.append(f"Memory and network ({CLUSTER_WORKERS[1]} workers):\n\n{markdown_table(header, traffic)}")
    assumed = f"Model, not measured: {sizes}; workers of one core; each machine's link carries {bandwidth:g} GB/s."
    return "\n\n".join([assumed, *tables])


def workers_section(constants, measured):
    """What `dask_cluster.py` measured of an ensemble of networks, beside the model."""
    sizes = measured["sizes"]
    known = {"n": sizes["rows"], "d": sizes["columns"], "P": sizes["partitions"], "K": sizes["classes"]}
    predicted = {
        "fit": ensemble_fit_seconds(constants, **known) / measured["cores"],
        "certify": ensemble_certify_seconds(constants, m=sizes["test"], **known) / measured["cores"],
    }
    lines = [
        [
            step,
            *(of_seconds(seconds) for seconds in (predicted[step], measured[step])),
            f"{predicted[step] / measured[step]:.2f}",
        ]
        for step in ("fit", "certify")
    ]
    table = markdown_table(["what", "predicted", "measured", "predicted / measured"], lines)
    return (
        f"Checked on one machine of {measured['cores']} cores: {measured['workers']} worker processes, "
        f"{sizes['rows']:,} rows of {sizes['columns']} features in {sizes['files']} Parquet files, "
        f"{sizes['partitions']:,} partitions, {sizes['test']:,} test rows; networks. Reading, shuffling, scheduling "
        f"and the start of workers are in what was measured, and not in the model:\n\n{table}"
    )
