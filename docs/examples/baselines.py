"""Certificates side by side on one data set: exact and white-box here, and what others have published."""

import time

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.baselines import LabelFlipSmoothing, NTKSVMClassifier

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)  # looks at no label
X_train, y_train, X_test, y_test = X[:200], y[:200], X[200:230], y[200:230]
network = NTKRegressorClassifier(alpha=30.0)
partitions = {"n_partitions": 20, "random_state": 0}

models = {
    "ScaLabelCert: network, exact": network,
    "EnsembleCert: white-box": PartitionAggregationEnsemble(network, partition="random", **partitions),
    "DPA / SS-DPA: black-box": PartitionAggregationEnsemble(
        network, partition="random", certificate="black-box", **partitions
    ),
    "DPA, decision trees": PartitionAggregationEnsemble(DecisionTreeClassifier(), **partitions),
    "Finite Aggregation, white-box": FiniteAggregationEnsemble(network, spread=4, **partitions),
    "Finite Aggregation, black-box": FiniteAggregationEnsemble(
        network, spread=4, certificate="black-box", **partitions
    ),
    "label-flip smoothing, q=0.05": LabelFlipSmoothing(network, flip_probability=0.05),
    "LabelCert in 40 partitions": PartitionAggregationEnsemble(
        NTKSVMClassifier(C=0.1, time_limit=5.0), n_partitions=40, partition="random", random_state=0
    ),
}
print(f"{'':<32}  accuracy  median radius  seconds")
for name, model in models.items():
    n_test = 5 if "LabelCert in" in name else len(X_test)  # integer programs take their time
    start = time.perf_counter()
    result = model.fit(X_train, y_train).certify(X_test[:n_test])
    seconds = time.perf_counter() - start
    accuracy = result.certified_accuracy(y_test[:n_test], 0)
    print(f"{name:<32}  {accuracy:>8.1%}  {np.median(result.radius):>13g}  {seconds:>7.1f}", flush=True)
