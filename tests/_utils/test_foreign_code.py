"""Code of skcert's and scikit-learn's that works in its caller's thread, and all other."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skcert import KernelRegressorClassifier, NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert._utils._foreign_code import runs_foreign_code
from skcert.baselines import LabelFlipSmoothing


class OwnNetwork(NTKRegressorClassifier):
    """Somebody else's, though it adds nothing."""


class OwnScaler(StandardScaler):
    """The same as a step."""


class Duck:
    """No parameters to look at."""


@pytest.mark.parametrize(
    "estimator",
    [
        NTKRegressorClassifier(classes=np.arange(3)),
        NTKRegressorClassifier().fit(np.eye(4), [0, 1, 0, 1]),
        KernelRegressorClassifier(kernel="rbf"),
        LabelFlipSmoothing(NTKRegressorClassifier()),
        make_pipeline(StandardScaler(), make_pipeline("passthrough", NTKRegressorClassifier())),
        pytest.param(DecisionTreeClassifier(random_state=np.random.RandomState(0)), id="tree with a generator"),
        AdaBoostClassifier(NTKRegressorClassifier()),
    ],
    ids=repr,
)
def test_known(estimator):
    assert not runs_foreign_code(estimator)


@pytest.mark.parametrize(
    "estimator",
    [
        OwnNetwork(),
        Duck(),
        BaseEstimator.__new__(type("Elsewhere", (BaseEstimator,), {"__module__": "sklearnext.base"})),
        KernelRegressorClassifier(kernel=lambda A, B: A @ B.T),
        make_pipeline(OwnScaler(), NTKRegressorClassifier()),
        make_pipeline(FunctionTransformer(np.log1p), NTKRegressorClassifier()),
        LabelFlipSmoothing(KernelRegressorClassifier(kernel=np.dot)),
        PartitionAggregationEnsemble(),
        BaggingClassifier(NTKRegressorClassifier()),
        make_pipeline(StandardScaler(), BaggingClassifier(NTKRegressorClassifier())),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_foreign(estimator):
    assert runs_foreign_code(estimator)
