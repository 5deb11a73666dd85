"""Votes against rows: every way to move voters, tried out, and the radii of the published programs."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from skcert import UNBOUNDED
from skcert.certificates import (
    NO_VOTE,
    black_box_costs,
    certify_overlapping_votes,
    certify_votes,
    certify_votes_against_rows,
    count_votes,
)

PUBLISHED = np.load(Path(__file__).parents[2] / "data" / "peers_dpa_fa.npz")


def fewest_rows(votes, n_classes, bags_of_bucket, target):
    """The least number of buckets whose bags, voting anything, make `target` the prediction; UNBOUNDED if none do.

    Whoever is reached and does not vote for the target may as well vote for it.
    """
    for n_rows in range(bags_of_bucket.shape[0] + 1):
        for buckets in combinations(range(bags_of_bucket.shape[0]), n_rows):
            attacked = votes.copy()
            attacked[np.unique(bags_of_bucket[list(buckets)].ravel()).astype(int)] = target
            if count_votes(attacked[None], n_classes).argmax() == target:
                return n_rows
    return UNBOUNDED


@pytest.mark.parametrize("spread", [None, 1, 2, 3])
def test_no_attack_within_the_radius(spread):
    """Empty partitions and bags may get rows, and vote."""
    rng = np.random.default_rng(spread)
    n_exact = n_all = 0
    for _ in range(120):
        n_classes, n_voters = rng.integers(2, 4), rng.integers(3, 7)
        votes = rng.integers(NO_VOTE, n_classes, size=n_voters)
        votes[rng.random(n_voters) < 0.5] = rng.integers(n_classes)
        shifts = rng.permutation(n_voters)[: spread or 1]
        bags = (np.arange(n_voters)[:, None] + shifts) % n_voters
        prediction, radius, rows_to_class = certify_votes_against_rows(
            votes[None], n_classes=n_classes, bags_of_bucket=None if spread is None else bags
        )
        needed = np.array([fewest_rows(votes, n_classes, bags, target) for target in range(n_classes)])
        assert needed[prediction[0]] == rows_to_class[0, prediction[0]] == 0
        assert (rows_to_class[0] <= needed).all()
        others = np.delete(needed, prediction[0])
        assert radius[0] <= others.min() - 1
        n_exact, n_all = n_exact + (radius[0] == others.min() - 1), n_all + 1
    assert n_exact >= (n_all if spread in (None, 1) else 0.7 * n_all)


def test_disjoint_partitions_are_bags_of_one_bucket():
    rng = np.random.default_rng(0)
    votes = rng.integers(NO_VOTE, 4, size=(300, 9))
    own = np.arange(9)[:, None]
    plain = certify_votes_against_rows(votes, n_classes=4)
    for ours, theirs in zip(plain, certify_votes_against_rows(votes, n_classes=4, bags_of_bucket=own)):
        assert np.array_equal(ours, theirs)


def test_without_empty_ones_rows_and_flips_touch_the_same_votes():
    rng = np.random.default_rng(1)
    votes = rng.integers(0, 3, size=(200, 8))
    bags = (np.arange(8)[:, None] + [0, 3]) % 8
    of_flips = certify_votes(votes, black_box_costs(votes, 3))
    assert all(map(np.array_equal, certify_votes_against_rows(votes, n_classes=3), of_flips))
    of_bags = certify_overlapping_votes(votes, bags, n_classes=3)
    assert all(map(np.array_equal, certify_votes_against_rows(votes, n_classes=3, bags_of_bucket=bags), of_bags))


def test_an_empty_bag_counts_against_the_radius():
    """Label flips cannot make it vote, and a row can."""
    votes, bags = np.array([[0, 0, 0, NO_VOTE, NO_VOTE, NO_VOTE]]), (np.arange(6)[:, None] + [0, 3]) % 6
    assert certify_overlapping_votes(votes, bags, n_classes=2)[1] == 1
    prediction, radius, _ = certify_votes_against_rows(votes, n_classes=2, bags_of_bucket=bags)
    assert (prediction, radius) == (0, 1)
    lone = np.array([[1, NO_VOTE, NO_VOTE]])
    assert certify_votes_against_rows(lone, n_classes=2)[1] == 0


def test_nobody_votes():
    nobody = np.full((2, 3), NO_VOTE)
    prediction, radius, rows_to_class = certify_votes_against_rows(nobody, n_classes=2)
    assert prediction.tolist() == [0, 0] and radius.tolist() == [0, 0] and rows_to_class.tolist() == [[0, 1]] * 2
    nowhere = certify_votes_against_rows(np.empty((2, 0), dtype=int), n_classes=2)
    assert nowhere[1].tolist() == [UNBOUNDED] * 2 and nowhere[2].tolist() == [[0, UNBOUNDED]] * 2
    assert certify_votes_against_rows(np.empty((0, 3), dtype=int), n_classes=2)[1].shape == (0,)


def test_what_is_no_vote():
    with pytest.raises(ValueError, match="votes has values from 0 to 2"):
        certify_votes_against_rows([[0, 2]], n_classes=2)
    with pytest.raises(ValueError, match="n_classes=1"):
        certify_votes_against_rows([[0, 0]], n_classes=1)
    with pytest.raises(ValueError, match="bags_of_bucket has values"):
        certify_votes_against_rows([[0, 1]], n_classes=2, bags_of_bucket=[[0, 2]])


@pytest.mark.parametrize("program", ["dpa", "fa"])
def test_radii_are_those_of_the_published_programs(program):
    known = dict(PUBLISHED)
    radius = known[f"{program}_radius"]
    for row, votes in enumerate(known[f"{program}_votes"]):
        n_classes, bags = int(known[f"{program}_n_classes"][row]), None
        n_voters = int(known["dpa_n_members"][row]) if program == "dpa" else 0
        if program == "fa":
            spread = int(known["fa_d"][row])
            n_voters = int(known["fa_k"][row]) * spread
            bags = (np.arange(n_voters)[:, None] + known["fa_shifts"][row, :spread]) % n_voters
        found = certify_votes_against_rows(votes[None, :n_voters], n_classes=n_classes, bags_of_bucket=bags)
        assert found[0] == known[f"{program}_prediction"][row]
        assert found[1] == radius[row]
