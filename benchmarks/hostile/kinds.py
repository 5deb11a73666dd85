"""The kinds of problems: how each is drawn and checked."""

import warnings

import numpy as np

from . import model_claims, models, vote_claims, weight_claims
from .findings import Findings

KINDS = {
    "label weights": (weight_claims.draw, weight_claims.check),
    "collective bound": (weight_claims.draw_collective, weight_claims.check_collective),
    "votes": (vote_claims.draw, vote_claims.check),
    "overlapping votes": (vote_claims.draw_overlapping, vote_claims.check_overlapping),
    "learners": (models.draw_learner, model_claims.check),
    "ensembles": (models.draw_ensemble, model_claims.check),
}
_ARRAYS = (
    *("label weights", "votes", "label weights", "overlapping votes", "label weights", "votes", "label weights"),
    *("label weights", "collective bound", "label weights", "overlapping votes", "label weights", "votes"),
)
# arrays take milliseconds, models a second
ROTATION = (*_ARRAYS, "learners", *_ARRAYS, "ensembles")


def draw_problem(seed, number):
    """Problem `number` of the run with this seed: the same on every machine."""
    rng = np.random.default_rng([seed, number])
    return KINDS[ROTATION[number % len(ROTATION)]][0](rng)


def check_problem(problem):
    """All claims about a problem, without the warnings that hostile numbers cause."""
    findings = Findings()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        KINDS[problem.kind][1](problem, findings)
    return findings
