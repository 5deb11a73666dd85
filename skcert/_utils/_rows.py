"""The type of rows that ensembles take: arrays, data frames and sparse matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix  # scipy 1.10 has no name for the former

Rows: TypeAlias = "ArrayLike | sparray | spmatrix"
