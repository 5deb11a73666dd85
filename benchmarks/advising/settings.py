"""The settings that advice is about, by name; features are standardised where nothing else is said."""

import math

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.kernel_approximation import NTKNystroem
from skcert.preprocessing import RowScaler

RIDGES = (0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, math.inf)
PARTITIONS = (5, 20)
ROWS_OF_MEMBERS = (25, 50, 100, 200)
TRUSTED_FIRST, TRUSTED_BY_CHANCE = "alpha = 1, the audit's first trusted", "alpha = 1, any trusted"


def network(alpha=1.0, **options):
    return NTKRegressorClassifier(alpha=alpha, **options)


def vote(base, n_partitions, voting="hard"):
    return PartitionAggregationEnsemble(
        base, n_partitions=n_partitions, partition="random", voting=voting, random_state=0, n_jobs=1
    )


def settings(X, y):
    """By name: the steps in front, and the model. `y` tells the classes, and for score weights their frequencies."""
    n, d = X.shape
    labels, counts = np.unique(y, return_counts=True)
    standard = [StandardScaler()]
    models = {f"alpha = {alpha:g}": network(alpha) for alpha in RIDGES}
    models |= {
        f"alpha = {alpha:g}, no intercept": network(alpha, fit_intercept=False) for alpha in (1.0, 100.0, math.inf)
    }
    models |= {f"{name}, alpha = 1": network(activation=name) for name in ("erf", "identity", "leaky_relu")}
    models |= {f"depth {depth}, alpha = 1": network(depth=depth) for depth in (2, 3)}
    models |= {"nngp, alpha = 1": network(kernel="nngp"), "early stopping": network(0.0, training_time=30.0)}
    models |= {f"b_std = {b_std:g}, alpha = 1": network(b_std=b_std) for b_std in (0.0, 0.3)}
    for alpha in (1.0, 10.0):
        models |= {f"clip {clip:g}, alpha = {alpha:g}": network(alpha, weight_clip=clip) for clip in (0.99, 0.95, 0.5)}
        models[f"centre mean, clip .99, alpha = {alpha:g}"] = network(alpha, weight_clip=0.99, weight_center="mean")
    first = 1.0 - 1.0 / len(labels)
    for name, level in (("1 - 1/K", first), (".95", 0.95)):
        for alpha in (10.0, math.inf):
            flat = network(alpha, weight_center=level, weight_clip=0.1)
            models[f"centre {name}, clip .1, alpha = {alpha:g}"] = flat
    known = {label: float(n / (len(labels) * count)) for label, count in zip(labels.tolist(), counts)}
    models |= {
        f"score weights, alpha = {alpha:g}": network(alpha, score_weight=known) for alpha in (1.0, 10.0, math.inf)
    }
    for n_partitions in PARTITIONS:
        for alpha in (0.1, 1.0, 10.0):
            for voting in ("hard", "soft"):
                name = f"{n_partitions} {voting} votes, alpha = {alpha:g}"
                models[name] = vote(network(alpha), n_partitions, voting)
        for alpha in (1.0, 10.0):
            models[f"alpha = {alpha:g} x {n_partitions}"] = network(alpha * n_partitions)
    for rows in ROWS_OF_MEMBERS:
        if n >= 3 * rows:
            models[f"logistic regressions of {rows} rows"] = vote(LogisticRegression(max_iter=1000), n // rows)
            models[f"trees of {rows} rows"] = vote(DecisionTreeClassifier(random_state=0), n // rows)
    if n >= 3 * ROWS_OF_MEMBERS[0]:
        trees = DecisionTreeClassifier(random_state=0)
        models[f"run-off, trees of {ROWS_OF_MEMBERS[0]} rows"] = vote(trees, n // ROWS_OF_MEMBERS[0], "run-off")
    models |= {
        "ridge": CertifiedRidgeClassifier(alpha=10.0),
        "landmarks": make_pipeline(NTKNystroem(min(500, n), random_state=0), CertifiedRidgeClassifier(alpha=10.0)),
        "neighbours": CertifiedKNeighborsClassifier(0.1),
        "neighbours, far -1": CertifiedKNeighborsClassifier(0.1, far_weight=-1),
        "logistic regression": LogisticRegression(max_iter=1000),
    }
    scaled = {name: (standard, model) for name, model in models.items()}
    n_components = min(30, d, n)
    whitened = [StandardScaler(), PCA(n_components, whiten=True, random_state=0)]
    for name, steps in (
        ("raw", []),
        ("equal lengths", [StandardScaler(), RowScaler()]),
        ("whitened", whitened),
        ("whitened, equal lengths", [*whitened, RowScaler()]),
        ("whitened, length 1", [*whitened, Normalizer()]),
    ):
        for alpha in (1.0, 10.0):
            scaled[f"{name}, alpha = {alpha:g}"] = (steps, network(alpha))
    return scaled
