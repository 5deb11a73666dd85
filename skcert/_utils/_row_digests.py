"""What stands in a row, as one number that depends on this row alone, whatever array it stands in."""

import hashlib
from decimal import Decimal
from numbers import Real

import numpy as np
from scipy import sparse

_BLOCK_ROWS = 1024
_ABSENT = {"NoneType", "NAType", "NaTType"}


def row_digests(X):
    """A hash of each row's content.

    The same row has the same digest on every machine, at any position in X, next to any other rows, in float32 or
    float64, dense or sparse, among numbers or, in an array of dtype object, beside rows of text.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Rows; of dtype object where they are not numbers.

    Returns
    -------
    digests : ndarray of shape (n_samples,), uint64
    """
    digests = np.empty(X.shape[0], dtype=np.uint64)
    for first in range(0, X.shape[0], _BLOCK_ROWS):
        for i, content in enumerate(_contents(X[first : first + _BLOCK_ROWS]), start=first):
            digests[i] = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
    return digests


def _contents(block):
    """One bytes object per row, equal for rows of equal content."""
    if sparse.issparse(block):
        block = block.toarray()
    if block.dtype.kind in "OUST":
        return [_content_of_cells(row) for row in block.tolist()]
    return [row.tobytes() for row in _canonical(block)]


def _canonical(numbers):
    """Numbers as little-endian doubles, with one zero and one NaN."""
    numbers = np.ascontiguousarray(numbers, dtype="<f8") + 0.0  # -0.0 becomes 0.0
    numbers[np.isnan(numbers)] = np.nan
    return numbers


def _content_of_cells(row):
    cells = [_canonical_cell(cell) for cell in row]
    if all(type(cell) is float for cell in cells):
        return _canonical(cells).tobytes()
    return repr(cells).encode("utf-8", "backslashreplace")


def _canonical_cell(cell):
    """A number as a float, text as text, what is missing as NaN; anything else as it is, for its `repr`."""
    if isinstance(cell, str):
        return str(cell)
    if type(cell).__name__ in _ABSENT:
        return float("nan")
    if isinstance(cell, (Real, np.bool_, Decimal)):
        try:
            return float(cell) + 0.0
        except (OverflowError, ValueError):  # a whole number beyond all floats
            return cell
    return cell
