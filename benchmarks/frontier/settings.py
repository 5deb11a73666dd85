"""What is measured: a study on some test rows, and on all of them what did best in the study.

A task is one fit; its readings are what can be asked of its members' label weights, which depend neither on the dial
that flattens them nor on the labels: so one fit serves all of these.
"""

from dataclasses import dataclass

import numpy as np

STUDY_ROWS = 1_000
"""Test rows of the study, the first ones; settings are chosen on them, and reported on the others."""
SCALINGS = {
    "256": (256, 0.0),
    "64, half whitened": (64, 0.5),
    "64, 3/4 whitened": (64, 0.75),
    "48, half whitened": (48, 0.5),
}
"""Label-free scalings: leading principal components, and the power of their deviations that they are divided by. Then
each row is scaled to the root of its dimensions, the length that standardised rows have. Every method gets all."""

PLAIN = (None, 1.0, None)
"""The dial: `weight_center`, `weight_power`, `weight_clip`."""
DIALS = (
    PLAIN,
    *((0.95, power, None) for power in (1.0, 0.75, 0.5, 0.3)),
    *((0.95, 1.0, clip) for clip in (0.99, 0.95, 0.9, 0.8, 0.5)),
    *((0.9, 1.0, 0.05), (0.8, 1.0, 0.05)),
    *(("mean", power, None) for power in (0.75, 0.5)),
    *(("mean", 1.0, clip) for clip in (0.99, 0.95, 0.8, 0.5)),
)
FLAT = ((0.8, 1.0, 0.05), ("mean", 1.0, 0.95))
"""Dials of hard votes, and of members of the black boxes with many partitions."""

DPA, RUN_OFF, FINITE = "DPA", "run-off election", "Finite Aggregation"
HARD, WHITE_RUN_OFF, SOFT, SINGLE = "hard vote, white box", "run-off, white box", "soft vote", "single network"
BLACK_BOX = (DPA, FINITE, RUN_OFF)
OURS = (HARD, WHITE_RUN_OFF, SOFT, SINGLE)
METHODS = (*BLACK_BOX, *OURS)


@dataclass(frozen=True)
class Task:
    """One fit and its readings, pairs of method and dial."""

    part: str
    n_partitions: int
    scaling: str
    alpha: float
    readings: tuple
    n_test: int

    @property
    def name(self):
        readings = " ".join(f"{method}/{center}/{power}/{clip}" for method, (center, power, clip) in self.readings)
        fit = f"P={self.n_partitions}, features={self.scaling}, alpha={self.alpha:g}"
        return f"{self.part}: {fit} [{readings}] {self.n_test}"


def study():
    """The tasks that settings are chosen from."""
    black = tuple((method, PLAIN) for method in (DPA, RUN_OFF))
    white = tuple((method, dial) for dial in (PLAIN, *FLAT) for method in (HARD, WHITE_RUN_OFF))
    flat_black = tuple((method, dial) for dial in FLAT for method in (DPA, RUN_OFF))
    for scaling in SCALINGS:
        soft = tuple((SOFT, dial) for dial in DIALS)
        yield from _tasks(1, scaling, (np.inf,), tuple((SINGLE, dial) for dial in DIALS))
        yield from _tasks(10, scaling, _alphas_of_ten(scaling), soft)
        for n_partitions in (10, 20, 50):
            yield from _tasks(n_partitions, scaling, _alphas(scaling, (1.0, 10.0)), black + white)
        for n_partitions in (100, 200):
            yield from _tasks(n_partitions, scaling, _alphas(scaling, (1.0, 10.0)), black)
        for n_partitions in (500, 1000, 2000):
            yield from _tasks(n_partitions, scaling, _alphas(scaling, (1.0,)), black + flat_black)
    for n_partitions, alpha in ((200, 1.0), (500, 1.0), (1000, 1.0), (1000, np.inf)):
        yield from _tasks(n_partitions, "64, half whitened", (alpha,), ((FINITE, PLAIN),))


def _tasks(n_partitions, scaling, alphas, readings):
    for alpha in alphas:
        yield Task("study", n_partitions, scaling, alpha, readings, STUDY_ROWS)


def _alphas_of_ten(scaling):
    """Members of thousands of rows take long to factorise: fewer ridges where the limit suits the features."""
    return {"256": (0.1, 1.0, 10.0, 100.0, np.inf), "64, 3/4 whitened": (10.0, 100.0, np.inf)}.get(scaling, (np.inf,))


def _alphas(scaling, finite):
    """Members of fewer rows: the limit suits whitened features, ridges all of them."""
    return {"256": finite, "48, half whitened": (np.inf,)}.get(scaling, (finite[-1], np.inf))
