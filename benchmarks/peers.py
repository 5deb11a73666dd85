"""One table: skcert beside neural-tangents, scikit-ntk, bare BLAS and LabelCert's integer program.

    python benchmarks/peers.py --peers-python PATH [--repeats 5] [--only fully-connected cnn label-cert]

The peers need older packages, hence a virtual environment of their own, whose Python is PATH:

    python3.11 -m venv peers
    peers/bin/pip install jax==0.4.26 jaxlib==0.4.26 neural-tangents==0.6.5 "numpy<2" "scipy<1.13" scikit-ntk

Each row of the table is measured in one go: the sides take turns, and the ratio is that of the shortest times.
Compilation is excluded on both sides, and both sides' values are compared. JAX uses all cores, as BLAS does; our
convolutional kernel uses two joblib threads, each with half of the images. neural-tangents gets its images in square
batches, of the size that was fastest among those tried; times are per kernel entry, so batches do not have to be the
same on both sides. LabelCert's test rows differ in difficulty: its times are medians over them, and bounds where it
did not finish.

Writes docs/figures/peers.json and the table in docs/speed.md, unless ``--only`` or smaller sizes are given.
``--report`` writes the table again from the results file, without measuring.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from label_cert_milp import label_cert_milp
from machine import facts_line, in_turns, least_and_median, machine_facts, seconds
from sklearn.datasets import load_digits
from writing import DOCS, FIGURES, load_json, markdown_table, of_seconds, save_json, three_digits, write_sections

from skcert import NTKRegressorClassifier, kernels
from skcert.baselines import NTKSVMClassifier

RESULTS = FIGURES / "peers.json"
IMAGE_SHAPE = (32, 32, 3)
NETWORK = {"w_std": 2**0.5, "b_std": 0.0}
PEER_VERSIONS = ("jax", "jaxlib", "neural-tangents", "scikit-ntk", "numpy", "scipy")
CNN_JOBS = (  # readout, depth, batches that neural-tangents may choose from, our images on either side
    ("flatten", 21, (8, 16, 32, 64), 64),
    ("gap", 3, (1, 2, 4), 16),
)
SVM_CS = (0.003, 0.01)
# Off the diagonal, where peers lose half of their digits to arccos(1 - rounding); relative to the largest value.
TOLERANCE = {"float64": 1e-10, "float32": 1e-3}


class Peer:
    """A peer's process: computes a job once, and then again whenever asked."""

    def __init__(self, python, job):
        script = Path(__file__).with_name("peer_timings.py")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self._errors = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen([python, str(script)], **{**pipes, "stderr": self._errors})
        self._name = job["peer"]
        answer = self._ask(json.dumps(job))
        self.corner, self.batch, self.dtype = np.array(answer["corner"]), answer["batch"], answer["dtype"]

    def seconds(self):
        return self._ask("run")

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._errors.close()

    def _ask(self, line):
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        answer = self._process.stdout.readline()
        if not answer:
            self._process.wait()
            self._errors.seek(0)
            raise SystemExit(f"{self._name} failed in --peers-python:\n{self._errors.read()[-2000:]}")
        return json.loads(answer)


def fully_connected_rows(arguments, folder):
    n, d = arguments.rows, 784
    for dtype in (np.float64, np.float32):
        X = np.random.default_rng(0).standard_normal((n, d)).astype(dtype)
        np.save(folder / "X.npy", X)
        for depth in (1, 3):
            ours = partial(kernels.fully_connected_kernel, X, kind="ntk", depth=depth, **NETWORK)
            kernel = ours()
            job = {"network": "fully connected", "depth": depth, "X": str(folder / "X.npy"), **NETWORK}
            peers = {
                name: Peer(arguments.peers_python, {"peer": name, **job}) for name in ("neural-tangents", "scikit-ntk")
            }
            for name, peer in peers.items():
                _check_agreement(name, kernel, peer)
            timers = {"skcert": partial(seconds, ours), "bare `X @ X.T`": partial(seconds, lambda X=X: X @ X.T)}
            measured = in_turns(timers | {name: peer.seconds for name, peer in peers.items()}, arguments.repeats)
            for peer in peers.values():
                peer.close()
            what = f"fully connected NTK, n = {n:,}, d = {d}, {np.dtype(dtype).name}, depth {depth}"
            for name in ("neural-tangents", "scikit-ntk", "bare `X @ X.T`"):
                yield _row(what, name, measured["skcert"], measured[name])


def cnn_rows(arguments, folder):
    for readout, depth, batches, n_images in CNN_JOBS:
        rng = np.random.default_rng(0)
        X, Y = rng.standard_normal((2, n_images, int(np.prod(IMAGE_SHAPE)))).astype(np.float32)
        np.save(folder / "X.npy", X)
        np.save(folder / "Y.npy", Y)
        network = {"depth": depth, "readout": readout, "image_shape": IMAGE_SHAPE, **NETWORK}
        ours = partial(_in_two_threads, X, Y, network)
        kernel = ours()
        files = {"X": str(folder / "X.npy"), "Y": str(folder / "Y.npy")}
        job = {"peer": "neural-tangents", "network": "convolutional", "batches": batches, **network, **files}
        peer = Peer(arguments.peers_python, job)
        _check_agreement("neural-tangents", kernel, peer)
        timers = {"skcert": partial(seconds, ours), "neural-tangents": peer.seconds}
        measured = in_turns(timers, arguments.repeats)
        peer.close()
        per_entry = [
            [time / n_images**2 for time in measured["skcert"]],
            [time / peer.batch**2 for time in measured["neural-tangents"]],
        ]
        shape = "x".join(map(str, IMAGE_SHAPE))
        what = f"CNN NTK, {shape}, 3x3 filters, float32, `{readout}`, depth {depth}, per kernel entry"
        tried = ", ".join(map(str, batches))
        note = f"images at once: {peer.batch} x {peer.batch} (the best of {tried}), ours {n_images} x {n_images}"
        yield _row(what, "neural-tangents", *per_entry, note=note)


def label_cert_rows(arguments, folder):
    n, limit = 50, arguments.time_limit
    X, y = load_digits(return_X_y=True)
    X, y = X[(y == 3) | (y == 8)] / 4, y[(y == 3) | (y == 8)]
    X, y, X_test = X[:n], y[:n], X[n:]
    network = NTKRegressorClassifier().fit(X, y)
    network.certify(X_test)
    ours = [seconds(network.certify, X_test) / X_test.shape[0] for _ in range(arguments.repeats)]
    points = range(arguments.svm_points)
    for C in SVM_CS:
        svm = NTKSVMClassifier(C=C, time_limit=limit).fit(X, y)
        kernel_rows = kernels.fully_connected_kernel(X_test[points], X, b_std=svm.b_std)
        positive, predicted = svm.label_codes_ == 1, svm.decision_function(X_test[points]) > 0
        programs = {"for the least flips": None, f"published question, {n // 20} flips": n // 20}
        timed = {}
        for question, budget in programs.items():
            solve = partial(label_cert_milp, svm.kernel_, C, positive, budget=budget, time_limit=limit)
            answers = [solve(kernel_row=kernel_rows[t], predicted_positive=predicted[t]) for t in points]
            timed[f"LabelCert's program in HiGHS, {question}"] = [time for time, _ in answers]
        timed["LabelCert by branch and bound (`NTKSVMClassifier`)"] = [
            seconds(svm.certify, X_test[t : t + 1]) for t in points
        ]
        for name, times in timed.items():
            unsolved = sum(time >= limit for time in times)
            yield _row(
                f"certificate, n = {n}, two classes, C = {C:g}, per test row",
                name,
                ours,
                times,
                which="median",
                note=f"{unsolved} of {len(times)} rows not solved within {limit:g} s" if unsolved else "",
                at_least=2 * unsolved >= len(times),
            )


GROUPS = {"fully-connected": fully_connected_rows, "cnn": cnn_rows, "label-cert": label_cert_rows}


def _in_two_threads(X, Y, network):
    halves = np.array_split(X, 2)
    parts = Parallel(n_jobs=2, prefer="threads")(
        delayed(kernels.convolutional_kernel)(half, Y, kind="ntk", activation="relu", **network) for half in halves
    )
    return np.concatenate(parts)


def _check_agreement(name, kernel, peer):
    if peer.dtype != str(kernel.dtype) and name == "neural-tangents":
        raise SystemExit(f"{name} computed in {peer.dtype}, but {kernel.dtype} was asked for.")
    corner = kernel[: peer.corner.shape[0], : peer.corner.shape[1]]
    difference = np.abs(corner - peer.corner) / np.abs(peer.corner).max()
    if kernel.shape[0] == kernel.shape[1] == peer.batch:
        np.fill_diagonal(difference, 0.0)
    difference = difference.max()
    if not difference <= TOLERANCE[str(kernel.dtype)]:
        raise SystemExit(f"{name} and skcert differ by {difference:.1e} of the largest value; timings would mislead.")


def _row(what, peer, ours, theirs, *, which="least", note="", at_least=False):
    """One row of the table: the ratio of the peer's shortest or median time to our shortest."""
    ours, theirs = least_and_median(ours), least_and_median(theirs)
    ratio = theirs[which] / ours["least"]
    return {
        "what": what,
        "peer": peer,
        "ours": ours,
        "theirs": theirs,
        "ratio": ratio,
        "note": note,
        "at_least": at_least,
    }


def report(results):
    """The section of docs/speed.md, from the results."""
    rows = []
    for row in results["rows"]:
        more = "> " if row["at_least"] else ""
        ours = f"{of_seconds(row['ours']['least'])} ({of_seconds(row['ours']['median'])})"
        theirs = f"{of_seconds(row['theirs']['least'])} ({more}{of_seconds(row['theirs']['median'])})"
        rows.append([row["what"], row["peer"], ours, theirs, f"{more}{three_digits(row['ratio'])}", row["note"]])
    header = ["what", "peer", "skcert: least (median)", "peer: least (median)", "peer / skcert", "remarks"]
    facts = f"Measured on: {facts_line(results['machine'])}"
    if results["peers"]:
        facts += f" Peers' environment: {facts_line(results['peers'])}"
    return f"{markdown_table(header, rows)}\n\n{facts}"


def peer_versions(python):
    names = f"{{name: version(name) for name in {PEER_VERSIONS}}}"
    code = f"import json; from importlib.metadata import version; print(json.dumps({names}))"
    return json.loads(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers-python", help="Python of the peers' virtual environment")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, default=3_000, help="rows of the fully connected kernels")
    parser.add_argument("--svm-points", type=int, default=3, help="test rows of LabelCert")
    parser.add_argument("--time-limit", type=float, default=20.0, help="seconds for one of LabelCert's programs")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--report", action="store_true", help="write the docs' table from the results file")
    arguments = parser.parse_args()
    if arguments.report:
        write_sections(DOCS / "speed.md", {"peers": report(load_json(RESULTS))})
        return
    if arguments.peers_python is None and set(arguments.only) != {"label-cert"}:
        parser.error("--peers-python is needed: the Python of a virtual environment as described by --help")
    start, rows = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for group in arguments.only:
            for row in GROUPS[group](arguments, Path(folder)):
                rows.append(row)
                print(f"{row['what']}; {row['peer']}: {row['ratio']:.3g} {row['note']}", file=sys.stderr, flush=True)
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    peers = peer_versions(arguments.peers_python) if arguments.peers_python else {}
    results = {"machine": machine_facts(), "peers": peers, "rows": rows}
    print(report(results))
    if set(arguments.only) == set(GROUPS):
        save_json(RESULTS, results)
        write_sections(DOCS / "speed.md", {"peers": report(results)})


if __name__ == "__main__":
    main()
