"""Errors name what is wrong, and leave nothing half-fitted."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import FiniteAggregationEnsemble, NTKRegressorClassifier
from tests.ensemble.bases import ensemble_of


class TestBadInput:
    def _fails(self, estimator, X, y, message):
        with pytest.raises((ValueError, TypeError), match=message):
            estimator.fit(X, y)
        with pytest.raises(NotFittedError):
            estimator.predict(X)
        assert [name for name in vars(estimator) if name.endswith("_")] == []

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_nan_and_infinity(self, data, value):
        X = data[0].copy()
        X[0, 0] = value
        self._fails(ensemble_of(), X, data[1], "NaN|infinity")
        with pytest.raises(ValueError, match="NaN|infinity"):
            ensemble_of().fit(data[0], data[1]).certify(X)

    def test_too_many_partitions(self, data):
        too_many = ensemble_of(n_partitions=201, partition="random")
        self._fails(too_many, data[0], data[1], "n_partitions=201 is more than n_samples=200")

    @pytest.mark.parametrize(
        "parameters",
        [
            {"n_partitions": 0},
            {"n_partitions": 2.5},
            {"partition": "sorted"},
            {"certificate": "grey-box"},
            {"n_jobs": "all"},
        ],
    )
    def test_parameters(self, data, parameters):
        (name,) = parameters
        self._fails(ensemble_of(**parameters), data[0], data[1], f"'{name}' parameter")

    def test_base_without_predict(self, data):
        class Fits(BaseEstimator):
            def fit(self, X, y):
                return self

        self._fails(ensemble_of(Fits()), data[0], data[1], "'estimator' parameter.*'predict'")

    def test_base_that_fits_but_never_predicts(self, data):
        for base in (StandardScaler(), make_pipeline(StandardScaler(), PCA(2))):
            for ensemble in (ensemble_of(base), FiniteAggregationEnsemble(base, n_partitions=5)):
                self._fails(ensemble, data[0], data[1], "no method 'predict', even once fitted")

    def test_error_of_a_white_box_member(self, data):
        base = NTKRegressorClassifier(alpha=-1.0)
        self._fails(ensemble_of(base), data[0], data[1], "'alpha' parameter")

    def test_error_of_every_black_box_member(self, data):
        self._fails(ensemble_of(LogisticRegression(C=-1.0)), data[0], data[1], "'C' parameter")

    def test_before_fit(self, data):
        for method in ("predict", "predict_proba", "votes", "certify"):
            with pytest.raises(NotFittedError):
                getattr(ensemble_of(), method)(data[0])

    def test_features_at_predict(self, data):
        ensemble = ensemble_of().fit(data[0], data[1])
        with pytest.raises(ValueError, match="5 features"):
            ensemble.certify(data[2][:, :5])
