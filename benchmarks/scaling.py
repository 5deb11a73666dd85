"""How time grows with rows, partitions, classes and test rows; and what that means for 10^7 rows on a cluster.

    python benchmarks/scaling.py [--quick] [--report] [--bandwidth 1.25]

Measures, on one core: fit, label weights and certificate of a single network; fit and certify of an ensemble; the vote
alone, with random white-box costs. Takes the shortest of several runs each, fits exponents (log-log slope over the
upper half of each range) and the constants of the model in `cost_model.py`, and predicts a configuration that was not
among those measured.

Writes docs/figures/scaling.json, docs/figures/scaling.png and the generated sections of docs/scaling.md, in less
than ten minutes. ``--quick`` measures tiny sizes and writes nothing. ``--report`` writes figure and sections again
from the results file, without measuring; ``--bandwidth``, in GB/s, is an assumption for the cluster's tables.
"""

import argparse
import pickle
import sys
import time
import tracemalloc

import numpy as np
from cost_model import (
    cluster_cost,
    ensemble_certify_seconds,
    ensemble_fit_seconds,
    fit_constants,
    part_seconds,
)
from history._data import clouds
from machine import facts_line, machine_facts, seconds
from report import DOCS, FIGURES, load_json, markdown_table, of_bytes, of_seconds, save_json, write_sections
from threadpoolctl import threadpool_limits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import certify_label_linear, certify_votes

RESULTS = FIGURES / "scaling.json"
FULL = {
    "n": (25, 50, 100, 200, 400, 800, 1600, 3200, 6400),
    "features": (256, 784),
    "P": (5, 10, 20, 50, 100, 200, 500, 1000),
    "ensemble rows": 20_000,
    "K": (2, 4, 8, 16, 32, 64),
    "m": (125, 250, 500, 1000, 2000, 4000),
    "vote P": (30, 100, 300, 1000, 3000, 10000),
    "vote size": 10**6,
    "base": {"n": 1600, "d": 64, "m": 500, "K": 10},
    "held out": {"n": 12_000, "P": 15, "d": 100, "m": 1500, "K": 7},
    "spend": 1.0,
}
QUICK = {
    "n": (20, 40, 80, 160),
    "features": (32,),
    "P": (2, 5, 10),
    "ensemble rows": 200,
    "K": (2, 4, 8),
    "m": (10, 20, 40),
    "vote P": (10, 40, 100),
    "vote size": 10**4,
    "base": {"n": 80, "d": 16, "m": 20, "K": 3},
    "held out": {"n": 300, "P": 5, "d": 20, "m": 50, "K": 4},
    "spend": 0.0,
}
CLUSTER = {"n": 10**7, "d": 256, "m": 10_000, "K": 10}
CLUSTER_PARTITIONS = (1_000, 10_000, 100_000)
CLUSTER_WORKERS = (16, 64, 256)


def least_seconds(function, *args, spend):
    """The shortest of several runs, three or more unless one takes longer than `spend` seconds."""
    times = [seconds(function, *args)]
    while len(times) < 3 or (sum(times) < spend and len(times) < 50):
        if times[0] > spend and len(times) >= (1 if spend else 3):
            break
        times.append(seconds(function, *args))
    return min(times)


def network_points(study, spend, *, n, d, m, K):
    """Fit, label weights and certificate of a single network."""
    X, y = clouds(n, n_classes=K, n_features=d)
    X_test, _ = clouds(m, n_classes=K, n_features=d, seed=2)
    network = NTKRegressorClassifier(classes=np.arange(K))
    sizes = {"study": study, "n": n, "d": d, "m": m, "K": K}
    yield {**sizes, "what": "fit", "seconds": least_seconds(network.fit, X, y, spend=spend)}
    yield {**sizes, "what": "label weights", "seconds": least_seconds(network.label_weights, X_test, spend=spend)}
    weights, labels = network.label_weights(X_test), network.label_codes_
    yield {
        **sizes,
        "what": "certificate",
        "seconds": least_seconds(certify_label_linear, weights, labels, K, spend=spend),
    }


def ensemble_points(study, spend, n_jobs=1, *, n, P, d, m, K):
    """Fit and certify of an ensemble."""
    X, y = clouds(n, n_classes=K, n_features=d)
    X_test, _ = clouds(m, n_classes=K, n_features=d, seed=2)
    ensemble = PartitionAggregationEnsemble(n_partitions=P, partition="random", random_state=0, n_jobs=n_jobs)
    sizes = {"study": study, "n": n, "P": P, "d": d, "m": m, "K": K}
    yield {**sizes, "what": "ensemble fit", "seconds": least_seconds(ensemble.fit, X, y, spend=spend)}
    yield {**sizes, "what": "ensemble certify", "seconds": least_seconds(ensemble.certify, X_test, spend=spend)}


def vote_point(study, spend, *, m, P, K):
    """The vote over P partitions, with random white-box costs: half of the partitions vote for one class."""
    rng = np.random.default_rng(0)
    votes = (rng.integers(0, K, (m, P)) * (rng.random((m, P)) < 0.5)).astype(np.int32)
    costs = rng.integers(1, 40, (m, P, K), dtype=np.int32)
    costs[votes[:, :, None] == np.arange(K)] = 0
    taken = least_seconds(certify_votes, votes, costs, spend=spend)
    return {"study": study, "what": "vote", "m": m, "P": P, "K": K, "seconds": taken}


def measure(sizes):
    """All points, on one core."""
    base, spend = sizes["base"], sizes["spend"]
    for _ in (
        network_points("warm-up", 0.0, n=20, d=4, m=4, K=2),
        ensemble_points("warm-up", 0.0, n=40, P=2, d=4, m=4, K=2),
    ):
        list(_)  # compile, or load what was compiled
    vote_point("warm-up", 0.0, m=2, P=5, K=2)
    for n in sizes["n"]:
        yield from network_points("n", spend, **{**base, "n": n})
    for d in sizes["features"]:
        for n in sizes["n"][len(sizes["n"]) // 2 : -1]:
            yield from network_points("d", spend, **{**base, "n": n, "d": d})
    for m in sizes["m"]:
        yield from network_points("m", spend, **{**base, "m": m})
    for K in sizes["K"]:
        yield from network_points("K", spend, **{**base, "K": K})
        yield vote_point("K", spend, m=base["m"], P=sizes["vote P"][2], K=K)
    for P in sizes["vote P"]:
        yield vote_point("P", spend, m=max(4, sizes["vote size"] // (P * base["K"])), P=P, K=base["K"])
    for P in sizes["P"]:
        yield from ensemble_points("P", spend, **{**base, "n": sizes["ensemble rows"], "P": P})


def exponent(x, y):
    """Log-log slope, and the line's value at x = 1, over the upper half of the range of x."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    upper = x >= np.sqrt(x.min() * x.max()) * (1 - 1e-9)
    slope, intercept = np.polyfit(np.log(x[upper]), np.log(y[upper]), 1)
    return float(slope), float(np.exp(intercept))


CURVES = [
    ("n", "fit", "n", "rows of a network, n"),
    ("n", "label weights", "n", "rows of a network, n"),
    ("n", "certificate", "n", "rows of a network, n"),
    ("P", "ensemble fit", "P", "partitions, P"),
    ("P", "ensemble certify", "P", "partitions, P"),
    ("m", "label weights", "m", "test rows, m"),
    ("m", "certificate", "m", "test rows, m"),
    ("K", "certificate", "K", "classes, K"),
    ("K", "vote", "K", "classes, K"),
    ("P", "vote", "P", "partitions, P"),
]
"""Study, what is timed, variable, and its name."""


def curve(points, study, what, variable):
    """Sizes and seconds of one curve; seconds of a vote are per test row, because its number of rows varies."""
    chosen = [point for point in points if point["study"] == study and point["what"] == what]
    x = [point[variable] for point in chosen]
    return x, [point["seconds"] / (point["m"] if what == "vote" else 1) for point in chosen]


def member_memory(n, d, m):
    """Peak memory of fit and certify beyond the memory used before, in units of the n x n matrix; pickled bytes."""
    X, y = clouds(n, n_features=d)
    X_test, _ = clouds(m, n_features=d, seed=2)
    network, peaks = NTKRegressorClassifier(), {}
    for name, call in (("fit", lambda: network.fit(X, y)), ("certify", lambda: network.certify(X_test))):
        tracemalloc.start()
        call()
        peaks[name] = tracemalloc.get_traced_memory()[1] / (n * n * X.itemsize)
        tracemalloc.stop()
    ridge_limit = NTKRegressorClassifier(alpha=np.inf).fit(X, y)
    return {
        "n": n,
        "d": d,
        "m": m,
        "fit": peaks["fit"],
        "certify": 1.0 + peaks["certify"],  # it needs the fitted network, too
        "pickled bytes": len(pickle.dumps(network)),
        "pickled bytes, alpha=inf": len(pickle.dumps(ridge_limit)),
    }


def held_out(constants, sizes):
    """Predicted and measured seconds, on one core and by default."""
    chosen, spend = sizes["held out"], sizes["spend"]
    predicted = {
        "ensemble fit": ensemble_fit_seconds(constants, **chosen),
        "ensemble certify": ensemble_certify_seconds(constants, **chosen),
    }
    answers = []
    with threadpool_limits(1):
        one_core = list(ensemble_points("held out", spend, **chosen))
    cores = int(machine_facts()["cores"])
    all_cores = list(ensemble_points("held out", spend, n_jobs=None, **chosen))
    for points, used in ((one_core, 1), (all_cores, cores)):
        for point in points:
            prediction = predicted[point["what"]] / used
            answers.append(
                {"what": point["what"], "cores": used, "predicted": prediction, "measured": point["seconds"]}
            )
    return answers


def predictions(constants, points):
    """The model's seconds for each point."""
    ensembles = {"ensemble fit": ensemble_fit_seconds, "ensemble certify": ensemble_certify_seconds}
    return [
        ensembles[p["what"]](constants, **p) if p["what"] in ensembles else part_seconds(constants, p["what"], **p)
        for p in points
    ]


def run(sizes):
    start = time.perf_counter()
    with threadpool_limits(1):
        points = []
        for point in measure(sizes):
            points.append(point)
            print(point, file=sys.stderr, flush=True)
    constants = fit_constants(points)
    base = sizes["base"]
    results = {
        "machine": machine_facts(),
        "base": base,
        "ensemble rows": sizes["ensemble rows"],
        "points": points,
        "constants": constants,
        "memory": member_memory(base["n"], base["d"], base["m"]),
        "held out": {"sizes": sizes["held out"], "answers": held_out(constants, sizes)},
    }
    results["minutes"] = (time.perf_counter() - start) / 60
    return results


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
                f"{of_bytes(cost[f'{step} bytes'])} ({of_seconds(cost[f'{step} transfer seconds'])})"
                for step in ("fit", "certify")
            ]
            once = f"{of_bytes(cost['certify bytes, one chunk'])}, if {of_bytes(cost['one chunk bytes'])}"
            per_worker = of_bytes(cost["worker bytes"]) if matrices else "less"
            traffic.append(
                [name, f"{P:,}", per_worker, of_bytes(cost["client bytes"]), *moved, f"{cost['chunks']:,}", once]
            )
    header = [
        "numbers",
        "P",
        "memory of a worker",
        "memory of the client",
        "network: fit",
        "network: certify",
        "chunks",
    ]
    header.append("network: certify in one chunk, if `working_memory`")
    tables.append(f"Memory and network ({CLUSTER_WORKERS[1]} workers):\n\n{markdown_table(header, traffic)}")
    assumed = f"Model, not measured: {sizes}; workers of one core; the client's link carries {bandwidth:g} GB/s."
    return "\n\n".join([assumed, *tables])


def write_report(results, bandwidth):
    from scaling_figure import draw

    draw(results, FIGURES / "scaling.png")
    write_sections(DOCS / "scaling.md", report(results, bandwidth))


def report(results, bandwidth):
    """The generated sections of docs/scaling.md."""
    return {
        "exponents": exponents_section(results),
        "model": model_section(results),
        "cluster": cluster_section(results, bandwidth),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, writes nothing")
    parser.add_argument("--report", action="store_true", help="write figure and page from the results file")
    parser.add_argument("--bandwidth", type=float, default=1.25, help="GB/s of the client's link, an assumption")
    arguments = parser.parse_args()
    if arguments.report:
        write_report(load_json(RESULTS), arguments.bandwidth)
        return
    results = run(QUICK if arguments.quick else FULL)
    if arguments.quick:
        print("\n\n".join(report(results, arguments.bandwidth).values()))
        return
    results["bandwidth"] = arguments.bandwidth
    save_json(RESULTS, results)
    write_report(results, arguments.bandwidth)
    print(f"{results['minutes']:.1f} minutes")


if __name__ == "__main__":
    main()
