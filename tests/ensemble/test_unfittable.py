"""Labels that a base cannot be fitted on, and labels of one class: flips can bring both about."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skcert import NTKRegressorClassifier
from tests.ensemble.bases import ENSEMBLES, ERRORS, Answering, Failing, by_type


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(30, 2)), np.repeat([0, 1, 2], 10)[rng.permutation(30)], rng.normal(size=(5, 2))


def unbalanced(y):
    return np.ptp(np.unique(y, return_counts=True)[1]) > 1


@by_type
@pytest.mark.parametrize("error", ERRORS)
def test_any_error_of_a_base_makes_it_vote_for_the_most_frequent_class(data, ensemble, error):
    X, y, X_test = data
    y = np.where(np.arange(30) == np.flatnonzero(y == 2)[0], 9, y)  # the partition with a 9 fails
    fitted = clone(ensemble).set_params(estimator=Failing(lambda labels: 9 in labels, error))
    with pytest.warns(UserWarning, match="could not be fitted on .*no fit for these labels"):
        fitted.fit(X, y)
    failed = [p for p, rows in enumerate(fitted.partition_indices_) if 9 in y[rows]]
    assert failed
    for p in failed:
        assert isinstance(fitted.estimators_[p], DummyClassifier)
    assert fitted.certify(X_test).certificate == "black-box"


@by_type
@pytest.mark.parametrize("error", ERRORS)
def test_flips_that_break_every_member_do_not_break_the_ensemble(data, ensemble, error):
    """All partitions fail on these labels, but not on any: balanced ones would do."""
    X, y, X_test = data
    fitted = clone(ensemble).set_params(estimator=Failing(lambda labels: 9 in labels, error), classes=[0, 1, 2, 9])
    attacked = np.where(np.arange(30) % 2, 9, y)
    with pytest.raises(error, match="no fit for these labels.* in partition 0"):
        fitted.fit(X, attacked)  # dealt out over the rows, there is a 9 as well
    fitted.set_params(estimator=Failing(unbalanced, error), classes=None)
    attacked = (np.arange(30) == 0).astype(int)  # no member sees a second class but those that fail
    with pytest.warns(UserWarning, match="on .* of .* partitions, which vote"):
        fitted.fit(X, attacked)
    assert (fitted.predict(X_test) == 0).all()


@by_type
def test_where_no_labels_would_do_the_error_of_the_base_is_raised(data, ensemble):
    X, y, X_test = data
    fitted = clone(ensemble).set_params(estimator=LogisticRegression(C=-1.0))
    with pytest.raises(ValueError, match="'C' parameter.*could not be fitted on any partition.* in partition 0"):
        fitted.fit(X, y)
    with pytest.raises(NotFittedError):
        fitted.predict(X_test)


@pytest.mark.parametrize("error", [MemoryError, OSError, KeyboardInterrupt])
def test_errors_of_the_machine_are_not_taken_for_the_labels(data, error):
    X, y, _ = data
    for fails in (lambda labels: True, lambda labels: labels[0] != 1):
        ensemble = clone(ENSEMBLES[0]).set_params(estimator=Failing(fails, error))
        with pytest.raises(error):
            ensemble.fit(X, y)
        assert not [name for name in vars(ensemble) if name.endswith("_")]


class OutOfMemory(BaseEstimator):
    def fit_transform(self, X, y=None):
        raise MemoryError

    fit = transform = fit_transform


def test_nor_for_a_base_that_is_no_white_box(data):
    """Otherwise a refit could be of another kind than the fit."""
    X, y, _ = data
    with pytest.raises(MemoryError):
        clone(ENSEMBLES[0]).set_params(estimator=make_pipeline(OutOfMemory(), NTKRegressorClassifier())).fit(X, y)


def test_a_base_that_itself_votes_for_one_class(data):
    """It is not taken for a member that could not be fitted."""
    X, y, X_test = data
    y = np.where(y == 2, 1, y)
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=DummyClassifier(strategy="constant", constant=2))
    y[ensemble.set_params(classes=[0, 1, 2]).fit(X, np.arange(30) % 3).partition_indices_[1][:2]] = 2
    with pytest.warns(UserWarning, match="on 2 of 3 partitions"):
        ensemble.fit(X, y)
    assert (ensemble.votes(X_test)[:, 1] == 2).all()


class Unsendable(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class RaisesUnsendable(Answering):
    def fit(self, X, y):
        if np.mean(y == 0) > 0.6:
            raise Unsendable("this", "that")
        return super().fit(X, y)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_errors_that_cannot_be_sent_between_processes(data, backend):
    X, y, _ = data
    ensemble = clone(ENSEMBLES[0]).set_params(estimator=RaisesUnsendable(), n_jobs=None)
    rows = ensemble.fit(X, np.arange(30) % 2).partition_indices_[1]
    y = np.where(np.isin(np.arange(30), rows[1:]), 0, 1 + (np.arange(30) % 2))
    with parallel_config(backend=backend, n_jobs=2), pytest.warns(UserWarning, match="this and that"):
        ensemble.fit(X, y)


@by_type
@pytest.mark.parametrize("base", [None, LogisticRegression()])
def test_one_class_is_predicted_and_not_certified(data, ensemble, base):
    X, _, X_test = data
    fitted = clone(ensemble).set_params(estimator=base).fit(X, ["x"] * 30)
    assert (fitted.predict(X_test) == "x").all() and (np.ma.getdata(fitted.votes(X_test)) == "x").all()
    assert fitted.predict_proba(X_test).tolist() == [[1.0]] * 5
    with pytest.raises(ValueError, match="only one class, 'x'.*`classes`"):
        fitted.certify(X_test)
    known = fitted.set_params(classes=["x", "y"]).fit(X, ["x"] * 30)
    assert (known.certify(X_test).prediction == "x").all()


def test_one_class_in_soft_votes_and_attacks(data):
    X, _, X_test = data
    for voting in ("hard", "soft"):
        fitted = clone(ENSEMBLES[0]).set_params(voting=voting).fit(X, ["x"] * 30)
        assert (fitted.predict(X_test) == "x").all()
        for certificate in (fitted.certify, fitted.attack):
            with pytest.raises(ValueError, match="only one class, 'x'.*`classes`"):
                certificate(X_test)
    assert fitted.decision_function(X_test).shape == (5, 1)


def test_label_weights_whose_sum_overflows_are_refused(data):
    """Divided by infinity, the vote would be for the first class throughout, whatever the labels."""
    X, y, X_test = data

    class Huge(NTKRegressorClassifier):
        def label_weights(self, X):
            return np.full((X.shape[0], self.label_codes_.shape[0]), 1e308)

    ensemble = clone(ENSEMBLES[0]).set_params(estimator=Huge(), voting="soft").fit(X, y)
    with pytest.raises(ValueError, match="partition 0 sum to more than a double can hold"):
        ensemble.certify(X_test)


@by_type
def test_rows_of_a_wrong_type_are_no_matter_of_labels(data, ensemble):
    """One cell that is no number: it is said, not voted away."""
    X, y, _ = data
    rows = X.astype(object)
    rows[0, 0] = {"no": "number"}
    with pytest.raises(TypeError, match="argument must be .* string.* number"):
        clone(ensemble).set_params(estimator=LogisticRegression()).fit(rows, y)
