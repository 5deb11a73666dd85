"""How the tests are run: in one process per core, each with one BLAS thread."""

import gc
import os

import pytest

# The matrices of the tests are small: threads that wait for each other can take as long as all the rest together. It
# has to be said before numpy is loaded, and holds for processes that tests start. Tests that are about threads ask for
# two (tests/blas.py).
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Folders are shared among the cores by pytest-xdist, where it is installed and nothing else is asked for.

    Files named on the command line are not: workers take seconds to start. Nor are folders with ``--cov``: pytest-cov
    has begun to measure this process alone by now, and follows workers where they are asked for: ``-n auto``.
    """
    options, in_worker = config.option, hasattr(config, "workerinput")
    wanted = not in_worker and getattr(options, "numprocesses", 0) is None and options.dist == "no"
    wanted = wanted and not getattr(options, "cov_source", None)
    if wanted and not (options.usepdb or options.collectonly or any(".py" in argument for argument in config.args)):
        options.numprocesses, options.dist = "auto", "worksteal"


def pytest_collection_finish():
    """Modules stay until the end: the garbage collector need not look at them again and again."""
    gc.collect()
    gc.freeze()
