"""Parts that draw at random without a seed."""

import functools
import warnings

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA, KernelPCA
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import SelectKBest, mutual_info_classif
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.manifold import Isomap
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, ShuffleSplit, StratifiedKFold
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, QuantileTransformer, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

import skcert
from skcert import CertifiedKNeighborsClassifier, NTKRegressorClassifier
from skcert.label_use import LABEL_FREE, unseeded_parts

from .test_steps import _PARAMETERS, _dense, _input_for

_LOGISTIC = LogisticRegression()
DRAWS = {
    "step": (RBFSampler(), ["m"]),
    "generator": (RBFSampler(random_state=np.random.RandomState(0)), ["m"]),
    "within": (make_pipeline(FeatureUnion([("a", RBFSampler())]), _LOGISTIC), ["m__featureunion__a"]),
    "forest": (RandomForestClassifier(), ["m"]),
    "saga": (LogisticRegression(solver="saga"), ["m"]),
    "dual": (LinearSVC(), ["m"]),
    "splitter": (GridSearchCV(_LOGISTIC, {}, cv=KFold(2, shuffle=True)), ["m__cv"]),
    "splitter of a part": (CalibratedClassifierCV(_LOGISTIC, cv=ShuffleSplit()), ["m__cv"]),
    "search": (RandomizedSearchCV(_LOGISTIC, {"C": [1, 2]}), ["m"]),
    "member of a vote": (VotingClassifier([("a", _LOGISTIC), ("b", DecisionTreeClassifier())]), ["m__b"]),
    "in a grid": (GridSearchCV(_LOGISTIC, {"estimator": [RandomForestClassifier()]}), ["m__param_grid"]),
    "bag": (BaggingClassifier(DecisionTreeClassifier(random_state=0)), ["m"]),
    "few components": (PCA(2), ["m"]),
    "Isomap": (Isomap(), ["m"]),
    "imputer's trees": (IterativeImputer(ExtraTreesRegressor()), ["m__estimator"]),
    "imputer": (IterativeImputer(sample_posterior=True, random_state=0), ["m"]),
    "frozen imputer": (FrozenEstimator(IterativeImputer(sample_posterior=True, random_state=0)), ["m"]),
    "score": (SelectKBest(mutual_info_classif), ["m__score_func"]),
    "arguments": (FunctionTransformer(kw_args={"rng": np.random.default_rng(0)}), ["m__kw_args"]),
    "unknown rows": (QuantileTransformer(), ["m"]),
}
DOES_NOT = {
    "seeded": RBFSampler(random_state=0),
    "numpy's int": RBFSampler(random_state=np.int64(0)),
    "lbfgs": LogisticRegression(),
    "ridge": RidgeClassifier(),
    "machine": SVC(),
    "splitter": GridSearchCV(_LOGISTIC, {}, cv=StratifiedKFold(2)),
    "seeded splitter": GridSearchCV(_LOGISTIC, {}, cv=KFold(2, shuffle=True, random_state=0)),
    "bag seeds its members": BaggingClassifier(DecisionTreeClassifier(), random_state=0),
    "all components": PCA(),
    "share of variance": PCA(0.9),
    "exact": PCA(2, svd_solver="full"),
    "many components": KernelPCA(20),
    "imputer": IterativeImputer(),
    "frozen": FrozenEstimator(RBFSampler().fit(np.eye(3))),
    "seeded score": SelectKBest(functools.partial(mutual_info_classif, random_state=0)),
    "passthrough": make_pipeline("passthrough", StandardScaler()),
    "nothing": None,
}


@pytest.mark.parametrize("case", DRAWS)
def test_draws_are_found(case):
    estimator, names = DRAWS[case]
    assert [name for name, _ in unseeded_parts(estimator, "m")] == names


@pytest.mark.parametrize("case", DOES_NOT)
def test_no_noise(case):
    assert unseeded_parts(DOES_NOT[case], "m") == []


def test_some_draw_from_many_rows_only():
    for part, limit in [
        (QuantileTransformer(), 10_000),
        (KBinsDiscretizer(subsample=500), 500),
        (KernelPCA(2), 200),
        (Isomap(), 200),
        (HistGradientBoostingClassifier(), 10_000),
    ]:
        assert unseeded_parts(part, "m", n_train=limit) == []
        assert len(unseeded_parts(part, "m", n_train=limit + 1)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [40, 250])
@pytest.mark.parametrize("name", sorted(LABEL_FREE))
def test_transformers_that_differ_from_fit_to_fit_are_found(name, n_rows):
    kind = dict(all_estimators())[name]
    parameters = {k: v for k, v in _PARAMETERS.get(name, {}).items() if k in kind._get_param_names()}
    X = _input_for(name)
    if n_rows > 40:
        if name in ("LocallyLinearEmbedding", "DictionaryLearning", "SparsePCA") or not isinstance(X, np.ndarray):
            n_rows = 40  # slow, or of another kind
        elif X.shape == (40, 6):
            X = np.random.default_rng(0).random((n_rows, 6))
    transformer = kind(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence
        made = [_dense(transformer.fit(X).transform(X)) for _ in range(2)]
    if not np.array_equal(*made):
        assert unseeded_parts(transformer, "m", len(X))


def test_certificates_carry_a_caveat_until_there_is_a_seed():
    rng = np.random.default_rng(0)
    X = rng.random((60, 4))
    y = (X[:, 0] > 0.5).astype(int)

    def certified_and_refitted(seed):
        sampler = RBFSampler(n_components=5, random_state=seed)
        model = make_pipeline(StandardScaler(), sampler, NTKRegressorClassifier(alpha=10.0)).fit(X, y)
        return skcert.certify(model, X), model.fit(X, y).predict(X)

    def breaks_its_certificate():
        result, refitted = certified_and_refitted(None)
        (caveat,) = result.caveats
        assert caveat.startswith("Step 'rbfsampler': RBFSampler draws at random and has no int as random_state")
        assert "a refit on the same labels is another model" in caveat
        return ((result.prediction != refitted) & (result.radius >= 1)).any()

    assert any(breaks_its_certificate() for _ in range(50))  # most draws do
    fixed, refitted = certified_and_refitted(0)
    assert fixed.caveats == () and np.array_equal(fixed.prediction, refitted)


def test_what_a_fitted_step_did_counts_and_not_what_it_might_have_done():
    rng = np.random.default_rng(0)
    X, y = rng.random((60, 4)), rng.integers(0, 2, 60)
    model = make_pipeline(PCA(2), QuantileTransformer(n_quantiles=10), CertifiedKNeighborsClassifier()).fit(X, y)
    assert skcert.certify(model, X).caveats == ()
    model = make_pipeline(PCA(2, svd_solver="randomized"), CertifiedKNeighborsClassifier()).fit(X, y)
    assert len(skcert.certify(model, X).caveats) == 1
