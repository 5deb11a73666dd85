"""Small ensembles of both kinds, and classifiers that misbehave, as their bases."""

import hashlib

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from skcert import FiniteAggregationEnsemble, PartitionAggregationEnsemble

ERRORS = (ValueError, TypeError, RuntimeError, IndexError, ZeroDivisionError, np.linalg.LinAlgError, KeyError)

ENSEMBLES = [
    PartitionAggregationEnsemble(n_partitions=3, partition="random", random_state=0, n_jobs=1),
    FiniteAggregationEnsemble(n_partitions=3, random_state=0, n_jobs=1),
]
by_type = pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda ensemble: type(ensemble).__name__)


def ensemble_of(base=None, **parameters):
    parameters = {"n_partitions": 5, "random_state": 0} | parameters
    return PartitionAggregationEnsemble(base, **parameters)


class Answering(ClassifierMixin, BaseEstimator):
    """Answers what `answer` makes of the answers of a majority vote."""

    def __init__(self, answer=None):
        self.answer = answer

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        majority = np.full(X.shape[0], self.most_)
        return majority if self.answer is None else self.answer(majority)


class Failing(Answering):
    """Raises where `fails` says so of its labels."""

    def __init__(self, fails=None, error=ValueError):
        super().__init__()
        self.fails = fails
        self.error = error

    def fit(self, X, y):
        if self.fails(y):
            raise self.error("no fit for these labels")
        return super().fit(X, y)


class Erratic(ClassifierMixin, BaseEstimator):
    """Any function of its labels: the worst that a black box can be.

    It draws from the labels of its rows whether to raise, and what to answer: labels that it has seen, and at times
    one of `strays`.
    """

    def __init__(self, strays=(), failing=0.0, seed=0, straying=0.1):
        self.strays = strays
        self.straying = straying
        self.failing = failing
        self.seed = seed

    def fit(self, X, y):
        content = repr((self.seed, np.asarray(y).tolist())).encode()
        draw = np.random.default_rng(int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little"))
        if draw.random() < self.failing:
            raise ERRORS[draw.integers(len(ERRORS))]("cannot be fitted")
        self.classes_ = np.unique(y)
        self.answer_ = draw.choice(self.classes_)
        if self.strays and draw.random() < self.straying:
            self.answer_ = self.strays[draw.integers(len(self.strays))]
        return self

    def predict(self, X):
        return np.full(X.shape[0], self.answer_)
