"""Votes over many classes: classes with votes, and one without, are compared; the answers are those of all pairs."""

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
from skcert.certificates.votes import _disjoint, _overlapping
from tests.oracles import table_flips_to_gain


def _random_case(rng):
    n_voters, n_classes = rng.integers(1, 9), rng.integers(2, 14)
    votes = rng.integers(NO_VOTE, rng.integers(1, n_classes + 1), n_voters)
    if rng.random() < 0.5:  # the classes without votes come first
        votes = np.where(votes == NO_VOTE, NO_VOTE, n_classes - 1 - votes)
    costs = rng.integers(1, rng.choice([2, 4, 40, 5_000]) + 1, (n_voters, n_classes))
    costs[rng.random(costs.shape) < rng.choice([0.0, 0.1, 0.5, 0.9])] = UNBOUNDED
    voting = np.flatnonzero(votes >= 0)
    costs[voting, votes[voting]] = 0
    return votes, costs, int(n_classes)


def _all_classes(counts, losers):
    losers[:] = np.arange(losers.size)
    return losers.size


def _over_all_pairs(monkeypatch, module, certify, *arguments, **options):
    """An answer by the plain double loop over targets and losers, not compiled."""
    with monkeypatch.context() as patched:
        patched.setattr(module, "classes_to_overtake", _all_classes)
        patched.setattr(module, "_certify_rows", module._certify_rows.py_func)
        return certify(*arguments, **options)


def _assert_same(answer, expected):
    for part, other in zip(answer, expected):
        assert np.array_equal(part, other)


@pytest.mark.parametrize("n_cases", [150, pytest.param(600, marks=pytest.mark.slow)])
def test_disjoint_votes_equal_all_pairs(monkeypatch, n_cases):
    rng = np.random.default_rng(0)
    for _ in range(n_cases):
        votes, costs, n_classes = _random_case(rng)
        for stated in (costs[None], black_box_costs(votes[None], n_classes)):
            answer = certify_votes(votes[None], stated)
            _assert_same(answer, _over_all_pairs(monkeypatch, _disjoint, certify_votes, votes[None], stated))
        target = rng.integers(n_classes)
        if target != answer[0][0]:
            rivals = [table_flips_to_gain(votes, stated[0], j, target) for j in range(n_classes) if j != target]
            assert answer[2][0, target] == max(rivals)


@pytest.mark.parametrize("n_cases", [80, pytest.param(300, marks=pytest.mark.slow)])
def test_overlapping_votes_equal_all_pairs(monkeypatch, n_cases):
    rng = np.random.default_rng(1)
    for _ in range(n_cases):
        votes, costs, n_classes = _random_case(rng)
        d, n_buckets = rng.integers(1, votes.size + 1), rng.integers(1, 9)
        bags = np.array([rng.choice(votes.size, d, replace=False) for _ in range(n_buckets)])
        rows = None if rng.random() < 0.5 else rng.integers(0, 20, n_buckets)
        for stated in (None, costs[None]):
            options = {"n_classes": n_classes, "costs": stated, "rows_in_bucket": rows}
            _assert_same(
                certify_overlapping_votes(votes[None], bags, **options),
                _over_all_pairs(monkeypatch, _overlapping, certify_overlapping_votes, votes[None], bags, **options),
            )


def test_votes_are_counted_in_one_pass():
    votes = np.random.default_rng(2).integers(NO_VOTE, 7, (20, 30))
    assert np.array_equal(count_votes(votes, 9), [[(row == c).sum() for c in range(9)] for row in votes])


@pytest.mark.parametrize("white_box", [False, True])
def test_a_hundred_thousand_classes(white_box):
    """K times K numbers would be 80 GB, K times K pairs hours."""
    n_classes, n_voters = 100_000, 20
    votes = np.full((1, n_voters), 70_000)
    votes[0, :3] = 5
    costs = np.full((1, n_voters, n_classes), 4) if white_box else black_box_costs(votes, n_classes)
    prediction, radius, flips = certify_votes(votes, costs)
    price = 4 if white_box else 1
    assert prediction[0] == 70_000 and radius[0] == 7 * price - 1  # class 5 wins ties, and has 14 votes to make up
    assert flips[0, [0, 5, 6, 70_000, 99_999]].tolist() == [9 * price, 7 * price, 9 * price, 0, 9 * price]
    if not white_box:
        bags = np.arange(n_voters)[:, None]
        _assert_same(certify_overlapping_votes(votes, bags, n_classes=n_classes), (prediction, radius, flips))
