"""Difficult numbers: ties, near ties, cancellation, subnormal numbers, sums that overflow, and NaN and infinity."""

import numpy as np


def _ordinary(rng, shape, _):
    return rng.standard_normal(shape)


def _whole(rng, shape, _):
    return rng.integers(-3, 4, shape).astype(np.float64)


def _large_whole(rng, shape, limits):
    return rng.integers(-4, 5, shape) * 2.0 ** rng.integers(limits.nmant - 4, limits.nmant + 2) + rng.integers(
        -3, 4, shape
    )


def _tenths(rng, shape, _):
    return rng.integers(-9, 10, shape) * 0.1


def _near_ties(rng, shape, limits):
    return rng.integers(-3, 4, shape) * (1.0 + rng.integers(-2, 3, shape) * float(limits.eps))


def _cancelling(rng, shape, limits):
    big = 2.0 ** (limits.nmant + 1)
    return rng.choice([big, -big, big + 2, 1.0, -1.0, 0.1, -0.3, 0.0], shape)


def _wide(rng, shape, _):
    return rng.choice([-1.0, 1.0], shape) * 10.0 ** rng.uniform(-30, 30, shape)


def _tiny(rng, shape, limits):
    return rng.standard_normal(shape) * float(limits.tiny) * 10.0 ** rng.integers(0, 9)


def _subnormal(rng, shape, limits):
    return rng.integers(-9, 10, shape) * (float(limits.smallest_subnormal) * 10.0 ** rng.integers(0, 6))


def _huge(rng, shape, limits):
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 1.0, shape) * float(limits.max)


def _not_finite(rng, shape, _):
    numbers = rng.standard_normal(shape)
    return np.where(rng.random(shape) < 0.3, rng.choice([np.nan, np.inf, -np.inf], shape), numbers)


FAMILIES = {
    "ordinary": _ordinary,
    "whole": _whole,
    "large whole": _large_whole,
    "tenths": _tenths,
    "near ties": _near_ties,
    "cancelling": _cancelling,
    "wide": _wide,
    "tiny": _tiny,
    "subnormal": _subnormal,
    "huge": _huge,
    "not finite": _not_finite,
}


def draw_numbers(rng, family, shape, dtype):
    """Numbers of a family, sometimes all of one sign, sometimes with repetitions."""
    with np.errstate(all="ignore"):
        numbers = FAMILIES[family](rng, shape, np.finfo(dtype)).astype(dtype)
    if rng.random() < 0.3:
        numbers = np.abs(numbers) * rng.choice([-1, 1]).astype(dtype)
    if rng.random() < 0.2 and numbers.size > 1:
        numbers[..., -1] = numbers[..., 0]
    return numbers
