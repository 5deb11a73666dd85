"""How compiled functions are made, and what they are given.

They are cached on disk where that is possible, free of the interpreter's lock, and compiled at their first call.
"""

import gc
import warnings
from contextlib import suppress
from functools import lru_cache, partial, update_wrapper
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
import numba.core.options as numba_options
from numba.core.caching import FunctionCache
from numba.core.compiler import Compiler, Flags
from numba.extending import typeof_impl

_said: set[str] = set()


class _QuickFlags(Flags):
    """Numba's settings of one compilation, which are the same if the same ones have been made.

    What Numba knows for each operator and each kind of operands, it looks up by the settings. To compare all of them,
    one property after the other, took a fifth of the time for compilation.
    """

    __slots__ = ()

    def __eq__(self, other):
        return type(other) is _QuickFlags and other._values == self._values

    def __hash__(self):
        return hash(frozenset(self._values))


class _Compiler(Compiler):
    """Numba's own, with these settings."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.state.flags = _QuickFlags(self.state.flags)


_quick: dict[str, Any] = {"pipeline_class": _Compiler} if hasattr(Flags(), "_values") else {}
_njit: Any = partial(numba.njit, nogil=True, **_quick)


def compiled(function=None, **options):
    """``numba.njit`` for functions on plain arrays, with further options of it.

    Nobody calls these functions from C; leaving out the wrapper for that saves a tenth of the time for compilation.
    """
    if function is None:
        return partial(compiled, **options)
    dispatcher = _njit(**_known("no_cfunc_wrapper"), **options)(function)
    if dispatcher is not function:  # as under NUMBA_DISABLE_JIT
        with suppress(AttributeError):  # where Numba has another name for it, collections go on
            dispatcher._compile_for_args = _with_garbage_kept(dispatcher._compile_for_args)
        _cache_on_disk(dispatcher, function)
    return dispatcher


def compiled_part(function=None, **options):
    """`compiled` for functions that compiled code calls: without the wrapper for calls from Python.

    The wrapper takes as long to compile as a short function. A call from Python, as in tests, compiles all again.
    """
    if function is None:
        return partial(compiled_part, **options)
    saved = _known("no_cfunc_wrapper", "no_cpython_wrapper")
    dispatcher = _njit(**saved, **options)(function)
    if dispatcher is function:
        return function
    _cache_on_disk(dispatcher, function)
    return _Part(function, dispatcher, _njit(**options)(function))


def _known(*options):
    """Those of some options, all of them true, that this version of Numba has."""
    return {option: True for option in options if hasattr(getattr(numba_options, "DefaultOptions", None), option)}


class _Part:
    """A function that is one thing to compiled code and another to Python, which could not call the first."""

    def __init__(self, function, for_compiled_code, for_python):
        update_wrapper(self, function)
        self.py_func, self.for_compiled_code, self.for_python = function, for_compiled_code, for_python

    def __call__(self, *arguments):
        return self.for_python(*arguments)


@typeof_impl.register(_Part)
def _type_of_part(part, context):
    return typeof_impl(part.for_compiled_code, context)


def _cache_on_disk(dispatcher, function):
    try:
        dispatcher._cache = _DispensableCache(function)
    except (RuntimeError, OSError) as error:  # no folder can be written to
        _say_that_nothing_is_cached(error)


def _with_garbage_kept(compile_for):
    """Compilation during which Python looks for no cycles: among a million objects in use, that takes a tenth more."""

    def compile_without_collection(*arguments, **keywords):
        enabled = gc.isenabled()
        gc.disable()
        try:
            return compile_for(*arguments, **keywords)
        finally:
            if enabled:
                gc.enable()

    return compile_without_collection


class _DispensableCache(FunctionCache):
    """Numba's cache, in which nothing that goes wrong stops a computation.

    What is damaged or cannot be read is compiled again and replaced; what cannot be written serves this process only.
    Code that was compiled from other sources is never used, not even if only a function in another file has changed,
    which Numba does not look at.
    """

    def load_overload(self, sig, target_context):
        try:
            self._stamp_all_sources()
            return super().load_overload(sig, target_context)
        except Exception:  # a truncated pickle raises anything
            with suppress(Exception):
                self.flush()  # or a damaged index would keep the new entry out
            return None

    def save_overload(self, sig, data):
        try:
            self._stamp_all_sources()
            super().save_overload(sig, data)
        except Exception as error:
            _say_that_nothing_is_cached(error)

    def _stamp_all_sources(self):
        own = self._impl.locator.get_source_stamp()
        self._cache_file._source_stamp = (own, digest_of_compiled_sources())


@lru_cache(maxsize=1)
def digest_of_compiled_sources():
    """A digest of all files of the package that have compiled functions: any of them may be part of any other."""
    digest = sha256()
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        content = path.read_bytes()
        if b"compiled" in content or b"njit" in content:
            digest.update(content)
    return digest.hexdigest()


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
