"""Some rows of a result, as a result of the same type."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from typing_extensions import Self


class SlicedByRow:
    """Mixin of frozen dataclasses with a `len`: slices, masks and positions pick rows."""

    _of_each_row: tuple[str, ...]
    """Fields with one entry for each row: arrays, tuples, indices of frames, or None."""

    @abstractmethod
    def __len__(self) -> int: ...

    def __getitem__(self, rows: int | slice | ArrayLike) -> Self:
        """The same result for some of its rows; see `picked` for what `rows` may be."""
        chosen = picked(rows, len(self))
        fields = {name: _of(getattr(self, name), chosen) for name in self._of_each_row}
        return replace(self, **fields)  # type: ignore[type-var]


def picked(rows, n_rows):
    """What `rows` picks, as a slice or an array of positions.

    Parameters
    ----------
    rows : int, slice, or array-like of int or bool
        A position, which may be negative; a slice; positions in any order; or a mask of all rows. What has an index of
        its own, such as a column of a frame, counts by position.
    n_rows : int

    Returns
    -------
    chosen : slice or ndarray of shape (n_chosen,)
        Of a single position, the slice with this row alone.

    Raises
    ------
    IndexError
        If there is no such row, or a mask has another length.
    TypeError
        If `rows` is anything else.
    """
    if isinstance(rows, slice):
        return rows
    if isinstance(rows, Integral) and not isinstance(rows, (bool, np.bool_)):
        if not -n_rows <= rows < n_rows:
            raise IndexError(f"There is no row {rows}: there are {n_rows}.")
        return slice(int(rows) % n_rows, int(rows) % n_rows + 1)
    chosen = np.asarray(rows)
    if chosen.shape == (0,) and not hasattr(rows, "dtype"):
        chosen = chosen.astype(np.intp)  # an empty list
    if chosen.ndim != 1 or chosen.dtype.kind not in "iub":
        raise TypeError("Rows are picked by a position, a slice, a one-dimensional array of positions, or a mask.")
    if chosen.dtype.kind == "b" and len(chosen) != n_rows:
        raise IndexError(f"The mask has {len(chosen)} entries, but there are {n_rows} rows.")
    if chosen.dtype.kind != "b" and chosen.size and not (-n_rows <= int(chosen.min()) and int(chosen.max()) < n_rows):
        raise IndexError(
            f"Positions from {chosen.min()} to {chosen.max()} were asked for, but there are {n_rows} rows."
        )
    return chosen if chosen.dtype.kind == "b" else chosen.astype(np.intp)


def _of(value, chosen):
    if value is None:
        return None
    return tuple(value[row] for row in np.arange(len(value))[chosen]) if isinstance(value, tuple) else value[chosen]
