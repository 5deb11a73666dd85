"""The same exact certificate for other label-linear learners, and for one of your own."""

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


X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)  # looks at no label
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]

for learner in (
    NTKRegressorClassifier(alpha=100.0),
    NTKRegressorClassifier(alpha=1.0, training_time=30.0),
    KernelRegressorClassifier(kernel="rbf", gamma=0.03),
    KernelRegressorClassifier(kernel="laplacian", gamma=0.03),
    CertifiedKNeighborsClassifier(n_neighbors=101),
    NadarayaWatson(),
):
    result = learner.fit(X_train, y_train).certify(X_test)
    print(f"{result.certified_accuracy(y_test, 0):.1%} right, median radius {np.median(result.radius):3g}: {learner}")
