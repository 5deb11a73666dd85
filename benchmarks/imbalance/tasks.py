"""What is measured: data sets with classes of unequal size, and models with and without score weights."""

from dataclasses import dataclass

import numpy as np

PLAIN, FLAT = (None, None), (0.8, 0.05)
"""weight_center and weight_clip: neither, and the nearest fifth of the rows for their classes, all others against."""
UNEVEN, HUMAN = ("20 : 1", "100 : 1"), "human labels"
HEAD = 2_000
"""Training rows of the first class of a long tail."""
SCALINGS = {**dict.fromkeys(UNEVEN, (64, 0.75)), HUMAN: (256, 0.0)}
"""Leading principal components, and the power of their deviations that they are divided by."""
UNIT = UNEVEN
"""Data whose rows have length 1, where an alpha is a large ridge: networks divide by the number of dimensions. The
rows of others have the root of their dimensions as length, as in `headline.py`."""
N_RARE = 3
VOTERS = 10
"""Partitions of a soft vote."""
NETWORK, SOFT, RIDGE_VOTES, NETWORK_VOTES = "network", "soft vote", "votes of ridge classifiers", "votes of networks"
BLACK_BOXES = (RIDGE_VOTES, NETWORK_VOTES)


@dataclass(frozen=True)
class Task:
    """One model on one data set.

    `score_weight` is "none", "known" (1 / (n_classes * frequency)) or "balanced" (counted in the training labels).
    Members of ridge classifiers have no score weights: they have scikit-learn's ``class_weight="balanced"``.
    """

    data: str
    model: str
    n_partitions: int
    alpha: float
    center: float | None = None
    clip: float | None = None
    score_weight: str = "none"

    @property
    def name(self):
        return f"{self.data}: {self.model}, P={self.n_partitions}, {self.setting}, score weights {self.score_weight}"

    @property
    def setting(self):
        flat = {"weight_center": self.center, "weight_clip": self.clip}
        return ", ".join([f"alpha={self.alpha:g}", *(f"{key}={v:g}" for key, v in flat.items() if v is not None)])


def all_tasks():
    for data in UNEVEN:
        yield from _long_tail(data)
    yield from _human_labels()


def quick_tasks():
    """Those that need no factorisation, with few partitions."""
    for task in all_tasks():
        few = task.n_partitions in (1, VOTERS)
        if few and (task.alpha == np.inf or task.data == HUMAN or task.model == RIDGE_VOTES):
            yield task


def _long_tail(data):
    for flat in (PLAIN, FLAT):
        for alpha in (np.inf, 10.0, 1.0):
            for score_weight in ("none", "known"):
                if alpha != 10.0:  # a factorisation of all rows takes longest
                    yield Task(data, NETWORK, 1, alpha, *flat, score_weight)
                yield Task(data, SOFT, VOTERS, alpha, *flat, score_weight)
        yield Task(data, NETWORK, 1, np.inf, *flat, "balanced")
        yield Task(data, SOFT, VOTERS, np.inf, *flat, "balanced")
    yield from _black_boxes(data, (5, 10, 25, 50, 100, 200, 400), (0.1, 1.0, 10.0))


def _human_labels():
    for alpha, centers in ((10.0, (None, 0.8, 0.95)), (np.inf, (None, 0.8))):
        for center in centers:
            for score_weight in ("none", "known"):
                yield Task(HUMAN, SOFT, VOTERS, alpha, center, None, score_weight)
    yield from _black_boxes(HUMAN, (10, 50, 100, 250, 500, 1000, 2000), (30.0, 300.0, 3000.0))


def _black_boxes(data, partitions, alphas):
    """Votes that are only counted, of members that make up for the sizes of classes themselves."""
    for n_partitions in partitions:
        for alpha in alphas:
            yield Task(data, RIDGE_VOTES, n_partitions, alpha)
        if n_partitions > VOTERS:  # fewer and larger networks: a soft vote's fit, for a certificate of few flips
            yield Task(data, NETWORK_VOTES, n_partitions, np.inf, score_weight="known")
