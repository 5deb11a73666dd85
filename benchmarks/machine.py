"""The machine that a benchmark ran on, and fair timings on it."""

import os
import platform
import resource
import statistics
import time
from importlib.metadata import version
from pathlib import Path

from threadpoolctl import threadpool_info

PACKAGES = ("numpy", "scipy", "numba", "joblib", "scikit-learn")

# OpenBLAS threads spin for some 20 ms after a call; the next one to be timed should not meet them.
_PAUSE = 0.1


def machine_facts():
    """Processor, cores, versions and BLAS, as strings."""
    blas = {f"{pool['internal_api']} {pool['version']}" for pool in threadpool_info() if pool["user_api"] == "blas"}
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "BLAS": ", ".join(sorted(blas)) or "unknown",
    }


def facts_line(facts):
    """The facts as one sentence of Markdown."""
    return ", ".join(f"{name} {value}" for name, value in facts.items()) + "."


def seconds(function, *args, **kwargs):
    start = time.perf_counter()
    function(*args, **kwargs)
    return time.perf_counter() - start


def peak_bytes():
    """The peak memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, whose ru_maxrss also counts the process that started this one
        peaks = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(next(peaks))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS, in bytes


def in_turns(timers, repeats):
    """Call each of the `timers`, functions that return seconds, in turn, so that all see the same noise.

    Returns a dict of lists of `repeats` seconds.
    """
    measured = {name: [] for name in timers}
    for _ in range(repeats):
        for name, timer in timers.items():
            time.sleep(_PAUSE)
            measured[name].append(timer())
    return measured


def least_and_median(times):
    return {"least": min(times), "median": statistics.median(times)}


def _processor():
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
