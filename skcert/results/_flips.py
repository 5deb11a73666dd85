"""A number of label flips, given as it is or as a share of the training labels: the one rule for all `flips`."""

from decimal import Decimal
from numbers import Integral

import numpy as np

from ._unbounded import UNBOUNDED


def check_flips(flips, name="flips"):
    """Raise ValueError unless `flips` is a whole number, or a float between 0 and 1."""
    if isinstance(flips, Integral) and not isinstance(flips, (bool, np.bool_)) and 0 <= int(flips) < UNBOUNDED:
        return
    if isinstance(flips, (float, np.floating)) and 0 < flips < 1:
        return
    raise ValueError(
        f"{name}={flips!r} must be a whole number of label flips, 0 or more, or a float between 0 and 1 for a share "
        "of the training labels (0 and 1 themselves are whole numbers)."
    )


def number_of_flips(flips, n_train, name="flips"):
    """`flips` itself, or that share of `n_train` labels, rounded down."""
    check_flips(flips, name)
    if isinstance(flips, Integral):
        return int(flips)
    return int(Decimal(str(flips)) * n_train)  # the decimal as written: in binary, 0.29 of 100 labels would be 28


def one_by_one(flips):
    """Numbers of flips one after the other, and the shape that they were given in: () for a single number."""
    if np.ndim(flips) == 0:
        return [flips], ()
    budgets = np.asarray(flips)
    if budgets.dtype.kind == "f" and not hasattr(flips, "dtype"):
        budgets = np.array(flips, dtype=object)  # [0, 0.01] has a number and a share, and not two floats
    return budgets.ravel(), budgets.shape
