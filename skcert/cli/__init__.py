"""The command line: ``skcert demo`` and ``skcert certify``."""

from ._main import main

__all__ = ["main"]
