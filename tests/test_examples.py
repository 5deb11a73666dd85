import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("plot_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.close("all")
    runpy.run_path(str(path))
    n_figures = len(plt.get_fignums())
    plt.close("all")
    assert len(capsys.readouterr().out.splitlines()) + n_figures >= 4
    assert n_figures or not path.stem.startswith("plot_")


def test_gallery_has_examples_with_plots():
    assert len([path for path in EXAMPLES if path.stem.startswith("plot_")]) >= 8


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_has_a_title_for_the_gallery(path):
    title, underline, blank, *_ = path.read_text().splitlines()[1:]
    assert re.fullmatch("=+", underline) and len(underline) == len(title) and not blank


def test_every_example_is_named_in_the_docs():
    pages = "".join(page.read_text() for page in DOCS.glob("*.md"))
    for path in EXAMPLES:
        assert f"examples/{path.name}" in pages
