"""What can be a candidate of a certified search, and what is refused."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert.baselines import LabelFlipSmoothing
from skcert.model_selection import CertifiedGridSearchCV

X, Y = load_iris(return_X_y=True)
ORDER = np.random.default_rng(0).permutation(150)[:60]
X, Y = X[ORDER], Y[ORDER]
RANDOM = PartitionAggregationEnsemble(n_partitions=3, partition="random")


class OwnPipeline(Pipeline):
    pass


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (CertifiedKNeighborsClassifier(), {"n_neighbors": [3, 5]}),
        (KernelRegressorClassifier(), {"kernel": ["rbf", "laplacian"], "alpha": [1.0]}),
        (make_pipeline(StandardScaler(), NTKRegressorClassifier()), {"ntkregressorclassifier__alpha": [1.0, 9.0]}),
        (make_pipeline("passthrough", make_pipeline(StandardScaler(), NTKRegressorClassifier())), {}),
        (PartitionAggregationEnsemble(), {"n_partitions": [2, 4], "voting": ["hard", "soft"]}),
        (RANDOM, {"random_state": [0], "n_partitions": [2, 4]}),
        (PartitionAggregationEnsemble(LogisticRegression(), n_partitions=3), {"estimator__C": [0.1, 1.0]}),
        (FiniteAggregationEnsemble(n_partitions=2, random_state=0), {"spread": [1, 2]}),
    ],
    ids=["neighbours", "kernels", "pipeline", "nested", "ensemble", "random", "black box", "bags"],
)
def test_whatever_certifies_its_refits(estimator, grid):
    search = CertifiedGridSearchCV(estimator, grid, cv=2).fit(X, Y)
    result = search.certify(X[:9])
    best = search.best_estimator_
    assert np.array_equal(search.predict(X[:9]), best.predict(X[:9]))
    assert np.array_equal(result.prediction, search.predict(X[:9]))
    assert result.caveats == () and result.certificate == "search"
    assert len(search.estimators_) == len(search.flips_to_select_) == len(search.cv_results_["params"])


@pytest.mark.parametrize(
    ("estimator", "grid", "message"),
    [
        (LogisticRegression(), {"C": [1.0]}, "needs a classifier that certifies.*the candidate with {'C': 1.0} is"),
        (LabelFlipSmoothing(), {}, "needs a classifier that certifies what its refits predict.*the estimator is"),
        (GridSearchCV(NTKRegressorClassifier(), {}), {}, "needs a classifier that certifies"),
        (OwnPipeline([("network", NTKRegressorClassifier())]), {}, "exactly scikit-learn's class"),
        (make_pipeline(StandardScaler(), "passthrough"), {}, "needs a classifier that certifies"),
        (RANDOM, {"n_partitions": [2]}, "another model at each fit.*draws its partition, and has no int"),
        (FiniteAggregationEnsemble(), {"n_partitions": [2]}, "draws its partition"),
        (
            PartitionAggregationEnsemble(RandomForestClassifier(2)),
            {},
            "has no int as random_state, and its 'estimator'",
        ),
        (make_pipeline(RBFSampler(), NTKRegressorClassifier()), {}, "without a caveat.*RBFSampler"),
        (make_pipeline(SelectKBest(k=2), NTKRegressorClassifier()), {}, "y"),
        (NTKRegressorClassifier(), {"classes": [[0, 1, 2]]}, "param_grid has 'classes'"),
        (NTKRegressorClassifier(), [{}, {"alpha": [-1.0]}], "alpha"),
    ],
    ids=["no certificate", "no refits", "search", "own pipeline", "no classifier", "random", "bags", "members", "step"]
    + ["selector", "classes", "invalid"],
)
def test_the_others_are_refused(estimator, grid, message):
    search = CertifiedGridSearchCV(estimator, grid, cv=2)
    with pytest.raises(ValueError, match=message):
        search.fit(X, Y)
    assert not [name for name in vars(search) if name.endswith("_")]


def test_steps_that_use_labels_are_refused_however_they_get_them():
    class Seen(StandardScaler):
        """Not known to ignore labels."""

        def fit(self, X, y=None):
            return super().fit(X)

    with pytest.raises(ValueError, match="'seen': Seen is not known to ignore labels"):
        CertifiedGridSearchCV(make_pipeline(Seen(), NTKRegressorClassifier()), {}, cv=2).fit(X, Y)
