"""Models that another version saved warn when they are loaded."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone

import skcert
from skcert import CertifiedKNeighborsClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.baselines import LabelFlipSmoothing, NTKSVMClassifier
from skcert.kernel_approximation import NTKNystroem
from skcert.model_selection import CertifiedGridSearchCV

X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
ESTIMATORS = [
    NTKRegressorClassifier(),
    CertifiedKNeighborsClassifier(2),
    PartitionAggregationEnsemble(n_partitions=2),
    NTKNystroem(3, random_state=0),
    NTKSVMClassifier(),
    LabelFlipSmoothing(NTKRegressorClassifier()),
    CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0]}, cv=2),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: type(estimator).__name__)
def test_said_once_by_each_part(estimator, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = clone(estimator).fit(X, y)
    saved = pickle.dumps(fitted)
    again = pickle.loads(saved)  # warnings are errors here
    assert vars(copy.copy(again)).keys() == vars(copy.deepcopy(again)).keys() == vars(fitted).keys()
    skcert_version = skcert.__version__
    monkeypatch.setattr(skcert, "__version__", "99.0")
    with warnings.catch_warnings(record=True) as given:  # parts of it warn, too
        warnings.simplefilter("always")
        pickle.loads(saved)
    start, end = f"This {type(estimator).__name__} was saved by skcert {skcert_version} and", "loaded by 99.0"
    said = [str(warning.message) for warning in given]
    assert len([line for line in said if line.startswith(start) and end in line]) == 1


class KeepsItsOwnState(NTKRegressorClassifier):
    def __getstate__(self):
        return dict(vars(self))


def test_a_subclass_that_says_what_its_state_is():
    fitted = KeepsItsOwnState().fit(X, y)  # warnings are errors here
    assert np.array_equal(copy.deepcopy(fitted).predict(X), fitted.predict(X))
    assert np.array_equal(fitted.for_prediction().predict(X), fitted.predict(X))


def test_saved_before_versions_were_kept():
    network = NTKRegressorClassifier().fit(X, y)
    loaded = NTKRegressorClassifier()
    with pytest.warns(UserWarning, match="saved by skcert of an earlier version and loaded by"):
        loaded.__setstate__(vars(network))
    assert np.array_equal(loaded.predict(X), network.predict(X))
