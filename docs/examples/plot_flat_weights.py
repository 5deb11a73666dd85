"""
Flat label weights: radius against accuracy
===========================================

A radius is about gap / (2 x the largest label weights). Anything that flattens the weights without looking at
labels enlarges radii, and leaves the certificate exact. What it costs in accuracy depends on the data.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skcert import (
    CertifiedKNeighborsClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.metrics import median_certified_radius

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
    "ridge limit, weight_center=0.9": NTKRegressorClassifier(alpha=np.inf, weight_center=0.9),
    "the same, weight_clip=0.05": NTKRegressorClassifier(
        alpha=np.inf, weight_center=0.9, weight_clip=0.05
    ),
    "nearest tenth": CertifiedKNeighborsClassifier(0.1),
    "nearest tenth, far_weight=-1": CertifiedKNeighborsClassifier(0.1, far_weight=-1),
    "10 partitions, hard vote": PartitionAggregationEnsemble(network, **partitions),
    "10 partitions, soft vote": PartitionAggregationEnsemble(network, voting="soft", **partitions),
}

# %%
# Wrong predictions count as -1 in the median.
markers = iter("osD^vPX<>*h")
fig, ax = plt.subplots(layout="constrained")
print(f"{'':<30}  accuracy  median radius")
for name, model in models.items():
    result = model.fit(X_train, y_train).certify(X_test)
    accuracy, median = result.certified_accuracy(y_test, 0), median_certified_radius(y_test, result)
    print(f"{name:<30}  {accuracy:>8.1%}  {median:>13g}")
    ax.plot(median, accuracy, next(markers), markersize=9, label=name)
ax.set(xlabel="Median certified radius (label flips)", ylabel="Clean accuracy")
ax.legend()
ax.grid(alpha=0.3)

# %%
# On these raw pixels, half-clipped weights lose more than they gain. Centred first, they gain: digits are about
# equally frequent, so that far rows can speak against their classes at no cost. On other features clipping
# alone gains, too: :doc:`/flat_weights`.
