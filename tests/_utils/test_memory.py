"""What is left of memory, from files as Linux writes them, and errors that name sizes and ways out."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from skcert import KernelRegressorClassifier, NTKRegressorClassifier
from skcert._utils._memory import check_memory, memory_left
from skcert.learners import alpha_path

GIB = 2**30


def _written(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MACHINE = {"proc/meminfo": f"MemTotal: {16 * 2**20} kB\nMemAvailable: {8 * 2**20} kB\nSwapFree: {2**20} kB\n"}


def _version_1(path, limit, usage):
    folder = f"sys/fs/cgroup/memory/{path}"
    return {
        f"{folder}/memory.limit_in_bytes": f"{limit}\n",
        f"{folder}/memory.usage_in_bytes": f"{usage}\n",
        f"{folder}/memory.stat": f"cache 1\ntotal_inactive_file {GIB // 2}\ntotal_active_file 0\n",
        f"{folder}/memory.memsw.limit_in_bytes": f"{limit}\n",
        f"{folder}/memory.memsw.usage_in_bytes": f"{limit}\n",
    }


def _version_2(path, limit, usage):
    folder = f"sys/fs/cgroup/{path}"
    return {
        f"{folder}/memory.max": f"{limit}\n",
        f"{folder}/memory.current": f"{usage}\n",
        f"{folder}/memory.stat": f"inactive_file {GIB // 2}\nslab_reclaimable 0\n",
        f"{folder}/memory.swap.max": "0\n",
        f"{folder}/memory.swap.current": "0\n",
    }


@pytest.mark.parametrize(
    ("files", "left", "words"),
    [
        ({}, np.inf, "is left"),
        (MACHINE, 9 * GIB, "on this machine"),
        # version 1, a group and one around it, which is smaller
        (
            MACHINE
            | {"proc/self/cgroup": "5:cpu:/a\n4:memory:/a/b\n0::/\n"}
            | _version_1("a/b", 6 * GIB, GIB)
            | _version_1("a", 4 * GIB, 2 * GIB)
            | _version_1("", 9223372036854771712, GIB),
            2.5 * GIB,
            "control group",
        ),
        # version 2 without a limit, then with one at the top, as inside a container whose path is that of the host
        (
            MACHINE | {"proc/self/cgroup": "0::/a\n"} | _version_2("a", "max", 3 * GIB),
            9 * GIB,
            "on this machine",
        ),
        (
            MACHINE | {"proc/self/cgroup": "0::/docker/123\n"} | _version_2("", 3 * GIB, 2 * GIB),
            1.5 * GIB,
            "control group",
        ),
        ({"proc/self/cgroup": "0::/a\n"} | _version_2("a", GIB, 3 * GIB), 0, "control group"),
        ({"proc/meminfo": "nonsense\n\n", "proc/self/cgroup": "4:memory:/\n"}, np.inf, "is left"),
    ],
    ids=["nothing known", "machine", "version 1", "no limit", "version 2", "less than nothing", "nonsense"],
)
def test_limits(tmp_path, files, left, words):
    found, limit = memory_left(_written(tmp_path, files))
    assert found == left and words in limit


def test_address_space(tmp_path, monkeypatch):
    root = _written(tmp_path, {"proc/self/statm": f"{GIB // resource.getpagesize()} 1 1\n"})
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (3 * GIB, resource.RLIM_INFINITY))
    assert memory_left(root) == (2 * GIB, "is left of the address space that RLIMIT_AS allows this process")
    monkeypatch.setattr("skcert._utils._memory.resource", None)
    assert memory_left(root)[0] == np.inf


def test_here(monkeypatch):
    check_memory(2**26, "A matrix", "Do without.")
    monkeypatch.setattr("skcert._utils._memory.memory_left", lambda: (2**27, "is left on this machine"))
    check_memory(2**27, "A matrix", "Do without.")
    with pytest.raises(
        MemoryError, match=r"A matrix takes 1.5 GiB, and 128 MiB is left on this machine\. Do without\."
    ):
        check_memory(1.5 * GIB, "A matrix", "Do without.")


def test_kernel_matrices_that_do_not_fit(monkeypatch):
    X, y = np.random.default_rng(0).normal(size=(400, 3)), np.arange(400) % 2
    monkeypatch.setattr("skcert._utils._memory._WORTH_A_LOOK", 0)
    monkeypatch.setattr("skcert._utils._memory.memory_left", lambda: (2**20, "is left on this machine"))
    three_ways = (
        r"(?s)n_train=400 rows.*1\.22 MiB, and 1 MiB.*NTKNystroem.*CertifiedRidge.*alpha=numpy\.inf.*n_partitions"
    )
    for model in (NTKRegressorClassifier(), KernelRegressorClassifier(kernel="linear")):
        with pytest.raises(MemoryError, match=three_ways):
            model.fit(X, y)
        assert not hasattr(model, "X_fit_")
        model.set_params(alpha=np.inf).fit(X, y)
    NTKRegressorClassifier().fit(X[:300], y[:300])  # this fits
    with pytest.raises(MemoryError, match="3 x 300 x 300"):
        NTKRegressorClassifier(training_time=1.0).fit(X[:300], y[:300])
    with pytest.raises(MemoryError, match="3 x 300 x 300"):
        alpha_path(NTKRegressorClassifier(), X[:300], y[:300], [1.0, np.inf])
    with pytest.raises(MemoryError, match="1 x 400 x 400"):
        alpha_path(NTKRegressorClassifier(), X, y, [np.inf])
    assert len(alpha_path(NTKRegressorClassifier(), X[:200], y[:200], [1.0, np.inf])) == 2


LIMITED = """
import resource, time
import numpy as np
from skcert import NTKRegressorClassifier
resource.setrlimit(resource.RLIMIT_AS, (8 * 10**9, 8 * 10**9))
X, y = np.zeros((50_000, 16)), np.arange(50_000) % 2
start = time.process_time()
try:
    NTKRegressorClassifier().fit(X, y)
except MemoryError as error:
    print(time.process_time() - start < 1.0, error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS is not heeded elsewhere")
def test_a_full_network_on_too_many_rows():
    answer = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=True).stdout
    assert answer.startswith("True NTKRegressorClassifier on n_train=50000 rows")
    assert "18.6 GiB" in answer and "RLIMIT_AS" in answer
