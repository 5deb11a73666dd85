from itertools import combinations_with_replacement

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from skcert import UNBOUNDED, PartitionAggregationEnsemble
from skcert.baselines import NTKSVMClassifier, _svm_dual
from skcert.kernels import fully_connected_kernel


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


def test_rows_do_not_depend_on_each_other():
    X, y = make_blobs(27, n_features=3, centers=2, cluster_std=3.0, random_state=0)
    network = NTKSVMClassifier(C=0.1).fit(X[:8] / 3, y[:8])
    together = network.certify(X[24:] / 3)
    assert np.array_equal(together.prediction, network.predict(X[24:] / 3))
    assert together.certificate == "LabelCert" and together.n_train == 8
    alone = [network.certify(row[None] / 3) for row in X[24:]]
    assert np.array_equal(together.radius, [result.radius[0] for result in alone])


@pytest.mark.slow
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


@pytest.mark.slow
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
