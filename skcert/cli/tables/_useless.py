"""Columns that would do harm as features: indices, row numbers, names that never repeat, a single value."""

import re

import numpy as np

from ._missing import MISSING

_INDEX_NAME = re.compile(r"Unnamed: \d+(\.\d+)*|__index_level_\d+__|level_\d+")
# An identifier's name: with a separator before "id", in camel case, or in one lower-case word that is known.
_ID_NAMES = (
    re.compile(r"(.*[_ .-])?(ids?|idx|uuid)|(row[_ .-]?)?index|row[_ .-]?(id|no|nr|num|number|names?)", re.IGNORECASE),
    re.compile(r".*[a-z0-9](Id|ID|Ids|IDs)"),
    re.compile(
        r"(account|case|client|customer|employee|order|passenger|patient|person|record|sample|student|user)ids?", re.I
    ),
)
_LARGEST = 1e150
_ROUNDING = 1e-6
_FEWEST = 10  # rows from which it means something that no value repeats
# Numbers drawn at random from a grid so dense that this many repeat on average never repeat with probability exp(-10).
_REPEATS_EXPECTED = 10.0
_MOST_REPEATED = 0.05  # of the rows, as where a few are in the table twice
_MOST_STEPS = 3.0  # from one number to the next, on average, in a column of row numbers in order
_LEFT_OUT_GAPS = 0.1  # of the gaps between numbers, the largest, as between batches


def reason_to_leave_out(name, values, numeric):
    """Why a column of the training table is no feature; None if it may be one.

    Parameters
    ----------
    name : str
    values : ndarray of shape (n_rows,)
        Floats, or categories.
    numeric : bool

    Returns
    -------
    reason : str or None
    """
    if is_index_name(name):
        return "an index"
    present = values[~np.isnan(values)] if numeric else values[values != MISSING]
    if present.size == 0:
        return "no values"
    n_different = np.unique(present).size if numeric else len(set(present))
    if n_different == 1 and (numeric or present.size == values.size):
        return "constant"
    if present.size < _FEWEST:
        return None
    if not numeric:
        return "all different" if n_different == present.size else None
    named = any(pattern.fullmatch(name) for pattern in _ID_NAMES)
    if named and 2 * n_different > present.size and (present == np.round(present)).all():
        return "an identifier, by its name"
    return "row numbers" if _like_row_numbers(present) else None


def is_index_name(name):
    """Whether a column has the name that pandas gives to an index without one."""
    return _INDEX_NAME.fullmatch(name) is not None


def _like_row_numbers(values):
    """Whether numbers look assigned one by one: at equal steps, or on a grid in order or without repeats."""
    if np.abs(values).max() > _LARGEST:
        return False  # differences could overflow
    steps = np.diff(values)
    if (np.abs(steps - steps[0]) <= _ROUNDING * np.abs(steps[0])).all():
        return bool(steps[0] != 0.0)
    whole = (np.abs(values) < 2.0**53).all() and (values == np.round(values)).all()
    different = np.unique(values)
    n_repeated = values.size - different.size
    if n_repeated > _MOST_REPEATED * values.size:
        return False
    gaps = np.sort(np.diff(different))
    grid = float(np.gcd.reduce(gaps.astype(np.int64))) if whole else gaps[0]
    in_steps = gaps / grid
    if (np.abs(in_steps - np.round(in_steps)) > 1e-3).any():
        return False  # no grid
    in_order = (steps > 0).all() or (steps < 0).all()
    if in_order and in_steps.mean() <= _MOST_STEPS:
        return True
    kept = in_steps[: max(int((1.0 - _LEFT_OUT_GAPS) * in_steps.size), 1)]
    n_places = kept.mean() * different.size
    return bool(values.size**2 / (2.0 * n_places) >= _REPEATS_EXPECTED * (1.0 + 0.5 * n_repeated))
