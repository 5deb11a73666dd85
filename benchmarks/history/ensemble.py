"""Ensembles over partitions: workers and partitions as parameters."""

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble

from ._data import clouds


class Partitions:
    """Fit and certify 5,000 rows in P partitions."""

    params = [[10, 100, 1_000], [1, 2, None]]
    param_names = ["n_partitions", "n_jobs"]
    n_train, n_test, flips = 5_000, 500, 10
    timeout = 300

    def setup(self, n_partitions, n_jobs):
        self.X, self.y = clouds(self.n_train)
        self.X_test, self.y_test = clouds(self.n_test, seed=2)
        self.ensemble = PartitionAggregationEnsemble(
            NTKRegressorClassifier(alpha=1.0), n_partitions=2, partition="random", random_state=0, n_jobs=n_jobs
        )
        self.ensemble.fit(self.X[:100], self.y[:100]).certify(self.X_test[:2])
        self.ensemble.set_params(n_partitions=n_partitions).fit(self.X, self.y)

    def time_fit(self, n_partitions, n_jobs):
        self.ensemble.fit(self.X, self.y)

    def time_certify(self, n_partitions, n_jobs):
        self.ensemble.certify(self.X_test)

    def peakmem_fit_and_certify(self, n_partitions, n_jobs):
        self.ensemble.fit(self.X, self.y).certify(self.X_test)

    def track_certified_accuracy(self, n_partitions, n_jobs):
        return float(self.ensemble.certify(self.X_test).certified_accuracy(self.y_test, self.flips))

    track_certified_accuracy.unit = f"share certified at {flips} flips"


class SoftVote:
    """The averaged scores of 10 members."""

    params = [[500, 5_000]]
    param_names = ["n_train"]

    def setup(self, n_train):
        self.X, self.y = clouds(n_train)
        self.X_test, _ = clouds(200, seed=2)
        self.ensemble = PartitionAggregationEnsemble(voting="soft", partition="random", random_state=0)
        self.ensemble.fit(self.X, self.y).certify(self.X_test[:2])

    def time_certify(self, n_train):
        self.ensemble.certify(self.X_test)


class OverlappingBags:
    """Finite Aggregation: every row in two of 2 P bags."""

    params = [[10, 50]]
    param_names = ["n_partitions"]

    def setup(self, n_partitions):
        self.X, self.y = clouds(1_000)
        self.X_test, _ = clouds(50, seed=2)
        self.ensemble = FiniteAggregationEnsemble(n_partitions=n_partitions, random_state=0)
        self.ensemble.fit(self.X, self.y).certify(self.X_test[:2])

    def time_fit(self, n_partitions):
        self.ensemble.fit(self.X, self.y)

    def time_certify(self, n_partitions):
        self.ensemble.certify(self.X_test)
