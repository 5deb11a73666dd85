"""A cache of compiled functions that cannot be written or read costs time, and nothing else."""

import gc
import importlib.util
import os
import pickle
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numba
import numpy as np
import pytest

import skcert
from skcert import certificates
from skcert._utils import _compiled
from skcert.baselines import LabelFlipSmoothing
from skcert.kernels import convolutional_kernel, fully_connected_kernel

FUNCTION = "from skcert._utils import compiled\n\n@compiled\ndef plus_one(x):\n    return x + 1\n"
LINE = "Compiled functions cannot be cached"


@pytest.fixture
def new_process(tmp_path, monkeypatch):
    """A module with a compiled function, imported anew at each call, as a process of its own would."""
    monkeypatch.setattr(_compiled, "_said", set())
    monkeypatch.setattr("numba.core.config.CACHE_DIR", "")  # beside the module, whatever NUMBA_CACHE_DIR says
    path = tmp_path / "module_with_a_function.py"
    path.write_text(FUNCTION)

    def import_module():
        _compiled._said.clear()
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.plus_one

    return import_module


def files(tmp_path, suffix):
    return sorted((tmp_path / "__pycache__").glob(f"*{suffix}"))


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_collected_again_after_compilation(new_process, enabled):
    during = []

    def compile_and_look(*arguments):
        during.append(gc.isenabled())
        raise TypeError

    try:
        if not enabled:
            gc.disable()
        assert new_process()(1) == 2 and gc.isenabled() == enabled
        with pytest.raises(TypeError):
            _compiled._with_garbage_kept(compile_and_look)(1)
        assert gc.isenabled() == enabled and during == [False]
    finally:
        gc.enable()


PARTS = """
from how_to_compile import compiled, compiled_part

@compiled_part
def twice(x):
    return x + x

@compiled
def four_times(x):
    return twice(twice(x))

print(twice(1), four_times(1), twice(1.5), four_times(1.5), twice(1))
hits = getattr(getattr(four_times, "stats", None), "cache_hits", {})
print(sum(hits.values()), end="")
"""


@pytest.mark.parametrize(
    "environment, first, second",
    [({}, 0, 2), ({"NUMBA_DISABLE_JIT": "1"}, 0, 0), ({"NUMBA_CACHE_DIR": "/dev/null/none"}, 0, 0)],
    ids=["cached", "not compiled", "without a cache"],
)
def test_python_can_call_parts_before_and_after_compiled_code_does(tmp_path, environment, first, second):
    """Also in a second process, in which compiled code comes from the disk; the module alone, without the package."""
    folder = folder_of_its_own(tmp_path)
    (folder / "parts.py").write_text(PARTS)
    if "NUMBA_CACHE_DIR" in environment:
        (folder / "__pycache__").touch()
    for hits in (first, second):
        done = run_python(folder, "parts.py", **environment)
        assert (done.returncode, done.stdout) == (0, f"2 4 3.0 6.0 2\n{hits}"), done.stderr


def test_a_change_in_another_file_is_seen(tmp_path):
    """Numba looks only at the file of the function that is called; what that calls may have changed by an upgrade."""
    folder = folder_of_its_own(tmp_path)
    part = "from how_to_compile import compiled_part\n\n@compiled_part\ndef more(x):\n    return x + {}\n"
    imports = "from how_to_compile import compiled\nfrom part import more\n"
    call = "@compiled\ndef call(x):\n    return more(x)\n"
    (folder / "whole.py").write_text(
        f"{imports}\n{call}\nprint(call(1), sum(call.stats.cache_hits.values()), end='')\n"
    )
    said = []
    for added in (1, 1, 2, 2):
        (folder / "part.py").write_text(part.format(added))
        os.utime(folder / "part.py", (1e9, 1e9))
        said.append(run_python(folder, "whole.py", PYTHONDONTWRITEBYTECODE="1").stdout)
    assert said == ["2 0", "2 1", "3 0", "3 1"]


def folder_of_its_own(tmp_path):
    """Where nothing but this way to compile is: no package, and no other test's files next to it."""
    folder = tmp_path / "package" / "wing"
    folder.mkdir(parents=True)
    shutil.copy(_compiled.__file__, folder / "how_to_compile.py")
    return folder


def _plus_one(x):
    return x + 1


class _Dispatcher:
    """One of which nothing is known but that it can be called, and takes a cache."""

    __slots__ = ("__call__", "_cache")


def test_a_numba_without_what_saves_time(monkeypatch):
    monkeypatch.setattr(_compiled.numba_options, "DefaultOptions", object)
    assert _compiled._known("no_cpython_wrapper") == {}
    part = _compiled.compiled_part(_plus_one)
    assert part(1) == 2 and part.for_compiled_code(1) == 2 and _compiled.compiled(_plus_one)(1.5) == 2.5
    monkeypatch.setattr(_compiled, "_njit", lambda **options: lambda function: _Dispatcher())
    assert isinstance(_compiled.compiled(_plus_one), _Dispatcher)


def test_nothing_in_the_package_calls_parts_from_python(monkeypatch):
    """Which would compile them twice."""

    def refuse(part, *arguments):
        raise AssertionError(f"{part.__module__}.{part.__name__} is a part, and called from Python")

    monkeypatch.setattr(_compiled._Part, "__call__", refuse)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.arange(60) % 3
    rules = {
        "score_weight": np.array([1.0, 2.0, 1.5]),
        "candidates": (rng.random((60, 3)) < 0.5) | np.eye(3, dtype=bool)[y],
    }
    weights = rng.normal(size=(3, 60))
    for known in ({}, rules):
        certificates.certify_label_linear(weights, y, 3, **known)
        certificates.smallest_attack(weights[0], y, 3, **known)
        certificates.targeted_attack(weights[0], y, 3, 1, **known)
        certificates.targeted_flips(weights, y, 3, **known)
        certificates.certify_collective(weights, y, 3, 4, **known)
    counted = skcert.NTKRegressorClassifier(score_weight="balanced").fit(X, y)
    counted.certify(X[:3])
    counted.attack(X[:3])
    hard = skcert.PartitionAggregationEnsemble(n_partitions=5, random_state=0).fit(X, y)
    hard.certify(X[:3])
    hard.attack(X[:3])
    hard.attack(X[:3], target=1)
    skcert.FiniteAggregationEnsemble(n_partitions=5, random_state=0).fit(X, y).certify(X[:3])
    for activation in ("relu", "erf"):
        fully_connected_kernel(X, X[:9], activation=activation)
        convolutional_kernel(X, X[:9], image_shape=(2, 2, 1), activation=activation)
    LabelFlipSmoothing(skcert.CertifiedKNeighborsClassifier(5), flip_probability=0.1).fit(X, y).certify(X[:3])


def test_a_second_process_loads_what_the_first_compiled(new_process):
    assert new_process()(1) == 2
    again = new_process()
    assert again(1) == 2 and sum(again.stats.cache_hits.values()) == 1


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"\x00" * 50 + content,
        lambda content: pickle.dumps("something else"),
    ],
    ids=["empty", "truncated", "garbled", "another object"],
)
def test_what_is_damaged_is_compiled_again_and_replaced(new_process, tmp_path, suffix, damage):
    new_process()(1)
    (path,) = files(tmp_path, suffix)
    path.write_bytes(damage(path.read_bytes()))
    assert new_process()(1) == 2
    mended = new_process()
    assert mended(1) == 2 and sum(mended.stats.cache_hits.values()) == 1


def test_a_file_of_the_cache_that_is_a_folder(new_process, tmp_path):
    new_process()(1)
    (path,) = files(tmp_path, ".nbi")
    path.unlink()
    path.mkdir()
    (path / "kept").touch()
    function = new_process()
    with pytest.warns(RuntimeWarning, match=LINE):
        assert function(1) == 2


def test_a_data_file_that_is_gone(new_process, tmp_path):
    new_process()(1)
    files(tmp_path, ".nbc")[0].unlink()
    assert new_process()(1) == 2 and files(tmp_path, ".nbc")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), PermissionError(13, "Permission denied")])
def test_a_disk_that_takes_nothing_any_more(new_process, monkeypatch, error):
    from numba.core.caching import IndexDataCacheFile

    def full(self, name, data):
        raise error

    monkeypatch.setattr(IndexDataCacheFile, "_save_data", full)
    function = new_process()
    with pytest.warns(RuntimeWarning, match=f"{LINE}.*NUMBA_CACHE_DIR.*{error.strerror}"):
        assert function(1) == 2
    assert function(1.5) == 2.5  # said once


def test_a_folder_that_goes_away(new_process, tmp_path):
    function = new_process()
    shutil.rmtree(tmp_path / "__pycache__")
    (tmp_path / "__pycache__").touch()
    with pytest.warns(RuntimeWarning, match=LINE):
        assert function(1) == 2


def test_no_place_at_all(new_process, tmp_path, monkeypatch):
    (tmp_path / "__pycache__").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    monkeypatch.setattr("numba.core.config.CACHE_DIR", "/dev/null/none")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with pytest.warns(RuntimeWarning, match=f"{LINE}.*NUMBA_CACHE_DIR") as said:
        function = new_process()
    assert len(said) == 1 and "\n" not in str(said[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert function(1) == 2


def run_without_a_cache(tmp_path, *arguments, **environment):
    """A Python process with a copy of the package beside which nothing can be written, for root neither."""
    copy = tmp_path / "copy"
    if not copy.exists():
        shutil.copytree(Path(skcert.__file__).parent, copy / "skcert", ignore=shutil.ignore_patterns("__pycache__"))
        for folder in [path.parent for path in copy.rglob("__init__.py")]:
            (folder / "__pycache__").touch()
    return run_python(tmp_path, *arguments, PYTHONPATH=str(copy), **environment)


def run_python(tmp_path, *arguments, **environment):
    """A Python process without a home, which takes nothing from this one's settings of Python and Numba."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA", "PYTHON"))}
    nowhere = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/none"}
    return subprocess.run(
        [sys.executable, *arguments], env=kept | nowhere | environment, cwd=tmp_path, capture_output=True, text=True
    )


def test_the_command_says_one_line(tmp_path):
    done = run_without_a_cache(tmp_path, "-m", "skcert", "--version")
    assert (done.returncode, done.stdout) == (0, f"skcert {skcert.__version__}\n")
    (line,) = done.stderr.splitlines()
    assert LINE in line and "NUMBA_CACHE_DIR" in line


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["a file", "a folder"])
def test_certificates_without_a_cache(tmp_path, cache):
    """NUMBA_CACHE_DIR that is a file is no place either; one that can be written to ends it.

    Of a vote, whose certificate is compiled in a few seconds.
    """
    place = tmp_path / "cache"
    place.touch() if cache == "a file" else place.mkdir()
    code = (
        "import numpy as np; import skcert; votes, costs = np.zeros((1, 15), int), np.ones((1, 15, 3), int); "
        "print(skcert.__file__, skcert.certificates.certify_votes(votes, costs)[1][0])"
    )
    done = run_without_a_cache(tmp_path, "-c", code, NUMBA_CACHE_DIR=str(place))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "copy" / "skcert" / "__init__.py"), "7"]
    assert len(done.stderr.splitlines()) == (cache == "a file") and (cache == "a file" or any(place.iterdir()))


def test_settings_of_a_compilation_are_equal_if_the_same_ones_were_made():
    flags = _compiled._QuickFlags()
    same = _compiled._QuickFlags(flags)
    assert same == flags and hash(same) == hash(flags)
    same.nrt = not same.nrt
    assert same != flags
    flags.nrt = same.nrt
    assert same == flags and hash(same) == hash(flags)
    assert flags.copy() == flags and type(flags.copy()) is _compiled._QuickFlags
    assert flags != _compiled.Flags(flags)  # Numba's own, for the functions of others


def test_functions_of_others_call_ours_and_ours_theirs():
    theirs = numba.njit(lambda x: x + 1.0)
    ours = _compiled.compiled(lambda x: 2.0 * theirs(x))
    above = numba.njit(lambda x: ours(x) + theirs(x))
    assert ours(1.0) == 4.0 and above(1.0) == 6.0
