"""How a sentence of the docs is held against what was measured on a data set."""

from collections.abc import Callable
from math import inf
from typing import NamedTuple

_LEAST_RADIUS = 0.5
"""Multiples of smaller radii say nothing."""
TIMES = "certify / predict"
_MULTIPLES = ("radius", "seconds to fit")


class Measured(NamedTuple):
    """Facts of a data set, which say whether a sentence is about it, and the readings of every setting on it."""

    rows: int
    features: int
    classes: int
    most_to_least: float
    readings: dict


class Check(NamedTuple):
    """A quantity of one setting, or what it is more than with another, and between what it has to be."""

    of: str
    setting: str
    base: str | None = None
    at_least: float = -inf
    at_most: float = inf

    def value(self, data):
        """Points, or times; None where a setting was not tried, or the radius of the base is no radius."""
        here = data.readings.get(self.setting, {}).get(self.of)
        there = data.readings.get(self.base, {}).get(self.of)
        if here is None or (there is None and self.base is not None):
            return None
        if self.of in _MULTIPLES:
            return None if self.of == "radius" and there < _LEAST_RADIUS else max(here, 0.0) / there
        if self.of == TIMES:
            return here
        return 100.0 * (here - (there or 0.0))

    def holds(self, value):
        return value is None or self.at_least - 1e-9 <= value <= self.at_most + 1e-9

    @property
    def is_multiple(self):
        """Whether `value` is times something, or else points or a share."""
        return self.of in (*_MULTIPLES, TIMES)


class Claim(NamedTuple):
    """A sentence, the page where it stands, what has to hold, and the data that it is about."""

    page: str
    sentence: str
    checks: tuple
    about: Callable = lambda data: True

    def values(self, data):
        """Of all checks; None where the sentence is not about such data, or nothing can be said."""
        values = [check.value(data) for check in self.checks] if self.about(data) else [None]
        return None if all(value is None for value in values) else values

    def holds(self, data):
        values = self.values(data)
        return None if values is None else all(check.holds(value) for check, value in zip(self.checks, values))
