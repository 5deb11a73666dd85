"""What is in memory at a time stays within scikit-learn's ``working_memory``."""

import tracemalloc

import numpy as np
import pytest
from sklearn import config_context

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)

MEBIBYTES = 16
FIXED = 2.5  # of products in blocks, whatever the chunk
MODELS = {
    "network": NTKRegressorClassifier(),
    "flat network": NTKRegressorClassifier(weight_center="mean", weight_power=0.5, weight_clip=0.1),
    "limit": NTKRegressorClassifier(alpha=np.inf),
    "rbf": KernelRegressorClassifier(),
    "callable": KernelRegressorClassifier(kernel=lambda X, Y: X @ Y.T + 30.0),
    "neighbors": CertifiedKNeighborsClassifier(),
    "neighbors by manhattan": CertifiedKNeighborsClassifier(metric="manhattan", n_jobs=2),
    "ridge": CertifiedRidgeClassifier(),
    "flat ridge": CertifiedRidgeClassifier(weight_clip=0.1),
    "soft vote": PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=5, voting="soft", n_jobs=1),
    "hard vote": PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=5, n_jobs=1),
}


def peak_mebibytes(function, X):
    tracemalloc.start()
    try:
        function(X)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("model", MODELS)
def test_within_working_memory(model, dtype):
    generator = np.random.default_rng(0)
    X = generator.normal(size=(3300, 4)).astype(dtype)
    fitted = MODELS[model].fit(X[:2000], generator.integers(0, 3, 2000))
    functions = [fitted.predict, fitted.certify]
    for function in functions:
        function(X[:2])
    with config_context(working_memory=MEBIBYTES):
        for function in functions:
            assert peak_mebibytes(function, X[2000:]) <= MEBIBYTES + FIXED
