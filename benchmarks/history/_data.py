"""Data that needs no download: overlapping clouds of points."""

import numpy as np


def clouds(n, *, n_classes=10, n_features=64, seed=0):
    """X of shape (n, n_features), y of shape (n,)."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((n_classes, n_features))
    y = np.arange(n) % n_classes
    return centres[y] + 1.5 * rng.standard_normal((n, n_features)), y
