"""No shortcuts: tiny ensembles of the worst bases, fitted again on every labeling within their radius."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from skcert import UNBOUNDED, FiniteAggregationEnsemble, PartitionAggregationEnsemble
from tests.ensemble.bases import ERRORS, Erratic
from tests.oracles import all_labelings

NAMES = np.array(["a", "b", "c"])


def predictions_of_refits(ensemble, X, labelings, X_test):
    """What refits predict; None where one refuses, which an attacker may bring about, too."""
    for labels in labelings:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield clone(ensemble).set_params(random_state=0).fit(X, labels).predict(X_test)
        except ERRORS:
            yield None


def check(ensemble, X, labels, X_test, trusted=None, most=40, seed=0, names=NAMES):
    """Claims of radius and flips to each class that were tried, and refits that predicted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = ensemble.fit(X, labels, trusted=trusted).certify(X_test)
        except ERRORS:
            return 0
    classes = result.classes
    labelings = names[all_labelings(len(labels), 3)]
    labelings = labelings[np.isin(labelings, classes).all(axis=1)]  # the classes of the threat model
    if trusted is not None:
        labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
    flips = (labelings != labels).sum(axis=1)
    reach = min(int(result.radius.max()), len(labels)) if result.radius.max() < UNBOUNDED else len(labels)
    near = np.flatnonzero((flips <= max(reach, 1)) & (flips > 0))
    near = np.random.default_rng(seed).permutation(near)[:most]
    tried = 0
    for i, prediction in zip(near, predictions_of_refits(ensemble, X, labelings[near], X_test)):
        if prediction is None:
            continue
        tried += 1
        within = result.radius >= flips[i]
        assert np.array_equal(prediction[within], result.prediction[within])
        places = np.searchsorted(classes, prediction)
        assert (result.flips_to_class[np.arange(len(prediction)), places] <= flips[i]).all()
    return tried


def ensembles(base, known, n_partitions, names=NAMES):
    options = {"n_partitions": n_partitions, "classes": names if known else None, "random_state": 0, "n_jobs": 1}
    yield PartitionAggregationEnsemble(base, partition="random", **options)
    yield PartitionAggregationEnsemble(base, **options)
    yield FiniteAggregationEnsemble(base, spread=2, **options)


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(("names", "reject"), [(NAMES, "reject"), (np.arange(3), -1)], ids=["text", "numbers"])
def test_erratic_bases(names, reject, known):
    """They answer anything, abstain, and raise: no claim is broken by a refit that predicts at all."""
    rng = np.random.default_rng(0)
    tried = 0
    for case in range(24):
        n = int(rng.integers(4, 8))
        X, labels = rng.normal(size=(n, 2)), names[rng.integers(0, 3, n)]
        trusted = rng.random(n) < 0.2 if case % 3 == 0 else None
        base = Erratic(
            strays=(reject,) if case % 2 else (), failing=0.15, seed=case, straying=(0.1, 0.7)[case % 4 == 3]
        )
        for ensemble in ensembles(base, known, int(rng.integers(2, 4)), names):
            tried += check(ensemble, X, labels, X[:1], trusted, most=12, seed=case, names=names)
    assert tried > 150


@pytest.mark.slow
@pytest.mark.parametrize("base", [KNeighborsClassifier(1), DecisionTreeClassifier(), LogisticRegression()])
def test_classes_that_vanish(base):
    """The one row of a class is flipped: with and without `classes=`, members vote alike."""
    rng = np.random.default_rng(1)
    tried = 0
    for case in range(3):
        X = rng.normal(size=(6, 2))
        labels = NAMES[np.append(rng.integers(0, 2, 5), 2)]
        X_test = rng.normal(size=(3, 2))
        for known in (True, False):
            for ensemble in ensembles(base, known, 2):
                tried += check(ensemble, X, labels, X_test, most=6, seed=case)
        for labeling in NAMES[all_labelings(6, 3)][rng.integers(0, 3**6, 4)]:
            for left, right in zip(ensembles(base, True, 2), ensembles(base, False, 2)):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    votes = [ensemble.fit(X, labeling).votes(X_test) for ensemble in (left, right)]
                assert np.array_equal(np.ma.filled(votes[0], "none"), np.ma.filled(votes[1], "none"))
    assert tried > 40


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    labels=st.lists(st.sampled_from(NAMES.tolist()), min_size=3, max_size=6),
    failing=st.sampled_from([0.0, 0.3, 1.0]),
    strays=st.sampled_from([(), ("reject",), ("a",), ("c", "reject")]),
    seed=st.integers(0, 10**6),
    known=st.booleans(),
)
def test_properties(labels, failing, strays, seed, known):
    labels = np.array(labels)
    X = np.random.default_rng(seed).normal(size=(len(labels), 1))
    for ensemble in ensembles(Erratic(strays, failing, seed), known, 2):
        check(ensemble, X, labels, X[:2], most=6, seed=seed)
