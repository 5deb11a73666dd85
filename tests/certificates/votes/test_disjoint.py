import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcert.certificates import NO_VOTE, UNBOUNDED, black_box_costs, certify_votes, count_votes
from tests.oracles import table_flips_to_gain


def _random_case(rng, max_partitions=10):
    n_partitions, n_classes = rng.integers(1, max_partitions), rng.integers(2, 6)
    votes = rng.integers(-1, n_classes, n_partitions)
    costs = rng.integers(1, rng.choice([2, 4, 9, 40, 5_000]) + 1, (n_partitions, n_classes))
    costs[rng.random(costs.shape) < 0.1] = UNBOUNDED
    voting = np.flatnonzero(votes >= 0)
    costs[voting, votes[voting]] = 0
    return votes, costs, n_classes


@pytest.mark.parametrize("n_cases", [400, pytest.param(2_000, marks=pytest.mark.slow)])
def test_equals_the_knapsack_table(n_cases):
    rng = np.random.default_rng(0)
    for _ in range(n_cases):
        votes, costs, n_classes = _random_case(rng)
        prediction, radius, flips = certify_votes(votes[None], costs[None])
        predicted = prediction[0]
        assert predicted == count_votes(votes[None], n_classes)[0].argmax()
        overtake = [table_flips_to_gain(votes, costs, predicted, c) for c in range(n_classes) if c != predicted]
        assert radius[0] == (min(overtake) - 1 if min(overtake) < UNBOUNDED else UNBOUNDED)
        for target in range(n_classes):
            if target != predicted:
                rivals = [table_flips_to_gain(votes, costs, j, target) for j in range(n_classes) if j != target]
                assert flips[0, target] == max(rivals)


def test_larger_votes_equal_the_knapsack_table():
    rng = np.random.default_rng(1)
    for _ in range(30):
        votes, costs, n_classes = _random_case(rng, max_partitions=120)
        prediction, radius, flips = certify_votes(votes[None], costs[None])
        overtake = np.array(
            [
                [table_flips_to_gain(votes, costs, j, c) if j != c else 0 for c in range(n_classes)]
                for j in range(n_classes)
            ]
        )
        least = np.delete(overtake[prediction[0]], prediction[0]).min()
        assert radius[0] == (least - 1 if least < UNBOUNDED else UNBOUNDED)
        assert np.array_equal(np.delete(flips[0], prediction[0]), np.delete(overtake.max(axis=0), prediction[0]))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_black_box_equals_the_formula(votes, n_empty):
    votes = np.array(votes + [NO_VOTE] * n_empty)
    counts = count_votes(votes[None], 5)[0]
    winner = counts.argmax()
    formula = min((counts[winner] - counts[c] - (c < winner)) // 2 for c in range(5) if c != winner)
    prediction, radius, _ = certify_votes(votes[None], black_box_costs(votes[None], 5))
    assert prediction[0] == winner
    assert radius[0] == formula


def test_white_box_is_never_below_black_box():
    rng = np.random.default_rng(2)
    for _ in range(1_000):
        votes, costs, n_classes = _random_case(rng, max_partitions=40)
        white = certify_votes(votes[None], costs[None])
        black = certify_votes(votes[None], black_box_costs(votes[None], n_classes))
        assert white[0] == black[0]
        assert white[1] >= black[1]
        assert (white[2] >= black[2]).all()


def test_higher_costs_never_lower_the_radius():
    rng = np.random.default_rng(3)
    for _ in range(500):
        votes, costs, _ = _random_case(rng)
        dearer = np.where((costs > 0) & (costs < UNBOUNDED), costs + rng.integers(0, 3, costs.shape), costs)
        assert certify_votes(votes[None], dearer[None])[1] >= certify_votes(votes[None], costs[None])[1]


def test_one_exception_among_whole_items():
    # gain 3 needed of partitions that ask (3, 5) or (4, 5): one whole (5) and the cheaper exception (3)
    votes = np.array([[0, 0, 0]])
    costs = np.array([[[0, 5, 3], [0, 5, 4], [0, 5, 4]]])
    _, _, flips = certify_votes(votes, costs)
    assert flips[0, 1] == 5 + 5  # 3:0 needs gain 4 for class 1: two whole items
    votes = np.array([[1, 1, 1]])
    costs = np.array([[[5, 0, 3], [5, 0, 4], [5, 0, 4]]])
    _, radius, flips = certify_votes(votes, costs)
    assert flips[0, 0] == 5 + 3  # class 0 wins ties: gain 3
    assert radius[0] == 3 + 4 - 1  # class 2 comes first, with two whole items


def test_votes_that_cannot_move():
    _, radius, flips = certify_votes(np.array([[0, 0]]), np.array([[[0, UNBOUNDED], [0, UNBOUNDED]]]))
    assert radius[0] == UNBOUNDED and flips[0, 1] == UNBOUNDED
