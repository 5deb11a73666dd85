"""Rows, labels and models that the guard cases share."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skcert import CertifiedKNeighborsClassifier

# Two features that agree with most labels, the second a little less: one flip makes it the better one. Test rows
# are those where they differ.
_TRUTH = np.repeat([0, 1], 12)
X = np.stack([_TRUTH ^ np.isin(np.arange(24), (0, 12, 1)), _TRUTH ^ np.isin(np.arange(24), (2, 14, 3, 15))], axis=1)
X = X + np.random.default_rng(0).random(X.shape) / 10
Y = _TRUTH
X_TEST = np.array([[0.05, 1.05], [1.05, 0.05]])


def last():
    return CertifiedKNeighborsClassifier(9)


def selector_of(y):
    return SelectKBest(k=1).fit(X, y)


def mask_of(y):
    return selector_of(y).get_support()


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


def fitted(step, y):
    return make_pipeline(step, last()).fit(X, y)


def with_function(function, y, **parameters):
    return fitted(FunctionTransformer(function, **parameters), y)


def in_columns(step, y, **parameters):
    return fitted(ColumnTransformer([("keep", "passthrough", []), ("step", step, [0, 1])], **parameters), y)


def take(X, mask):
    return X[:, mask]


def column_of(predict, X):
    return predict(X)[:, None]
