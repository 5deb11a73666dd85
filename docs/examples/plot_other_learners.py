"""
Other learners, and one of your own
===================================

The exact certificate holds for any classifier that states its label weights without looking at labels: kernel
regressions, nearest neighbours, networks stopped early, and your own smoother, by means of
:class:`~skcert.LabelLinearClassifierMixin`.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import validate_data

from skcert import (
    CertifiedKNeighborsClassifier,
    KernelRegressorClassifier,
    LabelLinearClassifierMixin,
    NTKRegressorClassifier,
)
from skcert.display import CertifiedAccuracyDisplay
from skcert.metrics import median_certified_radius

# %%
# A learner of your own needs ``fit``, which passes on the labels, and its label weights.


class NadarayaWatson(LabelLinearClassifierMixin, BaseEstimator):
    """Kernel smoother: label weights are kernel values, scaled to sum 1."""

    def __init__(self, gamma=0.05, classes=None):
        self.gamma = gamma
        self.classes = classes

    def fit(self, X, y, trusted=None):
        X, y = validate_data(self, X, y, dtype=np.float64)
        self._set_labels(y, trusted)
        self.X_fit_ = X
        return self

    def _label_weights(self, X):
        weights = rbf_kernel(X, self.X_fit_, gamma=self.gamma)
        return weights / weights.sum(axis=1, keepdims=True)


# %%
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)  # looks at no label
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]

learners = {
    "network": NTKRegressorClassifier(alpha=100.0),
    "network, stopped early": NTKRegressorClassifier(alpha=1.0, training_time=30.0),
    "kernel regression, rbf": KernelRegressorClassifier(kernel="rbf", gamma=0.03),
    "kernel regression, Laplacian": KernelRegressorClassifier(kernel="laplacian", gamma=0.03),
    "101 nearest neighbours": CertifiedKNeighborsClassifier(n_neighbors=101),
    "Nadaraya-Watson (own)": NadarayaWatson(),
}
fig, ax = plt.subplots(layout="constrained")
styles = iter(["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1))])
for name, learner in learners.items():
    result = learner.fit(X_train, y_train).certify(X_test)
    median = median_certified_radius(y_test, result)  # a wrong prediction counts as -1
    print(f"{name:<30} {result.certified_accuracy(y_test, 0):.1%} right, median radius {median:3g}")
    CertifiedAccuracyDisplay.from_predictions(
        y_test, result, name=name, ax=ax, linestyle=next(styles)
    )
