"""Flat label weights: what clipping, soft votes and the ridge limit gain in radius, and cost in accuracy.

A radius is about gap / (2 x the largest label weights). Whatever flattens the weights without looking at labels
enlarges radii, and leaves the certificate exact.
"""

import numpy as np
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:1200] / 16, y[:1200], X[1200:] / 16, y[1200:]
network = NTKRegressorClassifier(alpha=5.0)
partitions = {"n_partitions": 10, "partition": "random", "random_state": 0}

models = {
    "network": network,
    "network, weight_clip=0.9": NTKRegressorClassifier(alpha=5.0, weight_clip=0.9),
    "network, weight_clip=0.5": NTKRegressorClassifier(alpha=5.0, weight_clip=0.5),
    "ridge limit, alpha=inf": NTKRegressorClassifier(alpha=np.inf),
    "ridge limit, weight_clip=0.9": NTKRegressorClassifier(alpha=np.inf, weight_clip=0.9),
    "10 partitions, hard vote": PartitionAggregationEnsemble(network, **partitions),
    "10 partitions, soft vote": PartitionAggregationEnsemble(network, voting="soft", **partitions),
}
print(f"{'':<30}  accuracy  median radius")
for name, model in models.items():
    result = model.fit(X_train, y_train).certify(X_test)
    right = result.prediction == y_test
    print(f"{name:<30}  {right.mean():>8.1%}  {np.median(np.where(right, result.radius, -1)):>13g}")
