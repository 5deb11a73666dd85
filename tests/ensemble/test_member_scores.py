"""Scores that members state, in shapes that classifiers use, and those that rank no classes."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from tests.ensemble.bases import ensemble_of


class Scoring(ClassifierMixin, BaseEstimator):
    """Scores the classes by ``score(n_rows, classes)``; knows those of its labels, or `claims` others."""

    def __init__(self, score=None, claims=None):
        self.score = score
        self.claims = claims

    def fit(self, X, y):
        self.classes_ = np.unique(y) if self.claims is None else np.asarray(self.claims)
        return self

    def predict(self, X):
        return np.full(len(X), [*self.classes_, "a"][0])

    def decision_function(self, X):
        return self.score(len(X), self.classes_)


X = np.arange(12.0).reshape(6, 2)
TEXT = np.array(["a", "b", "c", "a", "b", "c"])


def fitted(score, y=TEXT, claims=None):
    return ensemble_of(Scoring(score, claims), n_partitions=1, voting="run-off").fit(X, y)


@pytest.mark.parametrize(
    ("score", "y", "predicted"),
    [
        (lambda n, classes: np.tile([0.0, 2.0, 1.0], (n, 1)), TEXT, "b"),
        (lambda n, classes: np.tile([-np.inf, -np.inf, np.inf], (n, 1)), TEXT, "c"),
        (lambda n, classes: [[0, 2, 2]] * n, TEXT, "b"),
        (lambda n, classes: np.ones(n), TEXT[[0, 2, 0, 2, 0, 2]], "c"),
        (lambda n, classes: -np.ones((n, 1), dtype=np.float32), TEXT[[0, 2, 0, 2, 0, 2]], "a"),
        (lambda n, classes: np.zeros(n), TEXT[[0, 2, 0, 2, 0, 2]], "a"),
        (lambda n, classes: np.tile([False, True], (n, 1)), TEXT[[0, 2, 0, 2, 0, 2]], "c"),
    ],
    ids=["scores", "infinite", "tied list", "binary", "binary column", "binary tie", "two columns"],
)
def test_scores_of_many_shapes(score, y, predicted):
    ensemble = fitted(score, y)
    assert (ensemble.predict(X) == predicted).all()
    assert (ensemble.certify(X).prediction == predicted).all()


def test_a_class_that_a_member_does_not_know_comes_last():
    ensemble = fitted(lambda n, classes: np.tile([-9.0, -8.0], (n, 1)), claims=["b", "c"])
    assert (ensemble.predict(X) == "c").all()


@pytest.mark.parametrize(
    ("score", "claims", "message"),
    [
        (lambda n, classes: np.zeros((n, 2)), None, r"shape \(6, 2\)"),
        (lambda n, classes: np.zeros(n), None, r"shape \(6,\)"),
        (lambda n, classes: np.zeros((n, 3), dtype=complex), None, "dtype complex128"),
        (lambda n, classes: np.zeros((n, 3), dtype=object), None, "dtype object"),
        (lambda n, classes: np.ma.masked_equal(np.zeros((n, 3)), 0.0), None, "none of them masked"),
        (lambda n, classes: np.full((n, 3), np.nan), None, "NaN"),
        (lambda n, classes: np.zeros((n, 2)), ["a", "z"], "each once"),
        (lambda n, classes: np.zeros((n, 2)), ["a", "a"], "each once"),
        (lambda n, classes: np.zeros((n, 0)), [], "each once"),
    ],
    ids=["too few", "one", "complex", "objects", "masked", "NaN", "others", "twice", "none"],
)
def test_answers_that_rank_no_classes_name_the_member(score, claims, message):
    ensemble = fitted(score, claims=claims)
    for method in (ensemble.predict, ensemble.certify, ensemble.votes):
        with pytest.raises(ValueError, match=rf"estimators_\[0\].*{message}"):
            method(X)
