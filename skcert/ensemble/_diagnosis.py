"""What is said after ``fit`` about members, and votes, that classes of unequal size have spoilt."""

import warnings

import numpy as np

from ..certificates import NO_VOTE, count_votes_unchecked
from ..label_use import is_plain_pipeline, unwrapped
from ..learners import rows_to_try, warn_if_constant, warn_of_shifted_weights
from ._base import MACHINE_ERRORS


def warn_of_unequal_classes(ensemble, X):
    """Warn about an ensemble that was fitted on rows X: it changes no number and no certificate."""
    codes, classes, owner = ensemble.label_codes_, ensemble.classes_, type(ensemble).__name__
    _, final = unwrapped(ensemble.estimator_, is_plain_pipeline)
    warn_of_shifted_weights(final, codes, classes, stacklevel=5)
    tried = rows_to_try(codes)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the base's own are given when votes are taken
            votes = ensemble._votes_that_count(X[tried])
    except MACHINE_ERRORS:
        raise
    except Exception:  # members that cannot vote say so when votes are taken
        return
    winners = count_votes_unchecked(votes, classes.shape[0]).argmax(axis=1)
    warn_if_constant(classes[winners], codes, owner, stacklevel=5)
    cast = votes[:, (votes != NO_VOTE).all(axis=0)]
    n_constant = int((cast == cast[0]).all(axis=0).sum())
    if 1 < cast.shape[1] < 2 * n_constant and tried.size > 1 and np.unique(codes).shape[0] > 1:
        warnings.warn(
            f"{n_constant} of {cast.shape[1]} members of {owner} predict one class each for all of the {tried.size} "
            "training rows that were tried: with fewer partitions (n_partitions), members have more rows to learn "
            "from.",
            UserWarning,
            stacklevel=5,
        )
