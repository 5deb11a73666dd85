"""What an unfitted base brings along into each of its clones."""

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skcert
from skcert.label_use import prefitted_label_use

from .guard_data import Chosen, X, Y, selector_of

CARRIERS = {
    "frozen": (lambda y: FrozenEstimator(selector_of(y)), "base__step"),
    "frozen classifier in a vote": (
        lambda y: VotingClassifier([("a", FrozenEstimator(LogisticRegression().fit(X, y)))]),
        "base__step__a",
    ),
    "frozen in a prefit selector": (
        lambda y: SelectFromModel(FrozenEstimator(LogisticRegression().fit(X, y)), prefit=True),
        "base__step",
    ),
    "prefit": (lambda y: SelectFromModel(LogisticRegression(), prefit=True), "base__step"),
    "stack": (lambda y: StackingClassifier([("a", LogisticRegression())], cv="prefit"), "base__step"),
    "frozen in a grid": (
        lambda y: GridSearchCV(make_pipeline(StandardScaler()), {"standardscaler": [FrozenEstimator(selector_of(y))]}),
        "base__step",
    ),
    "scoring": (lambda y: GridSearchCV(LogisticRegression(), {}, scoring=_scoring(y)), "base__step"),
    "function": (lambda y: FunctionTransformer(selector_of(y).transform), "base__step"),
    "priors": (lambda y: GaussianNB(priors=np.bincount(y) / len(y)), "base__step"),
    "code of its class": (lambda y: _of_class_with(y)(), "base__step"),
}


def _scoring(y):
    return lambda estimator, X_part, y_part: (estimator.predict(X) == y).mean()


def _of_class_with(y):
    class Remembers(BaseEstimator):
        def fit(self, X, y_part):
            self.mean_ = y.mean()
            return self

    return Remembers


@pytest.mark.parametrize("case", CARRIERS)
def test_bases_that_bring_labels_along_are_found(case):
    make, name = CARRIERS[case]
    found = prefitted_label_use(Pipeline([("scale", StandardScaler()), ("step", make(Y))]), "base")
    assert [part for part, _ in found] == [name]


@pytest.mark.parametrize(
    "base",
    [
        make_pipeline(SelectKBest(k=1), LogisticRegression()).fit(X, Y),  # which clones forget
        make_pipeline(
            FrozenEstimator(StandardScaler().fit(X)), skcert.NTKRegressorClassifier(classes=np.array([0, 1]))
        ),
        GridSearchCV(LogisticRegression(), {"C": np.logspace(-2, 2, 5)}, scoring="accuracy"),
        RandomizedSearchCV(LogisticRegression(), {"C": loguniform(1, 2)}, scoring=make_scorer(accuracy_score)),
        RidgeClassifierCV(alphas=np.logspace(-2, 2, 5)),
        CalibratedClassifierCV(VotingClassifier([("a", LogisticRegression()), ("b", "drop")])),
        skcert.PartitionAggregationEnsemble(Chosen()),
    ],
    ids=lambda base: type(base).__name__,
)
def test_bases_that_learn_from_their_own_rows_are_not(base):
    assert prefitted_label_use(base, "base") == []
