from itertools import combinations_with_replacement

import numpy as np
import pytest
from scipy.optimize import linprog, minimize
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skcert import UNBOUNDED, PartitionAggregationEnsemble
from skcert.baselines import NTKSVMClassifier, _label_search, _svm_dual
from skcert.baselines._label_search import certain_minimum, label_program
from skcert.kernels import fully_connected_kernel
from tests.oracles import all_labelings, flips_to_each_class, radius_of


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    return X[300:320], y[300:320], X[400:404]


def _tiny_case(rng):
    n_classes = 3 if rng.random() < 0.2 else 2
    n = rng.integers(3, 5 if n_classes == 3 else 7)
    X = rng.normal(size=(n + 1, rng.integers(1, 4)))
    if rng.random() < 0.2:
        X = np.round(X)  # equal rows, singular kernels, ties
    network = NTKSVMClassifier(C=rng.choice([0.1, 1.0, 10.0]), classes=np.arange(n_classes))
    return network, X[:n], rng.integers(0, n_classes, n), X[n:], n_classes


def _true_flips(network, X, labels, x, n_classes, possible=slice(None)):
    """Least flips to each class of one test row, by refits on all labelings."""
    labelings = all_labelings(labels.size, n_classes)[possible]
    predictions = np.array([clone(network).fit(X, labeling).predict(x)[0] for labeling in labelings])
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
    equal, exact = _check_against_refits(np.random.default_rng(max_leaves), 40)
    assert equal >= exact >= 38


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


@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_dual_is_solved(cancer, C):
    """Second road: a general box-constrained minimiser."""
    X, y, X_test = cancer
    network = NTKSVMClassifier(C=C).fit(X, y)
    signs = np.where(y == 1, 1.0, -1.0)
    signed_kernel = fully_connected_kernel(X, b_std=0.1) * np.outer(signs, signs)

    def dual(a):
        return a @ signed_kernel @ a / 2 - a.sum(), signed_kernel @ a - 1

    start = np.zeros(y.size)
    options = {"maxiter": 10_000, "ftol": 1e-15, "gtol": 1e-10}
    a = minimize(dual, start, jac=True, method="L-BFGS-B", bounds=[(0, C)] * y.size, options=options).x
    expected = fully_connected_kernel(X_test, X, b_std=0.1) @ (signs * a)
    np.testing.assert_allclose(network.decision_function(X_test), expected, atol=1e-5)
    a = network.dual_coef_[0] * signs
    gradient = signed_kernel @ a - 1
    assert (a >= 0).all() and (a <= C).all()
    assert (gradient[a < C] > -1e-8).all() and (gradient[a > 0] < 1e-8).all()


def test_two_classes_are_one_against_the_other(cancer):
    """With a third class that no row has, the machines of the first two mirror each other."""
    X, y, X_test = cancer
    binary = NTKSVMClassifier().fit(X, y).decision_function(X_test)
    scores = NTKSVMClassifier(classes=[0, 1, 2]).fit(X, y).decision_function(X_test)
    assert binary.shape == (4,) and scores.shape == (4, 3)
    np.testing.assert_allclose(scores[:, 1], binary, atol=1e-12)
    np.testing.assert_allclose(scores[:, 0], -binary, atol=1e-12)


def test_ties_go_to_the_first_class():
    X = np.array([[1.0], [-1.0]])
    network = NTKSVMClassifier(kernel="precomputed", classes=["a", "b"]).fit(np.eye(2), ["b", "a"])
    assert network.decision_function([[0.5, 0.5]])[0] == 0 and network.predict([[0.5, 0.5]])[0] == "a"
    assert NTKSVMClassifier(depth=0, b_std=0.0).fit(X, [1, 0]).predict([[0.0]])[0] == 0


def test_row_that_no_training_row_is_related_to():
    network = NTKSVMClassifier(kernel="precomputed", classes=[0, 1]).fit(np.eye(3), [1, 1, 0])
    result = network.certify(np.zeros((1, 3)))
    assert result.prediction[0] == 0 and result.radius[0] == UNBOUNDED and result.exact[0]


def test_prediction_that_no_flips_change():
    """Unrelated rows all have coefficient C: a trusted row that outweighs the others decides."""
    network = NTKSVMClassifier(kernel="precomputed", classes=[0, 1])
    network.fit(np.eye(3), [1, 1, 1], trusted=np.array([True, False, False]))
    result = network.certify(np.array([[3.0, 1.0, 1.0]]))
    assert result.prediction[0] == 1 and result.radius[0] == UNBOUNDED and result.exact[0]
    assert result.flips_to_class[0].tolist() == [UNBOUNDED, 0]


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


def test_time_limit_keeps_the_bound_and_admits_that_it_is_one(cancer):
    X, y, X_test = cancer
    hurried = NTKSVMClassifier(time_limit=1e-6).fit(X, y).certify(X_test)
    assert (hurried.radius == 0).all() and not hurried.exact.any()
    assert (hurried.radius_upper == UNBOUNDED).all()
    assert (hurried.flips_to_class.max(axis=1) == 1).all()
    assert np.array_equal(hurried.prediction, NTKSVMClassifier().fit(X, y).predict(X_test))


def test_rows_do_not_depend_on_each_other():
    X, y = make_blobs(27, n_features=3, centers=2, cluster_std=3.0, random_state=0)
    network = NTKSVMClassifier(C=0.1).fit(X[:8] / 3, y[:8])
    together = network.certify(X[24:] / 3)
    assert np.array_equal(together.prediction, network.predict(X[24:] / 3))
    assert together.certificate == "LabelCert" and together.n_train == 8
    alone = [network.certify(row[None] / 3) for row in X[24:]]
    assert np.array_equal(together.radius, [result.radius[0] for result in alone])


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


def test_as_white_box_base():
    """No refit of the ensemble on labels with one or two flips changes a prediction within its radius."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(15, 2))
    y = (X[:, 0] + 0.3 * rng.normal(size=15) > 0).astype(int)
    X_test = rng.normal(size=(2, 2))
    settings = {"n_partitions": 3, "partition": "random", "random_state": 0}
    ensemble = PartitionAggregationEnsemble(NTKSVMClassifier(), **settings).fit(X, y)
    result = ensemble.certify(X_test)
    assert result.certificate == "white-box" and result.exact.all()
    black_box = PartitionAggregationEnsemble(NTKSVMClassifier(), certificate="black-box", **settings).fit(X, y)
    assert (result.radius >= black_box.certify(X_test).radius).all()
    changed = np.zeros(2, dtype=bool)
    for rows in combinations_with_replacement(range(15), 2):
        attacked = y.copy()
        attacked[list(rows)] = 1 - y[list(rows)]
        now = PartitionAggregationEnsemble(NTKSVMClassifier(), **settings).fit(X, attacked).predict(X_test)
        flips = (attacked != y).sum()
        assert (now[result.radius >= flips] == result.prediction[result.radius >= flips]).all()
        changed |= now != result.prediction
    assert changed[result.radius <= 1].all()


@pytest.mark.parametrize("kernel", ["ntk", "nngp"])
def test_kernel_options_agree(cancer, kernel):
    X, y, X_test = cancer
    arguments = {"kind": kernel, "depth": 2, "b_std": 0.1}
    expected = NTKSVMClassifier(kernel=kernel, depth=2).fit(X, y).decision_function(X_test)
    called = NTKSVMClassifier(kernel=lambda A, B: fully_connected_kernel(A, B, **arguments)).fit(X, y)
    np.testing.assert_allclose(called.decision_function(X_test), expected, atol=1e-9)
    given = NTKSVMClassifier(kernel="precomputed").fit(fully_connected_kernel(X, **arguments), y)
    cross = fully_connected_kernel(X_test, X, **arguments)
    np.testing.assert_allclose(given.decision_function(cross), expected, atol=1e-9)


@parametrize_with_checks([NTKSVMClassifier()])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_parameter_validation():
    check_param_validation("NTKSVMClassifier", NTKSVMClassifier())


class TestBadInput:
    """Errors name the parameter and the way out, and leave nothing half-fitted."""

    def _fails(self, network, X, y, message):
        with pytest.raises(ValueError, match=message):
            network.fit(X, y)
        with pytest.raises(NotFittedError):
            network.predict(X)
        assert [name for name in vars(network) if name.endswith("_")] == []

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_nan_and_infinity(self, cancer, value):
        X, y = cancer[0].copy(), cancer[1]
        X[3, 2] = value
        self._fails(NTKSVMClassifier(), X, y, "NaN|infinity")
        network = NTKSVMClassifier().fit(cancer[0], y)
        for method in (network.predict, network.certify, network.decision_function):
            with pytest.raises(ValueError, match="NaN|infinity"):
                method(X)

    def test_labels(self, cancer):
        self._fails(NTKSVMClassifier(), cancer[0], np.zeros(20), "only one class.*`classes`")
        self._fails(NTKSVMClassifier(classes=[0, 2]), cancer[0], cancer[1], "lacks: \\[1\\]")

    def test_trusted(self, cancer):
        with pytest.raises(ValueError, match="trusted must be a mask"):
            NTKSVMClassifier().fit(cancer[0], cancer[1], trusted=[0, 1])

    @pytest.mark.parametrize(
        "parameters",
        [
            {"C": 0},
            {"C": np.inf},
            {"C": np.nan},
            {"time_limit": 0},
            {"depth": -1},
            {"kernel": "cosine"},
            {"classes": 3},
        ],
    )
    def test_parameters(self, cancer, parameters):
        (name,) = parameters
        self._fails(NTKSVMClassifier(**parameters), cancer[0], cancer[1], f"'{name}' parameter")

    def test_precomputed(self, cancer):
        X, y = cancer[0], cancer[1]
        precomputed = NTKSVMClassifier(kernel="precomputed")
        self._fails(precomputed, X, y, "square kernel matrix")
        kernel = rbf_kernel(X)
        self._fails(precomputed, kernel - 0.5 * np.eye(20), y, "not positive semi-definite")
        kernel[5, 9] += 0.1
        self._fails(precomputed, kernel, y, "symmetric")

    def test_kernel_callable_of_wrong_shape(self, cancer):
        self._fails(NTKSVMClassifier(kernel=lambda A, B: np.ones((2, 2))), cancer[0], cancer[1], "must return")

    def test_overflow(self, cancer):
        X, y, X_test = cancer
        with np.errstate(all="ignore"):
            self._fails(NTKSVMClassifier(), X * 1e200, y, "scale")
            network = NTKSVMClassifier().fit(X, y)
            with pytest.raises(ValueError, match="scale the features"):
                network.certify(X_test * 1e200)

    def test_dual_that_cannot_be_solved(self, cancer, monkeypatch):
        monkeypatch.setattr(_svm_dual, "_MAX_ROUNDS", 0)
        self._fails(NTKSVMClassifier(), cancer[0], cancer[1], "decrease `C`, scale the features")

    def test_before_fit(self, cancer):
        for method in ("predict", "certify", "decision_function"):
            with pytest.raises(NotFittedError):
                getattr(NTKSVMClassifier(), method)(cancer[2])
