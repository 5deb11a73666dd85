"""Searches small enough for every labelling that few flips reach: a learner made of tables, and the truth about it."""

from itertools import combinations, product

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit
from sklearn.utils.validation import validate_data

from skcert import LabelLinearClassifierMixin
from skcert.model_selection import CertifiedGridSearchCV

KINDS = [
    "folds",
    "unequal folds",
    "overlapping",
    "repeated",
    "tied candidates",
    "trusted",
    "candidate labels",
    "worth",
]


class Table(LabelLinearClassifierMixin, BaseEstimator):
    """Label weights from a table of whole numbers, so that ties are many and exact; rows are their numbers."""

    def __init__(self, seed=0, reach=1.0, classes=None):
        self.seed = seed
        self.reach = reach
        self.classes = classes

    def fit(self, X, y, trusted=None, candidate_labels=None):
        X, y = validate_data(self, X, y, dtype=np.float64)
        self._set_labels(y, trusted, candidate_labels)
        self.X_fit_ = X
        return self

    def _label_weights(self, X):
        return table_weights(self.seed, self.reach, X, self.X_fit_)


def table_weights(seed, reach, X, X_train):
    """1 for rows whose numbers are close, 0 for others, with some noise that a seed decides."""
    distance = np.abs(X - X_train.T)
    noise = np.abs(np.sin((seed + 1) * 12.9898 * (X + 1) + 78.233 * (X_train.T + 1)))
    return (distance < reach) * 1.0 + (noise > 0.95) - (noise < 0.05)


def tiny_case(seed):
    """Rows, labels, an unfitted search, and the arguments of its fit: a kind of case after the other."""
    rng, kind = np.random.default_rng(seed), KINDS[seed % len(KINDS)]
    n, n_classes = int(rng.integers(8, 10)), int(rng.choice([2, 2, 2, 3]))
    X = np.arange(n, dtype=float)[rng.permutation(n)][:, None]
    y = (X[:, 0] * n_classes // n).astype(int)
    noisy = rng.random(n) < rng.choice([0.0, 0.1])
    y[noisy] = rng.integers(0, n_classes, noisy.sum())
    grid = [
        {"seed": [int(rng.integers(50))], "reach": [float(rng.choice([2.1, 3.1, 4.1, 5.1, 5.1]))]}
        for _ in range(rng.integers(2, 5))
    ]
    cv, fit = KFold(int(rng.integers(2, 4))), {}
    if kind == "unequal folds":
        cv = KFold(next(k for k in (2, 3, 4) if n % k))
    elif kind == "overlapping":
        cv = ShuffleSplit(3, test_size=int(rng.integers(2, 5)), random_state=int(rng.integers(99)))
    elif kind == "repeated":
        cv = RepeatedKFold(n_splits=2, n_repeats=2, random_state=int(rng.integers(99)))
    elif kind == "tied candidates":
        grid.insert(int(rng.integers(len(grid))), grid[-1])
    elif kind == "trusted":
        fit["trusted"] = rng.random(n) < 0.4
    elif kind == "candidate labels":
        fit["candidate_labels"] = (rng.random((n, n_classes)) < 0.6) | (np.arange(n_classes) == y[:, None])
    worth = dict(zip(range(n_classes), [1.0, 0.3, 2.5])) if kind == "worth" else None
    search = CertifiedGridSearchCV(Table(), grid, cv=cv, accuracy_weight=worth, classes=list(range(n_classes)))
    return X, y, search, fit


def labellings(y, allowed, most):
    """All labels that so many flips reach, and how many flips each takes."""
    found, flips = [], []
    for number in range(most + 1):
        for rows in combinations(np.flatnonzero(allowed.sum(axis=1) > 1), number):
            others = [np.flatnonzero(allowed[row] & (np.arange(allowed.shape[1]) != y[row])) for row in rows]
            for labels in product(*others):
                attacked = y.copy()
                attacked[list(rows)] = labels
                found.append(attacked)
                flips.append(number)
    return np.array(found), np.array(flips)


def searched(X, X_test, search, labels):
    """The winner for each of many labellings, and what its refit predicts: (n_labellings,), (n_labellings, n_test)."""
    classes = np.array(search.classes)
    worth = (
        np.ones(len(classes)) if search.accuracy_weight is None else np.array(list(search.accuracy_weight.values()))
    )
    splits = list(search.cv.split(X))
    each = np.arange(len(labels))
    scores, refits = [], []
    for parameters in search.cv_results_["params"]:
        folds = []
        for train, test in splits:
            right = _predicted(parameters, X[train], X[test], labels[:, train], classes) == labels[:, test]
            folds.append(np.array([np.mean(worth[y] * of) for y, of in zip(labels[:, test], right)]))
        scores.append(folds)
        refits.append(_predicted(parameters, X, X_test, labels, classes))
    means = np.average(np.array(scores, dtype=np.float64).transpose(2, 0, 1), axis=2)
    winners = means.argmax(axis=1)  # the first among equals
    return winners, np.array(refits)[winners, each]


def _predicted(parameters, X_train, X_test, labels, classes):
    weights = table_weights(X=X_test, X_train=X_train, **parameters)
    one_hot = labels[:, :, None] == classes
    scores = np.einsum("xi,lic->lxc", weights, one_hot)
    scores = np.where(one_hot.any(axis=1)[:, None, :], scores, -np.inf)
    return scores.argmax(axis=2)
