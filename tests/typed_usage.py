"""A user's code, for mypy: what the type hints promise. It is checked, not run."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skcert import AttackResult, CertificationResult, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.certificates import certify_label_linear, certify_votes, count_votes
from skcert.inspection import LabelAudit, audit_labels
from skcert.kernels import fully_connected_kernel
from skcert.learners import alpha_path

if TYPE_CHECKING:
    from typing_extensions import assert_type


def certify_a_network(X: NDArray[np.float64], y: list[str]) -> float:
    network = NTKRegressorClassifier(depth=2, alpha=10.0).fit(X, y)
    assert_type(network, NTKRegressorClassifier)
    result = network.certify(X)
    assert_type(result, CertificationResult)
    assert_type(result.radius, NDArray[Any])
    assert_type(result.certified(5), NDArray[np.bool_])
    assert_type(result.certified_accuracy(y, flips=[0, 5]), NDArray[np.float64])
    assert_type(result.certified_accuracy(y, flips=[0, 5], per_class="worst"), NDArray[np.float64])
    assert_type(result.certified_accuracy_per_class(y, flips=5), tuple[NDArray[Any], NDArray[np.float64]])
    assert_type(result[:10], CertificationResult)
    assert_type(result[result.radius < 5], CertificationResult)
    result.to_parquet("result.parquet")
    assert_type(CertificationResult.from_parquet("result.parquet"), CertificationResult)
    return result.certified_accuracy(y, flips=5)


def attack_an_ensemble(X: list[list[float]], y: NDArray[np.int64]) -> NDArray[np.int64]:
    ensemble = PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=5).fit(X, y)
    assert_type(ensemble, PartitionAggregationEnsemble)
    assert_type(ensemble.attack(X), AttackResult)
    assert_type(audit_labels(ensemble, X), LabelAudit)
    assert_type(audit_labels(ensemble)[:20], LabelAudit)
    assert_type(LabelAudit.from_json("audit.json"), LabelAudit)
    assert_type(ensemble.attack(X)[0], AttackResult)
    return ensemble.certify(X).flips_to_change


def compare_ridges(X: NDArray[np.float64], y: NDArray[np.int64]) -> list[NTKRegressorClassifier]:
    return alpha_path(NTKRegressorClassifier(), X, y, [0.1, 1.0])


def use_the_theorems(weights: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    kernel = fully_connected_kernel(weights, depth=2)
    assert_type(kernel, NDArray[np.floating])
    votes = count_votes(labels[None, :], n_classes=2)
    certify_votes(labels[None, :], votes[None, :])
    _, radius, _, _ = certify_label_linear(weights, labels, 2)
    return radius
