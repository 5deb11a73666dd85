"""What keeps the tree readable: short modules and functions, wings with front doors, tests where the modules are."""

import ast
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.test_docs import public_names
from tests.test_types import MODULES as PUBLIC

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS, BENCHMARKS = ROOT / "skcert", ROOT / "tests", ROOT / "benchmarks"
MODULES = [path for folder in (PACKAGE, TESTS, BENCHMARKS) for path in sorted(folder.rglob("*.py"))]
MOST_LINES, MOST_LINES_OF_CODE = 350, 60


@lru_cache
def parsed(path):
    return ast.parse(path.read_text())


def dotted(path, root):
    """The name by which a module is imported."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path, root):
    """Dotted names of what a module imports, wherever in the file; `from a import b` may mean `a` and `a.b`."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join(filter(None, (*above, node.module)))
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def lines_of_code(function, lines):
    """Lines from `def` to the end that are neither blank, nor a comment, nor in the docstring."""
    inside = set(range(function.lineno, function.end_lineno + 1))
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        inside -= set(range(docstring.lineno, docstring.end_lineno + 1))
    return sum(1 for number in inside if lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#"))


def functions_above_the_limit(tree, text):
    lines = text.splitlines()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [node.name for node in functions if lines_of_code(node, lines) > MOST_LINES_OF_CODE]


def test_modules_are_short():
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in MODULES}
    assert len(lengths) > 200
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_functions_are_short():
    found = {
        path.relative_to(ROOT).as_posix(): functions_above_the_limit(parsed(path), path.read_text())
        for path in MODULES
    }
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(("n_lines", "found"), [(58, []), (59, []), (60, ["f"])])
def test_only_code_counts(n_lines, found):
    """`def` is one of the lines; docstring, comments and blank lines are none."""
    body = '    """Says\n\n    much."""\n' + "\n    # why\n    pass" * n_lines
    text = f"def f():\n{body}\n"
    assert functions_above_the_limit(ast.parse(text), text) == found


def test_tests_lie_where_their_modules_lie():
    """Every folder is one of the package's; and what has a module's name lies beside a module of that name."""
    modules = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")}
    for path in TESTS.rglob("test_*.py"):
        folder, name = path.relative_to(TESTS).parent, path.stem.removeprefix("test_")
        assert (PACKAGE / folder).is_dir(), path
        homes = {module.parent for module in modules if module.stem in (name, f"_{name}")}
        assert not homes or folder in homes, path


def test_wings_are_entered_by_the_front_door():
    """A module with an underscore in front is imported by those beside it, or in folders beside it, only."""
    modules = {dotted(path, ROOT) for path in PACKAGE.rglob("_*.py") if path.name != "__init__.py"}
    for path in PACKAGE.rglob("*.py"):
        for imported in modules.intersection(imports(path, ROOT)):
            folder = PACKAGE.parent.joinpath(*imported.split(".")[:-1])
            assert folder in path.parents, f"{path} imports {imported}"


def test_wings_import_one_way():
    wings = {path.stem for path in PACKAGE.iterdir()}
    graph = {wing: set() for wing in wings}
    for path in PACKAGE.rglob("*.py"):
        wing = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found = {name.split(".")[1] for name in imports(path, ROOT) if name.startswith("skcert.")}
        graph[wing] |= found & wings - {wing, "_utils"}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError
    assert "label_use" in graph["ensemble"] and "display" in graph["cli"]


def test_benchmarks_import_one_way():
    paths = {dotted(path, BENCHMARKS): path for path in BENCHMARKS.rglob("*.py")}
    graph = {name: {found for found in imports(path, BENCHMARKS) if found in paths} for name, path in paths.items()}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError
    assert graph["report"] >= {"campaign", "comparison.pages", "peers", "scaling", "witnesses"}
    assert not any("report" in imported for imported in graph.values())


class Used(ast.NodeVisitor):
    """Names that a test module uses, other than to import them, in what is not marked as slow as a whole."""

    def __init__(self):
        self.names = set()

    def visit(self, node):
        if "pytest.mark.slow" in map(ast.unparse, getattr(node, "decorator_list", ())):
            return
        self.names |= {getattr(node, "id", None), getattr(node, "attr", None)}
        self.generic_visit(node)


def test_the_quick_lane_uses_every_public_name():
    used = Used()
    for path in TESTS.rglob("test_*.py"):
        used.visit(parsed(path))
    for module in PUBLIC:
        assert set(public_names(module)) <= used.names, module
