import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from skcert import CertifiedKNeighborsClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.inspection import audit_labels


@pytest.fixture(scope="module")
def data():
    X, y = make_blobs(n_samples=150, centers=3, cluster_std=3.0, random_state=0)
    return X[:100], y[:100], X[100:]


@pytest.mark.parametrize(
    "estimator",
    [
        NTKRegressorClassifier(alpha=5.0),
        PartitionAggregationEnsemble(n_partitions=4, partition="random", random_state=0),
        PartitionAggregationEnsemble(n_partitions=4, partition="random", random_state=0, voting="soft"),
    ],
    ids=repr,
)
def test_counts_and_ranking(data, estimator):
    X, y, X_test = data
    estimator.fit(X, y)
    audit, attack = audit_labels(estimator, X_test), estimator.attack(X_test)
    expected = np.bincount(np.concatenate(attack.rows), minlength=100)
    assert np.array_equal(audit.n_attacks, expected)
    assert audit.pressure.sum() == pytest.approx(audit.n_test) and audit.n_test == 50
    assert np.array_equal(np.sort(audit.ranking), np.arange(100))
    assert (np.diff(audit.n_attacks[audit.ranking]) <= 0).all()
    # checking what comes first helps at least as much as checking what comes last
    median = []
    for rows in (audit.ranking[:30], audit.ranking[-30:]):
        checked = np.isin(np.arange(100), rows)
        median.append(np.mean(estimator.fit(X, y, trusted=checked).certify(X_test).radius))
    assert median[0] > median[1]


def test_trusted_rows_are_never_suspects(data):
    X, y, X_test = data
    trusted = np.arange(100) < 50
    audit = audit_labels(CertifiedKNeighborsClassifier(9).fit(X, y, trusted=trusted), X_test)
    assert (audit.n_attacks[:50] == 0).all()
    assert "LabelAudit(n_train=100" in repr(audit)


def test_errors(data):
    with pytest.raises(TypeError, match="has none"):
        audit_labels(LogisticRegression(), data[2])
    with pytest.raises(NotFittedError):
        audit_labels(NTKRegressorClassifier(), data[2])
