"""What the ``reachable`` of a search returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._read_only import ReadOnlyArrays


@dataclass(frozen=True, eq=False, repr=False)
class SelectionBound(ReadOnlyArrays):
    """Which candidates of a search some attack of a given size may make win: a superset.

    Parameters
    ----------
    flips : int
        The attacker's budget, in label flips.
    reachable : ndarray of shape (n_candidates,), bool
        Whether the candidate may win: ``flips_to_select <= flips``. Always true of the chosen one.
    flips_to_select : ndarray of shape (n_candidates,), int64
        Proved: no attack of fewer flips makes the candidate win. 0 for the chosen one, `skcert.UNBOUNDED` where no
        number of flips does.
    largest_lead : ndarray of shape (n_candidates,), float64
        Proved, up to rounding: with so many flips, the candidate's score exceeds that of the chosen one by no more
        than this. Negative: it stays behind. 0 for the chosen one.
    n_unstable : ndarray of shape (n_candidates,), int64
        Validation predictions of the candidate, over all splits, that so many flips may change.

    Examples
    --------
    See `skcert.model_selection.CertifiedGridSearchCV`.
    """

    flips: int
    reachable: np.ndarray
    flips_to_select: np.ndarray
    largest_lead: np.ndarray
    n_unstable: np.ndarray

    def __repr__(self) -> str:
        return (
            f"SelectionBound(flips={self.flips}, reachable={np.flatnonzero(self.reachable).tolist()}, "
            f"n_candidates={len(self.reachable)})"
        )
