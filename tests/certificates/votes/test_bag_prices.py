"""White box: how far costs of several labels, paid once for all bags that share a bucket, raise the bound."""

from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from skcert.certificates import (
    NO_VOTE,
    UNBOUNDED,
    black_box_costs,
    certify_label_linear,
    certify_votes,
    count_votes,
)
from tests.certificates.votes.bags import any_bags, certify_row, random_costs, spread
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of


def _label_linear_bags(rng, n_rows, n_classes, n_bags, n_buckets, d):
    """Bags of label-linear voters with whole-number weights: each case decided by all labelings."""
    bags_of_bucket = spread(rng, n_bags, d) if n_buckets == n_bags else any_bags(rng, n_buckets, n_bags, d)
    bucket_of_row = rng.integers(0, n_buckets, n_rows)
    labels = rng.choice(n_classes, n_rows, p=rng.dirichlet(np.ones(n_classes)))
    labelings = all_labelings(n_rows, n_classes)
    votes = np.full(n_bags, NO_VOTE)
    costs = np.zeros((n_bags, n_classes), dtype=np.int64)
    exact_costs = np.zeros_like(costs)
    revotes = np.full((labelings.shape[0], n_bags), NO_VOTE)
    for b in range(n_bags):
        rows = np.flatnonzero((bags_of_bucket[bucket_of_row] == b).any(axis=1))
        if rows.size == 0:
            continue
        weights = rng.integers(-1, 5, rows.size).astype(float)
        prediction, _, _, flips = certify_label_linear(weights[None], labels[rows], n_classes)
        votes[b], costs[b] = prediction[0], flips[0]
        revotes[:, b] = linear_predictions(weights, labelings[:, rows], n_classes)
        exact_costs[b] = flips_to_each_class(revotes[:, b], labelings[:, rows], labels[rows], n_classes)
    winners = count_votes(revotes, n_classes).argmax(axis=1)
    truth = flips_to_each_class(winners, labelings, labels, n_classes)
    rows_in_bucket = np.bincount(bucket_of_row, minlength=n_buckets)
    return votes, costs, exact_costs, bags_of_bucket, rows_in_bucket, truth


def test_white_box_never_exceeds_all_labelings():
    rng = np.random.default_rng(4)
    above_black_box = 0
    for case in range(500):
        n_rows, n_classes = rng.integers(1, 7), rng.integers(2, 4)
        n_bags = rng.integers(1, 8)
        n_buckets = n_bags if case % 2 else rng.integers(1, 7)
        votes, costs, exact_costs, bags_of_bucket, rows_in_bucket, truth = _label_linear_bags(
            rng, n_rows, n_classes, n_bags, n_buckets, rng.integers(1, n_bags + 1)
        )
        _, black_box_radius, black_box_flips = certify_row(votes, bags_of_bucket, n_classes, None, rows_in_bucket)
        for stated in (costs, exact_costs):
            for rows in (None, rows_in_bucket):
                prediction, radius, flips = certify_row(votes, bags_of_bucket, n_classes, stated, rows)
                assert truth[prediction] == 0 == flips[prediction]
                assert radius <= radius_of(truth, prediction)
                assert (flips <= truth).all()
            assert radius >= black_box_radius
            assert (flips >= black_box_flips).all()
        above_black_box += radius > black_box_radius
    assert above_black_box > 30


def test_white_box_never_exceeds_all_labelings_of_more_rows():
    """Two classes and ten rows: radii are large enough for several flips in one bucket."""
    rng = np.random.default_rng(5)
    for _ in range(150):
        n_bags = rng.integers(3, 9)
        votes, costs, _, bags_of_bucket, rows_in_bucket, truth = _label_linear_bags(
            rng, 10, 2, n_bags, n_bags, rng.integers(1, 4)
        )
        prediction, radius, flips = certify_row(votes, bags_of_bucket, 2, costs, rows_in_bucket)
        assert radius <= radius_of(truth, prediction)
        assert (flips <= truth).all()


def _milp_flips_to_overtake(votes, costs, bags_of_bucket, rows_in_bucket, n_classes, loser, target):
    """Least flips that the costs allow for `target` to come before `loser`, by an integer program.

    Whole numbers of flips per bucket, and one binary per bag and gain, which its flips have to pay for.
    """
    counts = count_votes(votes[None], n_classes)[0]
    gain = counts[loser] - counts[target] + (target > loser)
    n_buckets = bags_of_bucket.shape[0]
    options = []  # (bag, gain, flips)
    for b, vote in enumerate(votes):
        if vote == NO_VOTE or vote == target:
            continue
        if vote == loser:
            options += [(b, 1, np.delete(costs[b], vote).min()), (b, 2, costs[b, target])]
        else:
            options.append((b, 1, costs[b, target]))
    options = [option for option in options if option[2] < UNBOUNDED]
    n_variables = n_buckets + len(options)
    pays = np.zeros((votes.size, n_variables))
    for j, bags in enumerate(bags_of_bucket):
        pays[bags, j] = 1
    once = np.zeros((votes.size, n_variables))
    gains = np.zeros(n_variables)
    for o, (b, step, flips) in enumerate(options, start=n_buckets):
        pays[b, o] = -flips
        once[b, o] = 1
        gains[o] = step
    answer = milp(
        np.r_[np.ones(n_buckets), np.zeros(len(options))],
        integrality=1,
        bounds=Bounds(0, np.r_[rows_in_bucket, np.ones(len(options))]),
        constraints=[
            LinearConstraint(pays, 0, np.inf),
            LinearConstraint(once, -np.inf, 1),
            LinearConstraint(gains[None], gain, np.inf),
        ],
        options={"presolve": False},
    )
    return round(answer.fun) if answer.success else UNBOUNDED


def test_white_box_never_exceeds_an_integer_program():
    """All the costs allow, by an integer program per pair of classes; the bound is near it."""
    rng = np.random.default_rng(6)
    found, optimum = 0, 0
    for _ in range(60):
        n_bags, n_classes = rng.integers(4, 13), rng.integers(2, 4)
        bags_of_bucket = spread(rng, n_bags, rng.integers(1, 5))
        votes = np.where(rng.random(n_bags) < 0.6, 0, rng.integers(-1, n_classes, n_bags))
        costs = random_costs(rng, votes, n_classes, rng.choice([2, 8, 20]))
        rows_in_bucket = rng.integers(0, 12, n_bags)
        prediction, radius, flips = certify_row(votes, bags_of_bucket, n_classes, costs, rows_in_bucket)
        answers = np.zeros((n_classes, n_classes), dtype=np.int64)
        for target, loser in product(range(n_classes), repeat=2):
            if target not in (loser, prediction):
                answers[target, loser] = _milp_flips_to_overtake(
                    votes, costs, bags_of_bucket, rows_in_bucket, n_classes, loser, target
                )
        true_radius = radius_of(answers[:, prediction], prediction)
        assert radius <= true_radius
        assert (flips <= answers.max(axis=1)).all()
        if true_radius < UNBOUNDED:
            found, optimum = found + radius + 1, optimum + true_radius + 1
    assert found > 0.8 * optimum


def test_prices_improve_on_sharing_the_knapsack():
    """Costs that differ between bags: no bucket has cheap bags only, which the knapsack does not see."""
    rng = np.random.default_rng(7)
    n_bags, d = 100, 8
    bags_of_bucket = spread(rng, n_bags, d)
    votes = np.repeat([0, 1], [80, 20])
    costs = np.ceil(rng.lognormal(np.log(20), 0.8, (n_bags, 2))).astype(np.int64)
    costs[np.arange(n_bags), votes] = 0
    knapsack = certify_votes(votes[None], costs[None])[2][0, 1]
    _, radius, flips = certify_row(votes, bags_of_bucket, 2, costs)
    assert radius + 1 == flips[1]
    assert flips[1] > 1.15 * knapsack / d


def test_white_box_is_never_below_black_box_nor_the_shared_knapsack():
    rng = np.random.default_rng(8)
    for _ in range(500):
        n_bags, n_classes = rng.integers(2, 40), rng.integers(2, 6)
        d = rng.integers(1, n_bags + 1)
        bags_of_bucket = spread(rng, n_bags, d)
        votes = rng.integers(-1, n_classes, n_bags)
        costs = random_costs(rng, votes, n_classes, rng.choice([1, 4, 40]))
        white = certify_row(votes, bags_of_bucket, n_classes, costs)
        black = certify_row(votes, bags_of_bucket, n_classes)
        _, knapsack_radius, knapsack_flips = certify_votes(votes[None], costs[None])
        assert white[0] == black[0]
        assert white[1] >= max(black[1], -(-(knapsack_radius[0] + 1) // d) - 1)
        assert (white[2] >= np.maximum(black[2], -(-knapsack_flips[0] // d))).all()
        # nothing known of the voters, said as costs
        assert certify_row(votes, bags_of_bucket, n_classes, black_box_costs(votes[None], n_classes)[0])[1] >= black[1]
