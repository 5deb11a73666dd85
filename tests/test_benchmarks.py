import importlib
import inspect
import re
import runpy
import shutil
import subprocess
import sys
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import witnesses
from growth import cost_model
from label_cert_milp import label_cert_milp
from writing import DOCS, load_json, section

from skcert.baselines import NTKSVMClassifier
from skcert.kernels import fully_connected_kernel

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
SCRIPTS = sorted(BENCHMARKS.glob("*.py"))
HISTORY = sorted(path.stem for path in (BENCHMARKS / "history").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_starts_and_has_a_docstring(path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [path.name, "--help"])
    if "__main__" not in path.read_text():  # what several scripts import
        assert runpy.run_path(str(path))["__doc__"]
        return
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(path), run_name="__main__")
    assert not stopped.value.code
    assert f"python benchmarks/{path.name}" in capsys.readouterr().out


def test_readme_lists_every_script():
    readme = (BENCHMARKS / "README.md").read_text()
    for path in SCRIPTS:
        assert f"`{path.name}`" in readme


def test_nothing_changes_where_modules_are_found():
    ways = ("sys" + ".path", "syspath" + "_prepend")
    paths = [*BENCHMARKS.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    assert not [path for path in paths if any(way in path.read_text() for way in ways)]


@pytest.mark.slow
@pytest.mark.parametrize("module", HISTORY)
def test_history_benchmarks_run(module):
    """Each benchmark of the asv suite, once, at its smallest parameters."""
    module = importlib.import_module(f"history.{module}")
    classes = [
        value for _, value in inspect.getmembers(module, inspect.isclass) if value.__module__ == module.__name__
    ]
    assert classes
    for benchmark in classes:
        params = [values[0] for values in benchmark.params]
        assert len(params) == len(benchmark.param_names)
        methods = [name for name in vars(benchmark) if name.startswith(("time_", "peakmem_", "track_"))]
        assert methods
        instance = benchmark()
        instance.setup(*params)
        for name in methods:
            answer = getattr(instance, name)(*params)
            assert name.startswith("track_") == (answer is not None)


@pytest.mark.parametrize(
    ("script", "page"), [("peers", "speed.md"), ("scaling", "scaling.md"), ("witnesses", "attacks_and_audits.md")]
)
def test_docs_show_the_results_files(script, page):
    """What stands in the docs is what the script writes from its results file."""
    module = importlib.import_module(script)
    results = load_json(module.RESULTS)
    page = (DOCS / page).read_text()
    if script == "scaling":
        written = module.report(results, results["bandwidth"], load_json(module.ON_WORKERS))
    else:
        written = {script: module.report(results)}
    for name, text in written.items():
        assert section(page, name) == text


def test_witnesses_left_nothing_open():
    """Networks' radii are exact, attacks do what they say, and no attack is smaller than a certified bound."""
    results = load_json(witnesses.RESULTS)
    assert len(results["networks"]) == 20
    assert len(results["ensembles"]) == 4
    for row in results["networks"]:
        assert row["changed"] == row["radius + 1 flips"] == row["attacks"] > 0, row
    for row in results["ensembles"]:
        assert row["changed"] == row["attacks"] > row["cross"] == 0, row


GENERATED = re.compile(r"(<!-- ([\w -]+): generated -->\n).*?(<!-- \2: end -->)", flags=re.DOTALL)


@pytest.fixture
def emptied_checkout(tmp_path):
    """A copy of pages, results and scripts, without generated sections and figures; and what it was before."""
    for folder in ("benchmarks", "docs/figures"):
        ignored = shutil.ignore_patterns(".asv", "__pycache__", "*.png")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    pages = {path.relative_to(ROOT): path.read_text() for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))}
    for path, text in pages.items():
        (tmp_path / path).write_text(GENERATED.sub(r"\1\3", text))
    return tmp_path, pages


@pytest.mark.slow
def test_one_command_writes_all_pages_and_figures(emptied_checkout):
    pytest.importorskip("matplotlib")
    folder, pages = emptied_checkout
    assert sum(text.count(": generated -->") for text in pages.values()) >= 5
    command = [sys.executable, str(folder / "benchmarks" / "report.py")]
    subprocess.run(command, check=True, cwd=folder)
    for path, text in pages.items():
        assert (folder / path).read_text() == text, path
    figures = {path.relative_to(ROOT) for path in ROOT.glob("docs/figures/**/*.png")}
    assert figures == {path.relative_to(folder) for path in folder.glob("docs/figures/**/*.png")}
    for path, text in pages.items():
        for shown in re.findall(r"\((figures/.*?\.png)\)", text):
            assert path.parent / shown in figures


@pytest.mark.slow
def test_report_names_missing_results(emptied_checkout):
    pytest.importorskip("matplotlib")
    folder, pages = emptied_checkout
    (folder / "docs" / "figures" / "witnesses.json").unlink()
    command = [sys.executable, str(folder / "benchmarks" / "report.py")]
    stopped = subprocess.run(command, capture_output=True, text=True)
    assert stopped.returncode
    assert "docs/figures/witnesses.json" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert (folder / "docs" / "speed.md").read_text() != pages[Path("docs/speed.md")]  # nothing was written


@pytest.mark.slow
def test_quick_witness_study_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["witnesses.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "witnesses.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "50 of 50 change the refitted prediction" in printed
    assert "Attacks with fewer flips than a lower bound: 0." in printed


@pytest.mark.slow
def test_quick_scaling_study_runs(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["scaling.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "scaling.py"), run_name="__main__")
    assert "predicted / measured" in capsys.readouterr().out


def test_cost_model_recovers_constants():
    constants = {part: {} for part in cost_model.TERMS}
    sizes = [
        {"n": n, "d": d, "m": m, "K": K, "P": P}
        for n, d, m, K, P in product((50, 200, 700, 2000), (5, 90), (3, 40), (2, 5, 9), (1, 6))
    ]
    for part, terms in cost_model.TERMS.items():
        constants[part] = {term: 1e-3 / size for term, size in terms(**sizes[len(sizes) // 2]).items()}
    ensembles = {
        "ensemble fit": cost_model.ensemble_fit_seconds,
        "ensemble certify": cost_model.ensemble_certify_seconds,
    }
    points = [
        {**size, "what": part, "seconds": ensembles.get(part, partial(_part, part))(constants, **size)}
        for part in constants
        for size in sizes
    ]
    found = cost_model.fit_constants(points)
    for part, terms in constants.items():
        assert found[part] == pytest.approx(terms, rel=1e-5)


def _part(part, constants, **sizes):
    return cost_model.part_seconds(constants, part, **sizes)


@pytest.mark.parametrize("budget", [None, 1])
def test_label_cert_program_agrees_with_the_search(budget):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 3)), np.arange(10) % 2
    svm = NTKSVMClassifier(C=0.05).fit(X[:8], y[:8])
    kernel_rows = fully_connected_kernel(X[8:], X[:8], b_std=svm.b_std)
    for radius, score, kernel_row in zip(svm.certify(X[8:]).radius, svm.decision_function(X[8:]), kernel_rows):
        positive = svm.label_codes_ == 1
        _, answer = label_cert_milp(
            svm.kernel_, svm.C, positive, kernel_row, score > 0, budget=budget, time_limit=60.0
        )
        if budget is None:
            assert round(answer) == radius + 1
        else:
            assert (answer > 0) == (budget <= radius)
