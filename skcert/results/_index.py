"""The index of a frame: from the rows that are certified, through slices and files, to the frames of results."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from ._arrays import decoded_scalar, encoded_scalar

_ZONED = "datetime64["


def index_of(X):
    """The index of a pandas frame or series; None of anything else. Nobody who has no frame imports pandas."""
    pandas, index = sys.modules.get("pandas"), getattr(X, "index", None)
    return index if pandas is not None and isinstance(index, getattr(pandas, "Index", ())) else None


def with_index_of(X, result):
    """A result that knows the index of the rows that it is about, if X is a pandas frame."""
    index = index_of(X)
    return result if index is None or len(index) != len(result) else replace(result, index=index)


def index_parts(index):
    """An index as plain values and numpy arrays; TypeError if it would not come back as it is.

    Parameters
    ----------
    index : pandas.Index

    Returns
    -------
    parts : dict
        ``names``, a list, and ``levels``: of each, ``range`` (start, stop and step), or ``dtype`` and ``labels``, an
        ndarray of shape (n_rows,).
    """
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    parts = {
        "names": [encoded_scalar(name) for name in index.names],
        "levels": [_level_parts(level) for level in levels],
    }
    try:
        back = index_from_parts(parts)
        kept = back.equals(index) and _dtypes(back) == _dtypes(index)
    except (TypeError, ValueError):
        kept = False
    if not kept:
        raise TypeError(
            f"The index of the result, of type {index.dtype}, cannot be written to a file and read again: write "
            "dataclasses.replace(result, index=None), or certify a frame whose index has another type."
        )
    return parts


def index_from_parts(parts):
    """The index that `index_parts` took apart; ValueError, TypeError or KeyError if there is none."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("This result has the index of a frame, which needs pandas: pip install pandas.") from error
    names, levels = [decoded_scalar(name) for name in parts["names"]], [_level(pd, level) for level in parts["levels"]]
    if len(names) != len(levels) or not levels:
        raise ValueError("the index needs one name for each of its levels")
    if len(levels) == 1:
        return levels[0].rename(names[0])
    return pd.MultiIndex.from_arrays(levels, names=names)


def _level_parts(level):
    if isinstance(level, sys.modules["pandas"].RangeIndex):
        return {"range": [level.start, level.stop, level.step]}
    dtype, labels = level.dtype, level
    if not isinstance(dtype, np.dtype) and str(dtype).startswith(_ZONED):
        labels = level.tz_convert("UTC").tz_localize(None)
    elif not isinstance(dtype, np.dtype):
        labels = level.astype(object)
    return {"dtype": str(dtype), "labels": labels.to_numpy()}


def _level(pd, parts):
    if "range" in parts:
        return pd.RangeIndex(*parts["range"])
    dtype, labels = parts["dtype"], parts["labels"]
    if dtype.startswith(_ZONED) and "," in dtype:
        return pd.Index(labels).tz_localize("UTC").astype(dtype)
    return pd.Index(labels, dtype=dtype)


def _dtypes(index):
    return [index.get_level_values(level).dtype for level in range(index.nlevels)]
