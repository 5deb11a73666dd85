"""`candidate_labels` in fit, against refits on every labelling that the candidates allow."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import (
    UNBOUNDED,
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    LabelLinearClassifierMixin,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
    certify,
)
from skcert.inspection import audit_labels
from tests.certificates.label_linear.test_overtaking_by_rules import labelings_within
from tests.oracles import flips_to_each_class, radius_of


def _votes(base, **parameters):
    return PartitionAggregationEnsemble(base, partition="random", random_state=0, n_jobs=1, **parameters)


TINY = {
    "network": NTKRegressorClassifier(),
    "weighted": NTKRegressorClassifier(alpha=0.1, score_weight={0: 2.0, 1: 0.5}),
    "balanced": KernelRegressorClassifier(score_weight="balanced"),
    "flat": NTKRegressorClassifier(alpha=np.inf, weight_center=0.5, weight_clip=0.5),
    "neighbours": CertifiedKNeighborsClassifier(3),
    "soft": _votes(NTKRegressorClassifier(), n_partitions=2, voting="soft"),
    "hard": _votes(NTKRegressorClassifier(), n_partitions=3),
    "hard, weighted": _votes(NTKRegressorClassifier(score_weight={1: 3.0}), n_partitions=3),
    "black box": _votes(DecisionTreeClassifier(random_state=0), n_partitions=3),
    "overlapping": FiniteAggregationEnsemble(NTKRegressorClassifier(), n_partitions=2, spread=2, random_state=0),
    "overlapping trees": FiniteAggregationEnsemble(
        DecisionTreeClassifier(random_state=0), n_partitions=3, spread=1, random_state=0
    ),
}


@pytest.mark.parametrize("n_cases", [1, pytest.param(6, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", TINY.values(), ids=TINY)
def test_never_above_refits_on_every_labeling(model, n_cases):
    """0 overclaims; all labelings that the candidates allow, each by a refit (50 cases are the bar: 300 ensembles)."""
    rng = np.random.default_rng(0)
    for _ in range(n_cases):
        n, n_classes = 6, int(rng.integers(2, 4))
        X, X_test = rng.normal(size=(n, 2)), rng.normal(size=(4, 2))
        y = rng.integers(0, n_classes, n)
        candidates = np.ones((n, n_classes), dtype=bool)
        while candidates.sum(axis=1).prod() > 48:
            candidates = rng.random((n, n_classes)) < rng.choice([0.2, 0.4, 0.7])
            candidates[np.arange(n), y] = True
        classes = np.arange(n_classes)
        fitted = clone(model).set_params(classes=classes).fit(X, y, candidate_labels=candidates)
        result = fitted.certify(X_test)
        labelings = labelings_within(y, n_classes, {"candidates": candidates})
        refits = [clone(model).set_params(classes=classes).fit(X, labels).predict(X_test) for labels in labelings]
        for t, predictions in enumerate(np.transpose(refits)):
            truth = flips_to_each_class(predictions, labelings, y, n_classes)
            assert truth[result.prediction[t]] == 0
            assert result.radius[t] <= radius_of(truth, result.prediction[t]) <= result.radius_upper[t]
            assert (result.flips_to_class[t] <= truth).all()


@pytest.fixture(scope="module")
def disputed():
    """Digits, half of whose labels are disputed with one other."""
    X, y = load_digits(return_X_y=True)
    X, y, X_test = X[:600] / 16, y[:600], X[1200:1320] / 16
    rng = np.random.default_rng(0)
    sets = [[int(label), int(rng.integers(10))] if rng.random() < 0.5 else [int(label)] for label in y]
    return X, y, X_test, sets


LEARNERS = {
    "network": NTKRegressorClassifier(alpha=10.0),
    "flat": NTKRegressorClassifier(alpha=np.inf, weight_center=0.8, weight_clip=0.1),
    "weighted": NTKRegressorClassifier(alpha=10.0, score_weight={3: 1.5, 8: 0.7}),
    "neighbours": CertifiedKNeighborsClassifier(30),
    "soft": PartitionAggregationEnsemble(NTKRegressorClassifier(alpha=10.0), n_partitions=4, voting="soft"),
}


@pytest.mark.parametrize("n_test", [10, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", LEARNERS.values(), ids=LEARNERS)
def test_attacks_use_candidates_only_and_change_refits(disputed, model, n_test):
    """Witnesses of radius + 1 flips to allowed labels, which change the refit."""
    X, y, X_test, sets = disputed
    X_test = X_test[:n_test]
    model = clone(model).fit(X, y, candidate_labels=sets)
    result, attack = model.certify(X_test), model.attack(X_test)
    anything = clone(model).fit(X, y).certify(X_test)
    assert np.array_equal(result.prediction, anything.prediction)
    assert (result.radius >= anything.radius).all()
    assert (attack.flips == np.minimum(result.radius_upper + 1, UNBOUNDED)).all()
    assert result.exact.mean() > 0.95
    for t in np.flatnonzero(attack.flips < UNBOUNDED):
        assert all(label in sets[row] for row, label in zip(attack.rows[t], attack.labels[t]))
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        refitted = clone(model).fit(X, attacked).predict(X_test[t : t + 1])[0]
        assert refitted == attack.attacked_prediction[t] != result.prediction[t]


def test_where_nothing_is_disputed_nothing_changes(disputed):
    """Labels that each row may get only once: every prediction holds."""
    X, y, X_test, _ = disputed
    for model in (*LEARNERS.values(), _votes(LogisticRegression(), n_partitions=5)):
        result = clone(model).fit(X, y, candidate_labels=[[label] for label in y]).certify(X_test[:20])
        assert (result.radius == UNBOUNDED).all()


def test_targets_audits_collective_bounds_and_hard_votes(disputed):
    X, y, X_test, sets = disputed
    network = NTKRegressorClassifier(alpha=10.0).fit(X, y, candidate_labels=sets)
    attack = network.attack(X_test[:10], target=5)
    for t in np.flatnonzero(attack.flips < UNBOUNDED):
        assert all(label in sets[row] for row, label in zip(attack.rows[t], attack.labels[t]))
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        assert clone(network).fit(X, attacked).predict(X_test[t : t + 1])[0] == 5
    bound = network.certify_collective(X_test[:30], 3)
    assert bound.n_changed_upper <= (network.certify(X_test[:30]).radius < 3).sum()
    assert all(network.classes_[k] in sets[i] for i, k in zip(bound.attack_rows, bound.attack_labels))
    audit = audit_labels(network, X_test)
    assert not audit.n_attacks[[len(set(labels)) == 1 for labels in sets]].any()
    vote = PartitionAggregationEnsemble(NTKRegressorClassifier(), n_partitions=8).fit(X, y, candidate_labels=sets)
    attack = vote.attack(X_test[:10])
    for t in np.flatnonzero(attack.flips < UNBOUNDED):
        assert all(label in sets[row] for row, label in zip(attack.rows[t], attack.labels[t]))
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        assert clone(vote).fit(X, attacked).predict(X_test[t : t + 1])[0] == attack.attacked_prediction[t]


def test_through_pipelines_and_searches(disputed):
    """Sliced with the rows by pipelines, searches and cross-validation, with and without metadata routing."""
    X, y, X_test, sets = disputed
    network = NTKRegressorClassifier(alpha=10.0, classes=np.arange(10))
    alone = network.fit(X, y, candidate_labels=sets).certify(X_test)
    pipeline = make_pipeline(StandardScaler(), clone(network))
    pipeline.fit(X, y, ntkregressorclassifier__candidate_labels=sets)
    assert len(certify(pipeline, X_test)) == len(X_test)
    search = GridSearchCV(clone(network), {"alpha": [10.0]}, cv=3).fit(X, y, candidate_labels=sets)
    assert np.array_equal(search.best_estimator_.certify(X_test).radius, alone.radius)
    with config_context(enable_metadata_routing=True):
        routed = clone(network).set_fit_request(candidate_labels=True)
        search = GridSearchCV(routed, {"alpha": [10.0]}, cv=3).fit(X, y, candidate_labels=sets)
        assert np.array_equal(search.best_estimator_.certify(X_test).radius, alone.radius)
        scores = cross_validate(routed, X, y, cv=3, params={"candidate_labels": np.array(sets, dtype=object)})
        assert np.isfinite(scores["test_score"]).all()


def test_a_refused_fit_leaves_nothing_behind(disputed):
    X, y, X_test, sets = disputed
    for model in (NTKRegressorClassifier(), PartitionAggregationEnsemble(n_partitions=3)):
        with pytest.raises(ValueError, match="row 0 are"):
            model.fit(X, y).fit(X, y, candidate_labels=[[99], *sets[1:]])
        with pytest.raises(NotFittedError):
            model.predict(X_test)


def test_members_that_are_not_told_are_not_exact():
    """A learner of one's own whose fit takes neither trusted rows nor candidates: sound, but no claim to more."""

    class Untold(LabelLinearClassifierMixin, BaseEstimator):
        def __init__(self, classes=None):
            self.classes = classes

        def fit(self, X, y):
            self._set_labels(y)
            self.X_, self.n_features_in_ = np.array(X), X.shape[1]
            return self

        def _label_weights(self, X):
            return np.exp(-((X - self.X_.T) ** 2))

    X, y = np.arange(4.0)[:, None], np.array([0, 0, 0, 1])
    vote = PartitionAggregationEnsemble(Untold(), n_partitions=1)
    for known in ({"candidate_labels": [[0], [0], [0], [0, 1]]}, {"trusted": np.array([True, True, True, False])}):
        result, attack = vote.fit(X, y, **known).certify(X[:1]), vote.attack(X[:1])
        assert not result.exact[0] and result.radius_upper[0] == UNBOUNDED
        assert result.radius[0] < attack.flips[0]
    assert vote.fit(X, y).certify(X[:1]).exact[0]
