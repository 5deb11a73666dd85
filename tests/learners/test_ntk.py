import pickle

import numpy as np
import pytest
from scipy.linalg import LinAlgWarning
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import NotFittedError
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import NTKRegressorClassifier
from skcert.certificates import smallest_attack
from skcert.kernels import fully_connected_kernel


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=160, n_features=8, n_informative=5, n_classes=3, class_sep=1.5, random_state=0
    )
    return X[:120], y[:120], X[120:], y[120:]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1000] / 16, y[:1000], X[1000:] / 16, y[1000:]


def test_equals_kernel_ridge(data):
    X, y, X_test, _ = data
    ours = NTKRegressorClassifier(depth=2, alpha=0.3, fit_intercept=False, b_std=0.2).fit(X, y)
    ridge = KernelRidge(alpha=0.3, kernel="precomputed")
    ridge.fit(fully_connected_kernel(X, depth=2, b_std=0.2), np.eye(3)[y])
    expected = ridge.predict(fully_connected_kernel(X_test, X, depth=2, b_std=0.2))
    np.testing.assert_allclose(ours.decision_function(X_test), expected, atol=1e-9)


def test_intercept_is_unpenalised(data):
    """Second road: the bordered system [[K + alpha I, 1], [1', 0]] for coefficients and constant."""
    X, y, X_test, _ = data
    n = X.shape[0]
    border = np.ones((n + 1, n + 1))
    border[:n, :n] = rbf_kernel(X, gamma=0.1) + 0.5 * np.eye(n)
    border[n, n] = 0.0
    solution = np.linalg.solve(border, np.vstack([np.eye(3)[y], np.zeros(3)]))
    expected = rbf_kernel(X_test, X, gamma=0.1) @ solution[:n] + solution[n]

    def kernel(A, B):
        return rbf_kernel(A, B, gamma=0.1)

    ours = NTKRegressorClassifier(kernel=kernel, alpha=0.5).fit(X, y)
    np.testing.assert_allclose(ours.decision_function(X_test), expected, atol=1e-10)
    np.testing.assert_allclose(ours.label_weights(X_test).sum(axis=1), 1.0)

    def shifted(A, B):
        return kernel(A, B) + 7.0  # a constant in the kernel is the intercept's business

    moved = NTKRegressorClassifier(kernel=shifted, alpha=0.5).fit(X, y)
    np.testing.assert_allclose(moved.label_weights(X_test), ours.label_weights(X_test), atol=1e-9)


@pytest.mark.parametrize("kernel", ["ntk", "nngp"])
def test_kernel_options_agree(data, kernel):
    X, y, X_test, _ = data
    arguments = {"kind": kernel, "depth": 3, "b_std": 0.1}
    named = NTKRegressorClassifier(kernel=kernel, depth=3).fit(X, y)
    called = NTKRegressorClassifier(kernel=lambda A, B: fully_connected_kernel(A, B, **arguments)).fit(X, y)
    matrix = fully_connected_kernel(X, **arguments)
    before = matrix.copy()
    given = NTKRegressorClassifier(kernel="precomputed").fit(matrix, y)
    assert np.array_equal(matrix, before)
    weights = named.label_weights(X_test)
    np.testing.assert_allclose(called.label_weights(X_test), weights, atol=1e-10)
    cross = fully_connected_kernel(X_test, X, **arguments)
    np.testing.assert_allclose(given.label_weights(cross), weights, atol=1e-10)


def test_scores_are_linear_in_labels_with_weights_that_ignore_them(data):
    X, y, X_test, _ = data
    network = NTKRegressorClassifier().fit(X, y)
    weights = network.label_weights(X_test)
    np.testing.assert_allclose(network.decision_function(X_test), weights @ np.eye(3)[y], atol=1e-12)
    relabelled = NTKRegressorClassifier().fit(X, np.roll(y, 7))
    assert np.array_equal(relabelled.label_weights(X_test), weights)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_string_labels_binary_and_dtypes(data, dtype):
    X, y, X_test, _ = data
    names = np.where(y > 0, "spam", "ham")
    network = NTKRegressorClassifier().fit(X.astype(dtype), names)
    scores = network.decision_function(X_test.astype(dtype))
    assert network.label_weights(X_test.astype(dtype)).dtype == dtype
    assert scores.shape == (40,)
    result = network.certify(X_test.astype(dtype))
    assert np.array_equal(result.prediction, np.where(scores > 0, "spam", "ham"))
    assert np.array_equal(result.prediction, network.predict(X_test.astype(dtype)))
    assert result.classes.tolist() == ["ham", "spam"] and result.n_train == 120
    assert result.certificate == "label-linear"


def test_results_do_not_depend_on_working_memory(data):
    X, y, X_test, _ = data
    network = NTKRegressorClassifier().fit(X, y)
    result = network.certify(X_test)
    with config_context(working_memory=0.01):
        chunked = network.certify(X_test)
        assert np.array_equal(chunked.prediction, network.predict(X_test))
    assert np.array_equal(result.radius, chunked.radius)
    assert np.array_equal(result.flips_to_class, chunked.flips_to_class)
    one_by_one = [network.certify(row[None]).radius[0] for row in X_test]
    assert np.array_equal(result.radius, one_by_one)


def test_pickle_gives_the_same_bits(data):
    X, y, X_test, _ = data
    network = NTKRegressorClassifier().fit(X, y)
    again = pickle.loads(pickle.dumps(network))
    assert np.array_equal(again.label_weights(X_test), network.label_weights(X_test))
    assert np.array_equal(again.certify(X_test).flips_to_class, network.certify(X_test).flips_to_class)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.1, 10.0])
@pytest.mark.parametrize("n_classes", [2, 10])
def test_refits_confirm_the_radius_on_digits(digits, alpha, n_classes):
    """The bar: radius + 1 flips and a refit change every prediction; no attack within the radius does."""
    X, y, X_test, _ = digits
    y, X_test = y % n_classes, X_test[:60]
    network = NTKRegressorClassifier(alpha=alpha, classes=np.arange(n_classes)).fit(X, y)
    result = network.certify(X_test)
    weights = network.label_weights(X_test)
    rng = np.random.default_rng(0)
    # refits share the kernel work: only the labels change
    refit = clone(network).fit(X, y)
    assert result.exact.all()
    for t in range(len(result)):
        rows, new_labels = smallest_attack(weights[t], y, n_classes)
        assert rows.size == result.radius[t] + 1
        attacked = y.copy()
        attacked[rows] = new_labels
        assert _refitted_prediction(refit, attacked, X_test[t]) != result.prediction[t]
        # the best attack, short of one flip, and random ones of the whole radius
        attacked[rows[0]] = y[rows[0]]
        assert _refitted_prediction(refit, attacked, X_test[t]) == result.prediction[t]
        for _ in range(3):
            attacked = y.copy()
            rows = rng.choice(y.size, result.radius[t], replace=False)
            attacked[rows] = rng.integers(0, n_classes, rows.size)
            assert _refitted_prediction(refit, attacked, X_test[t]) == result.prediction[t]
    # and the shortcut is a true refit
    whole = clone(network).fit(X, attacked)
    assert np.array_equal(whole.decision_function(X_test), _relabelled(refit, attacked).decision_function(X_test))


def _relabelled(network, labels):
    network.label_codes_ = labels
    return network


def _refitted_prediction(network, labels, row):
    return _relabelled(network, labels).predict(row[None])[0]


def test_classes_that_no_label_has(data):
    X, y, X_test, _ = data
    network = NTKRegressorClassifier(classes=["a", "b", "c"]).fit(X, np.where(y > 0, "a", "c"))
    assert network.classes_.tolist() == ["a", "b", "c"]
    assert network.decision_function(X_test).shape == (40, 3)
    result = network.certify(X_test)
    assert result.flips_to_class.shape == (40, 3)
    # one label is enough when the classes are known: weights that sum to 1 predict it
    single = NTKRegressorClassifier(classes=["a", "b"]).fit(X, ["b"] * 120)
    assert set(single.predict(X_test)) == {"b"}


def test_label_free_pipeline_and_feature_names(data):
    pd = pytest.importorskip("pandas")
    X, y, X_test, _ = data
    columns = [f"f{i}" for i in range(8)]
    pipeline = make_pipeline(StandardScaler(), NTKRegressorClassifier()).set_output(transform="pandas")
    pipeline.fit(pd.DataFrame(X, columns=columns), y)
    assert pipeline[-1].feature_names_in_.tolist() == columns
    assert pipeline.predict(pd.DataFrame(X_test, columns=columns)).shape == (40,)


class TestBadInput:
    """Errors name the parameter and the way out, and leave nothing half-fitted."""

    def _fails(self, estimator, X, y, message):
        with pytest.raises(ValueError, match=message):
            estimator.fit(X, y)
        with pytest.raises(NotFittedError):
            estimator.predict(X)
        assert [name for name in vars(estimator) if name.endswith("_")] == []

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_nan_and_infinity(self, data, value):
        X, y = data[0].copy(), data[1]
        X[3, 2] = value
        self._fails(NTKRegressorClassifier(), X, y, "NaN|infinity")
        network = NTKRegressorClassifier().fit(data[0], y)
        for method in (network.predict, network.certify, network.label_weights, network.decision_function):
            with pytest.raises(ValueError, match="NaN|infinity"):
                method(X)

    def test_one_class(self, data):
        """It is predicted; there is nothing to certify."""
        network = NTKRegressorClassifier().fit(data[0], np.full(120, 7))
        assert (network.predict(data[2]) == 7).all()
        assert network.decision_function(data[2]).shape == (len(data[2]), 1)
        for certificate in (network.certify, network.attack, lambda X: network.certify_collective(X, 1)):
            with pytest.raises(ValueError, match="only one class, 7.*`classes`"):
                certificate(data[2])

    def test_labels_outside_classes(self, data):
        self._fails(NTKRegressorClassifier(classes=[0, 1]), data[0], data[1], "lacks: \\[2\\]")

    def test_precomputed_not_square(self, data):
        self._fails(NTKRegressorClassifier(kernel="precomputed"), data[0], data[1], "square kernel matrix")

    def test_precomputed_not_symmetric(self, data):
        kernel = rbf_kernel(data[0])
        kernel[5, 9] += 0.1
        self._fails(NTKRegressorClassifier(kernel="precomputed"), kernel, data[1], "symmetric")

    def test_not_positive_definite(self, data):
        kernel = rbf_kernel(data[0]) - 0.5 * np.eye(120)
        self._fails(NTKRegressorClassifier(kernel="precomputed", alpha=0.1), kernel, data[1], "alpha=0.1: increase")
        NTKRegressorClassifier(kernel="precomputed", alpha=1.0).fit(kernel, data[1])

    def test_duplicate_rows_without_ridge(self, data):
        X = np.vstack([data[0], data[0]])
        self._fails(NTKRegressorClassifier(alpha=0.0), X, np.tile(data[1], 2), "alpha=0.0: increase")

    @pytest.mark.parametrize(
        "parameters",
        [
            {"activation": "swish"},
            {"depth": -1},
            {"alpha": -1.0},
            {"alpha": np.nan},
            {"w_std": 0},
            {"kernel": "cosine"},
            {"classes": 3},
        ],
    )
    def test_parameters(self, data, parameters):
        (name,) = parameters
        self._fails(NTKRegressorClassifier(**parameters), data[0], data[1], f"'{name}' parameter")

    def test_kernel_callable_of_wrong_shape(self, data):
        self._fails(NTKRegressorClassifier(kernel=lambda A, B: np.ones((2, 2))), data[0], data[1], "must return")

    def test_features_at_predict(self, data):
        network = NTKRegressorClassifier().fit(data[0], data[1])
        for method in (network.predict, network.certify):
            with pytest.raises(ValueError, match="7 features.*expecting 8"):
                method(data[2][:, :7])

    def test_before_fit(self, data):
        for method in ("predict", "certify", "label_weights", "decision_function"):
            with pytest.raises(NotFittedError):
                getattr(NTKRegressorClassifier(), method)(data[2])

    def test_failed_refit_forgets_the_old_fit(self, data):
        network = NTKRegressorClassifier().fit(data[0], data[1])
        self._fails(network.set_params(classes=[0, 1]), data[0], data[1], "lacks")

    def test_overflow(self, data):
        with np.errstate(all="ignore"):
            network = NTKRegressorClassifier().fit(data[0], data[1])
            with pytest.raises(ValueError, match="scale the features"):
                network.certify(data[2] * 1e200)

    def test_ill_conditioned_warns(self, data):
        kernel = np.diag(np.r_[np.ones(119), 1e-17])
        with pytest.warns(LinAlgWarning, match="alpha=0.0"):
            NTKRegressorClassifier(kernel="precomputed", alpha=0.0).fit(kernel, data[1])
