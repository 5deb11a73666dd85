"""Random learners and ensembles, with random options, on few rows."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)

from .bases import Abstaining, Beyond, Erratic, Failing
from .magnitudes import draw_numbers
from .problems import FEATURE, TEST, TRAIN, Problem, chance, draw_labels, draw_trusted, some

REFITS = 48  # of one model: all labelings, or those with few flips and some others
CLASS_NAMES = ([0, 1, 2, 3], [-1, 1, 5, 9], ["ant", "bee", "cat", "dog"])
AXES = {"X": (TRAIN, FEATURE), "y": (TRAIN,), "X_test": (TEST, FEATURE), "trusted": (TRAIN,)}
KERNEL_AXES = {**AXES, "X": (TRAIN, TRAIN), "X_test": (TEST, TRAIN)}
FAMILIES = ("ordinary", "whole", "tenths", "far", "huge squares", "tiny squares", "huge", "subnormal")


def product_kernel(X, Y):
    """A user-defined kernel."""
    return (X @ Y.T + 1.0) ** 2


def draw_learner(rng):
    """A learner on its own, sometimes from `alpha_path`, on up to 8 rows."""
    family = some(rng, *FAMILIES, "ordinary")
    learner = random_learner(rng)
    path = "alpha" in learner.get_params() and chance(rng, 0.2)
    problem = _problem(rng, "learners", family, learner, path=path)
    if problem["model"].get_params().get("kernel") != "precomputed":
        return problem
    with np.errstate(all="ignore"):
        X, X_test = problem["X"], problem["X_test"]
        arrays = {**problem.arrays, "X": X @ X.T, "X_test": X_test @ X.T}
    return Problem(problem.kind, family, arrays, KERNEL_AXES, problem.options)


def draw_ensemble(rng):
    """An ensemble on up to 8 rows."""
    base = random_base(rng)
    family = type(base.steps[-1][1] if hasattr(base, "steps") else base).__name__
    # other people's bases have rounding errors of their own
    magnitude = some(rng, *FAMILIES) if hasattr(base, "label_weights") else some(rng, "ordinary", "whole", "tenths")
    return _problem(rng, "ensembles", magnitude, None, base=base, named=family)


def _problem(rng, kind, magnitude, model, base=None, named=None, path=False):
    n_classes = int(rng.integers(2, 5))
    n, n_test, n_features = int(rng.integers(2, 9)), int(rng.integers(1, 17)), int(rng.integers(1, 4))
    dtype = some(rng, np.float64, np.float64, np.float32)
    if getattr(model, "image_shape", None) is not None:
        n_features = 4
    X, X_test = _rows(rng, magnitude, n, n_test, n_features, dtype)
    labels = draw_labels(rng, n, n_classes)
    if getattr(model, "kernel", "") in ("chi2", "additive_chi2"):
        X, X_test = np.abs(X), np.abs(X_test)
    known = chance(rng, 0.5)
    if not known:
        n_classes = np.unique(labels).size
        labels = np.unique(labels, return_inverse=True)[1]
    options = {
        "model": random_ensemble(rng, base, n) if base is not None else model,
        "names": some(rng, *CLASS_NAMES)[:n_classes],
        "known": known,
        "path": path,
        "refits": REFITS,
        "flips": int(rng.integers(1, 4)),
        "seed": int(rng.integers(2**31)),
    }
    arrays = {"X": X, "y": labels, "X_test": X_test, "trusted": draw_trusted(rng, n)}
    return Problem(kind, named or magnitude, arrays, AXES, options)


def _rows(rng, magnitude, n, n_test, n_features, dtype):
    drawn = magnitude if magnitude in ("whole", "tenths", "huge", "subnormal") else "ordinary"
    numbers = draw_numbers(rng, drawn, (n + n_test, n_features), dtype)
    X, X_test = numbers[:n], numbers[n:]
    if magnitude == "far":
        X_test = X_test * dtype(10.0) ** rng.uniform(0.5, 2.0, (n_test, 1)).astype(dtype)
    if magnitude.endswith("squares"):  # squares are near the largest or the smallest number there is
        exponent = rng.uniform(0.45, 0.51) * np.log10(float(np.finfo(dtype).max))
        scale = dtype(10.0 ** (exponent if magnitude.startswith("huge") else -exponent))
        X, X_test = X * scale, X_test * scale
    if chance(rng, 0.3):
        X[-1] = X[0]
    if chance(rng, 0.3):
        X_test[0] = X[0]
    return X, X_test


def random_learner(rng):
    """One of skcert's learners, with random options."""
    return some(rng, _random_network, _random_network, _random_kernel_regression, _random_neighbors)(rng)


def _regression_options(rng):
    alpha = some(rng, 0.0, 1e-10, 1e-3, 0.3, 1.0, 30.0, 1e6, np.inf, np.inf)
    return {
        "alpha": alpha,
        "fit_intercept": chance(rng, 0.6),
        "training_time": some(rng, 0.1, 10.0, 1e4) if alpha < np.inf and chance(rng, 0.2) else None,
        "weight_center": some(rng, 0.0, 0.3, 0.5, 0.9, 1.0) if chance(rng, 0.4) else None,
        "weight_clip": some(rng, 0.01, 0.3, 0.5, 0.9, 1.0) if chance(rng, 0.4) else None,
        "score_weight": "balanced" if chance(rng, 0.15) else None,
    }


def _random_network(rng):
    network = NTKRegressorClassifier(
        kernel=some(rng, "ntk", "ntk", "nngp", "precomputed", product_kernel),
        depth=int(rng.integers(0, 4)),
        activation=some(rng, "relu", "leaky_relu", "erf", "identity"),
        w_std=some(rng, 2**0.5, 1.0, 0.1, 5.0),
        b_std=some(rng, 0.1, 0.0, 1.0),
        **_regression_options(rng),
    )
    if network.kernel in ("ntk", "nngp") and chance(rng, 0.15):
        network.set_params(image_shape=(2, 2, 1), depth=1, readout=some(rng, "flatten", "gap"))
    return network


def _random_kernel_regression(rng):
    names = ("rbf", "rbf", "linear", "poly", "sigmoid", "laplacian", "chi2", "additive_chi2", "cosine")
    return KernelRegressorClassifier(
        kernel=some(rng, *names, "precomputed", product_kernel),
        gamma=some(rng, None, 0.0, 0.1, 1.0, 30.0),
        degree=some(rng, 1, 2, 3),
        coef0=some(rng, 0, 1, -1),
        **_regression_options(rng),
    )


def _random_neighbors(rng):
    return CertifiedKNeighborsClassifier(
        some(rng, 1, 2, 3, 5, 0.3, 0.6),
        far_weight=some(rng, 0, -1),
        metric=some(rng, "euclidean", "manhattan", "cosine"),
        score_weight="balanced" if chance(rng, 0.15) else None,
    )


def random_base(rng):
    """What an ensemble may be given: skcert's learners, scikit-learn's classifiers, and worse."""
    if chance(rng, 0.5):
        while True:
            learner = random_learner(rng)
            if learner.get_params().get("kernel") != "precomputed":
                break
        learner.set_params(**({"image_shape": None} if hasattr(learner, "image_shape") else {}))
        return make_pipeline(StandardScaler(), learner) if chance(rng, 0.15) else learner
    return some(
        rng,
        DecisionTreeClassifier(max_depth=some(rng, None, 1)),
        LogisticRegression(C=some(rng, 1.0, 100.0)),
        GaussianNB(),
        KNeighborsClassifier(some(rng, 1, 2)),
        Erratic(),
        Erratic(),
        Abstaining(),
        Beyond(),
        Failing(chance(rng, 0.3)),
    )


def random_ensemble(rng, base, n):
    """Disjoint partitions or overlapping bags of it."""
    options = {
        "n_partitions": int(rng.integers(1, n + 1)),
        "certificate": some(rng, "auto", "auto", "black-box"),
        "random_state": int(rng.integers(100)),
        "n_jobs": 1,
    }
    if chance(rng, 0.3):
        spread = int(rng.integers(1, 4))
        return FiniteAggregationEnsemble(base, spread=spread, **options)
    return PartitionAggregationEnsemble(
        base, partition=some(rng, "hash", "random"), voting=some(rng, "hard", "hard", "soft"), **options
    )
