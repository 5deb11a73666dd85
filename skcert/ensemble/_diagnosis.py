"""What is said after ``fit`` about members, and votes, that classes of unequal size have spoilt."""

import warnings

from ..certificates import NO_VOTE, count_votes_unchecked
from ..label_use import is_plain_pipeline, unwrapped
from ..learners import is_varied, on_some_rows, warn_if_constant, warn_of_shifted_weights
from ._base import MACHINE_ERRORS


def warn_of_unequal_classes(ensemble, X):
    """Warn about an ensemble that was fitted on rows X: it changes no number and no certificate."""
    codes, classes, owner = ensemble.label_codes_, ensemble.classes_, type(ensemble).__name__
    _, final = unwrapped(ensemble.estimator_, is_plain_pipeline)
    warn_of_shifted_weights(final, codes, classes, stacklevel=5)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the base's own are given when votes are taken
            votes = on_some_rows(
                lambda rows: ensemble._votes_that_count(X[rows]),
                codes,
                lambda votes: is_varied(_winners(votes, classes)) and not _mostly_constant(votes),
            )
    except MACHINE_ERRORS:
        raise
    except Exception:  # members that cannot vote say so when votes are taken
        return
    warn_if_constant(_winners(votes, classes), codes, owner, stacklevel=5)
    if _mostly_constant(votes) and (codes != codes[0]).any():
        warnings.warn(
            f"{_constant(votes).sum()} of {_constant(votes).size} members of {owner} predict one class each for all "
            f"of the {votes.shape[0]} training rows that were tried: with fewer partitions (n_partitions), members "
            "have more rows to learn from.",
            UserWarning,
            stacklevel=5,
        )


def _winners(votes, classes):
    return classes[count_votes_unchecked(votes, classes.shape[0]).argmax(axis=1)]


def _constant(votes):
    """Which members that vote give all rows the same vote."""
    votes = votes[:, (votes != NO_VOTE).all(axis=0)]
    return (votes == votes[:1]).all(axis=0)


def _mostly_constant(votes):
    constant = _constant(votes)
    return votes.shape[0] > 1 and 1 < constant.size < 2 * constant.sum()
