"""Functions that have labels at hand, or something made from them."""

import functools
import operator
import sys
import types

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import KernelPCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skcert
from skcert import CertifiedKNeighborsClassifier

from .guard_data import X, column_of, fitted, in_columns, last, mask_of, selector_of, take, with_function

WEIGHTS = None  # of the columns, by the labels: a global that functions below name
SETTINGS = types.ModuleType("settings_of_guard_cases")


def _closure(y):
    selector = selector_of(y)
    return with_function(lambda X: selector.transform(X), y)


def _closure_over_closure(y):
    mask = mask_of(y)

    def inner(X):
        return X[:, mask]

    return with_function(lambda X: inner(X), y)


def _series(y):
    mask = pd.Series(mask_of(y))
    return with_function(lambda X: X[:, mask.to_numpy()], y)


def _default(y):
    mask = mask_of(y)
    return with_function(lambda X, mask=mask: X[:, mask], y)


def _keyword_default(y):
    mask = mask_of(y)

    def choose(X, *, mask=mask):
        return X[:, mask]

    return with_function(choose, y)


def _attribute(y):
    def choose(X):
        return X[:, choose.mask]

    choose.mask = mask_of(y)
    return with_function(choose, y)


def _of_global(X):
    return X[:, WEIGHTS]


def _global(y):
    global WEIGHTS
    WEIGHTS = mask_of(y)
    return with_function(_of_global, y)


def _global_in_inner_code(y):
    global WEIGHTS
    WEIGHTS = mask_of(y)
    return with_function(lambda X: np.stack([(lambda row: row[WEIGHTS])(row) for row in X]), y)


def _module_state(y):
    SETTINGS.mask = mask_of(y)
    return with_function(lambda X: X[:, SETTINGS.mask], y)


def _imported_module_state(y):
    sys.modules[SETTINGS.__name__] = SETTINGS
    SETTINGS.mask = mask_of(y)

    def choose(X):
        import settings_of_guard_cases

        return X[:, settings_of_guard_cases.mask]

    return with_function(choose, y)


def _wrapped_with_a_borrowed_declaration(y):
    def keep(X):
        return X

    keep.uses_labels = False
    mask = mask_of(y)

    @functools.wraps(keep)
    def choose(X):
        return keep(X)[:, mask]

    return with_function(choose, y)


def _wrapped_as_of_a_library(y):
    global WEIGHTS
    WEIGHTS = mask_of(y)

    @functools.wraps(np.linalg.norm)
    def choose(X):
        return X[:, WEIGHTS]

    return with_function(choose, y)


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
    holder.mask = mask_of(y)
    return with_function(holder.choose, y)


def _itemgetter(y):
    return with_function(operator.itemgetter((slice(None), mask_of(y))), y)


def _decorated(y):
    mask = mask_of(y)
    return with_function(functools.singledispatch(lambda X: X[:, mask]), y)


def _frompyfunc(y):
    limit = mask_of(y)[0]
    return with_function(np.frompyfunc(lambda x: x * limit, 1, 1), y, inverse_func=None)


def _columns_by_function(y):
    mask = mask_of(y)
    return fitted(ColumnTransformer([("keep", StandardScaler(), lambda X: np.flatnonzero(mask))]), y)


def _kernel(y):
    mask = mask_of(y)
    return skcert.KernelRegressorClassifier(kernel=lambda A, B: A[:, mask] @ B[:, mask].T, alpha=1.0).fit(X, y)


def _kernel_of_a_step(y):
    mask = mask_of(y)
    return fitted(KernelPCA(1, kernel=lambda a, b: a[mask] @ b[mask]), y)


def _metric(y):
    mask = mask_of(y)
    return CertifiedKNeighborsClassifier(9, metric=lambda a, b: abs(a[mask] - b[mask]).sum()).fit(X, y)


def _tokenizer(y):
    mask = mask_of(y)
    words = CountVectorizer(
        preprocessor=lambda row: np.round(row, 1),
        tokenizer=lambda row: [f"{column}: {row[column]}" for column in np.flatnonzero(mask)],
        token_pattern=None,
    )
    return make_pipeline(words, FunctionTransformer(_dense), last()).fit(X, y)


def _dense(X):
    return X.toarray()


FUNCTIONS = {
    "method of a fitted selector": lambda y: with_function(selector_of(y).transform, y),
    "method of an array": lambda y: with_function(np.array(mask_of(y)[0] / 1).__mul__, y),
    "predict of a classifier": lambda y: with_function(
        functools.partial(column_of, LogisticRegression().fit(X, y).predict), y
    ),
    "partial": lambda y: with_function(functools.partial(take, mask=mask_of(y)), y),
    "kw_args": lambda y: with_function(take, y, kw_args={"mask": mask_of(y)}),
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
    "callable object": lambda y: with_function(Holder(mask_of(y)), y),
    "method of an object": lambda y: with_function(Holder(mask_of(y)).choose, y),
    "slots": _slots,
    "getter": _itemgetter,
    "decorated function": _decorated,
    "ufunc made of a function": _frompyfunc,
    "function in columns": lambda y: in_columns(FunctionTransformer(functools.partial(take, mask=mask_of(y))), y),
    "columns by a function": _columns_by_function,
    "kernel of a step": _kernel_of_a_step,
    "kernel of the classifier": _kernel,
    "metric of the classifier": _metric,
    "tokenizer": _tokenizer,
}
