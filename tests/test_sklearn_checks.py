"""scikit-learn's own checks, and the checks that every certifier of this library has to pass."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.model_selection import CertifiedGridSearchCV

# a learner and an ensemble
ESTIMATORS = [NTKRegressorClassifier(), PartitionAggregationEnsemble(n_partitions=3)]
# the others, and what takes another way from rows to predictions
OTHERS = [
    KernelRegressorClassifier(),
    CertifiedKNeighborsClassifier(),
    FiniteAggregationEnsemble(n_partitions=3),
    CertifiedRidgeClassifier(),
    # the checks shift their kernel matrix by a negative constant; this ridge keeps it positive definite
    NTKRegressorClassifier(kernel="precomputed", alpha=1e5),
    NTKRegressorClassifier(weight_center=0.8, alpha=np.inf),
    PartitionAggregationEnsemble(n_partitions=3, voting="soft"),
    PartitionAggregationEnsemble(n_partitions=3, voting="run-off"),
    PartitionAggregationEnsemble(LogisticRegression(), n_partitions=3, voting="run-off"),
    PartitionAggregationEnsemble(LogisticRegression(), n_partitions=3),
    PartitionAggregationEnsemble(make_pipeline(StandardScaler(), NTKRegressorClassifier()), n_partitions=2),
    FiniteAggregationEnsemble(LogisticRegression(), n_partitions=3),
    CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0, 10.0]}, cv=2),
]


@parametrize_with_checks(ESTIMATORS)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(OTHERS)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_checks_of_others(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", [*ESTIMATORS, *OTHERS[:4]], ids=repr)
def test_parameter_validation(estimator):
    check_param_validation(type(estimator).__name__, estimator)


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(n_samples=90, n_features=6, n_informative=4, n_classes=3, random_state=0)
    return X[:60], y[:60], X[60:]


CERTIFIERS = [
    *ESTIMATORS,
    *(estimator for estimator in OTHERS if getattr(estimator, "kernel", None) != "precomputed"),
    NTKRegressorClassifier(depth=3, fit_intercept=False),
    NTKRegressorClassifier(kernel="nngp", alpha=0.1, b_std=0.0),
    NTKRegressorClassifier(activation="leaky_relu", negative_slope=-0.5),
    NTKRegressorClassifier(activation="erf", depth=2),
    NTKRegressorClassifier(activation="identity"),
    NTKRegressorClassifier(training_time=50.0),
    NTKRegressorClassifier(weight_clip=0.9),
    NTKRegressorClassifier(weight_center=0.8, weight_clip=0.1),
    KernelRegressorClassifier(weight_center=0.8, weight_clip=1e-9),
    CertifiedKNeighborsClassifier(0.2, far_weight=-1),
    CertifiedRidgeClassifier(fit_intercept=False, weight_center="mean", weight_power=0.5),
    PartitionAggregationEnsemble(n_partitions=3, partition="random", certificate="black-box"),
    PartitionAggregationEnsemble(DecisionTreeClassifier(), n_partitions=3, n_jobs=2),
    # scikit-learn's checks vary the number of features, which images cannot
    NTKRegressorClassifier(image_shape=(2, 3, 1), depth=2),
    NTKRegressorClassifier(image_shape=(1, 3, 2), readout="gap", activation="erf", alpha=0.1),
    PartitionAggregationEnsemble(NTKRegressorClassifier(image_shape=(3, 1, 2)), n_partitions=3),
]


@pytest.mark.parametrize("estimator", CERTIFIERS, ids=repr)
def test_certify(estimator, data):
    X, y, X_test = data
    if "random_state" in estimator.get_params():
        estimator = clone(estimator).set_params(random_state=0)
    fitted = clone(estimator).fit(X, y)
    result = fitted.certify(X_test)
    assert np.array_equal(result.prediction, fitted.predict(X_test))
    assert result.radius.dtype == np.int64 and (result.radius >= 0).all()
    assert result.flips_to_class.shape == (30, 3)
    present = np.searchsorted(result.classes, result.prediction)
    at_present = result.flips_to_class[np.arange(30), present]
    assert (at_present == 0).all()
    # a change of prediction is a change to some class
    others = np.where(np.arange(3) == present[:, None], np.iinfo(np.int64).max, result.flips_to_class)
    assert (others.min(axis=1) >= result.radius + 1).all()
    # a larger budget never certifies more, and row by row is the same as all at once
    certified = np.stack([result.certified(flips) for flips in range(12)])
    assert (certified[:-1] >= certified[1:]).all()
    assert np.array_equal(
        np.concatenate([fitted.certify(row[None]).radius for row in X_test[::3]]), result.radius[::3]
    )
    # a second fit on the same data is the same
    assert np.array_equal(clone(estimator).fit(X, y).certify(X_test).radius, result.radius)
