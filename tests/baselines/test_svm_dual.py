import numpy as np
import pytest
from scipy.optimize import minimize

from skcert.baselines import NTKSVMClassifier
from skcert.kernels import fully_connected_kernel


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
