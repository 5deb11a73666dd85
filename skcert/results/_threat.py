"""What a radius counts, in words: label flips, or rows. Nobody should take one for the other."""

from __future__ import annotations

from typing import NamedTuple


class Units(NamedTuple):
    """Words for what an attacker changes."""

    counted: str
    """What a radius counts, after a number or "in"."""
    short: str
    """The same in one word."""
    n_train: str
    """What ``n_train`` counts."""

    @property
    def axis(self) -> str:
        """The label of an axis."""
        return self.counted[0].upper() + self.counted[1:]


UNITS = {
    "labels": Units("label flips", "flips", "training labels"),
    "rows": Units("rows inserted, deleted or relabelled", "rows", "training rows"),
}


THREATS = tuple(UNITS)


def units_of(threat):
    """The units of a threat; ValueError for an unknown one."""
    if not isinstance(threat, str) or threat not in UNITS:
        raise ValueError(f"threat={threat!r} must be 'labels', for label flips, or 'rows'.")
    return UNITS[threat]
