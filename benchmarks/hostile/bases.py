"""Base classifiers that an ensemble has to handle: erratic, abstaining, answering outside the classes, failing."""

import hashlib

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class BaseFailed(RuntimeError):
    """What `Failing` raises: its own failure, not the library's."""


class Erratic(ClassifierMixin, BaseEstimator):
    """A class from its rows, for each test row, by a hash of rows and labels: any flip may turn any prediction.

    Like any sensible classifier it depends only on the order of its labels, not on their values.
    """

    def fit(self, X, y):
        self.classes_, ranks = np.unique(y, return_inverse=True)
        self.seen_ = np.ascontiguousarray(X, dtype=np.float64).tobytes() + ranks.astype(np.int64).tobytes()
        return self

    def predict(self, X):
        return self.classes_[self._draws(X) % self.classes_.size]

    def _draws(self, X):
        rows = np.ascontiguousarray(X, dtype=np.float64)
        digests = [hashlib.blake2b(self.seen_ + row.tobytes(), digest_size=4).digest() for row in rows]
        return np.array([int.from_bytes(digest, "little") for digest in digests], dtype=np.int64)


class Abstaining(Erratic):
    """Sometimes answers -1: a reject option."""

    def predict(self, X):
        return _replaced(super().predict(X), self._draws(X) % 3 == 0, -1)


class Beyond(Erratic):
    """Sometimes answers a class that does not exist."""

    def predict(self, X):
        return _replaced(super().predict(X), self._draws(X) % 5 == 0, 9)


class Failing(Erratic):
    """Cannot be fitted to some labels: raises ValueError, or an error of its own."""

    def __init__(self, own_error=False):
        self.own_error = own_error

    def fit(self, X, y):
        super().fit(X, y)
        if self._draws(np.asarray(X, dtype=np.float64)[:1])[0] % 4 == 0:
            raise (BaseFailed if self.own_error else ValueError)("these labels do not suit it")
        return self


def _replaced(answers, where, answer):
    """Answers with some of them replaced by another one, in an array that can hold both."""
    if answers.dtype.kind not in "if":
        answers = answers.astype(object)
    answers[where] = answer
    return answers
