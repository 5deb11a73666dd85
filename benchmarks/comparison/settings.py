"""What is measured: the study on some test rows, and the table, on all of them, of what did best in the study.

A task is one fit; its readings are what can be asked of the fitted model without fitting again: hard votes with both
certificates or with the black-box one alone, soft votes, and all of them with label weights centred and clipped.
"""

from dataclasses import asdict, dataclass, field

import numpy as np

PARTITIONS = (1, 10, 50, 100, 250, 500, 1000, 2000)
STUDY_ROWS = 1_000
"""Test rows of the study, the first ones; settings for the table are chosen on them."""
TOLERANCE = 0.01
"""Clean accuracy that a white-box setting may lose against the best black-box setting."""

PLAIN = ("", "")
"""No `weight_center`, no `weight_clip`."""
FLAT = (0.8, 0.05)
"""The nearest fifth of the rows for their classes, all others against theirs."""
SCALINGS = {
    "pca": (256, 0.0),
    "64, half whitened": (64, 0.5),
    "64, 3/4 whitened": (64, 0.75),
    "64, whitened": (64, 1.0),
    "48, half whitened": (48, 0.5),
    "32, half whitened": (32, 0.5),
    "32, whitened": (32, 1.0),
}
"""Label-free scalings: leading principal components, and the power of their deviations that they are divided by. Then
each row is scaled to the root of its dimensions, the length that standardised rows have, so that an alpha means the
same on all of them."""
USUAL_SCALING = "64, half whitened"
USUAL_ALPHA = 10.0


@dataclass(frozen=True)
class Task:
    """One fit and its readings, pairs of vote or certificate and of (weight_center, weight_clip)."""

    part: str
    method: str
    n_partitions: int
    scaling: str
    readings: tuple
    n_test: int
    network: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)

    @property
    def name(self):
        chosen = {"P": self.n_partitions, "features": self.scaling, **self.network, **self.options}
        readings = " ".join("/".join(str(value) for value in (vote, *flat)) for vote, flat in self.readings)
        settings = ", ".join(f"{key}={value}" for key, value in chosen.items())
        return f"{self.part}: {self.method}, {settings} [{readings}] {self.n_test}"


def study():
    """The tasks that the table's settings are chosen from."""
    hard, soft = [("hard", PLAIN)], [("soft", PLAIN), ("soft", FLAT)]
    for scaling in SCALINGS:
        for n_partitions in reversed(PARTITIONS[1:]):
            for alpha in _alphas(n_partitions, scaling):
                readings = _BLACK_BOX if n_partitions >= 500 else hard
                if n_partitions <= 50:
                    readings = hard + soft
                yield _task("study", "vote", n_partitions, scaling, readings, {"alpha": alpha})
        readings = [("exact", flat) for flat in _FLATS]
        yield _task("study", "single network", 1, scaling, readings, {"alpha": np.inf})
        for share in (0.1, 0.2):
            for far_weight in (0, -1):
                neighbors = {"n_neighbors": share, "far_weight": far_weight}
                yield _task("study", "nearest neighbours", 1, scaling, [("exact", PLAIN)], **neighbors)
    flat_members = [("black box", ("", 0.5)), ("black box", FLAT)]
    yield _task("study", "vote", 2000, USUAL_SCALING, flat_members, {"alpha": np.inf})
    for n_partitions, spread, alpha in ((500, 2, np.inf), (1000, 2, np.inf), (1000, 2, 1.0)):
        yield _task("study", "Finite Aggregation", n_partitions, USUAL_SCALING, hard, {"alpha": alpha}, spread=spread)
    for probability in (0.03, 0.1, 0.3):
        noise = {"flip_probability": probability}
        yield _task("study", "smoothing", 1, USUAL_SCALING, [("smoothing", PLAIN)], {"alpha": np.inf}, **noise)


def factors():
    """The tasks that vary one thing at a time around the usual setting."""
    readings = [("hard", PLAIN), ("soft", PLAIN)]
    changes = [
        *({"depth": depth} for depth in (2, 3, 5)),
        *({"activation": activation} for activation in ("leaky_relu", "erf", "identity")),
        *({"b_std": b_std} for b_std in (0.0, 1.0)),
        {"kernel": "nngp"},
        {"fit_intercept": False},
    ]
    for change in changes:
        for n_partitions, alpha in ((10, np.inf), (50, USUAL_ALPHA)):
            yield _task("factors", "vote", n_partitions, USUAL_SCALING, readings, {"alpha": alpha, **change})
        yield _task("factors", "vote", 2000, USUAL_SCALING, _BLACK_BOX, {"alpha": np.inf, **change})
    for alpha in (0.1, 1000.0):
        yield _task("factors", "vote", 50, USUAL_SCALING, readings, {"alpha": alpha})
    for alpha in (1.0, 100.0):
        yield _task("factors", "vote", 50, USUAL_SCALING, readings, {"alpha": alpha, "fit_intercept": False})
    for training_time in (0.1, 1.0, 10.0, 100.0):
        network = {"alpha": 0.0, "training_time": training_time}
        yield _task("factors", "vote", 50, USUAL_SCALING, readings, network)
    for flat in (("", 0.5), ("", 0.05), FLAT):
        yield _task("factors", "vote", 10, USUAL_SCALING, [("hard", flat), ("soft", flat)], {"alpha": np.inf})
    for n_partitions in (10, 2000):
        yield _task("factors", "vote", n_partitions, USUAL_SCALING, readings[:1], {"alpha": np.inf}, partition="hash")


_BLACK_BOX = [("black box", PLAIN)]
_FLATS = [PLAIN, *(("", clip) for clip in (0.99, 0.95, 0.5, 0.05))]
_FLATS += [*((center, 0.05) for center in (0.7, 0.8, 0.9, 0.95)), (0.8, 0.5)]


def _task(part, method, n_partitions, scaling, readings, network=None, **options):
    return Task(part, method, n_partitions, scaling, tuple(readings), STUDY_ROWS, network or {}, options)


def _alphas(n_partitions, scaling):
    """What is worth trying: small partitions need a small ridge or the limit, large ones take long to factorise."""
    often = scaling in ("pca", USUAL_SCALING)
    if n_partitions == 10:
        return (np.inf, USUAL_ALPHA) if often else (np.inf,)
    if n_partitions == 50:
        return (np.inf, 1.0, USUAL_ALPHA, 100.0) if often else (np.inf, USUAL_ALPHA)
    return (np.inf, 1.0, USUAL_ALPHA) if often and n_partitions <= 250 else (np.inf, 1.0)


def settings_of(task):
    """The task's settings as columns of the results file."""
    dimensions, whitening = SCALINGS[task.scaling]
    columns = {
        key: value for key, value in asdict(task).items() if key in ("part", "method", "n_partitions", "scaling")
    }
    return columns | {"dimensions": dimensions, "whitening": whitening, **task.network, **task.options}


NETWORK = ("alpha", "depth", "activation", "b_std", "kernel", "fit_intercept", "training_time")
OPTIONS = ("partition", "n_neighbors", "far_weight", "spread", "flip_probability")
