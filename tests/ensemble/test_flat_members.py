"""Ensembles whose members centre and clip their label weights, or let far rows vote against their class."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from tests.oracles import all_labelings, flips_to_each_class, linear_predictions, radius_of

MEMBERS = [
    NTKRegressorClassifier(alpha=np.inf, weight_center=0.8, weight_clip=1e-9),
    KernelRegressorClassifier(alpha=0.3, weight_center=0.5),
    pytest.param(CertifiedKNeighborsClassifier(0.4, far_weight=-1), marks=pytest.mark.slow),
]


def tiny_case(rng):
    n, n_classes = int(rng.integers(3, 7)), int(rng.integers(2, 4))
    X, x, labels = rng.normal(size=(n, 2)), rng.normal(size=(1, 2)), rng.integers(0, n_classes, n)
    trusted = rng.random(n) < 0.2
    labelings = all_labelings(n, n_classes)
    labelings = labelings[(labelings[:, trusted] == labels[trusted]).all(axis=1)]
    return X, x, labels, trusted, n_classes, labelings


def encloses_the_truth(ensemble, x, truth):
    result, attack = ensemble.certify(x), ensemble.attack(x)
    assert truth[result.prediction[0]] == 0
    radius = radius_of(truth, result.prediction[0])
    assert result.radius[0] <= attack.radius[0] <= radius <= attack.radius_upper[0]
    assert (result.flips_to_class[0] <= truth).all()


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
@pytest.mark.parametrize("bags", [False, True])
@pytest.mark.parametrize("n_cases", [10, pytest.param(25, marks=pytest.mark.slow)])
def test_hard_votes_against_every_labeling(member, bags, n_cases):
    rng = np.random.default_rng(0)
    for case in range(n_cases):
        X, x, labels, trusted, n_classes, labelings = tiny_case(rng)
        options = {"n_partitions": 2, "classes": np.arange(n_classes), "random_state": case, "n_jobs": 1}
        if bags:
            ensemble = FiniteAggregationEnsemble(clone(member), spread=2, **options)
        else:
            ensemble = PartitionAggregationEnsemble(clone(member), partition="random", **options)
        ensemble.fit(X, labels, trusted=trusted)
        counts = np.zeros((len(labelings), n_classes))
        for fitted, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
            if rows.size:
                votes = linear_predictions(fitted.label_weights(x)[0], labelings[:, rows], n_classes)
                counts[np.arange(len(labelings)), votes] += 1
        truth = flips_to_each_class(counts.argmax(axis=1), labelings, labels, n_classes)
        if bags:
            result = ensemble.certify(x)
            assert result.radius[0] <= radius_of(truth, result.prediction[0])
            assert (result.flips_to_class[0] <= truth).all()
        else:
            encloses_the_truth(ensemble, x, truth)


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_soft_votes_against_every_labeling(member):
    rng = np.random.default_rng(1)
    for case in range(25):
        X, x, labels, trusted, n_classes, labelings = tiny_case(rng)
        ensemble = PartitionAggregationEnsemble(
            clone(member),
            n_partitions=2,
            partition="random",
            voting="soft",
            classes=np.arange(n_classes),
            random_state=case,
            n_jobs=1,
        ).fit(X, labels, trusted=trusted)
        ((_, weights),) = ensemble._soft_weight_chunks(x)
        truth = flips_to_each_class(linear_predictions(weights[0], labelings, n_classes), labelings, labels, n_classes)
        encloses_the_truth(ensemble, x, truth)


@pytest.mark.slow
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_witnesses_change_the_refitted_vote(member, voting):
    X, y = load_digits(return_X_y=True)
    X, X_test, y = X[:300] / 16, X[300:306] / 16, y[:300]
    ensemble = PartitionAggregationEnsemble(
        clone(member), n_partitions=3, partition="random", voting=voting, random_state=0
    ).fit(X, y)
    result, attack = ensemble.certify(X_test), ensemble.attack(X_test)
    assert np.array_equal(attack.prediction, ensemble.predict(X_test))
    assert (attack.flips > result.radius).all()
    for t in range(len(attack)):
        refit = clone(ensemble).fit(X, attack.relabel(y, t))
        assert refit.predict(X_test[t : t + 1])[0] == attack.attacked_prediction[t] != attack.prediction[t]
