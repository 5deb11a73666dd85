from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from skcert.certificates import (
    NO_VOTE,
    UNBOUNDED,
    black_box_costs,
    certify_label_linear,
    certify_overlapping_votes,
    certify_votes,
    count_votes,
)
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of


def _spread(rng, n_bags, d):
    """Bucket j goes to bags j + offset, as in Wang et al."""
    return (np.arange(n_bags)[:, None] + rng.choice(n_bags, d, replace=False)) % n_bags


def _any_bags(rng, n_buckets, n_bags, d):
    return np.array([rng.choice(n_bags, d, replace=False) for _ in range(n_buckets)])


def _random_costs(rng, votes, n_classes, highest):
    costs = rng.integers(1, highest + 1, (votes.size, n_classes))
    costs[rng.random(costs.shape) < 0.1] = UNBOUNDED
    voting = np.flatnonzero(votes >= 0)
    costs[voting, votes[voting]] = 0
    return costs


def _certify(votes, bags_of_bucket, n_classes, costs=None, rows_in_bucket=None):
    """One test row."""
    prediction, radius, flips = certify_overlapping_votes(
        votes[None],
        bags_of_bucket,
        n_classes=n_classes,
        costs=None if costs is None else costs[None],
        rows_in_bucket=rows_in_bucket,
    )
    return prediction[0], radius[0], flips[0]


def _bag_patterns(bags_of_bucket, n_bags):
    """For each set of buckets, its size and the bags that it touches."""
    chosen = all_labelings(bags_of_bucket.shape[0], 2).astype(bool)
    holds = np.zeros((bags_of_bucket.shape[0], n_bags), dtype=int)
    np.put_along_axis(holds, bags_of_bucket, 1, axis=1)
    return chosen.sum(axis=1), chosen.astype(int) @ holds > 0


def _flips_if_touched_bags_vote_anything(votes, bags_of_bucket, n_classes):
    """Least buckets to corrupt for each class to win, over all sets of buckets and all their re-votes."""
    sizes, touched = _bag_patterns(bags_of_bucket, votes.size)
    truth = np.full(n_classes, UNBOUNDED)
    revotes = all_labelings(votes.size, n_classes)
    revotes = np.unique(np.where(votes == NO_VOTE, NO_VOTE, revotes), axis=0)
    winners = count_votes(revotes, n_classes).argmax(axis=1)
    moved = revotes != votes
    for size, bags in zip(sizes, touched):
        reached = winners[~(moved & ~bags).any(axis=1)]
        truth[reached] = np.minimum(truth[reached], size)
    return truth


def test_one_bag_per_bucket_equals_partition_aggregation():
    """The bar: 500 cases, black box and white box each."""
    rng = np.random.default_rng(0)
    for _ in range(700):
        n_bags, n_classes = rng.integers(1, 15), rng.integers(2, 6)
        votes = rng.integers(-1, n_classes, n_bags)
        buckets = rng.permutation(n_bags)[:, None]
        rows = np.where(votes[buckets[:, 0]] == NO_VOTE, 0, 10**6)
        for costs in (None, _random_costs(rng, votes, n_classes, rng.choice([1, 3, 30]))):
            expected = certify_votes(
                votes[None], black_box_costs(votes[None], n_classes) if costs is None else costs[None]
            )
            for rows_in_bucket in (None, rows):
                prediction, radius, flips = _certify(votes, buckets, n_classes, costs, rows_in_bucket)
                assert prediction == expected[0][0]
                assert radius == expected[1][0]
                assert np.array_equal(flips, expected[2][0])


def test_black_box_equals_the_greedy_rule_of_wang_et_al():
    """Their certification rule, written out: subtract the largest deltas from the lead while it lasts."""
    rng = np.random.default_rng(1)
    for _ in range(500):
        n_bags, n_classes = rng.integers(2, 60), rng.integers(2, 6)
        votes = rng.choice(n_classes, n_bags, p=rng.dirichlet(np.ones(n_classes)))
        bags_of_bucket = _spread(rng, n_bags, rng.integers(1, n_bags + 1))
        counts = count_votes(votes[None], n_classes)[0]
        winner = counts.argmax()
        radii = []
        for rival in np.delete(np.arange(n_classes), winner):
            lead = counts[winner] - counts[rival] - (rival < winner)
            touched = votes[bags_of_bucket]
            deltas = np.sort((1 + (touched == winner) - (touched == rival).astype(int)).sum(axis=1))[::-1]
            radii.append((np.cumsum(deltas) <= lead).sum())
        prediction, radius, _ = _certify(votes, bags_of_bucket, n_classes)
        assert prediction == winner
        assert radius == min(radii)


def test_black_box_never_exceeds_exhaustive_search():
    """Every set of corrupted buckets with every re-vote of the bags that it touches.

    The bound is a relaxation (two buckets may gain the same bag twice), and equal to the truth in most cases.
    """
    rng = np.random.default_rng(2)
    n_cases, n_equal = 400, 0
    for _ in range(n_cases):
        n_bags, n_classes = rng.integers(2, 7), rng.integers(2, 4)
        d = rng.integers(1, n_bags + 1)
        if rng.random() < 0.5:
            bags_of_bucket = _spread(rng, n_bags, d)
        else:
            bags_of_bucket = _any_bags(rng, rng.integers(1, 7), n_bags, d)
        votes = rng.integers(0, n_classes, n_bags)
        rows_in_bucket = rng.integers(0, 3, bags_of_bucket.shape[0])
        rows_in_bucket[0] = 1
        occupied = bags_of_bucket[rows_in_bucket > 0]
        if rng.random() < 0.5:
            votes[~np.isin(np.arange(n_bags), occupied)] = NO_VOTE
        truth = _flips_if_touched_bags_vote_anything(votes, occupied, n_classes)
        prediction, radius, flips = _certify(votes, bags_of_bucket, n_classes, rows_in_bucket=rows_in_bucket)
        assert truth[prediction] == 0 == flips[prediction]
        assert radius <= radius_of(truth, prediction)
        assert (flips <= truth).all()
        n_equal += radius == radius_of(truth, prediction)
        # without the sizes the attacker is offered more
        _, radius_any_size, flips_any_size = _certify(votes, bags_of_bucket, n_classes)
        assert radius_any_size <= radius
        assert (flips_any_size <= flips).all()
    assert n_equal > 0.8 * n_cases


def test_black_box_is_exact_where_buckets_share_no_bag():
    """Against a single rival, with nothing to count twice, the bound is the truth."""
    rng = np.random.default_rng(3)
    for _ in range(300):
        n_buckets, d = rng.choice([(1, 1), (1, 4), (2, 2), (2, 3), (3, 2), (4, 2), (6, 1)])
        n_bags = n_buckets * d
        bags_of_bucket = rng.permutation(n_bags).reshape(n_buckets, d)
        votes = rng.integers(-1, 2, n_bags)
        truth = _flips_if_touched_bags_vote_anything(votes, bags_of_bucket, 2)
        prediction, radius, flips = _certify(votes, bags_of_bucket, 2)
        assert radius == radius_of(truth, prediction)
        assert np.array_equal(flips, truth)


def _label_linear_bags(rng, n_rows, n_classes, n_bags, n_buckets, d):
    """Bags of label-linear voters with whole-number weights: each case decided by all labelings."""
    bags_of_bucket = _spread(rng, n_bags, d) if n_buckets == n_bags else _any_bags(rng, n_buckets, n_bags, d)
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
        _, black_box_radius, black_box_flips = _certify(votes, bags_of_bucket, n_classes, None, rows_in_bucket)
        for stated in (costs, exact_costs):
            for rows in (None, rows_in_bucket):
                prediction, radius, flips = _certify(votes, bags_of_bucket, n_classes, stated, rows)
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
        prediction, radius, flips = _certify(votes, bags_of_bucket, 2, costs, rows_in_bucket)
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
    )
    return round(answer.fun) if answer.success else UNBOUNDED


def test_white_box_never_exceeds_an_integer_program():
    """All the costs allow, by an integer program per pair of classes; the bound is near it."""
    rng = np.random.default_rng(6)
    found, optimum = 0, 0
    for _ in range(60):
        n_bags, n_classes = rng.integers(4, 13), rng.integers(2, 4)
        bags_of_bucket = _spread(rng, n_bags, rng.integers(1, 5))
        votes = np.where(rng.random(n_bags) < 0.6, 0, rng.integers(-1, n_classes, n_bags))
        costs = _random_costs(rng, votes, n_classes, rng.choice([2, 8, 20]))
        rows_in_bucket = rng.integers(0, 12, n_bags)
        prediction, radius, flips = _certify(votes, bags_of_bucket, n_classes, costs, rows_in_bucket)
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
    bags_of_bucket = _spread(rng, n_bags, d)
    votes = np.repeat([0, 1], [80, 20])
    costs = np.ceil(rng.lognormal(np.log(20), 0.8, (n_bags, 2))).astype(np.int64)
    costs[np.arange(n_bags), votes] = 0
    knapsack = certify_votes(votes[None], costs[None])[2][0, 1]
    _, radius, flips = _certify(votes, bags_of_bucket, 2, costs)
    assert radius + 1 == flips[1]
    assert flips[1] > 1.15 * knapsack / d


def test_white_box_is_never_below_black_box_nor_the_shared_knapsack():
    rng = np.random.default_rng(8)
    for _ in range(500):
        n_bags, n_classes = rng.integers(2, 40), rng.integers(2, 6)
        d = rng.integers(1, n_bags + 1)
        bags_of_bucket = _spread(rng, n_bags, d)
        votes = rng.integers(-1, n_classes, n_bags)
        costs = _random_costs(rng, votes, n_classes, rng.choice([1, 4, 40]))
        white = _certify(votes, bags_of_bucket, n_classes, costs)
        black = _certify(votes, bags_of_bucket, n_classes)
        _, knapsack_radius, knapsack_flips = certify_votes(votes[None], costs[None])
        assert white[0] == black[0]
        assert white[1] >= max(black[1], -(-(knapsack_radius[0] + 1) // d) - 1)
        assert (white[2] >= np.maximum(black[2], -(-knapsack_flips[0] // d))).all()
        # nothing known of the voters, said as costs
        assert _certify(votes, bags_of_bucket, n_classes, black_box_costs(votes[None], n_classes)[0])[1] >= black[1]


def test_every_bucket_in_every_bag():
    """d = number of bags: a black-box flip decides everything; white box, all bags move together."""
    votes, bags_of_bucket = np.zeros(5, dtype=np.int64), np.tile(np.arange(5), (7, 1))
    assert _certify(votes, bags_of_bucket, 2)[1] == 0
    costs = np.array([[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]])
    _, radius, flips = _certify(votes, bags_of_bucket, 2, costs)
    assert flips[1] == 3 and radius == 2  # the three cheapest bags have to turn


def test_empty_bags_and_buckets_offer_nothing():
    rng = np.random.default_rng(9)
    votes = np.array([0, 0, 0, 1])
    bags_of_bucket = _spread(rng, 4, 2)
    costs = _random_costs(rng, votes, 2, 9)
    with_empty = np.concatenate([votes, [NO_VOTE, NO_VOTE]])
    more_buckets = np.concatenate([bags_of_bucket, [[4, 5], [5, 4], [0, 1]]])
    rows_in_bucket = np.array([3, 3, 3, 3, 0, 0, 0])
    for stated in (None, costs):
        padded = None if stated is None else np.concatenate([stated, np.zeros((2, 2), dtype=np.int64)])
        plain = _certify(votes, bags_of_bucket, 2, stated, rows_in_bucket[:4])
        padded = _certify(with_empty, more_buckets, 2, padded, rows_in_bucket)
        assert plain[:2] == padded[:2]
        assert np.array_equal(plain[2], padded[2])
    # no rows at all: no votes, and nothing to attack
    nothing = _certify(np.full(3, NO_VOTE), np.array([[0], [1], [2]]), 2, rows_in_bucket=np.zeros(3, dtype=int))
    assert nothing[:2] == (0, UNBOUNDED) and nothing[2].tolist() == [0, UNBOUNDED]


def test_votes_that_cannot_move():
    votes, bags_of_bucket = np.array([0, 0, 1]), np.array([[0, 1], [1, 2], [2, 0]])
    costs = np.array([[0, UNBOUNDED], [0, UNBOUNDED], [1, 0]])
    _, radius, flips = _certify(votes, bags_of_bucket, 2, costs)
    assert radius == UNBOUNDED and flips[1] == UNBOUNDED
    # enough may move, but there are too few rows to move them
    costs = np.array([[0, 5], [0, 5], [1, 0]])
    assert _certify(votes, bags_of_bucket, 2, costs, np.array([1, 1, 1]))[1] == UNBOUNDED
    assert _certify(votes, bags_of_bucket, 2, costs, np.array([9, 9, 9]))[1] == 4  # bag 0 or bag 1 has to turn


def test_costs_beyond_reach_do_not_overflow():
    n_bags = 64
    bags_of_bucket = (np.arange(n_bags)[:, None] + np.arange(8)) % n_bags
    costs = np.tile(np.array([0, UNBOUNDED - 1]), (n_bags, 1))
    for rows in (None, np.full(n_bags, 1000)):
        _, radius, flips = _certify(np.zeros(n_bags, dtype=int), bags_of_bucket, 2, costs, rows)
        assert flips[1] == (UNBOUNDED if rows is not None else radius + 1)
        assert radius > 2**20


def test_cost_zero_counts_as_one():
    """No flip, no change: a bound of 0 where a bag votes otherwise is one flip."""
    votes, bags_of_bucket = np.array([0, 0, 0]), np.array([[0], [1], [2]])
    zero = _certify(votes, bags_of_bucket, 2, np.zeros((3, 2), dtype=int))
    assert zero[1] == _certify(votes, bags_of_bucket, 2)[1] == 1


def test_rows_do_not_depend_on_each_other_nor_on_the_type():
    rng = np.random.default_rng(10)
    n_bags, n_classes = 12, 4
    bags_of_bucket = _spread(rng, n_bags, 3)
    votes = rng.integers(0, n_classes, (15, n_bags))
    costs = np.stack([_random_costs(rng, row, n_classes, 20) for row in votes])
    together = certify_overlapping_votes(votes, bags_of_bucket, n_classes=n_classes, costs=costs)
    for t in range(15):
        alone = _certify(votes[t].astype(np.int32), bags_of_bucket, n_classes, costs[t].astype(np.uint32))
        for a, b in zip(together, alone):
            assert np.array_equal(a[t], b)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_classes": 1}, "n_classes=1 must be"),
        ({"n_classes": 2.5}, "n_classes=2.5 must be"),
        ({"votes": np.zeros(3, dtype=int)}, "votes has shape"),
        ({"votes": np.zeros((1, 3))}, "votes has shape .* float64"),
        ({"votes": np.array([[0, 1, 2]])}, "votes has values from 0 to 2"),
        ({"votes": np.array([[0, 1, -2]])}, "NO_VOTE"),
        ({"bags_of_bucket": np.array([0, 1])}, "bags_of_bucket has shape"),
        ({"bags_of_bucket": np.array([[0, 3]])}, "columns of votes, 0 to 2"),
        ({"bags_of_bucket": np.array([[0, 0]])}, "twice for one bucket"),
        ({"costs": np.zeros((1, 3), dtype=int)}, "costs has shape"),
        ({"costs": np.full((1, 3, 2), np.inf)}, "costs has shape .* float64"),
        ({"costs": np.full((1, 3, 2), -1)}, "costs has the negative value -1"),
        ({"rows_in_bucket": np.array([1])}, "rows_in_bucket has shape"),
        ({"rows_in_bucket": np.array([1, -1])}, "rows_in_bucket has the negative value"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"votes": np.array([[0, 1, 0]]), "bags_of_bucket": np.array([[0, 1], [1, 2]]), "n_classes": 2}
    certify_overlapping_votes(**arguments)
    with pytest.raises(ValueError, match=message):
        certify_overlapping_votes(**{**arguments, **change})
