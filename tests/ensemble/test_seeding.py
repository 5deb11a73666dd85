"""Chance is fixed at fit, and kept: a refit with `random_state_` is the same model."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, RepeatedKFold, ShuffleSplit, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier, PartitionAggregationEnsemble

TREE = DecisionTreeClassifier(max_features=2)
ENSEMBLES = [
    PartitionAggregationEnsemble(n_partitions=4, partition="random"),
    PartitionAggregationEnsemble(TREE, n_partitions=4, partition="random"),
    PartitionAggregationEnsemble(make_pipeline(RBFSampler(), NTKRegressorClassifier()), n_partitions=4),
    PartitionAggregationEnsemble(make_pipeline(RBFSampler(), NTKRegressorClassifier()), n_partitions=4, voting="soft"),
    PartitionAggregationEnsemble(make_pipeline(StandardScaler(), make_pipeline(RBFSampler(), TREE)), n_partitions=4),
    FiniteAggregationEnsemble(n_partitions=4, spread=2),
    FiniteAggregationEnsemble(TREE, n_partitions=4, spread=2),
    PartitionAggregationEnsemble(
        PartitionAggregationEnsemble(TREE, n_partitions=2, partition="random"), n_partitions=2
    ),
]


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:160] / 16, y[:160], X[200:260] / 16


def results_of(fitted, X_test):
    result = fitted.certify(X_test)
    rows = [indices.tolist() for indices in fitted.partition_indices_]
    return [rows, result.prediction.tolist(), result.radius.tolist(), result.flips_to_class.tolist()]


@pytest.mark.parametrize("draw", [None, "instance"])
@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=repr)
def test_a_refit_with_the_seed_that_was_kept_is_the_same_model(digits, ensemble, draw):
    X, y, X_test = digits
    random_state = np.random.RandomState(3) if draw else None
    fitted = clone(ensemble).set_params(random_state=random_state).fit(X, y)
    assert type(fitted.random_state_) is int
    again = clone(ensemble).set_params(random_state=fitted.random_state_).fit(X, y)
    assert again.random_state_ == fitted.random_state_
    assert results_of(again, X_test) == results_of(fitted, X_test)
    assert fitted.certify(X_test).caveats == fitted.caveats_ == ()


def test_each_fit_draws_another_seed_unless_it_is_an_int(digits):
    X, y, _ = digits
    ensemble = clone(ENSEMBLES[1])
    assert ensemble.fit(X, y).random_state_ != ensemble.fit(X, y).random_state_
    ensemble.set_params(random_state=np.random.RandomState(0))
    assert ensemble.fit(X, y).random_state_ != ensemble.fit(X, y).random_state_
    for seed in (0, np.int64(2**32 - 1)):
        assert ensemble.set_params(random_state=seed).fit(X, y).random_state_ == seed


def test_the_draw_of_an_int_seed_is_what_it_always_was(digits):
    """Models of earlier versions can be made again."""
    X, y, _ = digits
    ensemble = PartitionAggregationEnsemble(TREE, n_partitions=4, partition="random", random_state=7).fit(X, y)
    random_state = np.random.RandomState(7)
    partition_of_row = random_state.permutation(np.arange(160) % 4)
    seeds = random_state.randint(np.iinfo(np.int32).max, size=4)
    for p, (member, rows) in enumerate(zip(ensemble.estimators_, ensemble.partition_indices_)):
        assert np.array_equal(rows, np.flatnonzero(partition_of_row == p))
        assert member.random_state == np.random.RandomState(seeds[p]).randint(np.iinfo(np.int32).max)


@pytest.mark.parametrize(
    "splitter",
    [KFold(2, shuffle=True), ShuffleSplit(2), StratifiedShuffleSplit(2), RepeatedKFold(n_splits=2, n_repeats=2)],
    ids=lambda splitter: type(splitter).__name__,
)
def test_splitters_of_a_search_are_seeded_in_the_members_alone(digits, splitter):
    X, y, _ = digits
    base = GridSearchCV(
        make_pipeline(StandardScaler(), TREE), {"decisiontreeclassifier__max_depth": [2, 5]}, cv=splitter
    )
    ensemble = PartitionAggregationEnsemble(base, n_partitions=3).fit(X, y % 2)
    again = clone(ensemble).set_params(random_state=ensemble.random_state_).fit(X, y % 2)
    seeds = [member.cv.random_state for member in ensemble.estimators_]
    assert len(set(seeds)) == 3 and all(isinstance(seed, int) for seed in seeds)
    assert seeds == [member.cv.random_state for member in again.estimators_]
    assert splitter.random_state is None
    given = clone(base).set_params(cv=KFold(2, shuffle=True, random_state=5))
    members = PartitionAggregationEnsemble(given, n_partitions=3).fit(X, y % 2).estimators_
    assert [member.cv.random_state for member in members] == [5] * 3
    assert ensemble.caveats_ == ()


class Rolling:
    """Folds that nobody can seed."""

    random_state = property(lambda self: None)

    def split(self, X, y=None, groups=None):
        half = np.arange(X.shape[0]) < X.shape[0] // 2
        yield np.flatnonzero(half), np.flatnonzero(~half)

    def get_n_splits(self, X=None, y=None, groups=None):
        return 1


def test_what_cannot_be_seeded_is_said_in_every_result(digits):
    X, y, X_test = digits
    base = GridSearchCV(TREE, {"max_depth": [2, 5]}, cv=Rolling())
    for kind in (PartitionAggregationEnsemble, FiniteAggregationEnsemble):
        result = kind(base, n_partitions=2).fit(X, y % 2).certify(X_test)
        (caveat,) = result.caveats
        assert caveat.startswith("No guarantee: 'estimator__cv' draws anew at each fit")


def test_parts_that_were_fitted_with_labels_beforehand(digits):
    """A frozen selector is the same in every member: flipped labels that went into it move all votes at once."""
    X, y, X_test = digits
    noise = np.random.default_rng(0).normal(size=X.shape)  # no feature is constant
    frozen = FrozenEstimator(SelectKBest(k=20).fit(X + noise, y))
    for final in (NTKRegressorClassifier(), LogisticRegression()):
        base = make_pipeline(StandardScaler(), make_pipeline(frozen, final))
        for kind in (PartitionAggregationEnsemble, FiniteAggregationEnsemble):
            ensemble = kind(base, n_partitions=2).fit(X, y)
            (caveat,) = ensemble.certify(X_test).caveats
            assert caveat == ensemble.caveats_[0] and "carries labels from outside" in caveat
            assert "__frozenestimator'" in caveat and ensemble.certificate_ == "black-box"
    white = make_pipeline(frozen, NTKRegressorClassifier())
    with pytest.raises(ValueError, match="certificate='white-box' needs a base without parts .*frozenestimator"):
        PartitionAggregationEnsemble(white, certificate="white-box").fit(X, y)
    with pytest.raises(ValueError, match="voting='soft' needs a base without parts .*frozenestimator"):
        PartitionAggregationEnsemble(white, voting="soft").fit(X, y)
    harmless = make_pipeline(FrozenEstimator(StandardScaler().fit(X)), NTKRegressorClassifier())
    ensemble = PartitionAggregationEnsemble(harmless, n_partitions=2).fit(X, y)
    assert ensemble.certificate_ == "white-box" and ensemble.certify(X_test).caveats == ()


class Drawing(ClassifierMixin, BaseEstimator):
    """Uses the global random numbers where it has no seed."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        draw = np.random.RandomState(self.random_state) if self.random_state is not None else np.random
        self.classes_ = np.unique(y)
        self.vote_ = self.classes_[draw.randint(self.classes_.size)]
        return self

    def predict(self, X):
        return np.full(X.shape[0], self.vote_)


def test_a_base_of_ones_own(digits):
    X, y, X_test = digits
    ensemble = PartitionAggregationEnsemble(Drawing(), n_partitions=4, partition="random").fit(X, y)
    again = clone(ensemble).set_params(random_state=ensemble.random_state_).fit(X, y)
    assert results_of(again, X_test) == results_of(ensemble, X_test)
