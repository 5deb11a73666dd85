"""One budget of flips for many test rows at once."""

from ._bound import certify_collective
