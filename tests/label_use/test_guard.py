"""Guard cases: whatever uses labels in other ways than the classifier is refused, and what does not passes."""

import functools

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.linear_model import BayesianRidge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import HalvingGridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skcert
from skcert.label_use import label_using_steps

from .guard_classes import CLASSES, InheritsDeclaration
from .guard_data import X_TEST, Chosen, Free, X, Y, fitted, in_columns, last, with_function
from .guard_functions import FUNCTIONS

USES_LABELS = {**CLASSES, **FUNCTIONS}


class Logged(Pipeline):
    uses_labels = False


class DeclaredAgain(InheritsDeclaration):
    uses_labels = False


def _columns_by_type(y):
    columns = ColumnTransformer([("a", StandardScaler(), make_column_selector(dtype_include=float))])
    return make_pipeline(FunctionTransformer(pd.DataFrame), columns, last()).fit(X, y)


def _declared_function(y):
    mask = np.array([True, False])  # known beforehand

    def choose(X):
        return X[:, mask]

    choose.uses_labels = False
    return with_function(choose, y)


IGNORES_LABELS = {
    "ufunc": lambda y: with_function(np.sqrt, y),
    "plain function": lambda y: with_function(lambda X: np.clip(X, 0, 1) * len(X), y),
    "library function with arguments": lambda y: with_function(functools.partial(np.clip, a_min=0, a_max=1), y),
    "vectorized": lambda y: with_function(np.vectorize(abs), y),
    "declared function": _declared_function,
    "method of a fitted scaler": lambda y: with_function(StandardScaler().fit(X).transform, y),
    "method of a fitted mixture": lambda y: with_function(GaussianMixture(2, random_state=0).fit(X).predict_proba, y),
    "frozen scaler": lambda y: fitted(FrozenEstimator(StandardScaler().fit(X)), y),
    "union": lambda y: fitted(FeatureUnion([("a", StandardScaler()), ("b", PCA(1, svd_solver="full"))]), y),
    "columns": lambda y: in_columns(StandardScaler(), y, remainder=StandardScaler()),
    "columns by a library's function": _columns_by_type,
    "imputer": lambda y: fitted(IterativeImputer(BayesianRidge()), y),
    "declared": lambda y: fitted(Free(), y),
    "declared again": lambda y: fitted(DeclaredAgain(), y),
    "declared pipeline": lambda y: Logged([("a", StandardScaler()), ("last", last())]).fit(X, y),
    "set_output": lambda y: fitted(StandardScaler().set_output(transform="pandas"), y),
    "passthrough": lambda y: Pipeline([("a", "passthrough"), ("b", None), ("last", last())]).fit(X, y),
}


@pytest.mark.parametrize("case", USES_LABELS)
def test_what_uses_labels_is_refused_or_marked(case):
    model = USES_LABELS[case](Y)
    with pytest.raises(ValueError, match="guarantee would not hold"):
        skcert.certify(model, X_TEST)
    with pytest.warns(skcert.LabelUseWarning):
        result = skcert.certify(model, X_TEST, allow_label_use=True)
    assert any(caveat.startswith("No guarantee") for caveat in result.caveats)


@pytest.mark.parametrize("case", IGNORES_LABELS)
def test_what_ignores_labels_passes_in_silence(case):
    model = IGNORES_LABELS[case](Y)
    result = skcert.certify(model, X_TEST)
    assert result.caveats == ()
    assert np.array_equal(result.prediction, model.predict(X_TEST))


def test_there_are_at_least_forty_cases():
    assert len(USES_LABELS) >= 40


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        "union subclass",
        "scaler subclass",
        "pipeline subclass",
        "search subclass",
        "declared by a class above",
        "transform replaced",
        "closure over a selector",
        "global",
        "kw_args",
        "frozen selector",
        "metric of the classifier",
        "kernel of the classifier",
    ],
)
def test_their_radii_are_broken_by_a_single_flip(case):
    """The guard is not for nothing: making the same model from other labels changes what was certified."""
    model = USES_LABELS[case](Y)
    with pytest.warns(skcert.LabelUseWarning):
        result = skcert.certify(model, X_TEST, allow_label_use=True)
    broken = 0
    for row in range(len(Y)):
        flipped = Y.copy()
        flipped[row] = 1 - flipped[row]
        broken += ((USES_LABELS[case](flipped).predict(X_TEST) != result.prediction) & (result.radius >= 1)).sum()
    assert broken


def test_messages_say_what_was_seen_and_what_to_do():
    for case, message in {
        "closure over a selector": "its func leads to SelectKBest, fitted beforehand.*'selector'.*uses_labels = False",
        "global": "its func leads to data .* of type ndarray, 'WEIGHTS'",
        "declared by a class above": "InheritsDeclaration has methods that Free, .* repeat it in the class itself",
        "fit replaced": "its method 'fit' was replaced on the instance",
        "union subclass": "ChosenUnion is not known to ignore labels",
        "pipeline subclass": "'chosenpipeline': ChosenPipeline is not known",
        "centres from labels": "its init is or holds data .* in a class of your own",
        "kernel of the classifier": "'kernelregressorclassifier': its kernel leads to data",
    }.items():
        with pytest.raises(ValueError, match=message):
            skcert.certify(USES_LABELS[case](Y), X_TEST)


def test_a_declared_pipeline_vouches_for_its_code_and_not_for_its_steps():
    with pytest.raises(ValueError, match="'a': Chosen is not known"):
        skcert.certify(Logged([("a", Chosen()), ("last", last())]).fit(X, Y), X_TEST)
    with pytest.raises(ValueError, match="'logged__a': Chosen is not known"):
        skcert.certify(fitted(Logged([("a", Chosen())]), Y), X_TEST)


def test_cycles_and_crowds_come_to_an_end():
    loop = [1]
    loop.append(loop)
    assert label_using_steps(FunctionTransformer(lambda X: X * len(loop)), "f") == []
    crowd = [[i] for i in range(25_000)]
    ((_, reason),) = label_using_steps(FunctionTransformer(lambda X: X * len(crowd)), "f")
    assert "too many to examine" in reason


def test_halving_searches_are_known():
    result = skcert.certify(
        HalvingGridSearchCV(last(), {"n_neighbors": [9]}, cv=2, min_resources=24).fit(X, Y), X_TEST
    )
    assert len(result.caveats) == 1 and "HalvingGridSearchCV" in result.caveats[0]
