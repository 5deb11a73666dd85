"""Whatever a base does when it is fitted by itself on some rows, it does as a member."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import (
    LogisticRegression,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.metrics import f1_score, make_scorer, precision_score, recall_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from skcert import FiniteAggregationEnsemble, PartitionAggregationEnsemble

ENSEMBLES = [
    PartitionAggregationEnsemble(n_partitions=1),
    FiniteAggregationEnsemble(n_partitions=1, spread=2),
]
KINDS = {
    "numbers": np.array([3, 7]),
    "floats": np.array([-1.0, 2.0]),
    "text": np.array(["ham", "spam"]),
    "objects": np.array(["ham", "spam"], dtype=object),
    "booleans": np.array([False, True]),
}


class ByName(ClassifierMixin, BaseEstimator):
    """Predicts the label that it is told to, and knows it by the dtype of its labels."""

    def __init__(self, favourite=None, tree=None):
        self.favourite = favourite
        self.tree = tree

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.dtype_ = np.asarray(y).dtype
        self.tree_ = clone(self.tree).fit(X, y == self.favourite)
        return self

    def predict(self, X):
        return np.where(self.tree_.predict(X), self.favourite, self.classes_[0]).astype(self.dtype_)


def bases(a, b):
    """Bases whose parameters name the labels `a` and `b`, with ints as seeds where they draw."""
    heavy = {a: 1.0, b: 30.0}
    linear = LogisticRegression(class_weight=heavy)
    tree = DecisionTreeClassifier(max_depth=2, class_weight=heavy, max_features=2, random_state=5)
    recall = make_scorer(recall_score, pos_label=b, zero_division=0)
    depths = {"max_depth": [1, 2, 4]}
    return [
        linear,
        SVC(class_weight=heavy),
        NuSVC(nu=0.1, class_weight={a: 1.0, b: 3.0}),
        LinearSVC(class_weight=heavy, random_state=0),
        RidgeClassifier(class_weight=heavy),
        RidgeClassifierCV(class_weight=heavy),
        SGDClassifier(class_weight=heavy, random_state=1),
        Perceptron(class_weight=heavy, random_state=2),
        tree,
        ExtraTreeClassifier(class_weight=heavy, random_state=3),
        RandomForestClassifier(5, class_weight=heavy, random_state=4),
        ExtraTreesClassifier(5, class_weight=heavy, random_state=4),
        HistGradientBoostingClassifier(max_iter=3, class_weight=heavy, max_features=0.5, random_state=0),
        DummyClassifier(strategy="constant", constant=b),
        DummyClassifier(strategy="stratified", random_state=6),
        MLPClassifier((3,), solver="lbfgs", max_iter=10000, random_state=0),
        AdaBoostClassifier(tree, n_estimators=3, random_state=7),
        BaggingClassifier(tree, 3, random_state=8),
        OneVsRestClassifier(tree),
        VotingClassifier([("a", linear), ("b", tree), ("c", GaussianNB())]),
        StackingClassifier([("a", linear), ("b", tree)], LogisticRegression(class_weight={a: 5.0, b: 1.0}), cv=2),
        CalibratedClassifierCV(tree, cv=KFold(2, shuffle=True, random_state=0)),
        GridSearchCV(tree, depths, cv=2, scoring=recall),
        GridSearchCV(tree, depths, cv=ShuffleSplit(2, random_state=3), refit="precision").set_params(
            scoring={"precision": make_scorer(precision_score, pos_label=a, zero_division=0)}
        ),
        GridSearchCV(linear, {"class_weight": [{a: 1.0, b: 9.0}, {a: 9.0, b: 1.0}]}, cv=2, scoring=recall),
        RandomizedSearchCV(tree, depths, n_iter=2, cv=2, scoring=recall, random_state=3),
        TunedThresholdClassifierCV(linear, scoring=recall, cv=2, thresholds=9),
        TunedThresholdClassifierCV(GaussianNB(), scoring=make_scorer(f1_score, pos_label=a), cv=2, thresholds=9),
        FixedThresholdClassifier(GaussianNB(), threshold=0.9, pos_label=a),
        FixedThresholdClassifier(linear, threshold=0.05, pos_label=b),
        make_pipeline(StandardScaler(), SelectKBest(k=2), clone(linear)),
        ByName(b, tree),
    ]


NAMES = [f"{number}-{type(base).__name__}" for number, base in enumerate(bases(0, 1))]


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(160, 5, n_informative=3, weights=[0.7], flip_y=0.2, random_state=1)
    return X[:80], y[:80], X[80:]


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
@pytest.mark.parametrize(
    "kind",
    ["numbers", "text", "booleans", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("floats", "objects"))],
)
def test_a_single_member_predicts_what_the_base_predicts(data, kind, number):
    X, y, X_test = data
    labels = KINDS[kind][y]
    base = bases(*KINDS[kind].tolist())[number]
    (order,) = clone(ENSEMBLES[0]).set_params(estimator=DummyClassifier()).fit(X, labels).partition_indices_
    try:
        alone = clone(base).fit(X[order], labels[order]).predict(X_test)
    except ValueError as error:  # such as weights of labels, inside a base that numbers its labels
        for ensemble in ENSEMBLES:
            with pytest.raises(ValueError, match=re.escape(str(error))) as raised:
                clone(ensemble).set_params(estimator=base).fit(X, labels)
            assert "OneVsRest" not in str(raised.value)
        return
    for ensemble in ENSEMBLES:
        fitted = clone(ensemble).set_params(estimator=base).fit(X, labels)
        assert np.array_equal(fitted.predict(X_test), alone)
        assert np.array_equal(fitted.certify(X_test).prediction, alone)
        assert np.array_equal(fitted.estimators_[0].predict(X_test), alone)


@pytest.mark.parametrize("kind", KINDS)
def test_classes_of_another_dtype_are_not_what_a_base_sees(data, kind):
    X, y, X_test = data
    labels = KINDS[kind][y]
    known = {
        "numbers": [3.0, 7.0, 9.0],
        "floats": [-1, 2, 5],
        "text": np.array(["ham", "spam", "a much longer one"]),
        "objects": ["ham", "spam", "a much longer one"],
        "booleans": [0, 1, 2],
    }[kind]
    base = ByName(KINDS[kind][1], DecisionTreeClassifier(random_state=0))
    alone = clone(base).fit(X, labels)
    for ensemble in ENSEMBLES:
        fitted = clone(ensemble).set_params(estimator=base, classes=known).fit(X, labels)
        assert fitted.estimators_[0].dtype_ == alone.dtype_ == labels.dtype
        assert fitted.classes_.dtype == np.asarray(known).dtype
        assert fitted.predict(X_test).tolist() == alone.predict(X_test).tolist()


@pytest.mark.parametrize(
    ("series", "dtype"),
    [
        (lambda y: pd.Series(2**60 + y, dtype="Int64"), np.int64),
        (lambda y: pd.Series(y == 1, dtype="boolean"), bool),
        (lambda y: pd.Series(y, dtype="UInt8"), np.uint8),
        (lambda y: pd.Series(np.array(["a", "b"])[y], dtype="string"), object),
        (lambda y: pd.Series(pd.Categorical(np.array([False, True])[y])), bool),
    ],
    ids=["Int64", "boolean", "UInt8", "string", "categories"],
)
def test_labels_of_pandas_are_what_they_say(data, series, dtype):
    X, y, X_test = data
    labels = series(y)
    second = labels[y.tolist().index(1)]
    base = DecisionTreeClassifier(max_depth=2, class_weight={second: 20.0}, random_state=0)
    plain = clone(base).fit(X, np.array(labels.tolist())).predict(X_test)
    for ensemble in ENSEMBLES:
        fitted = clone(ensemble).set_params(estimator=base).fit(X, labels)
        assert fitted.classes_.dtype == dtype and fitted.estimators_[0].classes_.dtype == dtype
        assert fitted.predict(X_test).tolist() == plain.tolist()


@pytest.mark.parametrize("spread", [None, 2])
def test_seeds_that_the_user_set_stay_at_any_depth(data, spread):
    X, y, _ = data
    generator = np.random.RandomState(0)
    trees = [("int", DecisionTreeClassifier(random_state=11)), ("none", DecisionTreeClassifier())]
    trees += [("generator", DecisionTreeClassifier(random_state=generator))]
    base = GridSearchCV(VotingClassifier(trees), {"voting": ["hard"]}, cv=KFold(2, shuffle=True, random_state=13))
    if spread is None:
        ensemble = PartitionAggregationEnsemble(base, n_partitions=3, partition="random", random_state=0)
    else:
        ensemble = FiniteAggregationEnsemble(base, n_partitions=3, spread=spread, random_state=0)
    members = ensemble.fit(X, y).estimators_
    drawn = set()
    for member in members:
        parts = dict(member.estimator.estimators)
        assert member.cv.random_state == 13 and parts["int"].random_state == 11
        drawn |= {parts["none"].random_state, parts["generator"].random_state}
    assert len(drawn) == 2 * len(members) and all(isinstance(seed, int) for seed in drawn)
    assert np.random.RandomState(0).randint(9**9) == generator.randint(9**9)  # the user's own is left alone
    assert ensemble.caveats_ == ()


def test_a_member_sees_its_rows_and_nothing_else(data):
    """Partitions that lack a class keep the labels that the others have."""
    X, y, X_test = data
    labels = np.array(["x", "y", "z"])[np.where(np.arange(80) % 7 == 0, 2, y)]
    base = ByName("z", DecisionTreeClassifier(random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*training rows that were tried")
        ensemble = PartitionAggregationEnsemble(base, n_partitions=6, classes=["w", "x", "y", "z"]).fit(X, labels)
    for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
        assert np.array_equal(member.predict(X_test), clone(base).fit(X[rows], labels[rows]).predict(X_test))
