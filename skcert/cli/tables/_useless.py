"""Columns that would do harm as features: indices, row numbers, names that never repeat, a single value."""

import re

import numpy as np

from ._missing import MISSING

_INDEX_NAME = re.compile(r"Unnamed: \d+(\.\d+)*|__index_level_\d+__|level_\d+")
_FEWEST = 10  # rows from which it means something that no value repeats
# Distinct whole numbers, drawn at random from a range this dense, repeat with probability 1 - exp(-10).
_REPEATS_EXPECTED = 10.0


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
    if present.size < _FEWEST or n_different < present.size:
        return None
    if not numeric:
        return "all different"
    return "row numbers" if _like_row_numbers(present) else None


def is_index_name(name):
    """Whether a column has the name that pandas gives to an index without one."""
    return _INDEX_NAME.fullmatch(name) is not None


def _like_row_numbers(values):
    """Whether distinct numbers look assigned one by one: at equal steps, or whole and in order, or whole and dense."""
    steps = np.diff(values)
    if (np.abs(steps - steps[0]) <= 1e-6 * np.abs(steps[0])).all():
        return True
    if not (np.abs(values) < 2.0**53).all() or not (values == np.round(values)).all():
        return False
    in_order = (steps > 0).all() or (steps < 0).all()
    extent = values.max() - values.min() + 1.0
    return bool(in_order or values.size**2 / (2.0 * extent) >= _REPEATS_EXPECTED)
