"""How time grows with rows, partitions, classes and test rows; and what that means for 10^7 rows on a cluster.

    python benchmarks/scaling.py [--quick] [--report] [--bandwidth 1.25]

Measures, on one core: fit, label weights and certificate of a single network; fit and certify of an ensemble; the
vote alone, with random white-box costs. Takes the least of some runs each, fits exponents (log-log slope over the
upper half of each range) and the constants of the model in `growth/cost_model.py`, and predicts a configuration that
was not among those measured.

Writes docs/figures/scaling.json, docs/figures/scaling.png and the generated sections of docs/scaling.md, in less
than ten minutes. ``--quick`` measures tiny sizes and writes nothing. ``--report`` writes figure and sections again
from the results file, without measuring; ``--bandwidth``, in GB/s, is an assumption for the cluster's tables, which
`dask_cluster.py --base network` checks.
"""

import argparse
import sys
import time

from growth.cost_model import ensemble_certify_seconds, ensemble_fit_seconds, fit_constants
from growth.points import FULL, QUICK, ensemble_points, measure, member_memory
from growth.sections import report
from machine import machine_facts
from threadpoolctl import threadpool_limits
from writing import DOCS, FIGURES, load_json, save_json, write_sections

RESULTS = FIGURES / "scaling.json"
ON_WORKERS = FIGURES / "dask_cluster.json"


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


def write_report(results, bandwidth):
    from growth.figure import draw  # which needs matplotlib

    draw(results, FIGURES / "scaling.png")
    write_sections(DOCS / "scaling.md", report(results, bandwidth, load_json(ON_WORKERS)))


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
        print("\n\n".join(report(results, arguments.bandwidth, load_json(ON_WORKERS)).values()))
        return
    results["bandwidth"] = arguments.bandwidth
    save_json(RESULTS, results)
    write_report(results, arguments.bandwidth)
    print(f"{results['minutes']:.1f} minutes")


if __name__ == "__main__":
    main()
