"""How compiled functions are made, and what they are given.

They are cached on disk where that is possible, free of the interpreter's lock, and compiled at their first call.
"""

import warnings
from contextlib import suppress
from functools import partial
from typing import Any

import numba
from numba.core.caching import FunctionCache

_njit: Any = numba.njit  # whose type hints do not know of no_cfunc_wrapper
_said: set[str] = set()


def compiled(function=None, **options):
    """``numba.njit`` for functions on plain arrays, with further options of it.

    Nobody calls these functions from C; leaving out the wrapper for that saves a tenth of the time for compilation.
    """
    if function is None:
        return partial(compiled, **options)
    dispatcher = _njit(nogil=True, no_cfunc_wrapper=True, **options)(function)
    if dispatcher is not function:  # as under NUMBA_DISABLE_JIT
        try:
            dispatcher._cache = _DispensableCache(function)
        except (RuntimeError, OSError) as error:  # no folder can be written to
            _say_that_nothing_is_cached(error)
    return dispatcher


class _DispensableCache(FunctionCache):
    """Numba's cache, in which nothing that goes wrong stops a computation.

    What is damaged or cannot be read is compiled again and replaced; what cannot be written serves this process only.
    """

    def load_overload(self, sig, target_context):
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # a truncated pickle raises anything
            with suppress(Exception):
                self.flush()  # or a damaged index would keep the new entry out
            return None

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except Exception as error:
            _say_that_nothing_is_cached(error)


def _say_that_nothing_is_cached(error):
    """One line, once in a process; without a line of source after it, which a warning usually shows."""
    if not _said:
        _said.add("nothing is cached")
        warnings.warn_explicit(
            "Compiled functions cannot be cached, and are compiled anew in each process, which takes seconds: set "
            "NUMBA_CACHE_DIR to a folder that can be written to. "
            f"({' '.join(f'{type(error).__name__}: {error}'.split())})",
            RuntimeWarning,
            "skcert",
            0,
        )


def read_only(array):
    """A view that cannot be written to, of an array that may or may not be: one kind of argument, compiled once."""
    view = array.view()
    view.flags.writeable = False
    return view
