"""Hostile problems, and every claim checked against exhaustive truth.

    python benchmarks/campaign.py [--minutes N] [--seed S] [--problems N] [--only N] [--cases N] [--json FILE]

Tiny random problems over all learners, ensembles and options, with magnitudes from subnormal to overflow, single and
double precision, ties and near ties, trusted rows and absent classes. Each radius, number of flips to a class,
targeted bound, attack and collective bound is checked against all labelings that the attacker may write: the truth is
what ``class_scores`` computes there, what exact arithmetic says, and, for learners and ensembles, what ``fit`` and
``predict`` of a refit do, with and without `classes`, and for a row alone. Input that is refused with a ValueError is
counted as refused, a refit that raises as undefined, any other error as a crash.

Prints the counts, and for each kind of failure a minimal failing case to copy and paste. Exit status 1 if anything was
false or crashed. Problem N of a seed is the same in every run: ``--only N`` checks that one again. Ctrl-C stops early.
"""

import argparse
import json
import sys
import time
from itertools import count
from pathlib import Path

from hostile.kinds import check_problem, draw_problem
from hostile.tally import Tally
from machine import facts_line, machine_facts
from writing import FIGURES, markdown_table

RESULTS = FIGURES / "campaign.json"


def campaign(seed, numbers, minutes=float("inf"), most_cases=0):
    """Check problems until the time is up; returns the tally.

    Parameters
    ----------
    seed : int
        Seed of all problems.
    numbers : iterable of int
        Which problems.
    minutes : float
        Minutes after which no new problem is begun.
    most_cases : int
        How many failing cases the tally reduces to minimal ones.
    """
    tally = Tally(most_cases)
    start = said = time.monotonic()
    try:
        for number in numbers:
            if time.monotonic() - start > 60 * minutes:
                break
            problem = draw_problem(seed, number)
            tally.add(number, problem, check_problem(problem))
            if time.monotonic() - said > 60:
                said = time.monotonic()
                print(f"{(said - start) / 60:.0f} min: {summary(tally)}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("Stopped. The counts so far:", file=sys.stderr)
    return tally


def summary(tally):
    wrong = tally.total("false"), tally.total("crashes")
    return f"{tally.total('claims'):,} claims checked, {wrong[0]:,} problems with false ones, {wrong[1]:,} crashes"


def report(results):
    """The counts by kind of problem, as a section of the docs."""
    columns = ("claims", "refused", "undefined", "false", "crashes")
    rows = []
    for kind in results["problems"]:
        counts = [row for row in results["counts"] if row["kind"] == kind]
        rows.append([kind, results["problems"][kind], *(sum(row[column] for row in counts) for column in columns)])
    rows.append(["all", *(sum(row[k] for row in rows) for k in range(1, len(columns) + 2))])
    table = markdown_table(
        ["", "problems", *columns], [[name, *(f"{count:,}" for count in counts)] for name, *counts in rows]
    )
    line = f"Seed {results['seed']}, {results['minutes']:.0f} minutes. {facts_line(results['machine'])}"
    return f"{table}\n\n{line}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to run (default: 5)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all problems (default: 0)")
    parser.add_argument("--problems", type=int, help="stop after this many problems")
    parser.add_argument("--only", type=int, help="check this one problem")
    parser.add_argument("--cases", type=int, default=12, help="minimal failing cases to print (default: 12)")
    parser.add_argument(
        "--json", type=Path, help=f"file for the counts and the failing cases; the docs show {RESULTS.name}"
    )
    arguments = parser.parse_args()
    numbers = count() if arguments.problems is None else range(arguments.problems)
    if arguments.only is not None:
        numbers = [arguments.only]
    start = time.monotonic()
    tally = campaign(arguments.seed, numbers, arguments.minutes, arguments.cases)
    minutes = (time.monotonic() - start) / 60
    print(tally.table())
    print(f"\n{summary(tally)}, in {minutes:.1f} minutes, seed {arguments.seed}")
    cases = []
    try:
        for case in tally.cases():
            cases.append(case)
            print(
                f"\n--- {case['kind']}, {case['family']}, problem {case['problem']} ---\n{case['snippet']}", flush=True
            )
    except KeyboardInterrupt:
        print("Stopped: not all failing cases were reduced to minimal ones.", file=sys.stderr)
    if arguments.json is not None:
        results = {"machine": machine_facts(), "seed": arguments.seed, "minutes": minutes}
        results |= {"problems": tally.problems, "counts": tally.rows(), "cases": cases}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0 if tally.sound else 1


if __name__ == "__main__":
    sys.exit(main())
