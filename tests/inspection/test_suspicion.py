"""Scores without the own label against refits that leave the row out."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import validate_data

from skcert import (
    CertifiedKNeighborsClassifier,
    CertifiedRidgeClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    LabelLinearClassifierMixin,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.inspection import audit_labels
from skcert.learners import alpha_path

CLASSES = np.array(["a", "b", "c", "never"])


def rows_and_labels(seed, n=100):
    X, codes = make_blobs(n_samples=n, centers=3, cluster_std=4.0, n_features=4, random_state=seed)
    return X, CLASSES[codes]


def scores_of_refit(model, X, y, i):
    """Scores of row i by a refit without it, -inf for classes that no other row has."""
    others = np.arange(len(y)) != i
    refit = clone(model).set_params(classes=CLASSES).fit(X[others], y[others])
    return np.where(np.isin(CLASSES, y[others]), refit.decision_function(X[[i]])[0], -np.inf)


def suspicion_from(scores, label):
    own = CLASSES == label
    suggested = np.where(own, -np.inf, scores).argmax()
    return scores[suggested] - (scores[own][0] if scores[own][0] > -np.inf else 0.0), CLASSES[suggested]


EXACT = {
    "network": NTKRegressorClassifier(),
    "interpolation": NTKRegressorClassifier(alpha=0.0),
    "no intercept": NTKRegressorClassifier(alpha=0.3, fit_intercept=False),
    "limit": NTKRegressorClassifier(alpha=np.inf),
    "limit, no intercept": NTKRegressorClassifier(alpha=np.inf, fit_intercept=False),
    "flat": NTKRegressorClassifier(alpha=3.0, weight_center=0.7, weight_clip=0.6),
    "flat limit": NTKRegressorClassifier(alpha=np.inf, weight_center=0.7, weight_clip=0.6),
    "power": NTKRegressorClassifier(alpha=3.0, weight_center="mean", weight_power=0.4),
    "power of the limit": NTKRegressorClassifier(
        alpha=np.inf, weight_center="mean", weight_power=0.4, weight_clip=0.7
    ),
    "clipped": KernelRegressorClassifier(gamma=0.1, alpha=0.5, weight_clip=0.4),
    "rbf": KernelRegressorClassifier(gamma=0.1, alpha=0.01),
    "linear": KernelRegressorClassifier(kernel="linear", alpha=2.0),
    "ridge": CertifiedRidgeClassifier(2.0),
    "ridge, no intercept": CertifiedRidgeClassifier(2.0, fit_intercept=False, score_weight={"a": 2.0}),
    "limit of ridge": CertifiedRidgeClassifier(np.inf, score_weight="balanced"),
    "limit of ridge, no intercept": CertifiedRidgeClassifier(np.inf, fit_intercept=False),
    "flat ridge": CertifiedRidgeClassifier(2.0, weight_center="mean", weight_power=0.4),
    "soft vote of ridges": PartitionAggregationEnsemble(
        CertifiedRidgeClassifier(2.0), n_partitions=4, voting="soft", n_jobs=1
    ),
    "score weights": NTKRegressorClassifier(score_weight={"a": 2.0, "c": 0.7}),
    "balanced": KernelRegressorClassifier(score_weight="balanced"),
    "neighbours": CertifiedKNeighborsClassifier(7),
    "far neighbours": CertifiedKNeighborsClassifier(7, far_weight=-1),
    "share of neighbours": CertifiedKNeighborsClassifier(0.1, metric="manhattan"),
    "soft vote": PartitionAggregationEnsemble(n_partitions=4, voting="soft", partition="hash", n_jobs=1),
    "soft vote, scaled": PartitionAggregationEnsemble(
        NTKRegressorClassifier(alpha=5.0, weight_clip=0.5), n_partitions=3, voting="soft", partition="hash", n_jobs=1
    ),
}


@pytest.mark.parametrize("n_sets", [1, pytest.param(5, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", EXACT.values(), ids=EXACT)
@pytest.mark.filterwarnings("ignore:.*always predicts:UserWarning")
def test_equals_refits_without_the_row(model, n_sets):
    """Of the slow lane, 500 rows for each model; suspicion to 1e-8, suggested labels the same."""
    assert_equals_refits(model, n_sets, 100 if n_sets > 1 else 40)


@pytest.mark.filterwarnings("ignore:.*always predicts:UserWarning")
def test_partitions_of_one_row():
    """Without its row, there is no such member."""
    base = KernelRegressorClassifier(gamma=0.05)
    model = PartitionAggregationEnsemble(base, n_partitions=30, voting="soft", partition="hash", n_jobs=1)
    assert_equals_refits(model, 1, 40)


def assert_equals_refits(model, n_sets, n):
    for seed in range(n_sets):
        X, y = rows_and_labels(seed, n)
        audit = audit_labels(clone(model).set_params(classes=CLASSES).fit(X, y))
        expected = [suspicion_from(scores_of_refit(model, X, y, i), y[i]) for i in range(n)]
        scale = np.abs([suspicion for suspicion, _ in expected]).max()
        assert np.allclose(
            audit.suspicion / scale, [suspicion / scale for suspicion, _ in expected], rtol=0, atol=1e-8
        )
        clear = np.array([abs(suspicion) > 1e-9 * scale for suspicion, _ in expected])
        assert np.array_equal(audit.suggested[clear], np.array([label for _, label in expected])[clear])
        assert np.array_equal(audit.ranking, np.lexsort((np.arange(n), -audit.suspicion)))


def test_other_ways_to_the_same_model():
    """Precomputed kernels and distances, one eigendecomposition for many ridges, single precision, chunks."""
    X, y = rows_and_labels(0)
    kernel, distances = rbf_kernel(X, gamma=0.1), euclidean_distances(X)
    expected = audit_labels(KernelRegressorClassifier(gamma=0.1).fit(X, y)).suspicion
    precomputed = KernelRegressorClassifier(kernel="precomputed")
    same = [
        audit_labels(precomputed.fit(kernel, y)),
        audit_labels(KernelRegressorClassifier(kernel=lambda A, B: rbf_kernel(A, B, gamma=0.1)).fit(X, y)),
        audit_labels(alpha_path(KernelRegressorClassifier(gamma=0.1), X, y, [10.0, 1.0])[1]),
        audit_labels(make_pipeline(StandardScaler(with_mean=False, with_std=False), precomputed).fit(kernel, y)),
    ]
    for audit in same:
        assert np.allclose(audit.suspicion, expected, atol=1e-10)
    single = audit_labels(KernelRegressorClassifier(gamma=0.1).fit(X.astype(np.float32), y))
    assert np.allclose(single.suspicion, expected, atol=1e-3)
    expected = audit_labels(CertifiedKNeighborsClassifier(5).fit(X, y)).suspicion
    by_distance = CertifiedKNeighborsClassifier(5, metric="precomputed").fit(distances, y)
    assert np.array_equal(audit_labels(by_distance).suspicion, expected)


def test_precomputed_kernels_without_a_finite_ridge_need_the_rows():
    X, y = rows_and_labels(0)
    kernel = rbf_kernel(X, gamma=0.1)
    model = KernelRegressorClassifier(kernel="precomputed", alpha=np.inf).fit(kernel, y)
    with pytest.raises(ValueError, match="KernelRegressorClassifier keeps no copy.*X_train"):
        audit_labels(model)
    expected = audit_labels(KernelRegressorClassifier(gamma=0.1, alpha=np.inf).fit(X, y))
    assert np.allclose(audit_labels(model, X_train=kernel).suspicion, expected.suspicion)


def test_without_a_closed_form_the_own_weight_is_left_out():
    class Smoother(LabelLinearClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.X_fit_, y = validate_data(self, X, y)
            self._set_labels(y)
            return self

        def _label_weights(self, X):
            return rbf_kernel(X, self.X_fit_)

    X, y = rows_and_labels(0)
    for model in (Smoother(), NTKRegressorClassifier(training_time=3.0)):
        audit, weights = audit_labels(model.fit(X, y)), model.label_weights(X)
        np.fill_diagonal(weights, 0.0)
        scores = np.stack([weights[:, y == label].sum(axis=1) for label in CLASSES[:3]], axis=1)
        own = y[:, None] == CLASSES[:3]
        lead = np.where(own, -np.inf, scores).max(axis=1) - scores[own]
        assert np.allclose(audit.suspicion, lead)


def test_members_of_hard_votes_are_averaged():
    X, y = rows_and_labels(1)
    soft = PartitionAggregationEnsemble(n_partitions=4, voting="soft", random_state=0).fit(X, y)
    hard = clone(soft).set_params(voting="hard").fit(X, y)
    bags = FiniteAggregationEnsemble(n_partitions=4, spread=1, random_state=0).fit(X, y)
    hashed = clone(hard).set_params(partition="hash").fit(X, y)
    assert np.allclose(audit_labels(hard).suspicion, audit_labels(soft).suspicion, atol=1e-12)
    assert np.allclose(audit_labels(bags).suspicion, audit_labels(hashed).suspicion, atol=1e-12)
    spread = audit_labels(FiniteAggregationEnsemble(n_partitions=4, spread=3, random_state=0).fit(X, y))
    assert (np.abs(spread.suspicion) <= 1.0).all()


@pytest.mark.parametrize("ensemble", [PartitionAggregationEnsemble, FiniteAggregationEnsemble])
def test_black_box_members_that_have_seen_the_row_abstain(ensemble):
    X, y = rows_and_labels(2)
    model = ensemble(DecisionTreeClassifier(random_state=0), n_partitions=5, random_state=0).fit(X, y)
    audit, votes = audit_labels(model, X_train=X), model.votes(X)
    for i in range(100):
        unseen = [p for p, rows in enumerate(model.partition_indices_) if i not in rows]
        shares = np.array([(votes[i, unseen] == label).mean() for label in CLASSES[:3]])
        own = CLASSES[:3] == y[i]
        assert audit.suspicion[i] == pytest.approx(np.where(own, -1, shares).max() - shares[own][0])
        assert audit.suggested[i] == CLASSES[np.where(own, -1, shares).argmax()]


def test_pipelines_searches_and_pipelines_as_members():
    X, y = rows_and_labels(3)
    scaled = StandardScaler().fit_transform(X)
    expected = audit_labels(NTKRegressorClassifier(alpha=np.inf).fit(scaled, y)).suspicion
    pipeline = make_pipeline(StandardScaler(), NTKRegressorClassifier(alpha=np.inf))
    search = GridSearchCV(pipeline, {"standardscaler__copy": [True]}, cv=2)
    for model in (pipeline, search):
        model.fit(X, y)
        for known in ({}, {"X_train": X}):
            assert np.allclose(audit_labels(model, **known).suspicion, expected)
    members = PartitionAggregationEnsemble(make_pipeline(PCA(2), NTKRegressorClassifier()), n_partitions=3).fit(X, y)
    with pytest.raises(ValueError, match="keeps no copy.*X_train"):
        audit_labels(members)
    assert np.isfinite(audit_labels(members, X_train=X).suspicion).all()


def test_candidates_restrict_suggestions_and_single_ones_are_not_listed():
    X, y = rows_and_labels(4)
    candidates = np.ones((100, 3), dtype=bool)
    candidates[:50, 2] = False
    candidates[np.arange(100), np.searchsorted(CLASSES[:3], y)] = True
    candidates[:10] = y[:10, None] == CLASSES[:3]
    audit = audit_labels(NTKRegressorClassifier().fit(X, y, candidate_labels=candidates))
    free = audit_labels(NTKRegressorClassifier().fit(X, y))
    restricted = np.arange(10, 50)[y[10:50] != "c"]
    assert set(audit.suggested[restricted]) == {"a", "b"}
    assert (audit.suspicion <= free.suspicion).all()
    assert np.array_equal(audit.suspicion[50:], free.suspicion[50:])
    assert np.array_equal(np.sort(audit.ranking), np.arange(10, 100))
    assert (audit.suspicion[:10] == -np.inf).all() and np.array_equal(audit.suggested[:10], y[:10])


def test_a_class_with_one_row_and_a_single_class():
    X, y = rows_and_labels(5)
    y[y == "c"] = "a"
    y[7] = "c"
    audit = audit_labels(KernelRegressorClassifier(classes=CLASSES).fit(X, y))
    assert np.isfinite(audit.suspicion).all()  # nothing else says "c", and "never" is suggested to no row
    assert audit.suspicion[7] == pytest.approx(
        suspicion_from(scores_of_refit(KernelRegressorClassifier(), X, y, 7), "c")[0]
    )
    assert set(audit.suggested) <= {"a", "b", "c"}
    alone = audit_labels(NTKRegressorClassifier(alpha=1.0).fit(X, np.full(100, "a")))
    assert (alone.suspicion == -np.inf).all() and (alone.suggested == "a").all()
    one_row = audit_labels(KernelRegressorClassifier(classes=CLASSES).fit(X[:1], y[:1]))
    assert one_row.suspicion.tolist() == [-np.inf] and one_row.ranking.tolist() == [0]


def test_the_only_row_of_a_class_is_above_zero_where_all_scores_are_negative():
    X, y = rows_and_labels(5)
    y[:] = "a"
    y[[7, 9]] = "b", "c"
    for model in (CertifiedKNeighborsClassifier(3, far_weight=-1), CertifiedKNeighborsClassifier(3)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            audit = audit_labels(model.fit(X, y))
        assert (audit.suspicion[[7, 9]] > 0).all()


def test_members_and_models_of_one_row():
    X, y = rows_and_labels(0, 60)
    for k in (1, 0.5):
        base = CertifiedKNeighborsClassifier(k)
        votes = PartitionAggregationEnsemble(base, n_partitions=40, partition="hash", voting="soft").fit(X, y)
        assert np.isfinite(audit_labels(votes).suspicion).all()
    alone = audit_labels(CertifiedKNeighborsClassifier(1, classes=[0, 1]).fit([[0.0]], [0]))
    assert alone.suspicion.tolist() == [-np.inf]


def test_votes_suggest_only_labels_that_occur():
    X, y = rows_and_labels(1)
    trees = PartitionAggregationEnsemble(DecisionTreeClassifier(random_state=0), n_partitions=5, classes=CLASSES)
    assert "never" not in audit_labels(trees.fit(X, y), X_train=X).suggested
    alone = audit_labels(trees.fit(X, np.full(100, "a")), X_train=X)
    assert (alone.suspicion == -np.inf).all() and (alone.suggested == "a").all()


def test_a_subclass_with_label_weights_of_its_own():
    class Signs(NTKRegressorClassifier):
        def _label_weights(self, X):
            return np.sign(super()._label_weights(X))

    class Far(CertifiedKNeighborsClassifier):
        def _label_weights(self, X):
            weights = 2 * super()._label_weights(X)
            weights.flags.writeable = False
            return weights

    X, y = rows_and_labels(2)
    for model in (Signs(), Far(5)):
        audit, weights = audit_labels(model.fit(X, y)), model.label_weights(X)
        np.fill_diagonal(weights, 0.0)
        scores = np.stack([weights[:, y == label].sum(axis=1) for label in CLASSES[:3]], axis=1)
        own = y[:, None] == CLASSES[:3]
        assert np.allclose(audit.suspicion, np.where(own, -np.inf, scores).max(axis=1) - scores[own])


def test_duplicates_vouch_for_themselves():
    X, y = rows_and_labels(6)
    X[1:10], y[:10] = X[0], np.where(np.arange(10) < 5, "a", "b")
    for model in (CertifiedKNeighborsClassifier(3), KernelRegressorClassifier(gamma=0.1)):
        audit = audit_labels(model.fit(X, y))
        assert np.isfinite(audit.suspicion).all()
    neighbours = CertifiedKNeighborsClassifier(9).fit(X, y)
    # the nine others, of which four have the row's own label and five the other one
    assert (audit_labels(neighbours).suspicion[:10] == 1).all()


def test_planted_errors_come_first():
    X, y = rows_and_labels(7, n=300)
    X = make_blobs(n_samples=300, centers=3, cluster_std=2.0, n_features=4, random_state=7)[0]
    wrong = np.random.default_rng(0).choice(300, 20, replace=False)
    true = y.copy()
    y[wrong] = np.where(y[wrong] == "a", "b", "a")
    for model in (
        NTKRegressorClassifier(alpha=10.0),
        CertifiedKNeighborsClassifier(15),
        PartitionAggregationEnsemble(n_partitions=5, random_state=0),
    ):
        audit = audit_labels(model.fit(X, y))
        assert np.isin(audit.ranking[:25], wrong).sum() >= 17
        assert (audit.suggested[wrong] == true[wrong]).mean() > 0.8
