import runpy
import subprocess
import sys

import pytest


def _run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_import_compiles_nothing_and_loads_no_extras():
    code = """
import sys
import skcert
from numba.core.dispatcher import Dispatcher
kernels = [
    value for name, module in list(sys.modules.items()) if name.startswith("skcert")
    for value in vars(module).values() if isinstance(value, Dispatcher)
]
print(len(kernels) > 5, sum(len(kernel.signatures) for kernel in kernels))
print([name for name in ("matplotlib", "dask") if name in sys.modules])
"""
    assert _run(code).split("\n")[:2] == ["True 0", "[]"]


def test_public_names():
    import skcert
    from skcert import baselines, certificates, dask, display, ensemble, kernels, learners, metrics

    for module in (skcert, baselines, certificates, dask, display, ensemble, kernels, learners, metrics):
        assert len(module.__all__) == len(set(module.__all__))
        for name in module.__all__:
            assert getattr(module, name).__doc__


def test_running_the_module_is_the_command(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["skcert", "--help"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("skcert", run_name="__main__")
    assert stop.value.code == 0
    assert "certify" in capsys.readouterr().out
