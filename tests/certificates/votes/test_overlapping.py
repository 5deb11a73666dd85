import numpy as np
import pytest

from skcert.certificates import (
    NO_VOTE,
    UNBOUNDED,
    black_box_costs,
    certify_overlapping_votes,
    certify_votes,
    count_votes,
)
from tests.certificates.votes.bags import any_bags, certify_row, random_costs, spread
from tests.oracles import all_labelings, radius_of


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
        for costs in (None, random_costs(rng, votes, n_classes, rng.choice([1, 3, 30]))):
            expected = certify_votes(
                votes[None], black_box_costs(votes[None], n_classes) if costs is None else costs[None]
            )
            for rows_in_bucket in (None, rows):
                prediction, radius, flips = certify_row(votes, buckets, n_classes, costs, rows_in_bucket)
                assert prediction == expected[0][0]
                assert radius == expected[1][0]
                assert np.array_equal(flips, expected[2][0])


def test_black_box_equals_the_greedy_rule_of_wang_et_al():
    """Their certification rule, written out: subtract the largest deltas from the lead while it lasts."""
    rng = np.random.default_rng(1)
    for _ in range(500):
        n_bags, n_classes = rng.integers(2, 60), rng.integers(2, 6)
        votes = rng.choice(n_classes, n_bags, p=rng.dirichlet(np.ones(n_classes)))
        bags_of_bucket = spread(rng, n_bags, rng.integers(1, n_bags + 1))
        counts = count_votes(votes[None], n_classes)[0]
        winner = counts.argmax()
        radii = []
        for rival in np.delete(np.arange(n_classes), winner):
            lead = counts[winner] - counts[rival] - (rival < winner)
            touched = votes[bags_of_bucket]
            deltas = np.sort((1 + (touched == winner) - (touched == rival).astype(int)).sum(axis=1))[::-1]
            radii.append((np.cumsum(deltas) <= lead).sum())
        prediction, radius, _ = certify_row(votes, bags_of_bucket, n_classes)
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
            bags_of_bucket = spread(rng, n_bags, d)
        else:
            bags_of_bucket = any_bags(rng, rng.integers(1, 7), n_bags, d)
        votes = rng.integers(0, n_classes, n_bags)
        rows_in_bucket = rng.integers(0, 3, bags_of_bucket.shape[0])
        rows_in_bucket[0] = 1
        occupied = bags_of_bucket[rows_in_bucket > 0]
        if rng.random() < 0.5:
            votes[~np.isin(np.arange(n_bags), occupied)] = NO_VOTE
        truth = _flips_if_touched_bags_vote_anything(votes, occupied, n_classes)
        prediction, radius, flips = certify_row(votes, bags_of_bucket, n_classes, rows_in_bucket=rows_in_bucket)
        assert truth[prediction] == 0 == flips[prediction]
        assert radius <= radius_of(truth, prediction)
        assert (flips <= truth).all()
        n_equal += radius == radius_of(truth, prediction)
        # without the sizes the attacker is offered more
        _, radius_any_size, flips_any_size = certify_row(votes, bags_of_bucket, n_classes)
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
        prediction, radius, flips = certify_row(votes, bags_of_bucket, 2)
        assert radius == radius_of(truth, prediction)
        assert np.array_equal(flips, truth)


def test_every_bucket_in_every_bag():
    """d = number of bags: a black-box flip decides everything; white box, all bags move together."""
    votes, bags_of_bucket = np.zeros(5, dtype=np.int64), np.tile(np.arange(5), (7, 1))
    assert certify_row(votes, bags_of_bucket, 2)[1] == 0
    costs = np.array([[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]])
    _, radius, flips = certify_row(votes, bags_of_bucket, 2, costs)
    assert flips[1] == 3 and radius == 2  # the three cheapest bags have to turn


def test_empty_bags_and_buckets_offer_nothing():
    rng = np.random.default_rng(9)
    votes = np.array([0, 0, 0, 1])
    bags_of_bucket = spread(rng, 4, 2)
    costs = random_costs(rng, votes, 2, 9)
    with_empty = np.concatenate([votes, [NO_VOTE, NO_VOTE]])
    more_buckets = np.concatenate([bags_of_bucket, [[4, 5], [5, 4], [0, 1]]])
    rows_in_bucket = np.array([3, 3, 3, 3, 0, 0, 0])
    for stated in (None, costs):
        padded = None if stated is None else np.concatenate([stated, np.zeros((2, 2), dtype=np.int64)])
        plain = certify_row(votes, bags_of_bucket, 2, stated, rows_in_bucket[:4])
        padded = certify_row(with_empty, more_buckets, 2, padded, rows_in_bucket)
        assert plain[:2] == padded[:2]
        assert np.array_equal(plain[2], padded[2])
    # no rows at all: no votes, and nothing to attack
    nothing = certify_row(np.full(3, NO_VOTE), np.array([[0], [1], [2]]), 2, rows_in_bucket=np.zeros(3, dtype=int))
    assert nothing[:2] == (0, UNBOUNDED) and nothing[2].tolist() == [0, UNBOUNDED]


def test_votes_that_cannot_move():
    votes, bags_of_bucket = np.array([0, 0, 1]), np.array([[0, 1], [1, 2], [2, 0]])
    costs = np.array([[0, UNBOUNDED], [0, UNBOUNDED], [1, 0]])
    _, radius, flips = certify_row(votes, bags_of_bucket, 2, costs)
    assert radius == UNBOUNDED and flips[1] == UNBOUNDED
    # enough may move, but there are too few rows to move them
    costs = np.array([[0, 5], [0, 5], [1, 0]])
    assert certify_row(votes, bags_of_bucket, 2, costs, np.array([1, 1, 1]))[1] == UNBOUNDED
    assert certify_row(votes, bags_of_bucket, 2, costs, np.array([9, 9, 9]))[1] == 4  # bag 0 or bag 1 has to turn


def test_costs_beyond_reach_do_not_overflow():
    n_bags = 64
    bags_of_bucket = (np.arange(n_bags)[:, None] + np.arange(8)) % n_bags
    costs = np.tile(np.array([0, UNBOUNDED - 1]), (n_bags, 1))
    for rows in (None, np.full(n_bags, 1000)):
        _, radius, flips = certify_row(np.zeros(n_bags, dtype=int), bags_of_bucket, 2, costs, rows)
        assert flips[1] == (UNBOUNDED if rows is not None else radius + 1)
        assert radius > 2**20


def test_cost_zero_counts_as_one():
    """No flip, no change: a bound of 0 where a bag votes otherwise is one flip."""
    votes, bags_of_bucket = np.array([0, 0, 0]), np.array([[0], [1], [2]])
    zero = certify_row(votes, bags_of_bucket, 2, np.zeros((3, 2), dtype=int))
    assert zero[1] == certify_row(votes, bags_of_bucket, 2)[1] == 1


def test_rows_do_not_depend_on_each_other_nor_on_the_type():
    rng = np.random.default_rng(10)
    n_bags, n_classes = 12, 4
    bags_of_bucket = spread(rng, n_bags, 3)
    votes = rng.integers(0, n_classes, (15, n_bags))
    costs = np.stack([random_costs(rng, row, n_classes, 20) for row in votes])
    together = certify_overlapping_votes(votes, bags_of_bucket, n_classes=n_classes, costs=costs)
    for t in range(15):
        alone = certify_row(votes[t].astype(np.int32), bags_of_bucket, n_classes, costs[t].astype(np.uint32))
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
