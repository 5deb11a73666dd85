"""The pages in docs/: their code runs, their reference is complete, their examples are there."""

import importlib
import re
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NOT_RUN = re.compile(r"<!-- not run: (.*?) -->\n```python\n")
MODULES = ["", "annotators", "baselines", "certificates", "dask", "display", "ensemble", "inspection", "kernels"]
MODULES += ["learners", "metrics", "model_selection"]


def fences(page):
    """Language and code of each fenced block."""
    return re.findall(r"^```(\S*)[^\n]*\n(.*?)^```", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def blocks_to_run(page):
    text = NOT_RUN.sub("```text\n", page.read_text())
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if blocks_to_run(page)], ids=lambda page: page.stem)
def test_code_runs(page, monkeypatch, tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": page.stem}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)  # other libraries', about themselves
        warnings.filterwarnings("ignore", ".*training rows that were tried")  # models that predict one class
        for number, block in enumerate(blocks_to_run(page)):
            exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)
    plt.close("all")
    assert not list(tmp_path.iterdir())


OUTPUT = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", flags=re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"\d+(?:\.\d*)?")


@pytest.mark.slow
def test_start_shows_what_its_code_prints(capsys):
    """The same words, and numbers that are as good as the same: the last flip may hang on the machine."""
    pytest.importorskip("matplotlib")
    namespace = {}
    for block, shown in OUTPUT.findall((ROOT / "docs" / "start.md").read_text()):
        exec(block, namespace)
        printed = capsys.readouterr().out
        assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", shown).split()
        numbers = [[float(number) for number in NUMBER.findall(text)] for text in (printed, shown)]
        assert numbers[0] == pytest.approx(numbers[1], rel=0.05, abs=0.03)


def test_blocks_that_are_not_run_are_listed_here():
    marked = [(page.name, reason) for page in PAGES for reason in NOT_RUN.findall(page.read_text())]
    clusters = [("scaling.md", "needs a cluster")] + 4 * [("scaling_out.md", "needs a cluster")]
    assert marked == [*clusters, ("serving.md", "writes a file")]


def test_no_code_hides_under_another_name():
    known = {"dockerfile", "python", "sh", "text", "{toctree}", "{include}"}
    for page in PAGES:
        assert {language for language, _ in fences(page)} <= known, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_exist(page):
    from skcert.cli._main import _parser

    for language, code in fences(page):
        for line in code.replace("&&", "\n").splitlines() if language == "sh" else ():
            words = line.split()
            if words[:1] == ["skcert"]:
                _parser().parse_args(words[1:])  # leaves with an error for an unknown option


def documented():
    """Each name on the reference page with its module."""
    module, names = None, []
    for line in (ROOT / "docs" / "api.rst").read_text().splitlines():
        if found := re.match(r"\.\. currentmodule:: (\S+)", line):
            module = found[1]
        elif found := re.match(r"   (\w+)$", line):
            names.append((module, found[1]))
        elif found := re.match(r"\.\. data:: (\S+)\.(\w+)", line):
            names.append((found[1], found[2]))
    return names


def public_names(name):
    module = importlib.import_module(name)
    if hasattr(module, "__all__"):
        return module.__all__
    return [key for key, value in vars(module).items() if key[0] != "_" and getattr(value, "__module__", "") == name]


@pytest.mark.parametrize("submodule", MODULES, ids=lambda name: name or "skcert")
def test_reference_is_complete(submodule):
    name = f"skcert.{submodule}".rstrip(".")
    reference = {(key, id(getattr(importlib.import_module(module), key))) for module, key in documented()}
    public = {(key, id(getattr(importlib.import_module(name), key))) for key in public_names(name)}
    assert public, name
    assert public <= reference


@pytest.mark.parametrize("submodule", MODULES, ids=lambda name: name or "skcert")
def test_every_public_name_is_used_somewhere(submodule):
    """In a guide or an example, and not only in the reference."""
    texts = [path.read_text() for path in (*PAGES, *sorted((ROOT / "docs" / "examples").glob("*.py")))]
    words = set(re.findall(r"\w+", " ".join(texts)))
    assert set(public_names(f"skcert.{submodule}".rstrip("."))) <= words


def test_reference_names_public_things_once():
    names = documented()
    assert len(names) == len(set(names)) >= 40
    for module, key in names:
        assert key in public_names(module), f"{module}.{key}"


def test_every_page_has_a_place_in_the_site():
    entries = set()
    for page in (ROOT / "docs").glob("*.md"):
        for language, code in fences(page):
            if language == "{toctree}":
                entries |= set(re.findall(r"(?:^|<)([\w/]+)>?$", code, flags=re.MULTILINE))
    pages = {page.stem for suffix in ("md", "rst") for page in (ROOT / "docs").glob(f"*.{suffix}")}
    assert pages - {"index"} == entries - {"gallery/index"}
