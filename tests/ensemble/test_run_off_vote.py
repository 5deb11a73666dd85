"""Run-off elections of members: what they certify against refits, and what they refuse."""

import hashlib
import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skcert import (
    UNBOUNDED,
    CertifiedKNeighborsClassifier,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from tests.ensemble.bases import Answering, Erratic, ensemble_of
from tests.oracles import all_labelings, flips_to_each_class, radius_of, rankings_of, run_off_winner


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(150)
    return X[order[:90]], y[order[:90]], X[order[90:]], y[order[90:]]


class ErraticScores(Erratic):
    """Scores that are any function of the labels of its rows; at times tied, or infinite."""

    def decision_function(self, X):
        content = repr((self.seed, self.labels_)).encode()
        draw = np.random.default_rng(int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little"))
        scores = draw.choice([-np.inf, 0.0, 0.5, 1.0], (1, len(self.classes_))).repeat(len(X), axis=0)
        return scores[:, 1] - 0.5 if len(self.classes_) == 2 else scores

    def fit(self, X, y):
        self.classes_, self.labels_ = np.unique(y), np.asarray(y).tolist()
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])  # what a run-off does not ask for


def _refits(ensemble, X, labelings, X_test):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.stack([clone(ensemble).fit(X, labels).predict(X_test) for labels in labelings])


BASES = [
    NTKRegressorClassifier(alpha=1.0),
    KernelRegressorClassifier(kernel="rbf", alpha=np.inf),
    CertifiedKNeighborsClassifier(0.5),
]


@pytest.mark.parametrize("n_cases", [4, pytest.param(10, marks=pytest.mark.slow)])
@pytest.mark.parametrize("base", BASES, ids=lambda base: type(base).__name__)
@pytest.mark.filterwarnings("ignore")
def test_white_box_against_refits_on_all_labelings(base, n_cases):
    """With ties among rows, trusted rows, candidate labels, score weights and empty partitions."""
    rng, classes, n_tight = np.random.default_rng(0), np.arange(3), 0
    for case in range(n_cases):
        n_rows = rng.integers(2, 5)
        X, y = rng.integers(-1, 2, (n_rows, 2)).astype(float), rng.integers(0, 3, n_rows)
        X_test = np.concatenate([rng.normal(size=(3, 2)), X[:2]])
        trusted, candidates = rng.random(n_rows) < 0.2, rng.random((n_rows, 3)) < 0.8
        candidates[np.arange(n_rows), y] = True
        known = {"trusted": trusted, "candidate_labels": candidates} if case % 2 else {}
        weighted = clone(base).set_params(score_weight={0: 1.0, 1: 0.5, 2: 3.0} if case % 4 > 1 else None)
        parameters = {"n_partitions": rng.integers(1, n_rows + 1), "voting": "run-off", "classes": classes}
        ensemble = ensemble_of(weighted, **parameters).fit(X, y, **known)
        result = ensemble.certify(X_test)
        assert result.certificate == "white-box"
        labelings = all_labelings(n_rows, 3)
        if known:
            labelings = labelings[(labelings == y)[:, trusted].all(axis=1)]
            labelings = labelings[candidates[np.arange(n_rows), labelings].all(axis=1)]
        refitted = _refits(ensemble, X, labelings, X_test)
        black_box = clone(ensemble).set_params(certificate="black-box").fit(X, y, **known).certify(X_test)
        assert (result.radius >= black_box.radius).all()
        assert (result.flips_to_class >= black_box.flips_to_class).all()
        for t, prediction in enumerate(result.prediction):
            truth = flips_to_each_class(refitted[:, t], labelings, y, 3)
            assert truth[prediction] == 0
            assert result.radius[t] <= radius_of(truth, prediction) <= result.radius_upper[t]
            assert (result.flips_to_class[t] <= truth).all()
            n_tight += result.radius[t] == radius_of(truth, prediction)
    assert n_tight > 0.8 * 5 * n_cases  # a bound from below, not always met


@pytest.mark.parametrize("n_cases", [4, pytest.param(25, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore")
def test_black_box_against_refits_on_all_labelings(n_cases):
    """Members that answer anything; one that is fitted on a single class is a constant."""
    rng = np.random.default_rng(1)
    for case in range(n_cases):
        n_rows = rng.integers(3, 5)
        X, y = rng.normal(size=(n_rows, 2)), rng.integers(0, 3, n_rows)
        trusted = rng.random(n_rows) < 0.3
        base = ErraticScores(seed=case)
        ensemble = ensemble_of(base, n_partitions=n_rows - case % 2, voting="run-off", classes=[0, 1, 2])
        result = ensemble.fit(X, y, trusted=trusted).certify(X[:1])
        assert result.certificate == "black-box"
        labelings = all_labelings(n_rows, 3)
        labelings = labelings[(labelings == y)[:, trusted].all(axis=1)]
        refitted = _refits(ensemble, X, labelings, X[:1])[:, 0]
        truth = flips_to_each_class(refitted, labelings, y, 3)
        assert result.radius[0] <= radius_of(truth, result.prediction[0])
        assert (result.flips_to_class[0] <= truth).all()


@pytest.mark.parametrize(
    "base",
    [
        NTKRegressorClassifier(alpha=10.0),
        make_pipeline(StandardScaler(), NTKRegressorClassifier()),
        GaussianNB(),
        SVC(),
        Perceptron(),
    ],
    ids=lambda base: type(base).__name__,
)
def test_predict_and_certify_are_the_same_election(iris, base):
    X, y, X_test, y_test = iris
    ensemble = ensemble_of(base, n_partitions=8, voting="run-off").fit(X, y)
    result = ensemble.certify(X_test)
    assert np.array_equal(result.prediction, ensemble.predict(X_test))
    assert (result.prediction == y_test).mean() > 0.5  # a perceptron on a dozen rows
    others = np.where(np.arange(3) == result.prediction[:, None], UNBOUNDED, result.flips_to_class)
    assert np.array_equal(others.min(axis=1), result.radius + 1)
    # the same by hand
    members = [member for member in ensemble.estimators_ if member is not None]
    answers = [getattr(m, "decision_function", getattr(m, "predict_proba", None))(X_test) for m in members]
    if all(answer.shape == (60, 3) for answer in answers):
        scores = np.stack(answers, axis=1)
        assert [run_off_winner(rankings_of(row)) for row in scores] == result.prediction.tolist()
        assert np.array_equal(ensemble.votes(X_test), scores.argmax(axis=2))


def test_two_classes_are_a_plurality_vote(iris):
    X, y, X_test, _ = iris
    of_two = y < 2
    hard, run_off = (
        ensemble_of(n_partitions=6, voting=voting).fit(X[of_two], y[of_two]).certify(X_test)
        for voting in ("hard", "run-off")
    )
    for name in ("prediction", "radius", "radius_upper", "flips_to_class"):
        assert np.array_equal(getattr(hard, name), getattr(run_off, name))
    assert run_off.exact.any()


def test_white_box_is_never_below_the_black_box(iris):
    X, y, X_test, _ = iris
    white_box = ensemble_of(n_partitions=4, voting="run-off").fit(X, y).certify(X_test)
    black_box = ensemble_of(n_partitions=4, voting="run-off", certificate="black-box").fit(X, y).certify(X_test)
    assert np.array_equal(white_box.prediction, black_box.prediction)
    assert (white_box.flips_to_class >= black_box.flips_to_class).all()
    assert np.median(white_box.radius) > np.median(black_box.radius)


def test_test_rows_in_chunks(iris):
    """Also with trusted partitions, which no flips change."""
    X, y, X_test, _ = iris
    for base in (NTKRegressorClassifier(), LogisticRegression()):
        ensemble = ensemble_of(base, n_partitions=30, voting="run-off", n_jobs=2)
        ensemble.fit(X, y, trusted=np.arange(90) % 2 == 0)
        whole = ensemble.certify(X_test)
        with config_context(working_memory=1e-9):
            assert np.array_equal(ensemble.certify(X_test).flips_to_class, whole.flips_to_class)
            assert np.array_equal(ensemble.predict(X_test), whole.prediction)
    certain = ensemble.fit(X, y, trusted=np.ones(90, dtype=bool)).certify(X_test)
    assert certain.certain.all()


def test_what_is_refused(iris):
    X, y, X_test, _ = iris
    refused = [
        (Answering(), {}, "neither 'decision_function' nor 'predict_proba'"),
        (SVC(decision_function_shape="ovo"), {}, "'ovr'"),
        (LogisticRegression(), {"certificate": "white-box"}, "certificate='white-box' with voting='run-off' needs"),
        (NTKRegressorClassifier(score_weight="balanced"), {}, "score_weight='balanced'"),
    ]
    for base, parameters, message in refused:
        with pytest.raises(ValueError, match=message):
            ensemble_of(base, voting="run-off", **parameters).fit(X, y)
    ensemble = ensemble_of(voting="run-off").fit(X, y)
    with pytest.raises(ValueError, match="voting='run-off'; use 'hard' or 'soft'"):
        ensemble.attack(X_test)
    assert not hasattr(ensemble, "predict_proba") and not hasattr(ensemble, "decision_function")


def test_an_ensemble_within_the_base_is_a_black_box(iris):
    """A hard vote certifies itself, but does not say what second choices cost."""
    X, y, X_test, _ = iris
    inner = PartitionAggregationEnsemble(n_partitions=2)
    result = ensemble_of(inner, n_partitions=3, voting="run-off").fit(X, y).certify(X_test)
    assert result.certificate == "black-box" and (result.radius <= 1).all()


def test_one_class_is_predicted_but_not_certified(iris):
    X, _, X_test, _ = iris
    ensemble = ensemble_of(voting="run-off").fit(X, np.zeros(90, dtype=int))
    assert (ensemble.predict(X_test) == 0).all()
    with pytest.raises(ValueError, match="class"):
        ensemble.certify(X_test)
