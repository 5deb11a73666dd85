"""Both tables as numbers, without looking at labels."""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ._columns import NUMBER
from ._tables import LARGEST

_MAX_CATEGORIES = 50  # of one column; the rarest share one encoded column


def preprocessed(tables):
    """Fill in missing numbers, scale numbers, one-hot encode categories, as the training table suggests.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    X_train, X_test : ndarray

    Raises
    ------
    ValueError
        If a number in the test table is too far from those in the training table to compute with.
    """
    train, test = tables.train, tables.test
    parts = []
    if train.numbers.shape[1]:
        scaled = _for_numbers()
        numbers = scaled.fit_transform(train.numbers)
        with np.errstate(over="ignore"):  # checked at once
            test_numbers = scaled.transform(test.numbers)
        _check_distance(tables, test_numbers)
        parts.append((numbers, test_numbers))
    if train.categories.shape[1]:
        encoder = _for_categories()
        parts.append((encoder.fit_transform(train.categories), encoder.transform(test.categories)))
    X_train, X_test = (np.hstack(part) for part in zip(*parts))
    return X_train, X_test


def to_preprocess(tables):
    """Both tables as they are, and a transformer that does the same with the rows that it is fitted on.

    For models that fit it on some of the rows, again and again.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    X_train, X_test : ndarray
        Of dtype object, if there are categories.
    transformer : ColumnTransformer
        Not fitted.
    """
    preprocessed(tables)  # for what it checks
    n_numbers, n_categories = (part.shape[1] for part in (tables.train.numbers, tables.train.categories))
    parts = [("numbers", _for_numbers(), slice(0, n_numbers))] if n_numbers else []
    if n_categories:
        parts.append(("categories", _for_categories(), slice(n_numbers, n_numbers + n_categories)))
    if not n_categories:
        X_train, X_test = tables.train.numbers, tables.test.numbers
    else:
        both = (tables.train, tables.test)
        X_train, X_test = (np.hstack([t.numbers.astype(object), t.categories.astype(object)]) for t in both)
    return X_train, X_test, ColumnTransformer(parts, sparse_threshold=0)


def _for_numbers():
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())


def _for_categories():
    return OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_MAX_CATEGORIES, sparse_output=False)


def _check_distance(tables, scaled):
    far = np.argwhere(np.abs(scaled) > LARGEST)
    if len(far):
        row, place = far[0]
        raise ValueError(
            f"Column {tables.names(NUMBER)[place]!r} of {tables.test.path} has {tables.test.numbers[row, place]:g} "
            f"in row {row + 1} below the header, too far from the values of the training table to compute with. "
            "Correct it, or leave it empty."
        )
