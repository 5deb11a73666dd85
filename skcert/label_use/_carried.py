"""What carries labels, or rows, in from outside: fitted estimators and arrays that a function or parameter leads to.

A function can use what it closes over, its defaults, its attributes, the globals that it names and the object that it
is a method of. All of that is examined, to any depth, in code that was written for this model; installed libraries
are assumed to know nothing about its labels or rows. There is no telling what an array was made from, so every
one counts.
"""

import array
import dis
import functools
import operator
import sys
import types
from collections import UserDict, UserList, deque
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import NotFittedError

from ._known import (
    COMPOSITES,
    LABEL_FREE,
    LABEL_FREE_OTHERS,
    LABELS,
    Source,
    composite_parts,
    is_exactly,
    replaced_method,
    state_of,
    vouches,
)
from ._libraries import is_library, is_standard_library

_MOST_OBJECTS = 20_000
_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.dtype, types.ModuleType, types.CodeType)
# Parameters that list what exists, or what to try. Nothing shows what labels had to do with them.
_LISTS = frozenset(
    {"Cs", "alphas", "categories", "classes", "l1_ratios", "param_distributions", "param_grid", "score_weight"}
    | {"vocabulary"}
)


class _Sight(NamedTuple):
    """Something to examine, and how it was reached."""

    part: str  # the part of the model that leads there, as in ``set_params``
    road: str  # the parameter of that part that leads there; "" for the part itself
    name: str  # the name that it has where it was found; "" if none
    value: Any
    source: Source  # whose traces are looked for
    arrays_count: bool = True
    through_function: bool = False

    def to(self, name, value, **changes):
        return self._replace(name=str(name), value=value, **changes)


def carried(value, part, source=LABELS):
    """How `value`, which is the part of this name or belongs to it, may carry labels, or rows: ``(part, reason)``."""
    return _walk([_Sight(part, "", "", value, source)])


def carried_by_parameters(estimator, part, source=LABELS, *, arrays_count=True, without=()):
    """The same for an estimator's parameters, but not for itself or the steps of a pipeline, union or the like.

    Nor for those of the names in `without`.
    """
    sights = [sight for sight in _parameters(_Sight(part, "", "", estimator, source)) if sight.name not in without]
    return _walk(sight._replace(arrays_count=arrays_count and sight.arrays_count) for sight in sights)


def _walk(sights):
    found: dict[str, str] = {}
    seen: dict[tuple[int, bool], Any] = {}
    queue = deque(sights)
    while queue:
        sight = queue.popleft()
        value = sight.value
        if isinstance(value, _PLAIN) or (id(value), sight.arrays_count) in seen:
            continue
        if vouches(value, sight.source.promise):
            continue
        seen[id(value), sight.arrays_count] = value  # kept, so that its id stays its own
        if len(seen) > _MOST_OBJECTS:
            found.setdefault(sight.part, _reason(sight, f"more than {_MOST_OBJECTS} objects, too many to examine"))
            break
        what = _what_it_brings(sight)
        if what is None:
            queue.extend(_leads_to(sight))
        else:
            found.setdefault(sight.part, _reason(sight, what))
    return list(found.items())


def _reason(sight, what):
    if not sight.road:
        return what
    name = f", {sight.name!r}" if sight.name not in ("", sight.road) else ""
    if sight.through_function:
        remedy = f"if not, say so: `{sight.source.promise} = False` as an attribute of the function"
        return f"its {sight.road} leads to {what}{name} ({remedy})"
    promise = sight.source.promise
    return f"its {sight.road} is or holds {what} (if not, say so: `{promise} = False` in a class of your own)"


def _what_it_brings(sight):
    """In words, how a value itself may carry labels; None if it does not."""
    value, source = sight.value, sight.source
    kind = type(value).__name__
    if _is_array(value):
        return f"data that may have been {source.made}, of type {kind}" if sight.arrays_count else None
    if isinstance(value, np.ufunc):
        known = value.__name__ in vars(np) or not set("".join(value.types)) <= set("O->")
        return None if known else "a ufunc made from a Python function, which cannot be examined"
    if not _is_estimator(value) or is_exactly(value, COMPOSITES | {"FrozenEstimator"}):
        return None
    method = replaced_method(value)
    if method is not None:
        return f"{kind}, whose method {method!r} was replaced on the instance"
    if is_exactly(value, source.harmless):
        return None
    cv = getattr(value, "cv", None)
    if getattr(value, "prefit", None) is True or (isinstance(cv, str) and cv == "prefit"):
        return f"{kind}, which uses what was fitted beforehand, perhaps {source.fitted}"
    return f"{kind}, fitted beforehand, perhaps {source.fitted}" if _is_fitted(value) else None


def _leads_to(sight):
    value = sight.value
    if _is_array(value):
        return []
    if _is_estimator(value):
        return _of_estimator(sight)
    if isinstance(value, (list, tuple, set, frozenset, deque, UserList)):
        return [sight.to(sight.name, item) for item in value]
    if isinstance(value, (dict, types.MappingProxyType, UserDict)):
        return [sight.to(key if isinstance(key, str) else sight.name, item) for key, item in value.items()]
    if isinstance(value, type):
        return _of_class(sight, value)
    return _of_code(sight._replace(arrays_count=True, through_function=True)) if callable(value) else _of_object(sight)


def _of_estimator(sight):
    value = sight.value
    if is_exactly(value, {"FrozenEstimator"}):
        return [sight.to(sight.name, value.estimator)]
    parts = composite_parts(value, sight.source.promise) or []
    sights = [sight._replace(part=f"{sight.part}__{name}", value=part) for name, part in parts] + _parameters(sight)
    if is_exactly(value, COMPOSITES | LABEL_FREE | LABEL_FREE_OTHERS):
        return sights
    parameters = _parameter_values(value)
    for name, item in state_of(value).items():
        if name not in parameters:
            sights.append(sight.to(name, item, road=sight.road or name))
    return sights + _of_class(sight._replace(road=sight.road or "class"), type(value))


def _parameters(sight):
    """Each parameter of an estimator; estimators, including those in a list, under names of their own."""
    is_composite = composite_parts(sight.value, sight.source.promise) is not None
    sights = []
    for name, item in _parameter_values(sight.value).items():
        own = sight._replace(road=sight.road or name, name=name, arrays_count=name not in _LISTS)
        if _is_estimator(item):
            sights.append(sight._replace(part=f"{sight.part}__{name}", value=item))
        elif not _is_named_parts(item):
            sights.append(own._replace(value=item))
        else:
            for part, member, *columns in item:
                if not is_composite:
                    sights.append(sight._replace(part=f"{sight.part}__{part}", value=member))
                sights.append(own._replace(value=columns, arrays_count=False))
    return sights


def _parameter_values(estimator):
    return estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}


def _is_named_parts(value):
    return isinstance(value, list) and all(
        isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str) for item in value
    )


def _of_code(sight):
    """What a function, a bound method, a partial or another callable object can use."""
    value = sight.value
    if isinstance(value, (operator.itemgetter, operator.attrgetter, operator.methodcaller)):
        return [sight.to(sight.name, argument) for argument in value.__reduce__()[1:]]
    if isinstance(value, functools.partial):
        return [sight.to(sight.name, item) for item in (value.func, value.args, value.keywords, state_of(value))]
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType):
        silent = vouches(owner, sight.source.promise)
        method = [] if silent else [sight.to(sight.name, getattr(value, "__func__", None))]
        return [sight.to(sight.name, owner), *method]
    wrapped = getattr(value, "__wrapped__", None)
    sights = [] if wrapped is None else [sight.to(sight.name, wrapped)]
    if isinstance(value, types.FunctionType):
        return sights + _of_function(sight)
    return sights or _of_object(sight)  # what a library makes from a function depends on that function only


def _of_function(sight):
    function = sight.value
    at_hand = state_of(function)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            at_hand[name] = cell.cell_contents
        except ValueError:  # still empty
            continue
    at_hand.update(function.__kwdefaults__ or {})
    if not is_library(str(function.__globals__.get("__name__", ""))):
        at_hand.update(_named_globals(function.__code__, function.__globals__))
    return [sight.to(name, item) for name, item in at_hand.items()] + [
        sight.to("a default", item) for item in function.__defaults__ or ()
    ]


def _named_globals(code, scope):
    """The globals that code names, including ``module.name`` and those named by functions within it."""
    values, attributes, modules = {}, set(), []
    codes = [code]
    for block in codes:
        attributes.update(block.co_names)
        codes.extend(constant for constant in block.co_consts if isinstance(constant, types.CodeType))
        for instruction in dis.get_instructions(block):
            name = instruction.argval
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") and name in scope:
                values[name] = scope[name]
            elif instruction.opname == "IMPORT_NAME" and name in sys.modules:
                modules.append(sys.modules[name])
    modules.extend(value for value in values.values() if isinstance(value, types.ModuleType))
    for module in modules:  # grows meanwhile
        if is_library(module.__name__):
            continue
        for name in attributes.intersection(vars(module)):
            value = vars(module)[name]
            if not isinstance(value, types.ModuleType):
                values[name] = value
            elif value not in modules:
                modules.append(value)
    return values


def _of_object(sight):
    value = sight.value
    if isinstance(value, (staticmethod, classmethod, property, functools.cached_property, functools.partialmethod)):
        names = ("__func__", "fget", "func", "args", "keywords")
        return [sight.to(sight.name, getattr(value, name)) for name in names if hasattr(value, name)]
    if is_standard_library(type(value).__module__) and not isinstance(value, types.SimpleNamespace):
        return []
    state = state_of(value)
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                state[name] = getattr(value, name)
    return [sight.to(name, item) for name, item in state.items()] + _of_class(sight, type(value))


def _of_class(sight, kind):
    """What the code of a class can use, and its attributes, if it was written for this model."""
    bases = [base for base in kind.__mro__ if not is_library(base.__module__)]
    road = sight._replace(arrays_count=True, through_function=True)
    return [road.to(name, item) for base in bases for name, item in vars(base).items() if name != "__dict__"]


def _is_estimator(value):
    return not isinstance(value, type) and hasattr(value, "fit")


def _is_fitted(estimator):
    if hasattr(estimator, "__sklearn_is_fitted__"):
        try:
            return bool(estimator.__sklearn_is_fitted__())
        except NotFittedError:
            return False
    return any(name.endswith("_") and not name.startswith("__") for name in state_of(estimator))


def _is_array(value):
    """An array, series, table or tensor of any library."""
    if isinstance(value, (array.array, bytearray, memoryview)) or issparse(value):
        return True
    offers = ("__array__", "__dataframe__", "__arrow_c_stream__", "__dlpack__")
    return not isinstance(value, type) and any(hasattr(type(value), offer) for offer in offers)
