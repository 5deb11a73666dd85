"""Guard cases: whatever uses labels by another road than the classifier's is refused, and what does not passes."""

import functools
import operator
import sys
import types

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, KernelPCA
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.linear_model import BayesianRidge, LogisticRegression, RidgeClassifierCV
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skcert
from skcert import CertifiedKNeighborsClassifier
from skcert._label_use import label_using_steps, prefitted_label_use

# Two features that agree with most labels, the second a little less: one flip makes it the better one. Test rows
# are those where they differ.
_TRUTH = np.repeat([0, 1], 12)
X = np.stack([_TRUTH ^ np.isin(np.arange(24), (0, 12, 1)), _TRUTH ^ np.isin(np.arange(24), (2, 14, 3, 15))], axis=1)
X = X + np.random.default_rng(0).random(X.shape) / 10
Y = _TRUTH
X_TEST = np.array([[0.05, 1.05], [1.05, 0.05]])
WEIGHTS = None  # of the columns, by the labels: a global that functions below name
SETTINGS = types.ModuleType("settings_of_test_guard")


def _last():
    return CertifiedKNeighborsClassifier(9)


def _selector(y):
    return SelectKBest(k=1).fit(X, y)


def _mask(y):
    return _selector(y).get_support()


class Chosen(TransformerMixin, BaseEstimator):
    """Keeps the column that goes best with the labels."""

    def fit(self, X, y):
        self.selector_ = SelectKBest(k=1).fit(X, y)
        return self

    def transform(self, X):
        return self.selector_.transform(X)


class Free(TransformerMixin, BaseEstimator):
    uses_labels = False

    def fit(self, X, y=None):
        return self._fit(X, y)

    def _fit(self, X, y):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X


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
        return super().fit(X * _mask(y), y)


class ChosenSearch(GridSearchCV):
    def fit(self, X, y):
        return super().fit(X * _mask(y), y)


class NamedLikeScaler(ChosenScaler):
    pass


NamedLikeScaler.__name__ = "StandardScaler"


def _fit(step, y):
    return make_pipeline(step, _last()).fit(X, y)


def _function(function, y, **parameters):
    return _fit(FunctionTransformer(function, **parameters), y)


def _replaced(step, y):
    step.selector_ = _selector(y)
    step.transform = types.MethodType(Chosen.transform, step)
    return _fit(step, y)


def _replaced_fit(y):
    step = StandardScaler()
    step.fit = types.MethodType(lambda self, X, y: StandardScaler.fit(self, X * y.mean()), step)
    return _fit(step, y)


def _on_instance(y):
    step = Chosen()
    step.uses_labels = False
    return _fit(step, y)


def _closure(y):
    selector = _selector(y)
    return _function(lambda X: selector.transform(X), y)


def _closure_over_closure(y):
    mask = _mask(y)

    def inner(X):
        return X[:, mask]

    return _function(lambda X: inner(X), y)


def _series(y):
    mask = pd.Series(_mask(y))
    return _function(lambda X: X[:, mask.to_numpy()], y)


def _default(y):
    mask = _mask(y)
    return _function(lambda X, mask=mask: X[:, mask], y)


def _keyword_default(y):
    mask = _mask(y)

    def choose(X, *, mask=mask):
        return X[:, mask]

    return _function(choose, y)


def _attribute(y):
    def choose(X):
        return X[:, choose.mask]

    choose.mask = _mask(y)
    return _function(choose, y)


def _of_global(X):
    return X[:, WEIGHTS]


def _global(y):
    global WEIGHTS
    WEIGHTS = _mask(y)
    return _function(_of_global, y)


def _global_in_inner_code(y):
    global WEIGHTS
    WEIGHTS = _mask(y)
    return _function(lambda X: np.stack([(lambda row: row[WEIGHTS])(row) for row in X]), y)


def _module_state(y):
    SETTINGS.mask = _mask(y)
    return _function(lambda X: X[:, SETTINGS.mask], y)


def _imported_module_state(y):
    sys.modules[SETTINGS.__name__] = SETTINGS
    SETTINGS.mask = _mask(y)

    def choose(X):
        import settings_of_test_guard

        return X[:, settings_of_test_guard.mask]

    return _function(choose, y)


def _wrapped_with_a_borrowed_declaration(y):
    def keep(X):
        return X

    keep.uses_labels = False
    mask = _mask(y)

    @functools.wraps(keep)
    def choose(X):
        return keep(X)[:, mask]

    return _function(choose, y)


def _wrapped_as_of_a_library(y):
    global WEIGHTS
    WEIGHTS = _mask(y)

    @functools.wraps(np.linalg.norm)
    def choose(X):
        return X[:, WEIGHTS]

    return _function(choose, y)


class Holder:
    def __init__(self, mask):
        self.mask = mask

    def choose(self, X):
        return X[:, self.mask]

    __call__ = choose


class SlotHolder:
    __slots__ = ("mask",)

    def choose(self, X):
        return X[:, self.mask]


def _slots(y):
    holder = SlotHolder()
    holder.mask = _mask(y)
    return _function(holder.choose, y)


def _itemgetter(y):
    return _function(operator.itemgetter((slice(None), _mask(y))), y)


def _decorated(y):
    mask = _mask(y)
    return _function(functools.lru_cache(lambda X: X[:, mask]).__wrapped__, y)


def _frompyfunc(y):
    limit = _mask(y)[0]
    return _function(np.frompyfunc(lambda x: x * limit, 1, 1), y, inverse_func=None)


def _in_columns(step, y, **parameters):
    return _fit(ColumnTransformer([("keep", "passthrough", []), ("step", step, [0, 1])], **parameters), y)


def _columns_by_function(y):
    mask = _mask(y)
    return _fit(ColumnTransformer([("keep", StandardScaler(), lambda X: np.flatnonzero(mask))]), y)


def _remainder(y):
    return _fit(ColumnTransformer([("keep", StandardScaler(), [])], remainder=Chosen()), y)


def _search(y, kind=ChosenSearch, **options):
    return kind(_last(), {"n_neighbors": [9]}, cv=2, **options).fit(X, y)


def _kernel(y):
    mask = _mask(y)
    return skcert.KernelRegressorClassifier(kernel=lambda A, B: A[:, mask] @ B[:, mask].T, alpha=1.0).fit(X, y)


def _kernel_of_a_step(y):
    mask = _mask(y)
    return _fit(KernelPCA(1, kernel=lambda a, b: a[mask] @ b[mask]), y)


def _metric(y):
    mask = _mask(y)
    return CertifiedKNeighborsClassifier(9, metric=lambda a, b: abs(a[mask] - b[mask]).sum()).fit(X, y)


def _tokenizer(y):
    mask = _mask(y)
    words = CountVectorizer(
        preprocessor=lambda row: np.round(row, 1),
        tokenizer=lambda row: [f"{column}: {row[column]}" for column in np.flatnonzero(mask)],
        token_pattern=None,
    )
    return make_pipeline(words, FunctionTransformer(_dense), _last()).fit(X, y)


def _dense(X):
    return X.toarray()


def _asks_for_weights(y):
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        step = StandardScaler().set_fit_request(sample_weight=True)
        return make_pipeline(step, _last()).fit(X, y, sample_weight=1.0 + y)


def _take(X, mask):
    return X[:, mask]


def _column_of(predict, X):
    return predict(X)[:, None]


USES_LABELS = {
    "union subclass": lambda y: _fit(ChosenUnion([("a", StandardScaler())]), y),
    "column transformer subclass": lambda y: _fit(ChosenColumns([("a", StandardScaler(), [0])]), y),
    "scaler subclass": lambda y: _fit(ChosenScaler(), y),
    "subclass of the same name": lambda y: _fit(NamedLikeScaler(), y),
    "pipeline subclass": lambda y: ChosenPipeline([("last", _last())]).fit(X, y),
    "pipeline subclass as a step": lambda y: _fit(ChosenPipeline([("a", Chosen())]), y),
    "search subclass": _search,
    "search subclass in a pipeline": lambda y: make_pipeline(
        StandardScaler(), ChosenSearch(_last(), {"n_neighbors": [9]}, cv=2)
    ).fit(X, y),
    "unknown": lambda y: _fit(Chosen(), y),
    "declared by a class above": lambda y: _fit(InheritsDeclaration(), y),
    "declared above, template method": lambda y: _fit(InheritsDeclarationByTemplate(), y),
    "declared besides": lambda y: _fit(DeclarationBesides(), y),
    "declared on the instance": _on_instance,
    "transform replaced": lambda y: _replaced(StandardScaler(), y),
    "transform of a declared class replaced": lambda y: _replaced(Free(), y),
    "fit replaced": _replaced_fit,
    "method of a fitted selector": lambda y: _function(_selector(y).transform, y),
    "method of an array": lambda y: _function(np.array(_mask(y)[0] / 1).__mul__, y),
    "predict of a classifier": lambda y: _function(
        functools.partial(_column_of, LogisticRegression().fit(X, y).predict), y
    ),
    "partial": lambda y: _function(functools.partial(_take, mask=_mask(y)), y),
    "kw_args": lambda y: _function(_take, y, kw_args={"mask": _mask(y)}),
    "closure over a selector": _closure,
    "closure over a closure": _closure_over_closure,
    "closure over a series": _series,
    "default": _default,
    "keyword default": _keyword_default,
    "attribute of the function": _attribute,
    "global": _global,
    "global in inner code": _global_in_inner_code,
    "state of a module": _module_state,
    "state of an imported module": _imported_module_state,
    "borrowed declaration": _wrapped_with_a_borrowed_declaration,
    "wrapper named like a library's": _wrapped_as_of_a_library,
    "callable object": lambda y: _function(Holder(_mask(y)), y),
    "method of an object": lambda y: _function(Holder(_mask(y)).choose, y),
    "slots": _slots,
    "getter": _itemgetter,
    "cached function": _decorated,
    "ufunc made of a function": _frompyfunc,
    "frozen selector": lambda y: _fit(FrozenEstimator(_selector(y)), y),
    "frozen pipeline": lambda y: _fit(FrozenEstimator(make_pipeline(StandardScaler(), SelectKBest(k=1)).fit(X, y)), y),
    "part of a union": lambda y: _fit(FeatureUnion([("a", Chosen())]), y),
    "function in columns": lambda y: _in_columns(FunctionTransformer(functools.partial(_take, mask=_mask(y))), y),
    "columns by a function": _columns_by_function,
    "remainder": _remainder,
    "centres from labels": lambda y: _fit(
        KMeans(2, init=np.array([X[y == k].mean(axis=0) for k in (0, 1)]), n_init=1), y
    ),
    "kernel of a step": _kernel_of_a_step,
    "kernel of the classifier": _kernel,
    "metric of the classifier": _metric,
    "imputer's frozen estimator": lambda y: _fit(
        IterativeImputer(FrozenEstimator(LogisticRegression().fit(X[:, :1], y)), max_iter=1), y
    ),
    "tokenizer": _tokenizer,
    "sample weights asked for": _asks_for_weights,
}


class Logged(Pipeline):
    uses_labels = False


class DeclaredAgain(InheritsDeclaration):
    uses_labels = False


def _columns_by_type(y):
    columns = ColumnTransformer([("a", StandardScaler(), make_column_selector(dtype_include=float))])
    return make_pipeline(FunctionTransformer(pd.DataFrame), columns, _last()).fit(X, y)


def _declared_function(y):
    mask = np.array([True, False])  # known beforehand

    def choose(X):
        return X[:, mask]

    choose.uses_labels = False
    return _function(choose, y)


IGNORES_LABELS = {
    "ufunc": lambda y: _function(np.sqrt, y),
    "plain function": lambda y: _function(lambda X: np.clip(X, 0, 1) * len(X), y),
    "library function with arguments": lambda y: _function(functools.partial(np.clip, a_min=0, a_max=1), y),
    "vectorized": lambda y: _function(np.vectorize(abs), y),
    "declared function": _declared_function,
    "method of a fitted scaler": lambda y: _function(StandardScaler().fit(X).transform, y),
    "method of a fitted mixture": lambda y: _function(GaussianMixture(2, random_state=0).fit(X).predict_proba, y),
    "frozen scaler": lambda y: _fit(FrozenEstimator(StandardScaler().fit(X)), y),
    "union": lambda y: _fit(FeatureUnion([("a", StandardScaler()), ("b", PCA(1, svd_solver="full"))]), y),
    "columns": lambda y: _in_columns(StandardScaler(), y, remainder=StandardScaler()),
    "columns by a library's function": _columns_by_type,
    "imputer": lambda y: _fit(IterativeImputer(BayesianRidge()), y),
    "declared": lambda y: _fit(Free(), y),
    "declared again": lambda y: _fit(DeclaredAgain(), y),
    "declared pipeline": lambda y: Logged([("a", StandardScaler()), ("last", _last())]).fit(X, y),
    "set_output": lambda y: _fit(StandardScaler().set_output(transform="pandas"), y),
    "passthrough": lambda y: Pipeline([("a", "passthrough"), ("b", None), ("last", _last())]).fit(X, y),
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
        skcert.certify(Logged([("a", Chosen()), ("last", _last())]).fit(X, Y), X_TEST)
    with pytest.raises(ValueError, match="'logged__a': Chosen is not known"):
        skcert.certify(_fit(Logged([("a", Chosen())]), Y), X_TEST)


def test_cycles_and_crowds_come_to_an_end():
    loop = [1]
    loop.append(loop)
    assert label_using_steps(FunctionTransformer(lambda X: X * len(loop)), "f") == []
    crowd = [[i] for i in range(100_000)]
    ((_, reason),) = label_using_steps(FunctionTransformer(lambda X: X * len(crowd)), "f")
    assert "too many to look at" in reason


def test_halving_searches_are_known():
    result = skcert.certify(_search(Y, HalvingGridSearchCV, min_resources=24), X_TEST)
    assert len(result.caveats) == 1 and "HalvingGridSearchCV" in result.caveats[0]


CARRIERS = {
    "frozen": (lambda y: FrozenEstimator(_selector(y)), "base__step"),
    "frozen classifier in a vote": (
        lambda y: VotingClassifier([("a", FrozenEstimator(LogisticRegression().fit(X, y)))]),
        "base__step__a",
    ),
    "frozen in a prefit selector": (
        lambda y: SelectFromModel(FrozenEstimator(LogisticRegression().fit(X, y)), prefit=True),
        "base__step",
    ),
    "prefit": (lambda y: SelectFromModel(LogisticRegression(), prefit=True), "base__step"),
    "stack": (lambda y: StackingClassifier([("a", LogisticRegression())], cv="prefit"), "base__step"),
    "frozen in a grid": (
        lambda y: GridSearchCV(make_pipeline(StandardScaler()), {"standardscaler": [FrozenEstimator(_selector(y))]}),
        "base__step",
    ),
    "scoring": (lambda y: GridSearchCV(LogisticRegression(), {}, scoring=_scoring(y)), "base__step"),
    "function": (lambda y: FunctionTransformer(_selector(y).transform), "base__step"),
    "priors": (lambda y: GaussianNB(priors=np.bincount(y) / len(y)), "base__step"),
    "code of its class": (lambda y: _of_class_with(y)(), "base__step"),
}


def _scoring(y):
    return lambda estimator, X_part, y_part: (estimator.predict(X) == y).mean()


def _of_class_with(y):
    class Remembers(BaseEstimator):
        def fit(self, X, y_part):
            self.mean_ = y.mean()
            return self

    return Remembers


@pytest.mark.parametrize("case", CARRIERS)
def test_bases_that_bring_labels_along_are_found(case):
    make, name = CARRIERS[case]
    found = prefitted_label_use(Pipeline([("scale", StandardScaler()), ("step", make(Y))]), "base")
    assert [part for part, _ in found] == [name]


@pytest.mark.parametrize(
    "base",
    [
        make_pipeline(SelectKBest(k=1), LogisticRegression()).fit(X, Y),  # which clones forget
        make_pipeline(
            FrozenEstimator(StandardScaler().fit(X)), skcert.NTKRegressorClassifier(classes=np.array([0, 1]))
        ),
        GridSearchCV(LogisticRegression(), {"C": np.logspace(-2, 2, 5)}, scoring="accuracy"),
        RandomizedSearchCV(LogisticRegression(), {"C": loguniform(1, 2)}, scoring=make_scorer(accuracy_score)),
        RidgeClassifierCV(alphas=np.logspace(-2, 2, 5)),
        CalibratedClassifierCV(VotingClassifier([("a", LogisticRegression()), ("b", "drop")])),
        skcert.PartitionAggregationEnsemble(Chosen()),
    ],
    ids=lambda base: type(base).__name__,
)
def test_bases_that_learn_from_their_own_rows_are_not(base):
    assert prefitted_label_use(base, "base") == []
