"""One budget of flips for many test points at once."""

from ._bound import certify_collective
