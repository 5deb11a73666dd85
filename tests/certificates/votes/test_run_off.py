"""Run-off elections against published radii, and against all outcomes."""

from functools import lru_cache
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from skcert.certificates import UNBOUNDED, black_box_costs, certify_run_off, certify_votes
from tests.oracles import radius_of, rankings_of, run_off_winner

PUBLISHED = np.load(Path(__file__).parents[2] / "data" / "run_off.npz")
_MANY = 10**9


def certify_row(scores, vote_costs=None, preference_costs=None):
    """One test row."""
    costs = {"vote_costs": vote_costs, "preference_costs": preference_costs}
    costs = {name: value[None] for name, value in costs.items() if value is not None}
    prediction, radius, flips = certify_run_off(scores[None], **costs)
    return prediction[0], radius[0], flips[0]


def test_published_elections():
    """Predictions of the published program; radii never below its own, and equal to exact ones, which it misses."""
    sizes = np.stack([PUBLISHED["n_members"], PUBLISHED["n_classes"]], axis=1)
    missed = 0
    for n_members, n_classes in np.unique(sizes, axis=0):
        of_size = (sizes == (n_members, n_classes)).all(axis=1)
        prediction, radius, _ = certify_run_off(PUBLISHED["scores"][of_size, :n_members, :n_classes])
        assert np.array_equal(prediction, PUBLISHED["prediction"][of_size])
        assert (radius >= PUBLISHED["radius"][of_size]).all()
        assert np.array_equal(radius, PUBLISHED["radius_exact"][of_size])
        missed += (radius > PUBLISHED["radius"][of_size]).sum()
    assert missed > 0 and sizes.shape[0] > 1_900


@lru_cache
def _outcomes(n_voters, n_classes):
    """All rankings; all elections, as the number of each voter's ranking; and their winners."""
    rankings = list(permutations(range(n_classes)))
    elections = list(product(range(len(rankings)), repeat=n_voters))
    winners = [run_off_winner([rankings[r] for r in election]) for election in elections]
    return np.array(rankings), np.array(elections), np.array(winners)


def _least(costs, winners, n_classes):
    least = np.array([costs[winners == c].min(initial=_MANY) for c in range(n_classes)])
    return np.where(least >= _MANY, UNBOUNDED, least)


def _cases(rng, n_cases):
    """Elections of a few voters, some of whom agree: scores, the voters' rankings, and all outcomes."""
    for _ in range(n_cases):
        n_classes = rng.integers(2, 5)
        n_voters = rng.integers(1, {2: 8, 3: 5, 4: 4}[n_classes])
        rankings, elections, winners = _outcomes(n_voters, n_classes)
        chance = rng.dirichlet(np.full(len(rankings), rng.choice([0.1, 0.3, 1.0])))
        chosen = rng.choice(len(rankings), n_voters, p=chance)
        yield -np.argsort(rankings[chosen], axis=1), chosen, rankings, elections, winners


@pytest.mark.parametrize("n_cases", [150, pytest.param(1_000, marks=pytest.mark.slow)])
def test_black_box_is_exact(n_cases):
    """Also where some voters cannot be changed."""
    rng = np.random.default_rng(0)
    for scores, chosen, _, elections, winners in _cases(rng, n_cases):
        n_voters, n_classes = scores.shape
        for fixed in (np.zeros(n_voters, dtype=bool), rng.random(n_voters) < 0.4):
            truth = _least(((elections != chosen) * np.where(fixed, _MANY, 1)).sum(axis=1), winners, n_classes)
            costs = np.where(fixed[:, None], UNBOUNDED, np.ones((n_voters, n_classes), dtype=int))
            prediction, radius, flips = certify_row(scores, costs, costs) if fixed.any() else certify_row(scores)
            assert truth[prediction] == 0 == flips[prediction]
            assert radius == radius_of(truth, prediction)
            assert (flips <= truth).all()


@pytest.mark.parametrize("n_cases", [150, pytest.param(1_000, marks=pytest.mark.slow)])
def test_white_box_never_exceeds_all_outcomes(n_cases):
    """With what each ranking of each voter costs, and the exact costs of votes and of preferences that follow."""
    rng, n_exact, n_above = np.random.default_rng(1), 0, 0
    for scores, chosen, rankings, elections, winners in _cases(rng, n_cases):
        n_voters, n_classes = scores.shape
        costs = rng.integers(1, rng.choice([2, 5, 9]) + 1, (n_voters, len(rankings)))
        costs[rng.random(costs.shape) < 0.1] = _MANY
        costs[np.arange(n_voters), chosen] = 0
        truth = _least(costs[np.arange(n_voters), elections].sum(axis=1), winners, n_classes)
        winner, black_box, black_box_flips = certify_row(scores)
        place = np.argsort(rankings, axis=1)
        above = place < place[:, [winner]]
        to_vote = np.stack([costs[:, rankings[:, 0] == c].min(axis=1) for c in range(n_classes)], axis=1)
        to_prefer = np.stack([costs[:, above[:, c]].min(axis=1, initial=_MANY) for c in range(n_classes)], axis=1)
        to_vote, to_prefer = np.minimum(to_vote, UNBOUNDED), np.minimum(to_prefer, UNBOUNDED)
        for stated in ((to_vote, to_prefer), (to_vote, None), (None, to_prefer)):
            prediction, radius, flips = certify_row(scores, *stated)
            assert prediction == winner
            assert black_box <= radius <= radius_of(truth, winner)
            assert ((black_box_flips <= flips) & (flips <= truth)).all()
            if stated[0] is not None and stated[1] is not None:
                n_exact += radius == radius_of(truth, winner)
                n_above += radius > black_box
    assert n_exact > 0.95 * n_cases and n_above > 0.1 * n_cases


def test_ties_and_infinite_scores_and_empty_voters():
    """One order for both rounds, in which the smaller index comes first among equal scores."""
    rng = np.random.default_rng(2)
    for _ in range(300):
        scores = rng.choice([-np.inf, 0.0, 1.0, np.inf], (rng.integers(1, 7), rng.integers(2, 6)))
        scores[rng.random(len(scores)) < 0.2] = np.nan
        prediction, radius, flips = certify_row(scores)
        rankings = rankings_of(scores)
        if not rankings:
            assert prediction == 0 and radius == UNBOUNDED and (flips[1:] == UNBOUNDED).all()
            continue
        assert prediction == run_off_winner(rankings)
        occupied = scores[~np.isnan(scores).any(axis=1)]
        places = -np.argsort(rankings, axis=1).astype(np.float32)
        for same in (occupied, places):
            assert radius == certify_row(same)[1] and np.array_equal(flips, certify_row(same)[2])


def test_of_two_classes_it_is_a_plurality_vote():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(60, 9, 2))
    scores[rng.random((60, 9)) < 0.2] = np.nan
    votes = np.where(np.isnan(scores).any(axis=2), -1, scores.argmax(axis=2))
    costs = rng.integers(1, 9, scores.shape)
    for by_vote, by_run_off in (
        (certify_votes(votes, black_box_costs(votes, 2)), certify_run_off(scores)),
        (certify_votes(votes, costs), certify_run_off(scores, vote_costs=costs, preference_costs=costs)),
    ):
        for part, other in zip(by_vote, by_run_off):
            assert np.array_equal(part, other)


def test_rows_do_not_depend_on_their_batch():
    """Many rows are taken in blocks."""
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(40, 900, 5)).astype(np.float32)
    costs = rng.integers(1, 4, scores.shape)
    together = certify_run_off(scores, vote_costs=costs, preference_costs=costs)
    for t in (0, 25, 39):
        assert np.array_equal(certify_row(scores[t], costs[t], costs[t])[2], together[2][t])


def test_partly_unknown_scores_are_refused():
    scores = np.zeros((2, 3, 4))
    scores[1, 2, 0] = np.nan
    with pytest.raises(ValueError, match=r"scores\[1, 2\] is \[nan, 0.0, 0.0, 0.0\]"):
        certify_run_off(scores)
