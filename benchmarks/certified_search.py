"""A search inside the guarantee: what it costs in radius and in time, and attacks on the choice.

    python benchmarks/certified_search.py [--data digits fashion-mnist] [--train 1000] [--test 400]
        [--alphas 1 10 100] [--folds 5] [--attacks 0] [--folder DIR]

Three things on each data set, whose first rows are trained on:

- radii of search and refit together, beside those of the chosen model alone, and beside what a better bound on the
  choice could bring at most: all other candidates out of reach up to 2 or 4 flips, or for good;
- time (on a busy machine, that of the processors) against its parts in the same run: scikit-learn's
  ``cross_validate`` that returns its models, a refit of each candidate, and the certificates of all validation rows
  and of the test rows for each candidate;
- with --attacks: so many relabellings, each searched and refitted again. They aim at the choice: validation rows that
  tell two candidates apart are given to the one that is behind, and training rows that weigh much are flipped.
"""

import argparse
import time

import numpy as np
from datasets import FASHION_MNIST, load_fashion_mnist
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, cross_validate

from skcert import UNBOUNDED, NTKRegressorClassifier
from skcert.certificates import class_scores, search_radius
from skcert.model_selection import CertifiedGridSearchCV


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", choices=("digits", "fashion-mnist"), default=["digits"])
    parser.add_argument("--train", type=int, default=1000)
    parser.add_argument("--test", type=int, default=400)
    parser.add_argument("--alphas", type=float, nargs="+", default=[1.0, 10.0, 100.0])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--attacks", type=int, default=0)
    parser.add_argument("--folder", default=FASHION_MNIST)
    arguments = parser.parse_args()
    for name in arguments.data:
        X, y, X_test = _load(name, arguments.train, arguments.test, arguments.folder)
        grid = {"alpha": arguments.alphas}
        search = CertifiedGridSearchCV(NTKRegressorClassifier(), grid, cv=arguments.folds)
        clone(search).fit(X[:60], y[:60]).certify(X_test[:2])  # compile
        print(f"{name}: {len(y)} training rows, {len(X_test)} test rows, alphas {arguments.alphas}")
        results = _cost(search, X, y, X_test)
        _radii(search, results)
        if arguments.attacks:
            _attack(search, X, y, X_test, results[0], arguments.attacks)


def _load(name, n_train, n_test, folder):
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        X_test = X[n_train : n_train + n_test]
    else:
        X, y, X_test, _ = load_fashion_mnist(folder)
        X_test = X_test[:n_test] * 16
        X = X * 16
    return X[:n_train] / 16, y[:n_train], X_test / 16


def _cost(search, X, y, X_test):
    """Fit and certify, and the same from its parts; returns the certificate of the search, and of each candidate."""
    start = np.array([time.perf_counter(), time.process_time()])
    search.fit(X, y)
    together = search.certify(X_test)
    whole = [time.perf_counter(), time.process_time()] - start
    start = np.array([time.perf_counter(), time.process_time()])
    splits, alone = list(KFold(search.cv).split(X)), []
    for parameters in search.cv_results_["params"]:
        model = NTKRegressorClassifier(**parameters, classes=np.unique(y))
        of_folds = cross_validate(model, X, y, cv=splits, scoring="accuracy", return_estimator=True)["estimator"]
        for fitted, (_, test) in zip(of_folds, splits):
            fitted.certify(X[test])
        alone.append(model.fit(X, y).certify(X_test))
    parts = [time.perf_counter(), time.process_time()] - start
    for kind, of_whole, of_parts in zip(("seconds", "of the processors"), whole, parts):
        print(f"  {kind}: all {of_whole:.1f}, parts {of_parts:.1f}, ratio {of_whole / of_parts:.2f}")
    return together, alone


def _radii(search, results):
    together, alone = results
    chosen = alone[search.best_index_]
    print(f"  scores {search.cv_results_['mean_test_score'].round(3)}, chosen {search.best_params_}")
    print(f"  flips to select each candidate {search.flips_to_select_}")
    kinds = {kind: int((together.limited_by == kind).sum()) for kind in np.unique(together.limited_by)}
    print(
        f"  median radius with the search {together.median_radius}, of the chosen model alone {chosen.median_radius}"
    )
    print(f"  mean radius {together.radius.mean():.2f} and {chosen.radius.mean():.2f}; limited by {kinds}")
    agree = np.stack([result.prediction == chosen.prediction for result in alone])
    radii = np.stack([result.radius for result in alone])
    others = np.arange(len(alone)) != search.best_index_
    for least in (3, 5, UNBOUNDED):
        flips = np.where(others, np.maximum(search.flips_to_select_, least), 0)
        radius, _ = search_radius(agree, radii, flips)
        print(f"  if nothing else won before {least} flips: median {np.median(radius)}, mean {radius.mean():.2f}")


class Refits:
    """A search and its refits on other labels, from label weights, which do not depend on labels."""

    def __init__(self, search, X, y, X_test):
        self.splits = list(KFold(search.cv).split(X))
        self.n_classes = len(search.classes_)
        self.of_test = [model.label_weights(X_test) for model in search.estimators_]
        self.of_folds = []
        for model in search.estimators_:
            fits = [(clone(model).fit(X[train], y[train]), test) for train, test in self.splits]
            self.of_folds.append([fitted.label_weights(X[test]) for fitted, test in fits])

    def validated(self, labels):
        """What each candidate predicts for each row, (n_candidates, n_train)."""
        predicted = np.empty((len(self.of_folds), len(labels)), dtype=np.int64)
        for row, of_candidate in zip(predicted, self.of_folds):
            for weights, (train, test) in zip(of_candidate, self.splits):
                row[test] = class_scores(weights, labels[train], self.n_classes).argmax(axis=1)
        return predicted

    def search(self, labels):
        """The winner, and what it predicts for the test rows."""
        right = self.validated(labels) == labels
        means = np.average([[np.mean(of[test]) for _, test in self.splits] for of in right], axis=1)
        winner = int(means.argmax())
        return winner, class_scores(self.of_test[winner], labels, self.n_classes).argmax(axis=1)


def _attack(search, X, y, X_test, together, n_attacks):
    """Relabellings within some radii, aimed at the choice; predictions that they change, and choices."""
    if len(search.estimators_) < 2:
        raise SystemExit("--attacks are about a choice: give two alphas or more.")
    rng = np.random.default_rng(0)
    codes, n_classes, best = search.label_codes_, len(search.classes_), search.best_index_
    refits = Refits(search, X, y, X_test)
    own, predicted = refits.validated(codes), np.searchsorted(search.classes_, together.prediction)
    pull = [_pull(refits, h, len(y)) for h in range(len(own))]
    most, found = max(1, int(np.quantile(together.radius, 0.9))), np.zeros(3, dtype=int)
    for number in range(n_attacks):
        rival, budget = int(rng.choice(np.delete(np.arange(len(own)), best))), int(rng.integers(1, most + 1))
        votes = np.argsort(-2.0 * (own[rival] != own[best]) - (own[best] == codes) - rng.random(len(y)))
        votes = votes[: rng.integers(budget + 1)]
        heavy = np.argsort(-pull[best] * rng.random(len(y)))
        heavy = heavy[~np.isin(heavy, votes)][: budget - len(votes)]
        attacked = codes.copy()
        attacked[votes] = np.where(
            own[rival][votes] != codes[votes], own[rival][votes], (codes[votes] + 1) % n_classes
        )
        attacked[heavy] = (codes[heavy] + rng.integers(1, n_classes, len(heavy))) % n_classes
        winner, now = refits.search(attacked)
        held = together.certified(int((attacked != codes).sum()))
        found += [winner != best, (now[held] != predicted[held]).sum(), (now[~held] != predicted[~held]).sum()]
        if number < 2:  # as the estimators do
            again = clone(search).fit(X, search.classes_[attacked])
            assert again.best_index_ == winner and np.array_equal(again.predict(X_test), search.classes_[now])
        if (number + 1) % 200 == 0 or number + 1 == n_attacks:
            words = f"the choice {found[0]} times, certified predictions {found[1]} times, others {found[2]} times"
            print(f"  {number + 1} attacks of 1 to {most} flips changed {words}", flush=True)


def _pull(refits, h, n_train):
    """How much each training row weighs in a candidate's predictions for validated rows."""
    pull = np.zeros(n_train)
    for weights, (train, _) in zip(refits.of_folds[h], refits.splits):
        pull[train] += np.abs(weights).sum(axis=0)
    return pull


if __name__ == "__main__":
    main()
