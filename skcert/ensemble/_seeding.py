"""Randomness is fixed in ``fit``: one int seed, from which the partition and every member draw."""

import copy
from contextlib import suppress
from numbers import Integral

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

_HIGHEST = np.iinfo(np.int32).max


def fixed_seed(random_state):
    """`random_state` itself if it is an int, otherwise an int drawn from it, with which the draws can be repeated."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(_HIGHEST))


def member_seeds(random_state, n_members):
    """One seed for each member."""
    return random_state.randint(_HIGHEST, size=n_members)


def own_clone(estimator):
    """A clone that shares nothing with `estimator`: frozen parts, which ``clone`` leaves as they are, are copied.

    Members are fitted at the same time, and scikit-learn writes to the parts of a pipeline meanwhile.
    """
    copied = clone(estimator)
    originals = {"": estimator, **estimator.get_params()}
    parts = {"": copied, **copied.get_params()}
    shared = any(part is originals.get(name) and hasattr(part, "fit") for name, part in parts.items())
    return copy.deepcopy(copied) if shared else copied


def seeded_clone(estimator, seed):
    """A copy in which every ``random_state`` that is not an int yet, at any depth, is an int drawn from `seed`.

    So are those of other objects among its parameters, such as the splitter of a search. Ints stay: a member does what
    the base does by itself.
    """
    member = own_clone(estimator)
    parts = sorted(member.get_params().items())
    names = [
        name
        for name, value in parts
        if (name == "random_state" or name.endswith("__random_state")) and not isinstance(value, Integral)
    ]
    originals = estimator.get_params()
    others = [
        part
        for name, part in parts
        if not isinstance(getattr(part, "random_state", 0), Integral)
        and not hasattr(part, "get_params")
        and part is not originals.get(name)  # a copy, which may be changed
    ]
    if not names and not others:
        return member
    random_state = np.random.RandomState(seed)
    member.set_params(**{name: random_state.randint(_HIGHEST) for name in names})
    for part in others:
        with suppress(AttributeError):  # it cannot be set
            part.random_state = random_state.randint(_HIGHEST)
    return member
