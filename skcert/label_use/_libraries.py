"""Installed libraries, whose functions are assumed not to know the user's labels, and the user's own code."""

import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

# even where they run from a checkout
_KNOWN = frozenset({"numpy", "scipy", "sklearn", __name__.partition(".")[0]})
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()


@lru_cache(maxsize=4096)
def is_library(module_name):
    """Whether a module belongs to the standard library or was installed, rather than written for this model."""
    if module_name.partition(".")[0] in _KNOWN or is_standard_library(module_name):
        return True
    return any(_INSTALLED.intersection(path.parts) for path in _files(module_name))


@lru_cache(maxsize=4096)
def is_standard_library(module_name):
    """Whether a module comes with Python."""
    top = module_name.partition(".")[0]
    if top in sys.builtin_module_names:
        return top != "__main__"
    return any(
        path.is_relative_to(_STANDARD) and not _INSTALLED.intersection(path.parts) for path in _files(module_name)
    )


def _files(module_name):
    top = module_name.partition(".")[0]
    module = sys.modules.get(top)
    if module is None or top == "__main__":
        return []
    file = getattr(module, "__file__", None)
    names = [file] if file else list(getattr(module, "__path__", []))
    return [Path(name).resolve() for name in names]
