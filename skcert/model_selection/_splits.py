"""Splits into training and validation rows that no label had a part in, and that are the same at every fit."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold, check_cv

from ..label_use import own_code

# scikit-learn's splitters that look at nothing but the number of rows
_LABEL_FREE = frozenset({"KFold", "LeaveOneOut", "LeavePOut", "RepeatedKFold", "ShuffleSplit", "TimeSeriesSplit"})
_DEFAULT_FOLDS = 5


class Split(NamedTuple):
    """Row numbers of one split."""

    train: np.ndarray
    test: np.ndarray


def label_free_splits(cv, X, n_rows):
    """The splits that `cv` makes of rows alone, and what limits a guarantee that rests on them.

    Parameters
    ----------
    cv : int, splitter, iterable of pairs of row numbers, or None
        None and whole numbers stand for ``KFold`` without shuffling.
    X : rows
    n_rows : int
        How many these are.

    Returns
    -------
    splits : list of Split
    caveats : list of str
    """
    if cv is None or isinstance(cv, Integral):
        cv = KFold(_DEFAULT_FOLDS if cv is None else cv)
    if hasattr(cv, "split"):
        _refuse_drawing(cv)
        found = _splits_of(cv, X)
        reason = own_code(cv, _LABEL_FREE)
        if reason is not None and not _are_same(found, _splits_of(cv, X)):
            raise ValueError(f"cv={cv!r} makes other splits each time, so that a second search is about other folds.")
        what = type(cv).__name__
    else:
        if iter(cv) is cv:
            raise ValueError(
                f"cv={cv!r} can be gone through only once, and a second search would find no splits: "
                "pass a list of them."
            )
        found, what, reason = _splits_of(check_cv(cv), X), "a list of splits", ""
    splits = [_checked(split, n_rows) for split in found]
    if not splits:
        raise ValueError(f"cv={cv!r} makes no splits.")
    if reason is None:
        return splits, []
    return splits, [
        f"The splits come from cv, which is {what}, and nothing shows that labels had no part in them. If they had, "
        "flipped labels change the splits, too, and nothing is certified. A splitter whose class says `uses_labels = "
        "False` is believed, and so is KFold."
    ]


def _refuse_drawing(cv):
    """ValueError for a splitter that shuffles or draws without an int as seed."""
    draws = hasattr(cv, "random_state") and getattr(cv, "shuffle", True)
    if draws and not isinstance(cv.random_state, Integral):
        raise ValueError(
            f"cv={cv!r} draws other splits at each fit, so that the search is another one each time, without any "
            "flip. Give it an int as random_state."
        )


def _splits_of(cv, X):
    try:
        return list(cv.split(X, None))
    except Exception as error:
        if own_code(cv, _LABEL_FREE) is None:
            raise
        raise ValueError(
            f"cv={cv!r} cannot split rows without their labels or groups ({error}). Stratified and grouped splits are "
            "refused: an attacker who flips labels changes stratified folds, too, and groups may have been made from "
            "labels. Use KFold(shuffle=True, random_state=0) or another splitter that looks at rows only."
        ) from error


def _are_same(splits, others):
    pairs = zip(splits, others)
    return len(splits) == len(others) and all(np.array_equal(a, b) for pair in pairs for a, b in zip(*pair))


def _checked(split, n_rows):
    """Row numbers of both parts; ValueError where a flip would count twice, or a part is empty."""
    parts = []
    for name, rows in zip(("training", "validation"), split):
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        if rows.ndim != 1 or rows.size == 0 or rows.dtype.kind not in "iu":
            raise ValueError(f"cv makes a split whose {name} part holds no row numbers: {rows!r}.")
        if rows.min() < 0 or rows.max() >= n_rows or np.unique(rows).size < rows.size:
            raise ValueError(
                f"cv makes a split whose {name} part has rows beyond 0 to {n_rows - 1}, or one of them twice: a flip "
                "of such a row would count twice."
            )
        parts.append(rows.astype(np.int64))
    return Split(*parts)
