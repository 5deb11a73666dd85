"""Rows in blocks of one fixed height, for functions whose rounding depends on the shape of their input."""

import numpy as np

_HEIGHT = 64


def in_fixed_blocks(function, X):
    """``function(X)`` for a function of rows, computed in blocks of 64 rows; the last is padded with its last row."""
    parts = []
    for first in range(0, X.shape[0], _HEIGHT):
        block = X[first : first + _HEIGHT]
        missing = _HEIGHT - block.shape[0]
        if missing:
            block = np.concatenate([block, np.repeat(block[-1:], missing, axis=0)])
        parts.append(function(block)[: _HEIGHT - missing])
    return np.concatenate(parts)
