"""Vote aggregation with white-box costs against the textbook O(P * G) knapsack table, in the same Numba setting.

    python benchmarks/vote_knapsack.py [--test 10000] [--partitions 1000] [--classes 10]

Half of the votes of a test row are for one class, the others spread evenly; costs are those of partitions whose
weights are nearly flat. The table answers the same as `certify_votes`: one table per target and class to overtake
("all pairs"). "Winner only" omits all pairs except those that decide the radius, which certify_votes does not. The
table is timed on fewer test rows. The last lines give times over P, and the exponent of a power law through them.
"""

import argparse
import time

import numpy as np
from numba import njit

from skcert.certificates import UNBOUNDED, certify_votes, count_votes


@njit(cache=False, nogil=True)
def table_flips(votes, costs, cheapest_change, loser, target, gain, best):
    """Least cost of gain `gain`: `best[g]`, for each gain g up to it, goes through the partitions one by one."""
    best[: gain + 1] = UNBOUNDED
    best[0] = 0
    for p in range(votes.shape[0]):
        if votes[p] == target:
            continue
        one = cheapest_change[p] if votes[p] == loser else costs[p, target]
        two = costs[p, target] if votes[p] == loser else UNBOUNDED
        for g in range(gain, 0, -1):
            least = best[g]
            least = min(least, best[g - 1] + one)
            least = min(least, best[max(g - 2, 0)] + two)
            best[g] = least
    return best[gain]


@njit(cache=False, nogil=True)
def certify_by_table(votes, costs, counts, winner_only, radius, flips_to_class):
    n_test, n_partitions, n_classes = costs.shape
    cheapest_change = np.empty(n_partitions, np.int64)
    best = np.empty(2 * n_partitions + 2, np.int64)
    for t in range(n_test):
        for p in range(n_partitions):
            cheapest_change[p] = UNBOUNDED
            for c in range(n_classes):
                if c != votes[t, p]:
                    cheapest_change[p] = min(cheapest_change[p], costs[t, p, c])
        predicted = np.argmax(counts[t])
        radius[t] = UNBOUNDED
        for target in range(n_classes):
            flips_to_class[t, target] = 0
            for loser in range(n_classes):
                if target == predicted or loser == target or (winner_only and loser != predicted):
                    continue
                gain = counts[t, loser] - counts[t, target] + (1 if target > loser else 0)
                if gain > 0:
                    flips = table_flips(votes[t], costs[t], cheapest_change, loser, target, gain, best)
                    flips_to_class[t, target] = max(flips_to_class[t, target], flips)
                    if loser == predicted:
                        radius[t] = min(radius[t], flips - 1)


def random_votes(rng, n_test, n_partitions, n_classes):
    favourite = rng.integers(0, n_classes, (n_test, 1))
    spread = rng.integers(0, n_classes, (n_test, n_partitions))
    votes = np.where(rng.random((n_test, n_partitions)) < 0.5, favourite, spread).astype(np.int32)
    costs = rng.integers(1, 6, (n_test, n_partitions, n_classes)).astype(np.int32)
    np.put_along_axis(costs, votes[:, :, None], 0, axis=2)
    return votes, costs


def seconds_per_row(function, n_test):
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) / n_test


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", type=int, default=10_000)
    parser.add_argument("--partitions", type=int, default=1_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--table-rows", type=int, default=40)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    votes, costs = random_votes(rng, arguments.test, arguments.partitions, arguments.classes)
    counts = count_votes(votes, arguments.classes)
    certify_votes(votes[:1], costs[:1])  # compile
    _, radius, flips = certify_votes(votes, costs)
    ours = min(seconds_per_row(lambda: certify_votes(votes, costs), arguments.test) for _ in range(2))
    print(
        f"{arguments.test} test rows, P = {arguments.partitions}, K = {arguments.classes}: {ours * 1e6:.0f} us a row"
    )
    n = min(arguments.table_rows, arguments.test)
    for winner_only, name in ((False, "all pairs"), (True, "winner only")):
        answer = np.empty(n, np.int64), np.empty((n, arguments.classes), np.int64)
        arrays = votes[:n], costs[:n], counts[:n], winner_only, *answer
        certify_by_table(*(part[:1] if isinstance(part, np.ndarray) else part for part in arrays))  # compile
        table = seconds_per_row(lambda: certify_by_table(*arrays), n)  # noqa: B023
        assert np.array_equal(answer[0], radius[:n])
        assert winner_only or np.array_equal(answer[1], flips[:n])
        print(f"table, {name}: {table * 1e6:.0f} us a row, {table / ours:.0f} x; same answers")
    partitions = np.array([100, 200, 400, 800, 1600, 3200])
    times = []
    for n_partitions in partitions:
        n_test = 400_000 // n_partitions
        votes, costs = random_votes(rng, n_test, n_partitions, arguments.classes)
        times.append(min(seconds_per_row(lambda: certify_votes(votes, costs), n_test) for _ in range(3)))  # noqa: B023
        print(f"P = {n_partitions}: {times[-1] * 1e6:.0f} us a row")
    print(f"exponent in P: {np.polyfit(np.log(partitions), np.log(times), 1)[0]:.2f}")


if __name__ == "__main__":
    main()
