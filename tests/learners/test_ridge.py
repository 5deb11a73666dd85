"""Ridge on one-hot labels: as scikit-learn's, as a kernel regression, exact, and the same by either way to a score."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import LinAlgWarning
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.kernel_approximation import Nystroem, PolynomialCountSketch
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline

from skcert import (
    CertifiedRidgeClassifier,
    KernelRegressorClassifier,
    PartitionAggregationEnsemble,
    certify,
)
from skcert.certificates import class_scores
from skcert.inspection import audit_labels
from tests.oracles import all_labelings, flips_to_each_class, radius_of


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:600] / 16, y[:600], X[600:800] / 16, y[600:800]


def _wide(X):
    """More columns than rows, most of them 0."""
    features = np.tanh(X @ np.random.default_rng(0).normal(size=(X.shape[1], 900)))
    return np.where(np.abs(features) > 0.97, features, 0.0)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", ["dense", "float32", "sparse", "tf-idf", "wide", "wide, sparse", "two classes"])
def test_predictions_of_scikit_learn(digits, kind, fit_intercept):
    X, y, X_test, _ = digits
    if kind == "two classes":
        y = y % 2
    if "wide" in kind:
        X, y, X_test = _wide(X[:200]), y[:200], _wide(X_test)
    if "sparse" in kind or kind == "tf-idf":
        X, X_test = sparse.csr_matrix(X), sparse.csr_matrix(X_test)
    if kind == "tf-idf":
        counts = TfidfTransformer().fit(X)
        X, X_test = counts.transform(X), counts.transform(X_test)
    if kind == "float32":
        X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    for alpha in (1.0, 10.0):
        peer = RidgeClassifier(alpha, fit_intercept=fit_intercept, tol=1e-10, max_iter=10_000).fit(X, y)
        ridge = CertifiedRidgeClassifier(alpha, fit_intercept=fit_intercept).fit(X, y)
        scores = peer.decision_function(X_test)
        gaps = np.abs(scores) if scores.ndim == 1 else np.subtract(*np.sort(scores, axis=1)[:, :-3:-1].T)
        clear = gaps > (1e-3 if kind == "float32" else 1e-6)
        assert clear.mean() > 0.95
        assert np.array_equal(ridge.predict(X_test)[clear], peer.predict(X_test)[clear])


@pytest.mark.parametrize("alpha", [0.0, 1.0, np.inf])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", ["narrow", "wide"])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_radii_of_the_linear_kernel(digits, alpha, fit_intercept, shape, convert):
    X, y, X_test, _ = digits
    X, y, X_test = (X[:150, 2:40:3], y[:150], X_test[:, 2:40:3])
    if shape == "wide":
        X, X_test = (np.tanh(part @ np.random.default_rng(0).normal(size=(13, 200))) for part in (X, X_test))
    if alpha == 0.0 and shape == "narrow":
        return  # the kernel matrix is singular, which the kernel regression refuses
    known = {"trusted": np.arange(150) % 7 == 0}
    params = {"alpha": alpha, "fit_intercept": fit_intercept, "score_weight": {3: 1.5}}
    kernel = KernelRegressorClassifier(kernel="linear", **params).fit(X, y, **known)
    ridge = CertifiedRidgeClassifier(**params).fit(convert(X), y, **known)
    assert np.allclose(ridge.label_weights(convert(X_test)), kernel.label_weights(X_test), rtol=0, atol=1e-8)
    assert np.allclose(ridge.decision_function(X_test), kernel.decision_function(X_test), rtol=0, atol=1e-8)
    result, expected = ridge.certify(X_test), kernel.certify(X_test)
    assert np.array_equal(result.radius, expected.radius)
    assert np.array_equal(result.prediction, ridge.predict(convert(X_test)))
    assert np.allclose(audit_labels(ridge).suspicion, audit_labels(kernel).suspicion, rtol=0, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "n_classes"), [(4, 3), (6, 2)])
def test_no_labelling_within_the_radius_changes_a_refit(n, n_classes, dtype):
    """All labelings of tiny data with ties; `predict` of the refits takes the short way, `certify` the long one."""
    rng = np.random.default_rng(n)
    X = rng.integers(-1, 2, size=(n, 2)).astype(dtype)
    X[1] = X[0]
    X_test = np.concatenate([X, rng.normal(size=(30, 2)).astype(dtype)])
    labelings = all_labelings(n, n_classes)
    y = labelings[rng.integers(len(labelings))]
    model = CertifiedRidgeClassifier(0.5, classes=range(n_classes), fit_intercept=n == 4)
    result = model.fit(X, y).certify(X_test)
    predictions = np.stack([clone(model).fit(X, labels).predict(X_test) for labels in labelings])
    for t, radius in enumerate(result.radius):
        flips = flips_to_each_class(predictions[:, t], labelings, y, n_classes)
        truth = radius_of(flips, result.prediction[t])
        assert radius <= truth <= result.radius_upper[t]
        assert (result.flips_to_class[t] <= flips).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["dense", "shifted", "sparse", "limit"])
def test_the_short_way_is_as_near_as_it_says(kind, dtype):
    rng = np.random.default_rng(0)
    X, X_test = (rng.normal(size=(m, 30)) * rng.exponential(size=30) + 3 * (kind == "shifted") for m in (500, 80))
    y = rng.integers(0, 4, 500)
    if kind == "sparse":
        X, X_test = (sparse.csr_matrix(np.where(part > 0.5, part, 0.0)) for part in (X, X_test))
    X, X_test = X.astype(dtype), X_test.astype(dtype)
    ridge = CertifiedRidgeClassifier(np.inf if kind == "limit" else 1.0).fit(X, y)
    smoother = ridge.smoother_
    coordinates = smoother.coordinates(X_test)
    offsets = smoother.offsets(coordinates)
    weights = ridge.label_weights(X_test)
    differences = np.abs(ridge.sums_.scores(coordinates, offsets) - class_scores(weights, ridge.label_codes_, 4))
    rounding = smoother.rounding(coordinates, offsets)
    assert (differences.max(axis=1) <= rounding).all()
    assert (np.abs(weights).sum(axis=1) <= smoother.sizes(coordinates, offsets)).all()
    # on labels that mean nothing, scores lie close together, and hardly any are too close all the same
    assert ridge._scores_from_sums(X_test)[1].mean() > 0.9


@pytest.mark.parametrize("score_weight", [None, {"b": 1.5}, "balanced"])
def test_ties_are_decided_as_by_the_certificate(score_weight):
    """Every row twice with opposite labels: scores tie but for rounding, and the way through the weights decides."""
    rng = np.random.default_rng(0)
    half = rng.normal(size=(40, 5)).astype(np.float32)
    X, y = np.concatenate([half, half]), np.repeat(["a", "b"], 40)
    ridge = CertifiedRidgeClassifier(1e-3, score_weight=score_weight).fit(X, y)
    X_test = rng.normal(size=(200, 5)).astype(np.float32)
    prediction = ridge.certify(X_test).prediction
    assert np.array_equal(ridge.predict(X_test), prediction)
    assert np.array_equal(ridge.classes_[(ridge.decision_function(X_test) > 0).astype(int)], prediction)
    assert all(ridge.predict(X_test[t : t + 1])[0] == prediction[t] for t in range(50))
    with config_context(working_memory=0):
        assert np.array_equal(ridge.predict(X_test), prediction)


@pytest.mark.parametrize("alpha", [1.0, np.inf])
def test_flat_weights(digits, alpha):
    X, y, X_test, _ = digits
    params = {"alpha": alpha, "weight_center": 0.8, "weight_power": 0.5, "weight_clip": 0.9}
    ridge, kernel = CertifiedRidgeClassifier(**params), KernelRegressorClassifier(kernel="linear", **params)
    result = ridge.fit(X, y).certify(X_test)
    assert np.array_equal(result.prediction, ridge.predict(X_test))
    expected = kernel.fit(X, y).certify(X_test)
    assert (result.radius == expected.radius).mean() > 0.98  # powers magnify what rounding leaves of weights near 0
    suspicion = audit_labels(ridge).suspicion
    assert np.allclose(suspicion, audit_labels(kernel).suspicion, atol=1e-4 * np.abs(suspicion).max())


def test_witnesses_change_refits(digits):
    X, y, X_test, _ = digits
    ridge = CertifiedRidgeClassifier(5.0).fit(X, y)
    result, attack = ridge.certify(X_test[:20]), ridge.attack(X_test[:20])
    assert (attack.flips == result.radius_upper + 1).all()
    for t in range(20):
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        refitted = clone(ridge).fit(X, attacked).predict(X_test[t : t + 1])[0]
        assert refitted == attack.attacked_prediction[t] != result.prediction[t]
    assert ridge.certify_collective(X_test[:5], 2).n_changed_upper <= 5


def test_pipelines_and_votes(digits):
    X, y, X_test, y_test = digits
    for features in (PCA(20), Nystroem(n_components=50, random_state=0), PolynomialCountSketch(random_state=0)):
        pipeline = make_pipeline(features, CertifiedRidgeClassifier()).fit(X, y)
        result = certify(pipeline, X_test)
        assert np.array_equal(result.prediction, pipeline.predict(X_test))
        assert result.certified_accuracy(y_test, 0) > 0.7
    for voting in ("hard", "soft"):
        vote = PartitionAggregationEnsemble(CertifiedRidgeClassifier(), n_partitions=4, voting=voting)
        for convert in (np.asarray, sparse.csr_matrix):
            result = vote.fit(convert(X), y).certify(convert(X_test))
            assert vote.certificate_ == "white-box"
            assert np.array_equal(result.prediction, vote.predict(convert(X_test)))
            assert np.isfinite(audit_labels(vote, X_train=convert(X)).suspicion).all()
        with pytest.raises(ValueError, match="pass X_train"):  # sparse rows of members are not put together
            audit_labels(vote)
        assert (vote.attack(X_test[:5]).flips > result.radius[:5]).all()


def test_candidate_labels_and_classes_without_rows(digits):
    X, y, X_test, _ = digits
    candidates = np.eye(10, dtype=bool)[y] | (np.arange(10) < 3)
    free = CertifiedRidgeClassifier(10.0).fit(X, y).certify(X_test)
    known = CertifiedRidgeClassifier(10.0).fit(X, y, candidate_labels=candidates).certify(X_test)
    assert (known.radius >= free.radius).all() and (known.radius > free.radius).any()
    more = CertifiedRidgeClassifier(10.0, classes=range(12)).fit(X, y)
    assert np.array_equal(more.predict(X_test), free.prediction)
    assert (more.decision_function(X_test)[:, 10:] == -np.inf).all()


def test_edges():
    X, y = make_classification(60, 5, random_state=0)
    constant = np.concatenate([X, np.ones((60, 1)), X[:, :1]], axis=1)
    assert (CertifiedRidgeClassifier().fit(constant, y).predict(constant) == y).mean() > 0.7
    with pytest.raises(ValueError, match=r"positive definite at alpha=0.0: increase `alpha`"):
        CertifiedRidgeClassifier(0.0).fit(np.c_[X, np.ones(60)], y)
    with pytest.warns(LinAlgWarning, match="ill-conditioned at alpha=1e-07"):
        CertifiedRidgeClassifier(1e-7).fit(np.c_[X, 1e6 * X[:, 0]], y)
    one = CertifiedRidgeClassifier(classes=[0, 1]).fit(X[:1], y[:1])
    assert one.predict(X[:3]).tolist() == [y[0]] * 3 and (one.certify(X[:3]).radius == 0).all()
    single = CertifiedRidgeClassifier().fit(X, np.full(60, "a"))
    assert set(single.predict(X)) == {"a"}
    with pytest.raises(ValueError, match="only one class"):
        single.certify(X)
    for scale, alpha in ((1e200, 1.0), (1e200, np.inf)):
        with pytest.raises(ValueError, match="overflow"):
            CertifiedRidgeClassifier(alpha).fit(scale * X, y).certify(scale * X)
    tiny = CertifiedRidgeClassifier(np.inf).fit((1e-30 * X).astype(np.float32), y)
    assert np.array_equal(tiny.certify((1e-30 * X).astype(np.float32)).prediction, tiny.predict(1e-30 * X))


def test_sparse_rows_stay_sparse_and_are_the_models_own(digits):
    X, y, X_test, _ = digits
    rows = sparse.csr_matrix(X)
    ridge = CertifiedRidgeClassifier().fit(rows, y)
    before = ridge.certify(X_test)
    rows.data[:] = 0.0
    assert sparse.issparse(ridge.X_fit_)
    again = pickle.loads(pickle.dumps(ridge)).certify(sparse.csc_matrix(X_test))
    assert np.array_equal(again.radius, before.radius)


def test_too_many_columns_name_the_way_out(monkeypatch):
    monkeypatch.setattr("skcert._utils._memory.memory_left", lambda: (2**20, "is left on this machine"))
    monkeypatch.setattr("skcert._utils._memory._WORTH_A_LOOK", 0)
    columns = np.random.default_rng(0).integers(0, 100_000, 30_000)
    X = sparse.csr_matrix((np.ones(30_000), (np.arange(30_000) % 3000, columns)), (3000, 100_000))
    with pytest.raises(MemoryError, match=r"(?s)3000 x 3000.*TruncatedSVD.*alpha=numpy\.inf.*n_partitions"):
        CertifiedRidgeClassifier().fit(X, np.arange(3000) % 2)
    with pytest.raises(MemoryError, match=r"PCA"):
        CertifiedRidgeClassifier().fit(np.zeros((500, 500)), np.arange(500) % 2)
    CertifiedRidgeClassifier(np.inf).fit(X, np.arange(3000) % 2)


def test_a_subclass_with_label_weights_of_its_own(digits):
    class Signs(CertifiedRidgeClassifier):
        def _label_weights(self, X):
            return np.sign(super()._label_weights(X))

    X, y, X_test, _ = digits
    model = Signs().fit(X, y)
    assert set(np.unique(model.label_weights(X_test))) <= {-1.0, 0.0, 1.0}
    assert np.array_equal(model.predict(X_test), model.certify(X_test).prediction)
    assert np.isfinite(audit_labels(model).suspicion).all()
