"""Rows that no process holds: an ensemble on Dask workers, its client's memory, and a worker that is killed.

    python benchmarks/dask_cluster.py [--rows 2000000] [--columns 64] [--partitions 400] [--files 64] [--test 1000]
                                      [--workers 3] [--memory 2GB] [--base ridge]

Writes float32 rows to Parquet files in a temporary folder; certifies test rows by a PartitionAggregationEnsemble in
memory, in a process of its own; and then by a DaskPartitionAggregationEnsemble on worker processes with that much
memory each: once undisturbed, and once with a worker killed while members are being fitted, and another one while
they are asked. Says how long each took, by how much the client's memory grew, with the scheduler in the same process,
how much the largest worker used, and whether all radii are equal. Needs pandas, pyarrow and dask[distributed].

With ``--base network``, members are networks, and what the undisturbed run takes is written to
docs/figures/dask_cluster.json, beside which docs/scaling.md has what the model of cost says (`scaling.py --report`):

    python benchmarks/dask_cluster.py --base network --rows 200000 --partitions 200
"""

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from machine import machine_facts
from writing import FIGURES, save_json

from skcert import CertifiedRidgeClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble

RESULTS = FIGURES / "dask_cluster.json"
CLASSES = 10

_FIELDS = ("prediction", "radius", "radius_upper", "flips_to_class")


def rows_of_file(number, n_rows, n_columns, n_classes=CLASSES):
    """The same rows and labels in every process."""
    direction = np.random.default_rng(0).standard_normal((n_columns, n_classes), dtype=np.float32)
    rng = np.random.default_rng((1, number))
    X = rng.standard_normal((n_rows, n_columns), dtype=np.float32)
    y = (X @ direction + 8 * rng.standard_normal((n_rows, n_classes), dtype=np.float32)).argmax(axis=1)
    return X, y


def lengths(arguments):
    return [len(part) for part in np.array_split(np.arange(arguments.rows), arguments.files)]


def write_files(arguments, folder):
    import pandas as pd

    for number, n_rows in enumerate(lengths(arguments)):
        X, y = rows_of_file(number, n_rows, arguments.columns)
        frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(arguments.columns)]).assign(label=y)
        frame.to_parquet(folder / f"part-{number:05}.parquet", row_group_size=n_rows)


def certify_in_memory(arguments, folder):
    parts = [rows_of_file(number, n_rows, arguments.columns) for number, n_rows in enumerate(lengths(arguments))]
    X, y = (np.concatenate(part) for part in zip(*parts))
    start = time.perf_counter()
    ensemble = PartitionAggregationEnsemble(base(arguments), n_partitions=arguments.partitions).fit(X, y)
    fitted = time.perf_counter()
    result = ensemble.certify(test_rows(arguments))
    print(f"in memory: fit {fitted - start:.1f} s, certify {time.perf_counter() - fitted:.1f} s", flush=True)
    np.savez(folder / "expected.npz", **{name: getattr(result, name) for name in _FIELDS})


def base(arguments):
    return NTKRegressorClassifier() if arguments.base == "network" else CertifiedRidgeClassifier(alpha=1000.0)


def test_rows(arguments):
    return rows_of_file(arguments.files, arguments.test, arguments.columns)[0]


def in_own_process(function, *arguments):
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{function.__name__} failed")


class Watch(threading.Thread):
    """Samples memory, and kills one worker each time that enough tasks of the awaited kinds are done."""

    def __init__(self, cluster, awaited):
        super().__init__(daemon=True)
        self.cluster, self.awaited, self.killed = cluster, list(awaited), []
        self.done, self.client_bytes, self.worker_bytes = threading.Event(), 0, 0
        self.before = self._own_bytes()

    def run(self):
        import psutil

        while not self.done.wait(0.05):
            self.client_bytes = max(self.client_bytes, self._own_bytes())
            pids = [nanny.pid for nanny in list(self.cluster.workers.values()) if nanny.pid is not None]
            for pid in pids:
                try:
                    self.worker_bytes = max(self.worker_bytes, psutil.Process(pid).memory_info().rss)
                except psutil.NoSuchProcess:
                    continue
            if self.awaited and pids and self._n_done(self.awaited[0][0]) >= self.awaited[0][1]:
                try:
                    os.kill(pids[0], signal.SIGKILL)
                except ProcessLookupError:  # the one that was killed before, and is being replaced
                    continue
                self.killed.append(self.awaited.pop(0)[0])

    def _n_done(self, prefix):
        found = self.cluster.scheduler.task_prefixes.get(prefix)
        return 0 if found is None else found.state_counts["memory"]

    def _own_bytes(self):
        import psutil

        return psutil.Process().memory_info().rss


def certify_on_workers(arguments, folder, cluster, name, awaited):
    """Fit and certify, compared with what was computed in memory."""
    import dask.dataframe as dd
    import pandas as pd

    from skcert.dask import DaskPartitionAggregationEnsemble

    watch = Watch(cluster, awaited)
    watch.start()
    start = time.perf_counter()
    frame = dd.read_parquet(folder / "part-*.parquet")
    features = [f"x{i}" for i in range(arguments.columns)]
    ensemble = DaskPartitionAggregationEnsemble(base(arguments), n_partitions=arguments.partitions)
    ensemble.fit(frame[features], frame["label"])
    fitted = time.perf_counter()
    result = ensemble.certify(pd.DataFrame(test_rows(arguments), columns=features))
    certified = time.perf_counter()
    watch.done.set()
    watch.join()
    expected = np.load(folder / "expected.npz")
    equal = all(np.array_equal(getattr(result, name), expected[name]) for name in _FIELDS)
    print(
        f"{name}: fit {fitted - start:.1f} s, certify {certified - fitted:.1f} s, client and scheduler "
        f"+{(watch.client_bytes - watch.before) / 1e6:.0f} MB, largest worker {watch.worker_bytes / 1e9:.2f} GB, "
        f"workers killed: {len(watch.killed)}, all {len(result.radius)} radii equal: {equal}",
        flush=True,
    )
    if arguments.base == "network" and not awaited:
        sizes = {name: getattr(arguments, name) for name in ("rows", "columns", "partitions", "files", "test")}
        facts = {"cores": int(machine_facts()["cores"]), "workers": arguments.workers, "machine": machine_facts()}
        seconds = {"fit": fitted - start, "certify": certified - fitted}
        save_json(RESULTS, {"sizes": sizes | {"classes": CLASSES}, **facts, **seconds})
    return equal and len(watch.killed) == len(awaited)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("rows", 2_000_000), ("columns", 64), ("partitions", 400), ("files", 64), ("test", 1000)):
        parser.add_argument(f"--{option}", type=int, default=default)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--memory", default="2GB", help="of each worker")
    parser.add_argument("--base", choices=("ridge", "network"), default="ridge")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        in_own_process(write_files, arguments, folder)
        in_own_process(certify_in_memory, arguments, folder)
        from distributed import Client, LocalCluster

        with (
            LocalCluster(
                n_workers=arguments.workers,
                threads_per_worker=1,
                memory_limit=arguments.memory,
                dashboard_address="127.0.0.1:0",
                local_directory=str(folder),
            ) as cluster,
            Client(cluster),
        ):
            right = certify_on_workers(arguments, folder, cluster, "undisturbed", [])
            awaited = [("fit_group", 8), ("ask_group", 8)]
            right &= certify_on_workers(arguments, folder, cluster, "workers killed", awaited)
    sys.exit(not right)


if __name__ == "__main__":
    main()
