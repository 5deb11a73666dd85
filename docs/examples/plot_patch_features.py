"""
Raw images: features without labels
===================================

A radius depends on the distance between classes in the features that a classifier sees, and pixels are poor ones.
Patch features (k-means on whitened patches) are found without labels, so the certificate holds through the whole
pipeline. The transformer is :download:`a file to copy <../examples/patch_features.py>`; for features of pretrained
networks, see :doc:`/features`.
"""

# %%
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert.display import CertifiedAccuracyDisplay
from skcert.metrics import median_certified_radius
from skcert.preprocessing import RowScaler

sys.path.insert(0, str(Path(globals().get("__file__", "")).parent))  # has patch_features.py
from patch_features import PatchFeatures

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:1000], y[:1000], X[1000:1500], y[1000:1500]
network = skcert.NTKRegressorClassifier(alpha=10.0)

# %%
# The same network after the same scaling: standardised, whitened to 30 dimensions, rows of equal length.
patches = PatchFeatures((8, 8, 1), n_patches=100, patch_size=4, n_sampled=20_000, random_state=0)
models = {
    "pixels": make_pipeline(PCA(30, whiten=True, random_state=0), RowScaler(), network),
    "patch features": make_pipeline(
        patches, StandardScaler(), PCA(30, whiten=True, random_state=0), RowScaler(), network
    ),
}
fig, ax = plt.subplots(layout="constrained")
for name, model in models.items():
    result = skcert.certify(model.fit(X_train, y_train), X_test)
    clean, radius = result.certified_accuracy(y_test, 0), median_certified_radius(y_test, result)
    print(f"{name:<15} clean accuracy {clean:.1%}, median certified radius {radius:g} flips")
    CertifiedAccuracyDisplay.from_predictions(y_test, result, name=name, ax=ax)

# %%
# What k-means found: each square is a whitened patch.
centroids = models["patch features"][0].centroids_
fig, axes = plt.subplots(4, 10, figsize=(7, 3), layout="constrained")
for ax, centroid in zip(axes.flat, centroids[np.argsort(-np.abs(centroids).sum(axis=1))]):
    ax.imshow(centroid.reshape(4, 4), cmap="gray")
    ax.axis("off")
