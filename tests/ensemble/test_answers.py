"""What members answer: one of the classes for each row, or a refusal."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from tests.ensemble.bases import ENSEMBLES, Answering

METHODS = ["predict", "predict_proba", "votes", "certify"]


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=120, n_features=4, n_informative=3, n_redundant=0, n_classes=3, random_state=0
    )
    return X[:90], y[:90], X[90:]


def one_stray(value, dtype=None):
    def answer(majority):
        answers = majority.astype(object if dtype is None else dtype)
        answers[3:4] = value  # in a batch of a few rows; a member is tried out on one row when it is fitted
        return answers

    return answer


STRAYS = {
    "-1, which marks an empty partition inside": one_stray(-1, np.int64),
    "one class too many": one_stray(3, np.int64),
    "a regressor's number": one_stray(1.7, np.float64),
    "NaN": one_stray(np.nan, np.float64),
    "infinity": one_stray(np.inf, np.float32),
    "None": one_stray(None),
    "text": lambda majority: majority.astype(str),
    "masked": lambda majority: np.ma.masked_array(majority, np.arange(majority.size) == 3),
    "None for all": lambda majority: None,
    "too few": lambda majority: majority[1:],
    "a row": lambda majority: majority[None, :],
    "two columns": lambda majority: np.repeat(majority[:, None], 2, axis=1),
    "a masked column": lambda majority: np.ma.masked_array(majority, np.arange(majority.size) == 3)[:, None],
    "a stray in a column": lambda majority: one_stray(-1)(majority)[:, None],
    "one for all": lambda majority: majority[0],
    "complex": lambda majority: majority + 0j,
}


@pytest.mark.parametrize("stray", STRAYS)
@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda ensemble: type(ensemble).__name__)
def test_all_else_is_refused(data, ensemble, stray):
    X, y, X_test = data
    fitted = clone(ensemble).set_params(estimator=Answering(STRAYS[stray])).fit(X, y)
    for method in METHODS:
        with pytest.raises(ValueError, match=r"partition 0 .*estimators_\[0\].* gave .*wrap the base"):
            getattr(fitted, method)(X_test)


def test_the_refusal_names_the_partition_and_the_value(data):
    X, y, X_test = data
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=Answering()).fit(X, y)
    ensemble.estimators_[2].answer = one_stray(-1, np.int64)
    with pytest.raises(
        ValueError, match=r"partition 2 \(estimators_\[2\]\) gave -1, which is not one of .* \[0, 1, 2\]"
    ):
        ensemble.certify(X_test)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float32, np.float64, object])
def test_equal_values_of_another_type_pass(data, dtype):
    X, y, X_test = data
    plain = clone(ENSEMBLES[0]).set_params(estimator=Answering()).fit(X, y)
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=Answering(lambda majority: majority.astype(dtype))).fit(X, y)
    assert np.array_equal(ensemble.votes(X_test), plain.votes(X_test))
    assert ensemble.votes(X_test).dtype == plain.votes(X_test).dtype
    lists = clone(ENSEMBLES[0]).set_params(estimator=Answering(lambda majority: majority.tolist())).fit(X, y)
    assert np.array_equal(lists.votes(X_test), plain.votes(X_test))


@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda ensemble: type(ensemble).__name__)
@pytest.mark.parametrize(
    "column",
    [
        lambda majority: majority[:, None],
        lambda majority: majority.astype(object)[:, None],
        lambda majority: pd.DataFrame({"answer": majority}),
        lambda majority: [[answer] for answer in majority.tolist()],
    ],
    ids=["array", "objects", "frame", "lists"],
)
def test_a_column_is_as_good_as_a_row(data, ensemble, column):
    X, y, X_test = data
    names = np.array(["a", "b", "c"])[y]
    for labels in (y, names):
        plain = clone(ensemble).set_params(estimator=Answering()).fit(X, labels)
        fitted = clone(ensemble).set_params(estimator=Answering(column)).fit(X, labels)
        for rows in (X_test, X_test[:1]):
            assert np.array_equal(fitted.votes(rows), plain.votes(rows))
            assert np.array_equal(fitted.certify(rows).radius, plain.certify(rows).radius)


def test_bases_see_the_labels_that_the_user_gave(data):
    """Parameters that name labels mean the user's labels, and members answer with them."""
    X, y, X_test = data
    for names in (
        np.array([1, 2]),
        np.array(["ham", "spam"]),
        np.array(["ham", "spam"], dtype=object),
        np.array([1.0, 5.0]),
    ):
        labels = names[y // 2]
        base = LogisticRegression(class_weight={names[1]: 100.0})
        ensemble = clone(ENSEMBLES[0]).set_params(estimator=base).fit(X, labels)
        for member, rows in zip(ensemble.estimators_, ensemble.partition_indices_):
            alone = clone(base).set_params(random_state=member.random_state).fit(X[rows], labels[rows])
            assert np.array_equal(member.predict(X_test), alone.predict(X_test))
            assert member.classes_.dtype == labels.dtype
        plain = clone(ensemble).set_params(estimator=LogisticRegression()).fit(X, labels)
        assert (ensemble.predict(X_test) == names[1]).sum() > (plain.predict(X_test) == names[1]).sum()


@pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda ensemble: type(ensemble).__name__)
def test_white_box_members_know_the_classes(data, ensemble):
    X, y, X_test = data
    names = np.array(["a", "bb", "ccc", "never"])
    codes = clone(ensemble).set_params(classes=range(4)).fit(X, y)
    named = clone(ensemble).set_params(classes=names).fit(X, names[y])
    for member in named.estimators_:
        assert np.array_equal(member.classes_, names)
    expected, result = codes.certify(X_test), named.certify(X_test)
    assert np.array_equal(result.prediction, names[expected.prediction])
    assert np.array_equal(result.radius, expected.radius)
    assert np.array_equal(result.flips_to_class, expected.flips_to_class)


class Forgetful(NTKRegressorClassifier):
    """Takes `classes`, and does not keep to them."""

    def fit(self, X, y, trusted=None):
        super().fit(X, y, trusted)
        self.classes_ = np.append(self.classes_[1:], 99)
        return self


class Liar(NTKRegressorClassifier):
    """States another prediction than one of its classes."""

    def certify(self, X):
        result = super().certify(X)
        object.__setattr__(result, "prediction", np.full(len(result), -1))
        return result


class Short(NTKRegressorClassifier):
    """States flips to the first class only, which broadcasting would take for those to each class."""

    def certify(self, X):
        result = super().certify(X)
        object.__setattr__(result, "flips_to_class", result.flips_to_class[:, :1])
        return result


def test_white_box_members_are_not_believed_either(data):
    X, y, X_test = data
    with pytest.raises(ValueError, match="Forgetful has a parameter `classes`, but its classes_"):
        clone(ENSEMBLES[0]).set_params(estimator=Forgetful()).fit(X, y)
    for base, message in ((Liar(), "gave -1, which is not one"), (Short(), r"shape \(30, 1\), but \(30, 3\)")):
        for ensemble in ENSEMBLES:
            fitted = clone(ensemble).set_params(estimator=base).fit(X, y)
            with pytest.raises(ValueError, match=message):
                fitted.certify(X_test)


class LabelScaled(Pipeline):
    """A pipeline of its own mind: its steps see the labels."""

    def fit(self, X, y):
        return super().fit(X * np.mean(y), y)


def test_a_subclass_of_pipeline_is_a_black_box(data):
    X, y, _ = data
    base = LabelScaled([("scale", StandardScaler()), ("network", NTKRegressorClassifier())])
    assert clone(ENSEMBLES[0]).set_params(estimator=base).fit(X, y).certificate_ == "black-box"
    nested = Pipeline([("pipeline", base)])
    assert clone(ENSEMBLES[0]).set_params(estimator=nested).fit(X, y).certificate_ == "black-box"
    with pytest.raises(ValueError, match="voting='soft' needs"):
        clone(ENSEMBLES[0]).set_params(estimator=base, voting="soft").fit(X, y)


def test_many_classes_take_the_memory_of_a_chunk(data):
    import tracemalloc

    from sklearn import config_context

    X, y, _ = data
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=Answering(), classes=np.arange(5000)).fit(X, y)
    rows = np.repeat(X, 6, axis=0)
    expected = ensemble.predict(rows[:1])
    with config_context(working_memory=4):
        tracemalloc.start()
        prediction = ensemble.predict(rows)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (prediction == expected).all()
    assert peak < 8 * 2**20 < rows.shape[0] * 5000 * 8


def test_answers_of_mixed_kinds():
    class Mixed(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            return self

        def predict(self, X):
            return ["2", 1] * (len(X) // 2)

    ensemble = PartitionAggregationEnsemble(Mixed(), n_partitions=2)
    ensemble.fit(np.arange(12.0)[:, None], np.array(["1", "2"])[np.arange(12) % 2])
    with pytest.raises(ValueError, match="The member of partition 0 .* gave answers that mix"):
        ensemble.predict(np.arange(4.0)[:, None])
