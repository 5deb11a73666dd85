import importlib
import inspect
import runpy
import sys
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sklearn import config_context

from skcert import PartitionAggregationEnsemble
from skcert.baselines import NTKSVMClassifier
from skcert.kernels import fully_connected_kernel

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(BENCHMARKS.glob("*.py"))
HISTORY = sorted(path.stem for path in (BENCHMARKS / "history").glob("[a-z]*.py"))


@pytest.fixture
def benchmarks_on_path(monkeypatch):
    """Import as scripts do, from their own folder; and leave nothing of it behind."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(BENCHMARKS)):
            del sys.modules[name]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_script_starts_and_has_a_docstring(path, benchmarks_on_path, monkeypatch, capsys):
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


@pytest.mark.parametrize("module", HISTORY)
def test_history_benchmarks_run(module, benchmarks_on_path):
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


@pytest.mark.parametrize("script", ["peers", "scaling"])
def test_docs_show_the_results_files(script, benchmarks_on_path):
    """What stands in the docs is what the script writes from its results file."""
    module, report = importlib.import_module(script), importlib.import_module("report")
    results = report.load_json(module.RESULTS)
    page = (report.DOCS / {"peers": "speed.md", "scaling": "scaling.md"}[script]).read_text()
    written = {"peers": module.report(results)} if script == "peers" else module.report(results, results["bandwidth"])
    for name, text in written.items():
        assert report.section(page, name) == text


def test_quick_scaling_study_runs(benchmarks_on_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["scaling.py", "--quick"])
    runpy.run_path(str(BENCHMARKS / "scaling.py"), run_name="__main__")
    assert "predicted / measured" in capsys.readouterr().out


def test_cost_model_recovers_constants_and_counts_chunks(benchmarks_on_path):
    cost_model = importlib.import_module("cost_model")
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
        {**size, "what": part, "seconds": ensembles.get(part, partial(_part, cost_model, part))(constants, **size)}
        for part in constants
        for size in sizes
    ]
    found = cost_model.fit_constants(points)
    for part, terms in constants.items():
        assert found[part] == pytest.approx(terms, rel=1e-5)
    X, y = np.random.default_rng(0).standard_normal((600, 3)), np.arange(600) % 4
    ensemble = PartitionAggregationEnsemble(n_partitions=30).fit(X, y)
    with config_context(working_memory=0.25):
        n_chunks = len(list(ensemble._test_chunks(X)))
    assert n_chunks > 1
    assert n_chunks == cost_model.vote_chunks(600, 30, 4, 2**18)


def _part(cost_model, part, constants, **sizes):
    return cost_model.part_seconds(constants, part, **sizes)


@pytest.mark.parametrize("budget", [None, 1])
def test_label_cert_program_agrees_with_the_search(budget, benchmarks_on_path):
    label_cert_milp = importlib.import_module("label_cert_milp").label_cert_milp
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
