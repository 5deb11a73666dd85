"""Buckets in bags, costs, and the certificate of one test row."""

import numpy as np

from skcert.certificates import (
    UNBOUNDED,
    certify_overlapping_votes,
)


def spread(rng, n_bags, d):
    """Bucket j goes to bags j + offset, as in Wang et al."""
    return (np.arange(n_bags)[:, None] + rng.choice(n_bags, d, replace=False)) % n_bags


def any_bags(rng, n_buckets, n_bags, d):
    return np.array([rng.choice(n_bags, d, replace=False) for _ in range(n_buckets)])


def random_costs(rng, votes, n_classes, highest):
    costs = rng.integers(1, highest + 1, (votes.size, n_classes))
    costs[rng.random(costs.shape) < 0.1] = UNBOUNDED
    voting = np.flatnonzero(votes >= 0)
    costs[voting, votes[voting]] = 0
    return costs


def certify_row(votes, bags_of_bucket, n_classes, costs=None, rows_in_bucket=None):
    """One test row."""
    prediction, radius, flips = certify_overlapping_votes(
        votes[None],
        bags_of_bucket,
        n_classes=n_classes,
        costs=None if costs is None else costs[None],
        rows_in_bucket=rows_in_bucket,
    )
    return prediction[0], radius[0], flips[0]
