"""Learners: from data to certificates."""

import numpy as np

from skcert import CertifiedKNeighborsClassifier, KernelRegressorClassifier, NTKRegressorClassifier

from ._data import clouds

LEARNERS = {
    "ntk": NTKRegressorClassifier(alpha=10.0),
    "ntk, ridge limit": NTKRegressorClassifier(alpha=np.inf),
    "ntk, clipped": NTKRegressorClassifier(alpha=np.inf, weight_clip=0.8),
    "rbf": KernelRegressorClassifier(alpha=10.0),
    "neighbors": CertifiedKNeighborsClassifier(n_neighbors=20),
}


class Learners:
    """Fit, predict, certify and attack, and what is certified."""

    params = [list(LEARNERS), [200, 2_000]]
    param_names = ["learner", "n_train"]
    n_test = 200
    flips = 10

    def setup(self, learner, n_train):
        self.X, self.y = clouds(n_train)
        self.X_test, self.y_test = clouds(self.n_test, seed=2)
        self.learner = LEARNERS[learner].fit(self.X[:50], self.y[:50])
        self.learner.certify(self.X_test[:2])
        self.learner.attack(self.X_test[:2])
        self.learner.fit(self.X, self.y)

    def time_fit(self, learner, n_train):
        self.learner.fit(self.X, self.y)

    def time_predict(self, learner, n_train):
        self.learner.predict(self.X_test)

    def time_certify(self, learner, n_train):
        self.learner.certify(self.X_test)

    def time_attack(self, learner, n_train):
        self.learner.attack(self.X_test)

    def peakmem_fit_and_certify(self, learner, n_train):
        self.learner.fit(self.X, self.y).certify(self.X_test)

    def track_certified_accuracy(self, learner, n_train):
        return float(self.learner.certify(self.X_test).certified_accuracy(self.y_test, self.flips))

    track_certified_accuracy.unit = f"share certified at {flips} flips"
