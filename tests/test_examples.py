import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path, capsys):
    runpy.run_path(str(path))
    assert len(capsys.readouterr().out.splitlines()) >= 4


def test_every_example_is_named_in_the_docs():
    pages = "".join(page.read_text() for page in EXAMPLES[0].parents[1].glob("*.md"))
    assert len(EXAMPLES) == 6
    for path in EXAMPLES:
        assert f"examples/{path.name}" in pages
