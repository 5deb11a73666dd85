"""
Certificates side by side
=========================

Exact and white-box certificates next to certificates published by others, on a small data set with two classes.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.baselines import LabelFlipSmoothing, NTKSVMClassifier
from skcert.metrics import median_certified_radius

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)  # uses no labels
X_train, y_train, X_test, y_test = X[:200], y[:200], X[200:230], y[200:230]
network = NTKRegressorClassifier(alpha=30.0)
member = NTKRegressorClassifier(alpha=1.0)  # for the few rows of a partition
partitions = {"n_partitions": 20, "random_state": 0}

models = {
    "ScaLabelCert: network, exact": network,
    "EnsembleCert: white-box": PartitionAggregationEnsemble(
        member, partition="random", **partitions
    ),
    "DPA / SS-DPA: black-box": PartitionAggregationEnsemble(
        member, partition="random", certificate="black-box", **partitions
    ),
    "DPA, decision trees": PartitionAggregationEnsemble(
        DecisionTreeClassifier(random_state=0), partition="random", **partitions
    ),
    "Finite Aggregation, white-box": FiniteAggregationEnsemble(member, spread=4, **partitions),
    "Finite Aggregation, black-box": FiniteAggregationEnsemble(
        member, spread=4, certificate="black-box", **partitions
    ),
    "label-flip smoothing, q=0.05": LabelFlipSmoothing(network, flip_probability=0.05),
    "LabelCert in 40 partitions": PartitionAggregationEnsemble(
        NTKSVMClassifier(C=0.1, time_limit=1.0), n_partitions=40, partition="random", random_state=0
    ),
}

# %%
# Integer programs are slow, so LabelCert certifies only three rows. Smoothing's radii are about the ideal smoothed
# classifier, not about what one refit predicts, so they compare with the others in size only.
radii, medians = {}, {}
for name, model in models.items():
    n_test = 3 if "LabelCert in" in name else len(X_test)
    result = model.fit(X_train, y_train).certify(X_test[:n_test])
    radii[name], medians[name] = result.radius, median_certified_radius(y_test[:n_test], result)
    accuracy = result.certified_accuracy(y_test[:n_test], 0)
    print(
        f"{name:<32}  accuracy {accuracy:>6.1%}  median radius {medians[name]:>3g}  rows {n_test}"
    )

# %%
# A stroke for each test row, a dot for the median, in which a wrong prediction counts as -1.
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for position, name in enumerate(reversed(radii)):
    ax.plot(
        radii[name],
        np.full(len(radii[name]), position),
        "|",
        markersize=12,
        color="tab:blue",
        alpha=0.6,
    )
    ax.plot(medians[name], position, "o", color="tab:orange", markersize=7)
ax.set_yticks(range(len(radii)), list(reversed(radii)))
ax.set(xlabel="Certified radius (label flips)", xlim=(-1.5, None))
ax.grid(axis="x", alpha=0.3)
