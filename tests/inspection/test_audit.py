import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skcert
from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.inspection import LabelAudit, audit_labels


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
    assert isinstance(audit, LabelAudit)
    assert np.array_equal(audit.n_attacks, expected)
    assert audit.pressure.sum() == pytest.approx(audit.n_test) and audit.n_test == 50
    assert np.array_equal(np.sort(audit.guard_ranking), np.arange(100))
    assert (np.diff(audit.n_attacks[audit.guard_ranking]) <= 0).all()
    # trusting what comes first helps at least as much as trusting what comes last
    median = []
    for rows in (audit.guard_ranking[:30], audit.guard_ranking[-30:]):
        checked = np.isin(np.arange(100), rows)
        median.append(np.mean(estimator.fit(X, y, trusted=checked).certify(X_test).radius))
    assert median[0] > median[1]


def test_trusted_rows_are_not_listed(data):
    X, y, X_test = data
    trusted = np.arange(100) < 50
    audit = audit_labels(CertifiedKNeighborsClassifier(9).fit(X, y, trusted=trusted), X_test)
    assert (audit.n_attacks[:50] == 0).all()
    assert audit.ranking.min() == audit.guard_ranking.min() == 50
    assert "LabelAudit(n_train=100" in repr(audit) and "guard_first=" in repr(audit)
    alone = audit_labels(CertifiedKNeighborsClassifier(9).fit(X, y, trusted=trusted))
    assert np.array_equal(alone.ranking, audit.ranking) and alone.n_attacks is alone.guard_ranking is None
    assert "guard_first" not in repr(alone)


def test_pipelines_and_searches_are_audited_as_their_classifier_is(data):
    X, y, X_test = data
    scale, expand, network = StandardScaler(), PolynomialFeatures(2), NTKRegressorClassifier(alpha=5.0)
    rows = expand.fit_transform(scale.fit_transform(X))
    by_hand = audit_labels(network.fit(rows, y), expand.transform(scale.transform(X_test)))
    pipeline = make_pipeline(StandardScaler(), make_pipeline(PolynomialFeatures(2), NTKRegressorClassifier(alpha=5.0)))
    search = GridSearchCV(make_pipeline("passthrough", pipeline), {"pipeline__standardscaler__copy": [True]}, cv=2)
    inner = make_pipeline(
        StandardScaler(), PolynomialFeatures(2), GridSearchCV(NTKRegressorClassifier(), {"alpha": [5.0]}, cv=2)
    )
    for model in (pipeline, search, inner):
        audit = audit_labels(model.fit(X, y), X_test)
        assert np.array_equal(audit.ranking, by_hand.ranking) and audit.n_test == by_hand.n_test
        assert np.array_equal(audit.guard_ranking, by_hand.guard_ranking)
        assert np.array_equal(audit.n_attacks, by_hand.n_attacks) and np.array_equal(audit.pressure, by_hand.pressure)


def test_ranked_rows_are_those_whose_labels_change_refits_of_the_pipeline(data):
    """Relabelling what the audit counts, and fitting the whole pipeline again, changes the prediction."""
    X, y, X_test = data
    model = make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=5.0)).fit(X, y)
    before, attack = model.predict(X_test), model[-1].attack(model[0].transform(X_test))
    audit = audit_labels(model, X_test)
    assert np.array_equal(audit.n_attacks, np.bincount(np.concatenate(attack.rows), minlength=100))
    for i in range(0, 50, 10):
        assert model.fit(X, attack.relabel(y, i)).predict(X_test)[i] != before[i]


def test_steps_that_use_labels_are_refused_as_by_certify(data):
    X, y, X_test = data
    pipeline = make_pipeline(StandardScaler(), SelectKBest(k=1), NTKRegressorClassifier())
    search = GridSearchCV(pipeline, {"ntkregressorclassifier__alpha": [1.0]}, cv=2)
    for model in (pipeline, search, make_pipeline(StandardScaler(), pipeline)):
        model.fit(X, y)
        with pytest.raises(ValueError, match="'selectkbest': SelectKBest uses labels") as refusal:
            audit_labels(model, X_test)
        with pytest.raises(ValueError, match="selectkbest") as of_certify:
            skcert.certify(model, X_test)
        assert str(refusal.value) == str(of_certify.value)


def test_functions_that_lead_to_labels_are_refused_as_by_certify(data):
    X, y, X_test = data
    best = SelectKBest(k=1).fit(X, y)
    model = make_pipeline(FunctionTransformer(best.transform), NTKRegressorClassifier()).fit(X, y)
    with pytest.raises(ValueError, match="'functiontransformer': its func leads to SelectKBest"):
        audit_labels(model, X_test)


def test_errors(data):
    X, y, X_test = data
    trees = PartitionAggregationEnsemble(DecisionTreeClassifier(), n_partitions=3).fit(X, y)
    with pytest.raises(ValueError, match="keeps no copy of its training rows here.*X_train"):
        audit_labels(trees)
    with pytest.raises(ValueError, match="X_train has 50 rows.*100"):
        audit_labels(trees, X_train=X_test)
    with pytest.raises(ValueError, match="attack needs label-linear members"):
        audit_labels(trees, X_test, X_train=X)
    overlapping = FiniteAggregationEnsemble(n_partitions=3).fit(X, y)
    with pytest.raises(TypeError, match="needs a classifier with `attack`.*Leave out X"):
        audit_labels(overlapping, X_test)
    with pytest.raises(ValueError, match="All members have seen training row 0.*n_partitions"):
        audit_labels(trees.set_params(n_partitions=1).fit(X, y), X_train=X)
    with pytest.raises(TypeError, match="LogisticRegression.* is neither.*NTKRegressorClassifier"):
        audit_labels(LogisticRegression(), X_test)
    with pytest.raises(TypeError, match="LogisticRegression.* is neither"):
        audit_labels(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y), X_test)
    search = GridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0]}, cv=2)
    for model in (NTKRegressorClassifier(), make_pipeline(StandardScaler(), NTKRegressorClassifier()), search):
        with pytest.raises(NotFittedError):
            audit_labels(model, X_test)
    with pytest.raises(ValueError, match="refit=True"):
        audit_labels(search.set_params(refit=False).fit(X, y), X_test)
