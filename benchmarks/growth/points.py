"""What is timed and weighed: networks, ensembles and votes of given sizes."""

import pickle
import tracemalloc

import numpy as np
from history._data import clouds
from machine import seconds

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import certify_label_linear, certify_votes

FULL = {
    "n": (25, 50, 100, 200, 400, 800, 1600, 3200, 6400),
    "features": (256, 784),
    "P": (5, 10, 20, 50, 100, 200, 500, 1000),
    "ensemble rows": 20_000,
    "K": (2, 4, 8, 16, 32, 64),
    "m": (125, 250, 500, 1000, 2000, 4000),
    "vote P": (30, 100, 300, 1000, 3000, 10000),
    "vote size": 10**6,
    "base": {"n": 1600, "d": 64, "m": 500, "K": 10},
    "held out": {"n": 12_000, "P": 15, "d": 100, "m": 1500, "K": 7},
    "spend": 1.0,
}
QUICK = {
    "n": (20, 40, 80, 160),
    "features": (32,),
    "P": (2, 5, 10),
    "ensemble rows": 200,
    "K": (2, 4, 8),
    "m": (10, 20, 40),
    "vote P": (10, 40, 100),
    "vote size": 10**4,
    "base": {"n": 80, "d": 16, "m": 20, "K": 3},
    "held out": {"n": 300, "P": 5, "d": 20, "m": 50, "K": 4},
    "spend": 0.0,
}


def least_seconds(function, *args, spend):
    """The least of some runs, three or more unless one takes longer than `spend` seconds."""
    times = [seconds(function, *args)]
    while len(times) < 3 or (sum(times) < spend and len(times) < 50):
        if times[0] > spend and len(times) >= (1 if spend else 3):
            break
        times.append(seconds(function, *args))
    return min(times)


def network_points(study, spend, *, n, d, m, K):
    """Fit, label weights and certificate of a single network."""
    X, y = clouds(n, n_classes=K, n_features=d)
    X_test, _ = clouds(m, n_classes=K, n_features=d, seed=2)
    network = NTKRegressorClassifier(classes=np.arange(K))
    sizes = {"study": study, "n": n, "d": d, "m": m, "K": K}
    yield {**sizes, "what": "fit", "seconds": least_seconds(network.fit, X, y, spend=spend)}
    yield {**sizes, "what": "label weights", "seconds": least_seconds(network.label_weights, X_test, spend=spend)}
    weights, labels = network.label_weights(X_test), network.label_codes_
    yield {
        **sizes,
        "what": "certificate",
        "seconds": least_seconds(certify_label_linear, weights, labels, K, spend=spend),
    }


def ensemble_points(study, spend, n_jobs=1, *, n, P, d, m, K):
    """Fit and certify of an ensemble."""
    X, y = clouds(n, n_classes=K, n_features=d)
    X_test, _ = clouds(m, n_classes=K, n_features=d, seed=2)
    ensemble = PartitionAggregationEnsemble(n_partitions=P, partition="random", random_state=0, n_jobs=n_jobs)
    sizes = {"study": study, "n": n, "P": P, "d": d, "m": m, "K": K}
    yield {**sizes, "what": "ensemble fit", "seconds": least_seconds(ensemble.fit, X, y, spend=spend)}
    yield {**sizes, "what": "ensemble certify", "seconds": least_seconds(ensemble.certify, X_test, spend=spend)}


def vote_point(study, spend, *, m, P, K):
    """The vote over P partitions, with random white-box costs: half of the partitions vote for one class."""
    rng = np.random.default_rng(0)
    votes = (rng.integers(0, K, (m, P)) * (rng.random((m, P)) < 0.5)).astype(np.int32)
    costs = rng.integers(1, 40, (m, P, K), dtype=np.int32)
    costs[votes[:, :, None] == np.arange(K)] = 0
    taken = least_seconds(certify_votes, votes, costs, spend=spend)
    return {"study": study, "what": "vote", "m": m, "P": P, "K": K, "seconds": taken}


def measure(sizes):
    """All points, on one core."""
    base, spend = sizes["base"], sizes["spend"]
    for _ in (
        network_points("warm-up", 0.0, n=20, d=4, m=4, K=2),
        ensemble_points("warm-up", 0.0, n=40, P=2, d=4, m=4, K=2),
    ):
        list(_)  # compile, or load what was compiled
    vote_point("warm-up", 0.0, m=2, P=5, K=2)
    for n in sizes["n"]:
        yield from network_points("n", spend, **{**base, "n": n})
    for d in sizes["features"]:
        for n in sizes["n"][len(sizes["n"]) // 2 : -1]:
            yield from network_points("d", spend, **{**base, "n": n, "d": d})
    for m in sizes["m"]:
        yield from network_points("m", spend, **{**base, "m": m})
    for K in sizes["K"]:
        yield from network_points("K", spend, **{**base, "K": K})
        yield vote_point("K", spend, m=base["m"], P=sizes["vote P"][2], K=K)
    for P in sizes["vote P"]:
        yield vote_point("P", spend, m=max(4, sizes["vote size"] // (P * base["K"])), P=P, K=base["K"])
    for P in sizes["P"]:
        yield from ensemble_points("P", spend, **{**base, "n": sizes["ensemble rows"], "P": P})


def member_memory(n, d, m):
    """Peak memory of fit and certify beyond what was there before, in units of the n x n matrix; pickled bytes."""
    X, y = clouds(n, n_features=d)
    X_test, _ = clouds(m, n_features=d, seed=2)
    network, peaks = NTKRegressorClassifier(), {}
    for name, call in (("fit", lambda: network.fit(X, y)), ("certify", lambda: network.certify(X_test))):
        tracemalloc.start()
        call()
        peaks[name] = tracemalloc.get_traced_memory()[1] / (n * n * X.itemsize)
        tracemalloc.stop()
    ridge_limit = NTKRegressorClassifier(alpha=np.inf).fit(X, y)
    return {
        "n": n,
        "d": d,
        "m": m,
        "fit": peaks["fit"],
        "certify": 1.0 + peaks["certify"],  # it needs the fitted network, too
        "pickled bytes": len(pickle.dumps(network)),
        "pickled bytes, alpha=inf": len(pickle.dumps(ridge_limit)),
    }
