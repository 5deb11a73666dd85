"""How compiled functions are made, and what they are given.

They are cached on disk, free of the interpreter's lock, and compiled at their first call.
"""

from typing import Any

import numba

_njit: Any = numba.njit  # whose type hints do not know of no_cfunc_wrapper


def compiled(function=None, **options):
    """``numba.njit`` for functions on plain arrays, with further options of it.

    Nobody calls these functions from C; leaving out the wrapper for that saves a tenth of the time for compilation.
    """
    decorate = _njit(cache=True, nogil=True, no_cfunc_wrapper=True, **options)
    return decorate if function is None else decorate(function)


def read_only(array):
    """A view that cannot be written to, of an array that may or may not be: one kind of argument, compiled once."""
    view = array.view()
    view.flags.writeable = False
    return view
