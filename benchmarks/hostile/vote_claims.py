"""Votes as arrays, on disjoint partitions and on overlapping bags, against all outcomes of the vote."""

from itertools import product

import numpy as np

from skcert import certificates
from skcert.certificates import NO_VOTE, UNBOUNDED

from .problems import BUCKET, CLASS, PARTITION, TEST, Problem, chance, some
from .truth import least_cost

_MOST_FLIPS = 2  # that an attacker puts into a bucket, or that a bag takes


def _draw_votes(rng, n_test, n_partitions, n_classes):
    votes = rng.integers(0, n_classes, (n_test, n_partitions))
    if chance(rng, 0.3):
        votes[:, rng.random(n_partitions) < 0.3] = NO_VOTE
    return votes


def _own_vote_is_free(votes, costs):
    return np.where(votes[:, :, None] == np.arange(costs.shape[2]), 0, costs)


def draw(rng):
    """Votes of up to 6 partitions, with costs from 1 to beyond all counts."""
    n_classes = int(rng.integers(2, 5))
    n_partitions, n_test = int(rng.integers(1, {2: 8, 3: 7, 4: 6}[n_classes])), 24
    votes = _draw_votes(rng, n_test, n_partitions, n_classes)
    most = some(rng, 2, 4, 9, UNBOUNDED - 1)
    costs = rng.integers(1, most, (*votes.shape, n_classes), dtype=np.int64)
    costs[rng.random(costs.shape) < some(rng, 0.0, 0.2, 0.6)] = UNBOUNDED
    arrays = {"votes": votes, "costs": _own_vote_is_free(votes, costs).astype(some(rng, np.int32, np.int64))}
    axes = {"votes": (TEST, PARTITION), "costs": (TEST, PARTITION, CLASS)}
    return Problem("votes", "small costs" if most < 10 else "large costs", arrays, axes)


def check(problem, findings):
    """The radius is the largest that the costs allow, and no class is reached with fewer flips than stated."""
    votes, costs = problem["votes"], problem["costs"]
    certified = findings.call("certify_votes", certificates.certify_votes, votes, costs)
    if certified is None:
        return
    n_classes = costs.shape[2]
    outcomes = np.array(list(product(range(n_classes), repeat=votes.shape[1])))
    least = np.empty((votes.shape[0], n_classes), dtype=np.int64)
    for t, row in enumerate(votes):
        voting = np.flatnonzero(row >= 0)
        total = costs[t].astype(np.int64)[voting, outcomes[:, voting]].sum(axis=1)
        least[t] = least_cost(outcomes, total, row, n_classes)
    check_certified_votes(findings, *certified, least, exact=True)


def check_certified_votes(findings, prediction, radius, flips_to_class, least, exact):
    """The claims of a certified vote, given the least flips to each class."""
    rows = np.arange(prediction.size)
    findings.claim(
        "prediction", least[rows, prediction] == 0, lambda t: (f"prediction {prediction[t]} at row {t}", None)
    )
    others = least.copy()
    others[rows, prediction] = UNBOUNDED
    change = others.min(axis=1)
    certified = np.minimum(radius + 1, UNBOUNDED)

    def explain(t):
        return f"radius {radius[t]} at row {t}, but it takes {change[t]} flips", None

    findings.claim("radius", change >= certified, explain)
    if exact:
        findings.claim("radius is the largest", change <= certified, explain)
    findings.claim(
        "flips_to_class",
        least >= flips_to_class,
        lambda t, c: (f"{flips_to_class[t, c]} flips to class {c} at row {t}, but {least[t, c]} do", None),
    )


def draw_overlapping(rng):
    """Votes of up to 5 bags of up to 4 buckets."""
    n_classes = int(rng.integers(2, 4))
    n_bags, n_buckets, n_test = int(rng.integers(1, 6)), int(rng.integers(1, 5)), 24
    spread = int(rng.integers(1, n_bags + 1))
    votes = _draw_votes(rng, n_test, n_bags, n_classes)
    costs, rows_in_bucket = None, None
    if chance(rng, 0.7):
        costs = rng.integers(1, _MOST_FLIPS + 1, (n_test, n_bags, n_classes))
        costs[rng.random(costs.shape) < some(rng, 0.0, 0.3)] = UNBOUNDED
        costs = _own_vote_is_free(votes, costs)
    if chance(rng, 0.7):
        rows_in_bucket = rng.integers(0, _MOST_FLIPS + 1, n_buckets)
    arrays = {
        "votes": votes,
        "bags_of_bucket": np.array([rng.permutation(n_bags)[:spread] for _ in range(n_buckets)]),
        "costs": costs,
        "rows_in_bucket": rows_in_bucket,
    }
    axes = {
        "votes": (TEST, PARTITION),
        "bags_of_bucket": (BUCKET, "bag of bucket"),
        "costs": (TEST, PARTITION, CLASS),
        "rows_in_bucket": (BUCKET,),
    }
    family = "black box" if costs is None else "white box"
    return Problem("overlapping votes", family, arrays, axes, {"n_classes": n_classes})


def check_overlapping(problem, findings):
    """No attack with fewer flips in buckets than stated can lead to an outcome."""
    votes, bags_of_bucket, n_classes = problem["votes"], problem["bags_of_bucket"], problem["n_classes"]
    certified = findings.call(
        "certify_overlapping_votes",
        certificates.certify_overlapping_votes,
        votes,
        bags_of_bucket,
        n_classes=n_classes,
        costs=problem["costs"],
        rows_in_bucket=problem["rows_in_bucket"],
    )
    if certified is None:
        return
    n_test, n_bags = votes.shape
    costs = problem["costs"]
    if costs is None:
        costs = (votes[:, :, None] != np.arange(n_classes)).astype(np.int64)
    capacity = problem["rows_in_bucket"]
    if capacity is None:
        capacity = np.full(bags_of_bucket.shape[0], _MOST_FLIPS)
    in_bucket = np.array(list(product(*(range(most + 1) for most in capacity))))
    in_bag = np.zeros((in_bucket.shape[0], n_bags), dtype=np.int64)
    for bucket, bags in enumerate(bags_of_bucket):
        in_bag[:, bags] += in_bucket[:, [bucket]]
    flips = in_bucket.sum(axis=1)
    outcomes = np.array(list(product(range(n_classes), repeat=n_bags)))
    least = np.empty((n_test, n_classes), dtype=np.int64)
    for t, row in enumerate(votes):
        voting = np.flatnonzero(row >= 0)
        needed = costs[t][voting, outcomes[:, voting]]
        possible = (in_bag[None, :, voting] >= needed[:, None, :]).all(axis=2)
        total = np.where(possible, flips, UNBOUNDED).min(axis=1)
        least[t] = least_cost(outcomes, total, row, n_classes)
    check_certified_votes(findings, *certified, least, exact=False)
