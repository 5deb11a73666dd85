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


def test_map_in_contributing_is_the_tree():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    lines = re.search(r"```\nskcert/\n(.*?)```", text, flags=re.DOTALL)[1].splitlines()
    folders, listed = ["skcert"], []
    for line in lines:
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        folders = folders[:depth]
        if name.endswith("/"):
            folders.append(name.rstrip("/"))
        else:
            listed.append("/".join([*folders, name]))
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "skcert").rglob("*.py")}
    assert sorted(listed) == sorted(path for path in modules if not path.endswith(("__init__.py", "__main__.py")))
