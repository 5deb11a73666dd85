"""The peers' side of `peers.py`: times neural-tangents and scikit-ntk in a virtual environment of their own.

Started by ``peers.py``, with the peers' Python; not meant to be run by hand. It reads one JSON object from standard
input, a job, compiles and runs it once, and answers with the result. Then it answers every further line with
the seconds of one more run. Results stay in the peer's memory, conversions are not timed.

    python benchmarks/peer_timings.py --help
"""

import argparse
import json
import os
import sys
import time

import numpy as np


def neural_tangents_runs(job, X, Y):
    """A function that runs the job once, and its result; ``job["batches"]`` are tried, and the fastest is kept."""
    import jax
    import jax.numpy as jnp
    from neural_tangents import stax

    w_std, b_std = job["w_std"], job["b_std"]
    if job["network"] == "fully connected":
        layers = [layer for _ in range(job["depth"]) for layer in (stax.Dense(1, w_std, b_std), stax.Relu())]
    else:
        conv = {"filter_shape": (3, 3), "padding": "SAME", "W_std": w_std, "b_std": b_std}
        layers = [layer for _ in range(job["depth"]) for layer in (stax.Conv(1, **conv), stax.Relu())]
        layers.append(stax.Flatten() if job["readout"] == "flatten" else stax.GlobalAvgPool())
    *_, kernel_fn = stax.serial(*layers, stax.Dense(1, w_std, b_std))
    compiled = jax.jit(kernel_fn, static_argnums=2)

    def run_on(X, Y):
        return lambda: compiled(X, Y, "ntk").block_until_ready()

    if job["network"] == "fully connected":
        run = run_on(jnp.asarray(X), None)
        return run, np.asarray(run()), X.shape[0]
    X, Y = (images.reshape(-1, *job["image_shape"]) for images in (X, Y))
    fastest = None
    for batch in job["batches"]:
        run = run_on(jnp.asarray(X[:batch]), jnp.asarray(Y[:batch]))
        kernel = np.asarray(run())
        per_entry = min(_seconds(run) for _ in range(3)) / batch**2
        if fastest is None or per_entry < fastest[0]:
            fastest = per_entry, run, kernel, batch
    return fastest[1:]


def scikit_ntk_runs(job, X):
    """The same for scikit-ntk, whose inputs and outputs are scaled differently: its results are converted."""
    from skntk import NeuralTangentKernel

    peer = NeuralTangentKernel(depth=job["depth"], bias=0.0)
    scale = (job["depth"] + 1) * job["w_std"] ** 2 / X.shape[1]
    return (lambda: peer(X)), scale * peer(X), X.shape[0]


def _seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries may print
    job = json.loads(sys.stdin.readline())
    X = np.load(job["X"])
    Y = np.load(job["Y"]) if "Y" in job else None
    if job["peer"] == "neural-tangents":
        os.environ["JAX_ENABLE_X64"] = str(X.dtype == np.float64)
        run, kernel, batch = neural_tangents_runs(job, X, Y)
    else:
        run, kernel, batch = scikit_ntk_runs(job, X)
    corner = kernel[:4, :4].astype(float).tolist()
    print(json.dumps({"corner": corner, "batch": batch, "dtype": str(kernel.dtype)}), file=answers, flush=True)
    for _ in sys.stdin:
        print(json.dumps(_seconds(run)), file=answers, flush=True)


if __name__ == "__main__":
    main()
