"""Rows of length sqrt(n_features): what they are, at the edges, and to the guards."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils.estimator_checks import parametrize_with_checks

from skcert import (
    CertifiedKNeighborsClassifier,
    NTKRegressorClassifier,
    certify,
    certify_rows,
)
from skcert.kernels import fully_connected_kernel
from skcert.preprocessing import RowScaler


@parametrize_with_checks([RowScaler()])
def test_sklearn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_have_length_sqrt_d(dtype):
    X = np.random.default_rng(0).normal(size=(50, 7)).astype(dtype)
    scaled = RowScaler().fit_transform(X)
    assert scaled.dtype == dtype
    assert np.allclose(np.linalg.norm(scaled, axis=1), np.sqrt(7), rtol=1e-6)
    assert np.allclose(scaled / np.sqrt(7), Normalizer().transform(X), rtol=1e-5)


def test_the_kernel_of_a_row_with_itself_does_not_depend_on_the_number_of_features():
    rng = np.random.default_rng(1)
    diagonals = [np.diag(fully_connected_kernel(RowScaler().fit_transform(rng.normal(size=(9, d))))) for d in (3, 200)]
    assert np.allclose(diagonals[0], diagonals[1])
    assert np.ptp(diagonals[0]) < 1e-12


def test_sparse_rows_are_scaled_the_same():
    X = np.random.default_rng(2).normal(size=(30, 6)) * (np.random.default_rng(3).random((30, 6)) < 0.4)
    scaled = RowScaler().fit_transform(sparse.csr_array(X))
    assert sparse.issparse(scaled)
    assert np.allclose(scaled.toarray(), RowScaler().fit_transform(X))


def test_sparse_rows_are_the_same_however_their_entries_are_stored():
    values, columns = np.array([3.0, 0.1, 0.2, 4.0]), np.array([2, 0, 0, 1])
    stored = sparse.csr_array((values, columns, [0, 4]), shape=(1, 3))
    plain = sparse.csr_array(stored.toarray())
    assert np.array_equal(RowScaler().fit_transform(stored).toarray(), RowScaler().fit_transform(plain).toarray())
    assert stored.data.tolist() == [3.0, 0.1, 0.2, 4.0]


def test_rows_that_are_huge_tiny_or_zero():
    X = np.array([[1e300, -1e300], [1e-9, 0.0], [1e-200, 0.0], [0.0, 0.0]])
    assert np.array_equal(RowScaler().fit_transform(X)[:2].round(12), [[1.0, -1.0], [np.sqrt(2).round(12), 0.0]])
    left_alone = RowScaler().fit_transform(X)[2:]
    assert np.abs(left_alone).max() < 1e-199


def test_rows_are_not_changed_in_place():
    X = np.array([[3.0, 4.0]])
    RowScaler().fit_transform(X)
    assert X.tolist() == [[3.0, 4.0]]


def test_a_row_is_the_same_alone_and_in_any_order_in_memory():
    X = np.random.default_rng(4).normal(size=(200, 37))
    together = RowScaler().fit_transform(X)
    assert np.array_equal(RowScaler().fit_transform(np.asfortranarray(X)), together)
    assert np.array_equal(np.vstack([RowScaler().fit_transform(X[i : i + 1]) for i in range(200)]), together)


def test_both_guards_let_it_pass():
    X, y = load_digits(return_X_y=True)
    network = make_pipeline(RowScaler(), NTKRegressorClassifier(alpha=10.0)).fit(X[:200], y[:200])
    assert certify(network, X[200:210]).caveats == ()
    neighbors = make_pipeline(RowScaler(), CertifiedKNeighborsClassifier(9, classes=range(10))).fit(X[:200], y[:200])
    assert certify_rows(neighbors, X[200:210]).caveats == ()
