"""`score_weight` on learners, soft votes and members of hard votes, against refits."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import (
    UNBOUNDED,
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
    certify,
)
from skcert.baselines import LabelFlipSmoothing
from skcert.inspection import audit_labels
from skcert.learners import alpha_path

NAMES = np.array(["zero", "one", "two", "three", "four"])


@pytest.fixture(scope="module")
def long_tail():
    """Five digits, ten times as many of the first as of the last: training rows, their names, test rows, names."""
    X, y = load_digits(n_class=5, return_X_y=True)
    rng = np.random.default_rng(0)
    keep = rng.random(y.size) < np.array([1.0, 0.5, 0.3, 0.2, 0.1])[y]
    train = np.arange(y.size) < 700
    return X[train & keep] / 16, NAMES[y[train & keep]], X[~train] / 16, NAMES[y[~train]]


def prior_weights(y):
    labels, counts = np.unique(y, return_counts=True)
    return {str(label): y.size / (labels.size * count) for label, count in zip(labels, counts)}


def _soft(base):
    return PartitionAggregationEnsemble(base, n_partitions=4, voting="soft", classes=NAMES)


LEARNERS = [
    lambda w: NTKRegressorClassifier(alpha=10.0, score_weight=w, classes=NAMES),
    lambda w: NTKRegressorClassifier(alpha=np.inf, weight_center=0.8, weight_clip=0.1, score_weight=w, classes=NAMES),
    lambda w: KernelRegressorClassifier(alpha=1.0, score_weight=w, classes=NAMES),
    lambda w: CertifiedKNeighborsClassifier(20, score_weight=w, classes=NAMES),
    lambda w: _soft(NTKRegressorClassifier(alpha=3.0, score_weight=w)),
]
IDS = ["network", "flat", "kernel", "neighbours", "soft"]


@pytest.mark.parametrize("n_test", [12, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("weights", ["prior", "balanced"])
@pytest.mark.parametrize("learner", LEARNERS, ids=IDS)
def test_attacks_change_refits(long_tail, learner, weights, n_test):
    """Witnesses of radius + 1 flips, all of which change the refit; nothing smaller is claimed to."""
    X, y, X_test, _ = long_tail
    model = learner(prior_weights(y) if weights == "prior" else "balanced").fit(X, y)
    rng = np.random.default_rng(1)
    tried = X_test[rng.choice(len(X_test), n_test, replace=False)]
    result, attack = model.certify(tried), model.attack(tried)
    assert np.array_equal(result.prediction, model.predict(tried))
    assert np.array_equal(model.classes_[model.decision_function(tried).argmax(axis=1)], result.prediction)
    if weights == "prior":
        assert (attack.flips == result.radius_upper + 1).all()
        assert result.exact.mean() > 0.9
    for t in range(n_test):
        if attack.flips[t] < UNBOUNDED:
            attacked = y.copy()
            attacked[attack.rows[t]] = attack.labels[t]
            refitted = clone(model).fit(X, attacked).predict(tried[t : t + 1])[0]
            assert refitted == attack.attacked_prediction[t] != result.prediction[t]
        # fewer flips, however well chosen, change nothing
        rows = attack.rows[t][: min(result.radius[t], attack.rows[t].size)]
        attacked = y.copy()
        attacked[rows] = attack.labels[t][: rows.size]
        assert clone(model).fit(X, attacked).predict(tried[t : t + 1])[0] == result.prediction[t]


@pytest.mark.parametrize("learner", LEARNERS, ids=IDS)
def test_known_frequencies_bring_rare_classes_back(long_tail, learner):
    X, y, X_test, y_test = long_tail
    recalls = []
    for weights in (None, prior_weights(y)):
        prediction = learner(weights).fit(X, y).predict(X_test)
        recalls.append(np.mean(prediction[y_test == "four"] == "four"))
    assert recalls[1] >= recalls[0]
    assert recalls[1] > 0.6


def test_targets_collective_bounds_audits_and_wrappers(long_tail):
    X, y, X_test, _ = long_tail
    weights = prior_weights(y)
    network = NTKRegressorClassifier(alpha=10.0, score_weight=weights).fit(X, y)
    attack = network.attack(X_test[:10], target="four")
    for t in np.flatnonzero(attack.flips < UNBOUNDED):
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        assert clone(network).fit(X, attacked).predict(X_test[t : t + 1])[0] == "four"
    radius = network.certify(X_test[:40]).radius
    bound = network.certify_collective(X_test[:40], 2)
    assert bound.n_changed_lower <= bound.n_changed_upper <= (radius < 2).sum()
    attacked = y.copy()
    attacked[bound.attack_rows] = network.classes_[bound.attack_labels]
    changed = clone(network).fit(X, attacked).predict(X_test[:40]) != network.predict(X_test[:40])
    assert changed.sum() == bound.n_changed_lower
    assert audit_labels(network, X_test[:40]).n_test == 40
    pipeline = make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=10.0, score_weight=weights)).fit(X, y)
    assert np.array_equal(certify(pipeline, X_test).prediction, pipeline.predict(X_test))
    grid = {"alpha": [1.0, 10.0], "score_weight": [None, weights, "balanced"]}
    search = GridSearchCV(NTKRegressorClassifier(), grid, cv=3, scoring="balanced_accuracy").fit(X, y)
    assert search.best_params_["score_weight"] is not None
    for model in alpha_path(NTKRegressorClassifier(score_weight=weights), X, y, [1.0, 10.0]):
        assert np.array_equal(model.score_weight_, [weights[name] for name in model.classes_])


@pytest.mark.parametrize("certificate", ["white-box", "black-box"])
def test_members_of_a_hard_vote(long_tail, certificate):
    """Each weighs its scores by label; attacks change the refit, and no flips within a radius do."""
    X, y, X_test, _ = long_tail
    base = NTKRegressorClassifier(alpha=3.0, score_weight=prior_weights(y))
    vote = PartitionAggregationEnsemble(base, n_partitions=5, certificate=certificate).fit(X, y)
    plain = clone(vote).set_params(estimator__score_weight=None).fit(X, y)
    assert (vote.votes(X_test) != plain.votes(X_test)).any()
    for member, rows in zip(vote.estimators_, vote.partition_indices_):
        alone = clone(base).set_params(classes=vote.classes_).fit(X[rows], y[rows])
        assert np.array_equal(member.predict(X_test), alone.predict(X_test))
    result, attack = vote.certify(X_test[:15]), vote.attack(X_test[:15])
    for t in range(15):
        attacked = y.copy()
        attacked[attack.rows[t]] = attack.labels[t]
        assert clone(vote).fit(X, attacked).predict(X_test[t : t + 1])[0] == attack.attacked_prediction[t]
        assert result.radius[t] < attack.flips[t]


def test_counted_weights_are_refused_by_name(long_tail):
    X, y, X_test, _ = long_tail
    balanced = NTKRegressorClassifier(score_weight="balanced")
    for ensemble in (
        PartitionAggregationEnsemble(balanced),
        PartitionAggregationEnsemble(make_pipeline(StandardScaler(), balanced), certificate="black-box"),
        FiniteAggregationEnsemble(balanced, n_partitions=4),
    ):
        with pytest.raises(ValueError, match="score_weight='balanced', and in a vote of members"):
            ensemble.fit(X, y)
    for model in (balanced, _soft(balanced)):
        model.fit(X, y)
        with pytest.raises(ValueError, match="attack with a target does not go with score_weight='balanced'"):
            model.attack(X_test[:1], target="four")
    with pytest.raises(ValueError, match="certify_collective does not go with"):
        balanced.certify_collective(X_test[:3], 1)
    assert audit_labels(balanced, X_test[:3]).n_test >= 0
    with pytest.raises(ValueError, match="score weights, which smoothing does not take"):
        LabelFlipSmoothing(balanced).fit(X, y)


def test_counted_weights_are_those_of_the_labels(long_tail):
    X, y, X_test, _ = long_tail
    balanced = NTKRegressorClassifier(score_weight="balanced").fit(X, y)
    by_dict = NTKRegressorClassifier(score_weight=prior_weights(y)).fit(X, y)
    assert np.allclose(balanced.score_weight_, 5 * by_dict.score_weight_)
    assert np.array_equal(balanced.predict(X_test), by_dict.predict(X_test))
    assert (balanced.certify(X_test).radius <= by_dict.certify(X_test).radius).mean() > 0.99


def test_sums_that_overflow_are_refused(long_tail):
    X, y, X_test, _ = long_tail
    with pytest.raises(ValueError, match="with which scores could overflow"):
        NTKRegressorClassifier(score_weight={"zero": 1e305}).fit(X, y).predict(X_test)


def test_counted_weights_do_not_depend_on_how_many_classes_there_are():
    """An attack that takes the last row of a class works with and without `classes=` in the refit."""
    y, row = np.array([0] * 2 + [1] * 10 + [2]), np.array([[5.0, 4.0] + [1.0] * 10 + [-6.0]])
    network = NTKRegressorClassifier(
        kernel="precomputed", alpha=np.inf, fit_intercept=False, score_weight="balanced"
    ).fit(np.eye(13), y)
    attack = network.attack(row)
    attacked = attack.relabel(y, 0)
    for classes in (None, [0, 1, 2]):
        refit = clone(network).set_params(classes=classes).fit(np.eye(13), attacked)
        assert refit.predict(row)[0] == attack.attacked_prediction[0] != attack.prediction[0]


def test_members_of_black_boxes_may_lack_a_label_that_weights_name(long_tail):
    X, y, X_test, _ = long_tail
    base = NTKRegressorClassifier(score_weight=prior_weights(y))
    vote = PartitionAggregationEnsemble(base, n_partitions=30, certificate="black-box").fit(X, y)
    assert (vote.votes(X_test) == "zero").mean() < 1
    assert all(np.array_equal(member.classes_, vote.classes_) for member in vote.estimators_ if member is not None)
