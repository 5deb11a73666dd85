"""Plots of results, which are `skcert.display`'s."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def display(name: str) -> Any:
    """A class of `skcert.display`, which imports results: by its name, at the first plot, and not before."""
    return getattr(import_module("skcert.display"), name)
