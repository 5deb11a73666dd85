"""Transformers upstream of a classifier, told apart by whether they look at labels."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.cross_decomposition import CCA, PLSRegression
from sklearn.decomposition import NMF, PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.frozen import FrozenEstimator
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NeighborhoodComponentsAnalysis
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import all_estimators

import skcert
from skcert import NTKRegressorClassifier
from skcert.label_use import LABEL_FREE, label_using_steps
from skcert.label_use._known import LABEL_FREE_OTHERS

LABEL_USING = [
    SelectKBest(k=3),
    SelectPercentile(percentile=50),
    SelectFpr(alpha=0.9),
    SelectFdr(alpha=0.9),
    GenericUnivariateSelect(mode="k_best", param=3),
    SelectFromModel(ExtraTreesClassifier(5, random_state=0)),
    RFE(LogisticRegression(), n_features_to_select=3),
    RFECV(LogisticRegression(), cv=2),
    SequentialFeatureSelector(LogisticRegression(), n_features_to_select=2, cv=2),
    LinearDiscriminantAnalysis(),
    NeighborhoodComponentsAnalysis(n_components=2, max_iter=3),
    TargetEncoder(),
]
FREE = [
    StandardScaler(),
    MinMaxScaler(),
    PCA(3),
    NMF(2, max_iter=1000, random_state=0),
    SimpleImputer(),
    KNNImputer(),
    KBinsDiscretizer(3, strategy="uniform"),
    OneHotEncoder(handle_unknown="ignore"),
    QuantileTransformer(n_quantiles=20),
    PowerTransformer(),
    SplineTransformer(),
    Nystroem(n_components=10, random_state=0),
    VarianceThreshold(),
]


def _data(n=60):
    rng = np.random.default_rng(0)
    return rng.random((n, 6)), rng.integers(0, 2, n)


def _dense(X):
    return X.toarray() if hasattr(X, "toarray") else X


class _Densify(TransformerMixin, BaseEstimator):
    uses_labels = False

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return _dense(X)


@pytest.mark.parametrize("transformer", LABEL_USING, ids=lambda step: type(step).__name__)
def test_steps_that_use_labels_are_refused_by_name(transformer):
    X, y = _data()
    model = make_pipeline(clone(transformer), NTKRegressorClassifier()).fit(X, y)
    name = type(transformer).__name__
    with pytest.raises(ValueError, match=rf"'{name.lower()}': {name} uses labels"):
        skcert.certify(model, X)
    with pytest.warns(skcert.LabelUseWarning, match=name.lower()):
        result = skcert.certify(model, X, allow_label_use=True)
    (caveat,) = [caveat for caveat in result.caveats if caveat.startswith("No guarantee")]
    assert name in caveat


@pytest.mark.parametrize("transformer", [PLSRegression(), CCA()], ids=lambda step: type(step).__name__)
def test_those_that_no_pipeline_takes_are_known_too(transformer):
    assert label_using_steps(transformer, "pls")


@pytest.mark.parametrize("transformer", FREE, ids=lambda step: type(step).__name__)
def test_steps_that_ignore_labels_pass(transformer):
    X, y = _data()
    model = make_pipeline(clone(transformer), _Densify(), NTKRegressorClassifier()).fit(X, y)
    result = skcert.certify(model, X)
    assert result.caveats == ()
    assert np.array_equal(result.prediction, model.predict(X))


def _input_for(name):
    X, _ = _data(40)
    special = {
        "CountVectorizer": [f"word{i % 7} word{i % 3} text" for i in range(40)],
        "HashingVectorizer": [f"word{i % 7} text" for i in range(40)],
        "TfidfVectorizer": [f"word{i % 7} text" for i in range(40)],
        "DictVectorizer": [{"a": i % 5, f"b{i % 3}": 1} for i in range(40)],
        "FeatureHasher": [{"a": i % 5, f"b{i % 3}": 1} for i in range(40)],
        "KernelCenterer": X @ X.T,
        "PatchExtractor": X[:, :4].reshape(40, 2, 2),
    }
    return special.get(name, X)


_PARAMETERS = {
    "SparseCoder": {"dictionary": np.eye(6)},
    "PatchExtractor": {"patch_size": (2, 2)},
    "Isomap": {"n_neighbors": 20},
    "Nystroem": {"n_components": 10},
    "QuantileTransformer": {"n_quantiles": 20},
    "KBinsDiscretizer": {"quantile_method": "averaged_inverted_cdf"},
    "LocallyLinearEmbedding": {"n_neighbors": 15},
    "GaussianRandomProjection": {"n_components": 3},
    "SparseRandomProjection": {"n_components": 3},
    "FeatureHasher": {"n_features": 8},
    "HashingVectorizer": {"n_features": 8},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LABEL_FREE))
def test_label_free_transformers_ignore_labels(name):
    """Each is fitted with different labels, and with none, and makes the same of the rows."""
    kind = dict(all_estimators()).get(name)
    assert kind is not None, f"scikit-learn has no {name}"
    parameters = {"random_state": 0, **_PARAMETERS.get(name, {})}
    X = _input_for(name)
    rng = np.random.default_rng(1)
    made = []
    for y in (rng.integers(0, 2, 40), rng.integers(0, 3, 40), None):
        transformer = kind(**{key: value for key, value in parameters.items() if key in kind._get_param_names()})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence
            made.append(_dense(transformer.fit(X, y).transform(X)))
    for other in made[1:]:
        np.testing.assert_array_equal(made[0], other)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LABEL_FREE_OTHERS))
def test_other_label_free_estimators_ignore_labels(name):
    kind = dict(all_estimators())[name]
    parameters = {"random_state": 0, "novelty": True, "min_samples": 3, "copy": True}
    X, y = _data(40)
    fitted = []
    for labels in (y, 1 - y, None):
        estimator = kind(**{key: value for key, value in parameters.items() if key in kind._get_param_names()})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of convergence
            estimator.fit(X, labels)
        state = {name: value for name, value in vars(estimator).items() if isinstance(value, (np.ndarray, int, float))}
        if hasattr(estimator, "score_samples"):
            state["scores"] = estimator.score_samples(X)
        fitted.append(state)
    for other in fitted[1:]:
        np.testing.assert_equal(other, fitted[0])


def test_composites_are_looked_through():
    X, y = _data()
    union = FeatureUnion([("all", MinMaxScaler()), ("best", make_pipeline(StandardScaler(), SelectKBest(k=2)))])
    columns = ColumnTransformer(
        [("left", StandardScaler(), [0, 1]), ("right", union, [2, 3, 4]), ("none", "drop", [5])]
    )
    model = make_pipeline(columns, NTKRegressorClassifier()).fit(X, y)
    with pytest.raises(ValueError, match="'columntransformer__right__best__selectkbest'"):
        skcert.certify(model, X)
    found = label_using_steps(model[0], "columns")
    assert [name for name, _ in found] == ["columns__right__best__selectkbest"]
    assert label_using_steps(FrozenEstimator(StandardScaler()), "a") == []
    assert label_using_steps(FrozenEstimator(SelectKBest()), "a")[0][0] == "a"


def test_parts_are_those_that_were_fitted():
    """A parameter that was changed after fit does not clear a step that has used labels."""
    X, y = _data()
    columns = ColumnTransformer([("best", SelectKBest(k=2), [0, 1, 2]), ("rest", StandardScaler(), [3])])
    model = make_pipeline(columns, NTKRegressorClassifier()).fit(X, y)
    model.set_params(columntransformer__best=StandardScaler())
    with pytest.raises(ValueError, match="columntransformer__best"):
        skcert.certify(model, X)


def test_unknown_transformers_are_refused_until_they_say_that_they_ignore_labels():
    class Unknown(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.fitted_ = True
            return self

        def transform(self, X):
            return X

    class Subclass(StandardScaler):  # may do what it likes in its `fit`
        pass

    X, y = _data()
    for kind in (Unknown, Subclass):
        model = make_pipeline(kind(), NTKRegressorClassifier()).fit(X, y)
        with pytest.raises(ValueError, match=f"{kind.__name__} is not known to ignore labels .*uses_labels = False"):
            skcert.certify(model, X)
        kind.uses_labels = False
        assert skcert.certify(model, X).caveats == ()
