"""Certificates, from label weights and votes."""

import numpy as np

from skcert import certificates


class LabelLinear:
    """Radius and flips to every class from given label weights."""

    params = [[100, 1_000, 5_000], [2, 10]]
    param_names = ["n_train", "n_classes"]
    n_test = 500

    def setup(self, n_train, n_classes):
        rng = np.random.default_rng(0)
        self.weights = rng.standard_normal((self.n_test, n_train))
        self.labels = rng.integers(0, n_classes, n_train)
        certificates.certify_label_linear(self.weights[:2], self.labels, n_classes)
        certificates.smallest_attack(self.weights[0], self.labels, n_classes)

    def time_certify(self, n_train, n_classes):
        certificates.certify_label_linear(self.weights, self.labels, n_classes)

    def time_scores(self, n_train, n_classes):
        certificates.class_scores(self.weights, self.labels, n_classes)

    def time_smallest_attacks(self, n_train, n_classes):
        for row in self.weights[:50]:
            certificates.smallest_attack(row, self.labels, n_classes)

    def track_median_radius(self, n_train, n_classes):
        return _median(certificates.certify_label_linear(self.weights, self.labels, n_classes)[1])

    track_median_radius.unit = "label flips"


class Votes:
    """The vote over P partitions, with random white-box costs."""

    params = [[50, 1_000, 5_000], [2, 10]]
    param_names = ["n_partitions", "n_classes"]
    n_test = 200

    def setup(self, n_partitions, n_classes):
        rng = np.random.default_rng(0)
        shape = (self.n_test, n_partitions)
        self.votes = rng.integers(0, n_classes, shape) * (rng.random(shape) < 0.5)
        costs = rng.integers(1, 40, (*shape, n_classes), dtype=np.int32)
        self.costs = costs * (self.votes[:, :, None] != np.arange(n_classes))
        self.costs = self.costs.astype(np.int32)
        self.black_box = certificates.black_box_costs(self.votes, n_classes)
        certificates.certify_votes(self.votes[:2], self.costs[:2])

    def time_white_box(self, n_partitions, n_classes):
        certificates.certify_votes(self.votes, self.costs)

    def time_black_box(self, n_partitions, n_classes):
        certificates.certify_votes(self.votes, self.black_box)

    def track_median_radius(self, n_partitions, n_classes):
        return _median(certificates.certify_votes(self.votes, self.costs)[1])

    track_median_radius.unit = "label flips"


class Collective:
    """One budget of flips against a whole test set, by the linear relaxation."""

    params = [[10, 50], [30, 300]]
    param_names = ["n_test", "n_train"]
    timeout = 300

    def setup(self, n_test, n_train):
        rng = np.random.default_rng(0)
        self.weights = rng.standard_normal((n_test, n_train))
        self.labels = rng.integers(0, 3, n_train)
        self.flips = 3
        self.bound = certificates.certify_collective(self.weights, self.labels, 3, self.flips)

    def time_relaxation(self, n_test, n_train):
        certificates.certify_collective(self.weights, self.labels, 3, self.flips)

    def track_changed_at_most(self, n_test, n_train):
        return self.bound.n_changed_upper

    track_changed_at_most.unit = "predictions"


def _median(radius):
    """The lower one of the middle two: the mean of a radius and of no number of flips would mean nothing."""
    return float(np.quantile(radius, 0.5, method="lower"))
