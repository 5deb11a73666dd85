import numpy as np
import pytest
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skcert import CertifiedKNeighborsClassifier, KernelRegressorClassifier, NTKRegressorClassifier
from skcert.kernels import fully_connected_kernel
from skcert.learners import alpha_path

ALPHAS = [0.01, 1.0, 100.0, np.inf]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:200] / 16, y[:200], X[300:360] / 16, y[300:360]


@pytest.mark.parametrize(
    "estimator",
    [
        NTKRegressorClassifier(weight_center=0.8, weight_clip=0.1),
        KernelRegressorClassifier(kernel="linear"),  # singular without ridge
        *(
            pytest.param(estimator, marks=pytest.mark.slow)
            for estimator in (
                NTKRegressorClassifier(),
                NTKRegressorClassifier(fit_intercept=False),
                NTKRegressorClassifier(weight_clip=0.8, depth=2),
                NTKRegressorClassifier(kernel="precomputed"),
                KernelRegressorClassifier(gamma=0.1),
            )
        ),
        pytest.param(NTKRegressorClassifier(kernel=fully_connected_kernel), marks=pytest.mark.slow, id="callable"),
    ],
    ids=repr,
)
def test_path_equals_separate_fits(digits, estimator):
    X, y, X_test, _ = digits
    if estimator.kernel == "precomputed":
        X, X_test = fully_connected_kernel(X), fully_connected_kernel(X_test, X)
    names = np.array([f"class {c}" for c in range(10)])[y]
    trusted = np.arange(200) < 20
    before = X.copy()
    models = alpha_path(estimator, X, names, ALPHAS, trusted=trusted)
    assert np.array_equal(X, before)
    for alpha, model in zip(ALPHAS, models):
        fitted = clone(estimator).set_params(alpha=alpha).fit(X, names, trusted=trusted)
        assert model.get_params() == fitted.get_params()
        expected, weights = fitted.label_weights(X_test), model.label_weights(X_test)
        np.testing.assert_allclose(weights, expected, atol=1e-8 * np.abs(expected).max())
        a, b = model.certify(X_test), fitted.certify(X_test)
        assert np.array_equal(a.prediction, b.prediction) and np.array_equal(a.radius, b.radius)
        assert np.array_equal(a.prediction, model.predict(X_test)) and np.array_equal(model.trusted_, trusted)
        assert np.array_equal(a.prediction, model.attack(X_test).prediction)


def test_training_time(digits):
    X, y, X_test, _ = digits
    estimator = NTKRegressorClassifier(training_time=20.0)
    for alpha, model in zip((0.0, 3.0), alpha_path(estimator, X, y, [0.0, 3.0])):
        expected = clone(estimator).set_params(alpha=alpha).fit(X, y).label_weights(X_test)
        np.testing.assert_allclose(model.label_weights(X_test), expected, atol=1e-10)


def test_single_precision(digits):
    """float32 rows give float32 factors; the certificate is about the weights that these give."""
    X, y, X_test, _ = (part.astype(np.float32) if part.dtype == np.float64 else part for part in digits)
    for fit in (
        lambda alpha: alpha_path(NTKRegressorClassifier(), X, y, [alpha])[0],
        lambda alpha: NTKRegressorClassifier(alpha=alpha).fit(X, y),
    ):
        model = fit(1.0)
        weights = model.label_weights(X_test)
        assert weights.dtype == np.float32
        exact = NTKRegressorClassifier().fit(X.astype(float), y).label_weights(X_test.astype(float))
        np.testing.assert_allclose(weights, exact, atol=1e-3 * np.abs(exact).max())
        assert np.array_equal(model.certify(X_test).prediction, model.predict(X_test))
        attack = model.attack(X_test)
        for t in (0, 30, 59):
            model.label_codes_ = attack.relabel(y, t)
            assert model.predict(X_test)[t] == attack.attacked_prediction[t] != attack.prediction[t]


def test_ill_conditioned_factors_in_single_precision_are_reported():
    rows, y = np.diag(np.float32([1e2, 1.0, 1.0, 1e-2])), [0, 1, 0, 1]
    estimator = KernelRegressorClassifier(kernel="linear", alpha=0.0, fit_intercept=False)
    for fit in (lambda X: alpha_path(estimator, X, y, [0.0]), lambda X: estimator.fit(X, y)):
        with pytest.warns(LinAlgWarning, match="ill-conditioned at alpha=0.0.*float64") as caught:
            fit(rows)
        assert caught[0].filename == __file__  # where the user called
        fit(rows.astype(np.float64))


def test_models_share_the_eigenvectors(digits):
    models = alpha_path(NTKRegressorClassifier(), digits[0], digits[1], [0.1, 1.0, np.inf])
    assert models[0].smoother_.vectors is models[1].smoother_.vectors
    assert models[0].X_fit_ is models[1].X_fit_ is models[2].X_fit_
    assert models[2].smoother_ is None


def test_one_alpha_that_is_too_small_is_named():
    X, y = np.repeat(np.eye(4), 2, axis=0), np.tile([0, 1], 4)
    estimator = KernelRegressorClassifier(kernel="linear")
    with pytest.raises(ValueError, match="not positive definite at alpha=0.0: increase `alpha`"):
        alpha_path(estimator, X - 1, y, [1.0, 0.0])
    alpha_path(KernelRegressorClassifier(kernel="sigmoid", gamma=1.0), X, y, [50.0])  # indefinite, but for the ridge


@pytest.mark.parametrize(
    ("estimator", "alphas", "message"),
    [
        (CertifiedKNeighborsClassifier(), [1.0], "has no kernel matrix"),
        (NTKRegressorClassifier(), [], "alphas=.* at least one ridge"),
        (NTKRegressorClassifier(), 1.0, "alphas=1.0 must be a list"),
        (NTKRegressorClassifier(), [1.0, -1.0], "'alpha' parameter"),
        (NTKRegressorClassifier(training_time=1.0), [1.0, np.inf], "training_time needs a finite alpha"),
    ],
)
def test_bad_input(digits, estimator, alphas, message):
    with pytest.raises(ValueError, match=message):
        alpha_path(estimator, digits[0], digits[1], alphas)
    with pytest.raises(NotFittedError):
        check_is_fitted(estimator)
