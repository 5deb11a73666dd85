"""Least flips by integer programs against refits on every labeling."""

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.base import clone

from skcert import UNBOUNDED
from skcert.baselines import NTKSVMClassifier, _label_cert, _label_search
from skcert.baselines._label_search import certain_minimum, label_program
from tests.oracles import all_labelings, flips_to_each_class, radius_of


def _tiny_case(rng):
    n_classes = 3 if rng.random() < 0.2 else 2
    n = rng.integers(3, 5 if n_classes == 3 else 7)
    X = rng.normal(size=(n + 1, rng.integers(1, 4)))
    if rng.random() < 0.2:
        X = np.round(X)  # equal rows, singular kernels, ties
    network = NTKSVMClassifier(C=rng.choice([0.1, 1.0, 10.0]), classes=np.arange(n_classes))
    return network, X[:n], rng.integers(0, n_classes, n), X[n:], n_classes


def _true_flips(network, X, labels, x, n_classes, possible=slice(None)):
    """Least flips to each class of one test row, by refits on all labelings.

    A refit solves every machine anew and keeps the kernel, which knows no labels; some of them compute all again.
    """
    labelings = all_labelings(labels.size, n_classes)[possible]
    refit = clone(network).fit(X, labels)
    kernel_rows = refit._test_kernel(x)
    predictions = np.empty(len(labelings), dtype=int)
    for i, labeling in enumerate(labelings):
        refit.dual_coef_ = np.stack(
            [refit._solve(labeling == c) for c in ([1] if n_classes == 2 else range(n_classes))]
        )
        predictions[i] = _label_cert._predictions(refit._scores(kernel_rows))[0]
    for i in np.random.default_rng(len(labelings)).integers(0, len(labelings), 4):
        assert clone(network).fit(X, labelings[i]).predict(x)[0] == predictions[i]
    return flips_to_each_class(predictions, labelings, labels, n_classes)


def _check_against_refits(rng, n_cases):
    """Number of cases whose radius equals the truth, and of those that are also marked exact."""
    equal, exact = 0, 0
    for _ in range(n_cases):
        network, X, labels, x, n_classes = _tiny_case(rng)
        truth = _true_flips(network, X, labels, x, n_classes)
        result = network.fit(X, labels).certify(x)
        prediction = result.prediction[0]
        true_radius = radius_of(truth, prediction)
        assert truth[prediction] == 0 == result.flips_to_class[0, prediction]
        assert 0 <= result.radius[0] <= true_radius <= result.radius_upper[0]
        assert (result.flips_to_class[0] <= truth).all()
        if result.exact[0]:
            assert result.radius[0] == true_radius
            if n_classes == 2:
                assert (result.flips_to_class[0] == truth).all()
        equal += result.radius[0] == true_radius
        exact += result.exact[0]
    return equal, exact


@pytest.mark.parametrize("max_leaves", [1, 1000])
def test_never_exceeds_exhaustive_refits(monkeypatch, max_leaves):
    """Tiny cases, each refitted on all labelings; by linear programs alone, and by refits of small branches."""
    monkeypatch.setattr(_label_search, "_MAX_LEAVES", max_leaves)
    equal, exact = _check_against_refits(np.random.default_rng(max_leaves), 5)
    assert equal >= exact >= 4


@pytest.mark.slow
@pytest.mark.parametrize("max_leaves", [1, 8])
def test_never_exceeds_exhaustive_refits_in_more_cases(monkeypatch, max_leaves):
    """The bar: 200 cases without a violation."""
    monkeypatch.setattr(_label_search, "_MAX_LEAVES", max_leaves)
    equal, exact = _check_against_refits(np.random.default_rng(100 + max_leaves), 100)
    assert equal >= exact >= 95


@pytest.mark.parametrize("n_classes", [2, 3])
def test_cut_branches_hold_no_attack(cancer, monkeypatch, n_classes):
    """Linear programs that cut branches and refits of all labelings agree on what takes how many flips."""
    X, y, X_test = cancer
    X, y = X[:10, :2], (y[:10] + np.arange(10) // 9) % n_classes
    network = NTKSVMClassifier(C=0.2, classes=np.arange(n_classes)).fit(X, y)
    monkeypatch.setattr(_label_search, "_MAX_LEAVES", 10**9)
    refitted = network.certify(X_test[:2, :2])
    monkeypatch.setattr(_label_search, "_MAX_LEAVES", 20)
    searched = network.certify(X_test[:2, :2])
    assert refitted.exact.all()
    assert np.array_equal(searched.flips_to_class, refitted.flips_to_class)
    assert np.array_equal(searched.radius_upper, refitted.radius_upper)


def test_certain_minimum():
    """Below the minimum for any multipliers, and close to it for the solver's."""
    rng = np.random.default_rng(6)
    for _ in range(50):
        objective, matrix = rng.normal(size=5), rng.normal(size=(8, 5))
        least, most = -rng.random(5), rng.random(5)
        limits = matrix @ rng.uniform(least, most) + rng.random(8)
        answer = linprog(objective, matrix, limits, bounds=np.stack([least, most], axis=1))
        program = objective, matrix, limits, least, most
        best = certain_minimum(*program, -answer.ineqlin.marginals)
        assert answer.fun - 1e-9 < best < answer.fun + 1e-15
        assert certain_minimum(*program, rng.normal(size=8)) <= answer.fun


def test_refits_are_solutions_of_the_program():
    """What the bound rests on: whatever fit computes on any labels fulfils every constraint and every tangent."""
    rng = np.random.default_rng(2)
    for _ in range(12):
        network, X, _, _, _ = _tiny_case(rng)
        C = float(network.C)
        n = X.shape[0]
        network.set_params(classes=[0, 1]).fit(X, np.zeros(n))
        program = label_program(network.kernel_, C, 1)
        points = rng.uniform(-1, 1, size=(5, n))
        tangents, limits = zip(*(program.tangents(point) for point in points))
        for labels in all_labelings(n, 2):
            positive = labels == 1
            b = network.fit(X, labels).dual_coef_[0] / C
            f = C * network.kernel_ @ b
            blocks = [positive, b, -b, f, f, 1 - f, 1 + f]
            blocks[1:] = [
                np.where(positive if k % 2 else ~positive, block, 0.0) for k, block in enumerate(blocks[1:], start=1)
            ]
            blocks[5:] = [np.maximum(block, 0.0) for block in blocks[5:]]
            solution = np.concatenate(blocks)
            # scores beyond their range are put back into it: the link's slack, ten times as large, is for that
            room = 1e-9 * max(1.0, C * np.abs(network.kernel_).max())
            assert (program.matrix @ solution <= program.limits + room).all()
            assert (solution >= program.least - room).all() and (solution <= program.most + room).all()
            for rows, limit in zip(tangents, limits):
                assert (rows @ solution <= limit).all()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_trusted_rows(n_classes):
    rng = np.random.default_rng(3)
    for _ in range(4):
        X, labels, x = rng.normal(size=(4, 2)), rng.integers(0, n_classes, 4), rng.normal(size=(1, 2))
        trusted = rng.random(4) < 0.5
        network = NTKSVMClassifier(classes=np.arange(n_classes))
        possible = (all_labelings(4, n_classes)[:, trusted] == labels[trusted]).all(axis=1)
        truth = _true_flips(network, X, labels, x, n_classes, possible)
        result = network.fit(X, labels, trusted=trusted).certify(x)
        assert result.radius[0] <= radius_of(truth, result.prediction[0])
        assert result.exact[0]


def _with_candidates(rng):
    """A tiny case with random candidates, and which labelings they allow."""
    n_classes, n = (2, 5) if rng.random() < 0.3 else (int(rng.integers(3, 5)), 4)
    X, labels, x = rng.normal(size=(n, 2)), rng.integers(0, n_classes, n), rng.normal(size=(1, 2))
    candidates = rng.random((n, n_classes)) < rng.choice([0.3, 0.6])
    candidates[np.arange(n), labels] = True
    trusted = rng.random(n) < 0.2
    possible = candidates[np.arange(n), all_labelings(n, n_classes)].all(axis=1)
    possible &= (all_labelings(n, n_classes)[:, trusted] == labels[trusted]).all(axis=1)
    return X, labels, x, n_classes, candidates, trusted, possible


def _check_candidates(rng, n_cases):
    """How many radii are exact, unbounded, and larger than without candidates."""
    exact, unbounded, larger = 0, 0, 0
    for _ in range(n_cases):
        X, labels, x, n_classes, candidates, trusted, possible = _with_candidates(rng)
        network = NTKSVMClassifier(C=rng.choice([0.1, 1.0, 10.0]), classes=np.arange(n_classes))
        truth = _true_flips(network, X, labels, x, n_classes, possible)
        free = clone(network).fit(X, labels).certify(x)
        result = network.fit(X, labels, trusted, candidates).certify(x)
        true_radius = radius_of(truth, result.prediction[0])
        assert free.radius[0] <= result.radius[0] <= true_radius <= result.radius_upper[0]
        assert (result.flips_to_class[0] <= truth).all()
        if result.exact[0]:
            assert result.radius[0] == true_radius
        exact += result.exact[0]
        unbounded += result.certain[0]
        larger += result.radius[0] > free.radius[0]
    return exact, unbounded, larger


@pytest.mark.parametrize("max_leaves", [1, 1000])
def test_candidates(monkeypatch, max_leaves):
    monkeypatch.setattr(_label_search, "_MAX_LEAVES", max_leaves)
    exact, unbounded, larger = _check_candidates(np.random.default_rng(max_leaves), 6)
    assert exact >= 5 and unbounded and larger


@pytest.mark.slow
@pytest.mark.parametrize("max_leaves", [1, 8])
def test_candidates_in_more_cases(monkeypatch, max_leaves):
    monkeypatch.setattr(_label_search, "_MAX_LEAVES", max_leaves)
    exact, unbounded, larger = _check_candidates(np.random.default_rng(100 + max_leaves), 60)
    assert exact >= 57 and unbounded >= 10 and larger >= 10


def test_rows_with_one_candidate_are_trusted(cancer, monkeypatch):
    X, y, X_test = cancer
    X, y = X[:10], y[:10]
    mask = np.arange(10) % 3 > 0
    tried = []
    train = NTKSVMClassifier._solve
    monkeypatch.setattr(NTKSVMClassifier, "_solve", lambda self, p: tried.append(p.copy()) or train(self, p))
    sets = [[label] if fixed else [0, 1] for label, fixed in zip(y, mask)]
    result = NTKSVMClassifier().fit(X, y, candidate_labels=sets).certify(X_test)
    assert len(tried) > 3 and all(np.array_equal(positive[mask], y[mask] == 1) for positive in tried)
    trusting = NTKSVMClassifier().fit(X, y, trusted=mask).certify(X_test)
    assert np.array_equal(result.radius, trusting.radius)


def test_time_limit_keeps_the_bound_and_admits_that_it_is_one(cancer):
    X, y, X_test = cancer
    hurried = NTKSVMClassifier(time_limit=1e-6).fit(X, y).certify(X_test)
    assert (hurried.radius == 0).all() and not hurried.exact.any()
    assert (hurried.radius_upper == UNBOUNDED).all()
    assert (hurried.flips_to_class.max(axis=1) == 1).all()
    assert np.array_equal(hurried.prediction, NTKSVMClassifier().fit(X, y).predict(X_test))


def test_labels_of_one_class():
    X = np.random.default_rng(4).normal(size=(5, 2))
    network = NTKSVMClassifier(C=0.5, classes=["ham", "spam"]).fit(X, ["spam"] * 5)
    assert set(network.predict(X)) == {"spam"}
    result = network.certify(X[:2])
    labels = np.ones(5, dtype=int)
    numbered = NTKSVMClassifier(C=0.5, classes=[0, 1])
    truth = [radius_of(_true_flips(numbered, X, labels, X[[t]], 2), 1) for t in range(2)]
    assert result.exact.all() and result.radius.tolist() == truth
    # three classes known, labels of one: the machines of the others have no positive row
    three = NTKSVMClassifier(classes=[0, 1, 2]).fit(X, labels)
    assert set(three.predict(X)) == {1}
    assert (three.certify(X[:1]).radius >= 0).all()
