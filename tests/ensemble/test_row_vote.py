"""Rows inserted, deleted and relabelled: no attack within the radius changes a prediction, by refitting."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert._utils import row_digests

pytestmark = pytest.mark.filterwarnings("ignore:The base estimator could not be fitted:UserWarning")
KINDS = [PartitionAggregationEnsemble, FiniteAggregationEnsemble]
WORDS = np.array(["red sky", "blue sea", "red sea", "green"])


def numbers(rng, n):
    return rng.integers(-2, 3, size=(n, 3)).astype(float)


def objects(rng, n):
    rows = np.empty((n, 3), dtype=object)
    rows[:, 0], rows[:, 1] = WORDS[rng.integers(4, size=n)], rng.integers(3, size=n)
    rows[:, 2] = rng.random(n).round(1)
    return rows


def sparse_rows(rng, n):
    return sparse.csr_matrix(numbers(rng, n))


TEXT = ColumnTransformer(
    [("text", TfidfVectorizer(), 0), ("category", OneHotEncoder(handle_unknown="ignore"), [1])],
    remainder="passthrough",
)
BASES = {
    "tree": (DecisionTreeClassifier(max_features=1), numbers),
    "network": (NTKRegressorClassifier(), numbers),
    "components": (make_pipeline(StandardScaler(), PCA(2), NTKRegressorClassifier()), numbers),
    "three neighbours": (KNeighborsClassifier(3), numbers),
    "three of ours": (CertifiedKNeighborsClassifier(3), numbers),
    "text": (make_pipeline(TEXT, LogisticRegression()), objects),
    "sparse": (make_pipeline(StandardScaler(with_mean=False), LogisticRegression()), sparse_rows),
}


def stacked(parts):
    return sparse.vstack(parts).tocsr() if sparse.issparse(parts[0]) else np.concatenate(parts)


def attacked(X, y, n_operations, draw, rng, near):
    """Rows and labels after so many insertions, deletions and relabellings; the other rows keep their order."""
    rows, labels = [X[i : i + 1] for i in range(X.shape[0])], y.tolist()
    for _ in range(n_operations):
        place = int(rng.integers(len(rows)))
        what = rng.integers(3) if len(rows) > 1 else 0
        if what == 0:
            row = (near, rows[place], draw(rng, 1))[rng.integers(3)]
            rows.insert(place, row)
            labels.insert(place, int(rng.integers(2)))
        elif what == 1:
            del rows[place], labels[place]
        else:
            labels[place] = 1 - labels[place]
    return stacked(rows), np.array(labels)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", BASES)
def test_no_attack_within_the_radius(name, kind):
    base, draw = BASES[name]
    rng = np.random.default_rng(3)
    ensemble = kind(base, n_partitions=5, classes=[0, 1], random_state=0)
    n_attacks = 0
    while n_attacks < 4:
        X, X_test, y = draw(rng, 14), draw(rng, 4), (rng.random(14) < 0.2).astype(int)
        result = ensemble.fit(X, y).certify_rows(X_test)
        assert np.array_equal(result.prediction, ensemble.predict(X_test))
        for row in np.flatnonzero(result.radius > 0)[:2]:
            X_attacked, y_attacked = attacked(X, y, result.radius[row], draw, rng, X_test[row : row + 1])
            refitted = clone(ensemble).fit(X_attacked, y_attacked).predict(X_test)
            safe = result.radius >= result.radius[row]
            assert np.array_equal(refitted[safe], result.prediction[safe])
            n_attacks += 1


def one_operation_away(X, y, pool):
    """All tables with one row inserted, from a pool, deleted or relabelled."""
    for place in range(y.shape[0]):
        yield stacked([X[:place], X[place + 1 :]]), np.delete(y, place)
        yield X, np.where(np.arange(y.shape[0]) == place, 1 - y, y)
    for row in range(pool.shape[0]):
        for label in range(2):
            yield stacked([X, pool[row : row + 1]]), np.append(y, label)


def greedily_attacked(ensemble, X, y, x, n_operations, pool):
    """The table after so many operations, each of which leaves the prediction for x the least lead among the votes."""
    predicted = ensemble.predict(x)[0]

    def lead(table):
        votes = clone(ensemble).fit(*table).votes(x)[0].tolist()
        return votes.count(predicted) - votes.count(1 - predicted)

    for _ in range(n_operations):
        X, y = min(one_operation_away(X, y, pool), key=lead)
    return X, y


def check_greedy_attack(name, kind, seed):
    """Attack one prediction as far as its radius; False if no radius is above 0."""
    base, draw = BASES[name]
    rng = np.random.default_rng(seed)
    n_partitions = int(rng.integers(3, 7))
    X, X_test = draw(rng, int(rng.integers(12, 21))), draw(rng, 4)
    y = (rng.random(X.shape[0]) < 0.3).astype(int)
    ensemble = kind(base, n_partitions=n_partitions, classes=[0, 1], random_state=0).fit(X, y)
    result = ensemble.certify_rows(X_test)
    row = int(result.radius.argmax())
    if result.radius[row] == 0:
        return False
    x, pool = X_test[row : row + 1], stacked([X_test[row : row + 1], draw(rng, 4)])
    refitted = clone(ensemble).fit(*greedily_attacked(ensemble, X, y, x, result.radius[row], pool))
    assert refitted.predict(x)[0] == result.prediction[row]
    return True


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", ["tree", "three of ours"])
def test_no_greedy_attack_within_the_radius(name, kind):
    assert any(check_greedy_attack(name, kind, seed) for seed in range(9))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", ["tree", "network", "three neighbours", "text", "sparse"])
def test_the_order_of_rows_does_not_matter(name, kind):
    base, draw = BASES[name]
    rng = np.random.default_rng(0)
    X, y, X_test = draw(rng, 40), np.zeros(40, dtype=int), draw(rng, 9)
    text = X.toarray() if sparse.issparse(X) else X
    y[row_digests(text) % 3 == 0] = 1  # equal rows have equal labels
    ensemble = kind(base, n_partitions=4, classes=[0, 1], random_state=0).fit(X, y)
    order = rng.permutation(40)
    again = clone(ensemble).fit(X[order], y[order])
    assert np.array_equal(again.votes(X_test), ensemble.votes(X_test))
    for one, other in zip(ensemble.partition_indices_, again.partition_indices_):
        assert (text[one] == text[order][other]).all()
    for method in ("certify", "certify_rows"):
        assert np.array_equal(getattr(again, method)(X_test).radius, getattr(ensemble, method)(X_test).radius)
    if name == "network":  # to the last bit
        first, same = (next(filter(None, fitted.estimators_)) for fitted in (ensemble, again))
        assert np.array_equal(first.label_weights(X_test), same.label_weights(X_test))


def test_where_the_only_row_of_a_class_goes():
    """Known classes stay known."""
    rng = np.random.default_rng(0)
    X, y = numbers(rng, 30), np.zeros(30, dtype=int)
    y[7] = 2
    tree = DecisionTreeClassifier()
    ensemble = PartitionAggregationEnsemble(tree, n_partitions=5, classes=[0, 1, 2], random_state=0).fit(X, y)
    result = ensemble.certify_rows(X)
    refitted = clone(ensemble).fit(np.delete(X, 7, axis=0), np.delete(y, 7))
    safe = result.radius >= 1
    assert safe.any() and np.array_equal(refitted.predict(X)[safe], result.prediction[safe])


class NeedsThreeRows(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        if X.shape[0] < 3:
            raise ValueError("three rows at least")
        self.fitted_ = True
        return self

    def transform(self, X):
        return X


@pytest.mark.parametrize("certificate", ["auto", "white-box"])
def test_whether_members_are_white_boxes_is_decided_one_by_one(certificate):
    """One deleted row used to turn all of them into black boxes, which vote in other ways, or to make `fit` raise."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24, 2)), np.zeros(24, dtype=int)
    y[X[:, 0] > 0] = 1
    base = make_pipeline(NeedsThreeRows(), NTKRegressorClassifier(alpha=10.0))
    ensemble = PartitionAggregationEnsemble(base, n_partitions=4, certificate=certificate, classes=[0, 1]).fit(X, y)
    assert ensemble.label_free_ and ensemble.certificate_ == "white-box"
    first = ensemble.partition_indices_[0]
    left = [first[y[first] == label][0] for label in (0, 1)]
    rows = np.setdiff1d(np.arange(24), np.setdiff1d(first, left))
    with pytest.warns(UserWarning, match="could not be fitted on 1 of 4 partitions"):
        again = clone(ensemble).fit(X[rows], y[rows])
    assert again.label_free_members_.tolist() == [False, True, True, True] and not again.label_free_
    assert again.certificate_ == "white-box"
    assert np.array_equal(again.votes(X)[:, 1:], ensemble.votes(X)[:, 1:])
    result, black = again.certify(X), clone(again).set_params(certificate="black-box").fit(X[rows], y[rows]).certify(X)
    assert (result.radius >= black.radius).all() and (result.radius > black.radius).any()
    for row in range(24):  # what is proved of a vote with one black box among its members holds
        for flipped in rows[: 4 if result.radius[row] >= 1 else 0]:
            labels = np.where(np.arange(24) == flipped, 1 - y, y)
            assert clone(again).fit(X[rows], labels[rows]).predict(X[row : row + 1]) == result.prediction[row]


def test_soft_votes_and_bases_without_labels_need_all_members():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 2)), np.arange(12) % 2
    base = make_pipeline(NeedsThreeRows(), NTKRegressorClassifier())
    with pytest.raises(ValueError, match="voting='soft' needs transformers .*'needsthreerows'.* three rows at least"):
        PartitionAggregationEnsemble(base, n_partitions=6, voting="soft").fit(X, y)
    needy = make_pipeline(SelectKBest(k=1), NTKRegressorClassifier())
    with pytest.raises(ValueError, match="certificate='white-box' needs transformers .*'selectkbest'"):
        PartitionAggregationEnsemble(needy, n_partitions=2, certificate="white-box").fit(X, y)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_fewer_rows_than_partitions(kind):
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0, 0, 1])
    ensemble = kind(DecisionTreeClassifier(), n_partitions=8, classes=[0, 1], random_state=0).fit(X, y)
    assert len(ensemble.certify_rows(X)) == 3
    assert clone(ensemble).fit(X[:1], y[:1]).predict(X).tolist() == [0, 0, 0]


def test_what_is_missing_is_named():
    rng = np.random.default_rng(0)
    X, y = numbers(rng, 20), np.arange(20) % 2
    tree = DecisionTreeClassifier()
    for parameters, message in (
        ({"classes": None}, r"needs classes=.*Fit again with classes=\[0, 1\]"),
        ({"partition": "random"}, "needs partition='hash'.*partition='random'"),
        ({"estimator": NTKRegressorClassifier(), "voting": "soft"}, "needs voting='hard'"),
        ({"estimator": FrozenEstimator(tree.fit(X, y))}, "needs a base without anything .*'estimator'"),
    ):
        ensemble = (
            PartitionAggregationEnsemble(tree, n_partitions=3, classes=[0, 1]).set_params(**parameters).fit(X, y)
        )
        ensemble.set_params(partition="hash", voting="hard", classes=[0, 1])  # too late
        with pytest.raises(ValueError, match=message):
            ensemble.certify_rows(X)
    distances = abs(X[:, :1] - X[:, 0])
    pairwise = PartitionAggregationEnsemble(
        CertifiedKNeighborsClassifier(1, metric="precomputed"), n_partitions=3, classes=[0, 1]
    )
    with pytest.raises(ValueError, match="needs a base that takes rows"):
        pairwise.fit(distances, y).certify_rows(distances)


def test_trusted_rows_help_against_flips_alone():
    rng = np.random.default_rng(0)
    X, y = numbers(rng, 30), np.arange(30) % 2
    ensemble = PartitionAggregationEnsemble(DecisionTreeClassifier(), n_partitions=5, classes=[0, 1], random_state=0)
    plain = ensemble.fit(X, y).certify_rows(X)
    trusted = ensemble.fit(X, y, trusted=np.ones(30, dtype=bool))
    assert trusted.certify(X).certain.all()
    assert np.array_equal(trusted.certify_rows(X).radius, plain.radius)
    assert plain.certificate == "black-box" and not plain.exact.any()


def test_imputers_inside_a_base_get_what_is_missing():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), np.arange(40) % 2
    X[::3, 1] = np.nan
    base = make_pipeline(SimpleImputer(keep_empty_features=True), DecisionTreeClassifier())
    ensemble = PartitionAggregationEnsemble(base, n_partitions=4, classes=[0, 1]).fit(X, y)
    assert len(ensemble.certify_rows(X)) == 40
    with pytest.raises(ValueError, match="NaN"):
        ensemble.set_params(estimator=make_pipeline(PCA(2), LogisticRegression())).fit(X, y)
