import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_python_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 15
    exec(example, {})
    assert len(capsys.readouterr().out.splitlines()) >= 4


def test_ci_runs_the_first_two_commands():
    first, second, *_ = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    script = (ROOT / ".ci" / "run").read_text()
    assert first in script and second in script
    assert script.rstrip().endswith(second)  # the test runner's summary comes last


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_between_pages_hold(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page} links to {target}"


def test_architecture_names_every_module():
    listed = set(re.findall(r"_?\w+\.py", (ROOT / "CONTRIBUTING.md").read_text()))
    modules = {path.name for path in (ROOT / "skcert").rglob("*.py") if path.parent.name != "cli"}
    assert modules - {"__init__.py", "__main__.py"} <= listed
