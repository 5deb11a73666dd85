"""Type hints of the public API; mypy, which CI runs, checks that they are right."""

import inspect
from importlib import import_module
from importlib.resources import files

import pytest

from tests.test_docs import public_names

MODULES = [
    "skcert",
    "skcert.annotators",
    "skcert.baselines",
    "skcert.certificates",
    "skcert.dask",
    "skcert.display",
    "skcert.ensemble",
    "skcert.inspection",
    "skcert.kernel_approximation",
    "skcert.kernels",
    "skcert.learners",
    "skcert.metrics",
    "skcert.model_selection",
    "skcert.preprocessing",
]


def public_functions(module):
    """Functions, and methods that public classes define, as ``(name, function)``; a property counts as its getter."""
    names = getattr(module, "__all__", None) or [
        name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__
    ]
    for name in names:
        value = getattr(module, name)
        if inspect.isclass(value):
            yield from _methods(value)
        elif callable(value):
            yield name, value


def _methods(kind):
    for base in kind.__mro__:
        if not base.__module__.startswith("skcert."):
            continue
        for name, attribute in vars(base).items():
            if name != "__init__" and name.startswith("_"):
                continue
            function = attribute.fget if isinstance(attribute, property) else getattr(kind, name)
            if inspect.isroutine(function):
                yield f"{kind.__name__}.{name}", function


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_are_annotated(module):
    missing = []
    for name, function in public_functions(import_module(module)):
        signature = inspect.signature(function)
        missing += [
            f"{name}({parameter.name})"
            for parameter in signature.parameters.values()
            if parameter.annotation is parameter.empty and parameter.name != "self"
        ]
        if signature.return_annotation is signature.empty:
            missing.append(f"{name} -> ?")
    assert missing == []


@pytest.mark.parametrize("module", MODULES)
def test_signatures_can_be_read(module):
    """As `help` prints them: what was written, and not what numpy makes of it."""
    loaded, unreadable = import_module(module), []
    functions = dict(public_functions(loaded))
    functions |= {name: getattr(loaded, name) for name in public_names(module) if name != "LabelUseWarning"}
    for name, function in functions.items():
        if not callable(function) or function.__module__.startswith("sklearn"):  # set_fit_request and the like
            continue
        signature = inspect.signature(function)
        printed = [str(parameter) for parameter in signature.parameters.values()]
        printed.append(inspect.formatannotation(signature.return_annotation))
        unreadable += [(name, part) for part in printed if len(part) > 100 or "_typing" in part or "Union[" in part]
    assert unreadable == []


def test_type_checkers_are_told():
    assert files("skcert").joinpath("py.typed").is_file()
