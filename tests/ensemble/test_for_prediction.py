"""Small ensembles that only predict."""

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import FiniteAggregationEnsemble, KernelRegressorClassifier, PartitionAggregationEnsemble

X, y = load_iris(return_X_y=True)
BASES = [
    KernelRegressorClassifier(),
    make_pipeline(StandardScaler(), KernelRegressorClassifier(alpha=0.1)),
    DecisionTreeClassifier(random_state=0),
]


@pytest.mark.parametrize("base", BASES, ids=["kernel", "pipeline", "tree"])
@pytest.mark.parametrize("voting", ["hard", "run-off"])
def test_predicts_the_same(base, voting):
    whole = PartitionAggregationEnsemble(base, n_partitions=5, voting=voting).fit(X[::2], y[::2])
    small = pickle.loads(pickle.dumps(whole.for_prediction()))
    assert np.array_equal(small.predict(X), whole.predict(X))
    assert hasattr(small, "predict_proba") == (voting == "hard")
    if voting == "hard":
        assert np.array_equal(small.predict_proba(X), whole.predict_proba(X))
    with pytest.raises(AttributeError, match="no 'certify'"):
        small.certify(X)
    assert (whole.certify(X).radius >= 0).all()  # which is still whole


def test_finite_aggregation_and_empty_partitions():
    whole = FiniteAggregationEnsemble(KernelRegressorClassifier(), n_partitions=30).fit(X[::5], y[::5])
    assert any(member is None for member in whole.estimators_)
    assert np.array_equal(whole.for_prediction().predict(X), whole.predict(X))


def test_precomputed_kernels():
    kernel = X @ X.T
    base = KernelRegressorClassifier(kernel="precomputed")
    whole = PartitionAggregationEnsemble(base, n_partitions=3, partition="random", random_state=0)
    whole.fit(kernel[::2, ::2], y[::2])
    assert np.array_equal(whole.for_prediction().predict(kernel[:, ::2]), whole.predict(kernel[:, ::2]))


def test_is_small():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(1000, 3))
    whole = PartitionAggregationEnsemble(KernelRegressorClassifier(), n_partitions=2).fit(rows, rows[:, 0] > 0)
    assert len(pickle.dumps(whole.for_prediction())) < len(pickle.dumps(whole)) / 20


def test_soft_votes_and_flat_members_are_refused():
    soft = PartitionAggregationEnsemble(KernelRegressorClassifier(), n_partitions=3, voting="soft").fit(X, y)
    with pytest.raises(ValueError, match="voting='soft' weighs each"):
        soft.for_prediction()
    flat = PartitionAggregationEnsemble(KernelRegressorClassifier(weight_clip=0.1), n_partitions=3).fit(X, y)
    with pytest.raises(ValueError, match="changed row by row"):
        flat.for_prediction()
