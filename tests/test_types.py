"""Type hints of the public API; mypy, which CI runs, checks that they are right."""

import inspect
from importlib import import_module
from importlib.resources import files

import pytest

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


def test_type_checkers_are_told():
    assert files("skcert").joinpath("py.typed").is_file()
