"""What `certify_collective` returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._read_only import ReadOnlyArrays


@dataclass(frozen=True, eq=False, repr=False)
class CollectiveBound(ReadOnlyArrays):
    """How many of a test set's predictions one budget of label flips can change at once.

    Parameters
    ----------
    n_test : int
        Number of test rows.
    flips : int
        The attacker's budget, in label flips.
    n_changed_upper : int
        Proved: no attack of at most ``flips`` flips changes more predictions than this.
    n_changed_lower : int
        Number of predictions that the following attack changes.
    attack_rows : ndarray of shape (n_flips,), int64
        Training rows that the attack relabels, at most ``flips``; empty if it changes nothing.
    attack_labels : ndarray of shape (n_flips,), int64
        Their new class indices.
    method : str
        "lp" or "milp".

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.certificates import certify_collective
    >>> bound = certify_collective(np.eye(3), np.array([1, 1, 1]), 2, 2)
    >>> bound
    CollectiveBound(n_test=3, flips=2, n_changed_lower=2, n_changed_upper=2, method='lp')
    >>> bound.exact
    True
    """

    n_test: int
    flips: int
    n_changed_upper: int
    n_changed_lower: int
    attack_rows: np.ndarray
    attack_labels: np.ndarray
    method: str

    @property
    def exact(self) -> bool:
        """Whether the attack proves that the bound cannot be lower, bool."""
        return self.n_changed_lower == self.n_changed_upper

    def __repr__(self) -> str:
        return (
            f"CollectiveBound(n_test={self.n_test}, flips={self.flips}, n_changed_lower={self.n_changed_lower}, "
            f"n_changed_upper={self.n_changed_upper}, method={self.method!r})"
        )
