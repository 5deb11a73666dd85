"""A fitted ensemble owns what it predicts and certifies with."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.kernels import fully_connected_kernel

BASES = [
    None,
    NTKRegressorClassifier(alpha=0.5),
    make_pipeline(StandardScaler(), NTKRegressorClassifier()),
    KNeighborsClassifier(3),
    LogisticRegression(),
]
KINDS = [
    lambda base: PartitionAggregationEnsemble(base, n_partitions=4, partition="random", random_state=0),
    lambda base: PartitionAggregationEnsemble(base, n_partitions=1, random_state=0),
    lambda base: FiniteAggregationEnsemble(base, n_partitions=2, spread=2, random_state=0),
    lambda base: PartitionAggregationEnsemble(base, n_partitions=4, voting="soft", random_state=0),
]
LABELS = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], dtype=object)


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:120] / 16, LABELS[y[:120]], X[200:220] / 16


def answers(ensemble, X_test):
    result = ensemble.certify(X_test)
    scores = ensemble.decision_function(X_test) if hasattr(ensemble, "decision_function") else ensemble.votes(X_test)
    return [
        ensemble.predict(X_test).tolist(),
        result.prediction.tolist(),
        result.radius.tolist(),
        result.flips_to_class.tolist(),
        result.certificate,
        np.ma.filled(scores, None).tolist(),
    ]


def voting_of(ensemble):
    return getattr(ensemble, "voting", "hard")


def fitted_cases():
    for base in BASES:
        for kind in KINDS:
            ensemble = kind(base)
            if voting_of(ensemble) == "hard" or not isinstance(base, (KNeighborsClassifier, LogisticRegression)):
                yield ensemble


@pytest.mark.parametrize("ensemble", fitted_cases(), ids=repr)
def test_what_the_caller_does_to_its_arrays(digits, ensemble):
    X, y, X_test = (array.copy() for array in digits)
    trusted = np.arange(120) % 7 == 0
    fitted = clone(ensemble).fit(X, y, trusted=trusted)
    before = answers(fitted, X_test)
    X *= 3
    y[:] = "zero"
    trusted[:] = True
    assert answers(fitted, X_test) == before


@pytest.mark.parametrize("n_partitions", [1, 3])
@pytest.mark.parametrize("form", ["csr", "kernel matrix", "objects", "Fortran"])
def test_rows_in_every_form(digits, form, n_partitions):
    X, y, X_test = (array.copy() for array in digits)
    base = NTKRegressorClassifier()
    if form == "csr":
        base, X, X_test = KNeighborsClassifier(3), sparse.csr_matrix(X), sparse.csr_matrix(X_test)
    elif form == "kernel matrix":
        base = NTKRegressorClassifier(kernel="precomputed")
        X, X_test = fully_connected_kernel(X), fully_connected_kernel(X_test, X)
    elif form == "objects":
        encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        base = make_pipeline(encoder, NTKRegressorClassifier())
        X, X_test = (array[:, 10:20].round(1).astype(str).astype(object) for array in (X, X_test))
    else:
        X = np.asfortranarray(X)
    for kind in (PartitionAggregationEnsemble, FiniteAggregationEnsemble):
        rows, labels = X.copy(), y.copy()
        fitted = kind(base, n_partitions=n_partitions, random_state=0).fit(rows, labels)
        before = results(fitted, X_test)
        if form == "csr":
            rows.data *= 3
        else:
            rows[:] = rows[0]
        labels[:] = "zero"
        assert results(fitted, X_test) == before


def results(fitted, X_test):
    result = fitted.certify(X_test)
    return [fitted.predict(X_test).tolist(), result.radius.tolist(), result.flips_to_class.tolist()]


CHANGES = [
    {"certificate": "black-box"},
    {"n_partitions": 2},
    {"random_state": 5},
    {"classes": LABELS[:3]},
    {"estimator": LogisticRegression()},
    {"estimator": NTKRegressorClassifier(kernel="precomputed")},
    {"estimator": make_pipeline(StandardScaler(), KNeighborsClassifier(1))},
    {"n_jobs": 2},
]


@pytest.mark.parametrize("ensemble", [KINDS[0](None), KINDS[2](None), KINDS[3](None), KINDS[0](BASES[2])], ids=repr)
def test_parameters_set_after_fit(digits, ensemble):
    X, y, X_test = digits
    fitted = clone(ensemble).fit(X, y)
    before = answers(fitted, X_test)
    other = "hard" if voting_of(fitted) == "soft" else "soft"
    for change in [*CHANGES, {"voting": other}, {"partition": "hash"}]:
        if set(change) <= set(fitted.get_params()):
            fitted.set_params(**change)
            assert answers(fitted, X_test) == before, change
    if hasattr(fitted, "attack"):
        assert fitted.attack(X_test[:2]).prediction.tolist() == before[0][:2]


def test_the_base_changed_after_fit(digits):
    X, y, X_test = digits
    base = make_pipeline(StandardScaler(), NTKRegressorClassifier())
    fitted = KINDS[0](base).fit(X, y)
    before = answers(fitted, X_test)
    fitted.set_params(estimator__ntkregressorclassifier__alpha=100.0)
    base.steps[0] = ("standardscaler", "passthrough")
    base[-1].fit(X_test, LABELS[:20] if len(X_test) <= 10 else np.resize(LABELS, len(X_test)))
    assert answers(fitted, X_test) == before
    assert fitted.estimator_[-1].alpha == 1.0 and fitted.estimator[-1].alpha == 100.0


@pytest.mark.parametrize("final", [NTKRegressorClassifier(), LogisticRegression()])
def test_a_frozen_part_is_copied(digits, final):
    X, y, X_test = digits
    scaler = StandardScaler().fit(X)
    fitted = KINDS[0](make_pipeline(FrozenEstimator(scaler), final)).fit(X, y)
    before = answers(fitted, X_test)
    scaler.fit(10 * X_test)
    assert answers(fitted, X_test) == before


def test_methods_follow_the_vote_that_was_fitted(digits):
    X, y, X_test = digits
    ensemble = PartitionAggregationEnsemble(n_partitions=3)
    assert hasattr(ensemble, "predict_proba") and not hasattr(ensemble, "decision_function")
    ensemble.set_params(voting="soft")
    assert hasattr(ensemble, "decision_function") and not hasattr(ensemble, "predict_proba")
    ensemble.fit(X, y).set_params(voting="hard")
    assert hasattr(ensemble, "decision_function") and not hasattr(ensemble, "predict_proba")
    assert ensemble.certify(X_test).certificate == "label-linear" and ensemble.voting_ == "soft"
    ensemble.fit(X, y)
    assert hasattr(ensemble, "predict_proba") and not hasattr(ensemble, "decision_function")
    assert ensemble.certify(X_test).certificate == "white-box" and ensemble.voting_ == "hard"
    with pytest.raises(ValueError):
        ensemble.set_params(voting="soft").fit(X, y, trusted="none")
    assert hasattr(ensemble, "decision_function") and not hasattr(ensemble, "voting_")
