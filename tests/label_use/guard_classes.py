"""Classes, instances and parameters that bring labels to a step in other ways."""

import types

import numpy as np
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from .guard_data import Chosen, Free, X, fitted, last, mask_of, selector_of


class InheritsDeclaration(Free):
    fit, transform = Chosen.fit, Chosen.transform


class InheritsDeclarationByTemplate(Free):
    _fit, transform = Chosen.fit, Chosen.transform


class Declaration:
    uses_labels = False


class DeclarationBesides(Declaration, Chosen):
    pass


class ChosenUnion(FeatureUnion):
    def fit_transform(self, X, y=None, **params):
        self.selector_ = SelectKBest(k=1).fit(X, y)
        super().fit_transform(X, y)
        return self.transform(X)

    def transform(self, X):
        return self.selector_.transform(X)


class ChosenColumns(ColumnTransformer):
    transform = ChosenUnion.transform

    def fit_transform(self, X, y=None):
        return Chosen.fit(self, X, y).transform(X)


class ChosenScaler(StandardScaler):
    fit, transform = Chosen.fit, Chosen.transform
    fit_transform = Chosen.fit_transform


class ChosenPipeline(Pipeline):
    """Fits on rows that labels pick."""

    def fit(self, X, y):
        return super().fit(X * mask_of(y), y)


class ChosenSearch(GridSearchCV):
    def fit(self, X, y):
        return super().fit(X * mask_of(y), y)


class NamedLikeScaler(ChosenScaler):
    pass


NamedLikeScaler.__name__ = "StandardScaler"


def _replaced(step, y):
    step.selector_ = selector_of(y)
    step.transform = types.MethodType(Chosen.transform, step)
    return fitted(step, y)


def _replaced_fit(y):
    step = StandardScaler()
    step.fit = types.MethodType(lambda self, X, y: StandardScaler.fit(self, X * y.mean()), step)
    return fitted(step, y)


def _on_instance(y):
    step = Chosen()
    step.uses_labels = False
    return fitted(step, y)


def _remainder(y):
    return fitted(ColumnTransformer([("keep", StandardScaler(), [])], remainder=Chosen()), y)


def _search(y, kind=ChosenSearch, **options):
    return kind(last(), {"n_neighbors": [9]}, cv=2, **options).fit(X, y)


def _asks_for_weights(y):
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        step = StandardScaler().set_fit_request(sample_weight=True)
        return make_pipeline(step, last()).fit(X, y, sample_weight=1.0 + y)


CLASSES = {
    "union subclass": lambda y: fitted(ChosenUnion([("a", StandardScaler())]), y),
    "column transformer subclass": lambda y: fitted(ChosenColumns([("a", StandardScaler(), [0])]), y),
    "scaler subclass": lambda y: fitted(ChosenScaler(), y),
    "subclass of the same name": lambda y: fitted(NamedLikeScaler(), y),
    "pipeline subclass": lambda y: ChosenPipeline([("last", last())]).fit(X, y),
    "pipeline subclass as a step": lambda y: fitted(ChosenPipeline([("a", Chosen())]), y),
    "search subclass": _search,
    "search subclass in a pipeline": lambda y: make_pipeline(
        StandardScaler(), ChosenSearch(last(), {"n_neighbors": [9]}, cv=2)
    ).fit(X, y),
    "unknown": lambda y: fitted(Chosen(), y),
    "declared by a class above": lambda y: fitted(InheritsDeclaration(), y),
    "declared above, template method": lambda y: fitted(InheritsDeclarationByTemplate(), y),
    "declared besides": lambda y: fitted(DeclarationBesides(), y),
    "declared on the instance": _on_instance,
    "transform replaced": lambda y: _replaced(StandardScaler(), y),
    "transform of a declared class replaced": lambda y: _replaced(Free(), y),
    "fit replaced": _replaced_fit,
    "frozen selector": lambda y: fitted(FrozenEstimator(selector_of(y)), y),
    "frozen pipeline": lambda y: fitted(
        FrozenEstimator(make_pipeline(StandardScaler(), SelectKBest(k=1)).fit(X, y)), y
    ),
    "part of a union": lambda y: fitted(FeatureUnion([("a", Chosen())]), y),
    "remainder": _remainder,
    "centres from labels": lambda y: fitted(
        KMeans(2, init=np.array([X[y == k].mean(axis=0) for k in (0, 1)]), n_init=1), y
    ),
    "imputer's frozen estimator": lambda y: fitted(
        IterativeImputer(FrozenEstimator(LogisticRegression().fit(X[:, :1], y)), max_iter=1), y
    ),
    "sample weights asked for": _asks_for_weights,
}
