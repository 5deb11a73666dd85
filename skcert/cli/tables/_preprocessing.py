"""Tables as numbers, without looking at labels."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ._columns import NUMBER
from ._tables import LARGEST

_MAX_CATEGORIES = 50  # of one column; the rarest share one encoded column


class Preprocessing(NamedTuple):
    """Fitted on training rows: missing numbers filled in, numbers scaled, categories one-hot encoded."""

    numbers: Any
    """A pipeline; None without numbers."""
    categories: Any
    """An encoder; None without categories."""

    def apply(self, table, names):
        """The features of a table's rows.

        Parameters
        ----------
        table : Table
        names : list of str
            Its columns of numbers.

        Returns
        -------
        X : ndarray

        Raises
        ------
        ValueError
            If a number is too far from those of the training rows to compute with.
        """
        parts = []
        if self.numbers is not None:
            with np.errstate(over="ignore"):  # checked at once
                scaled = self.numbers.transform(table.numbers)
            _check_distance(table, names, scaled)
            parts.append(scaled)
        if self.categories is not None:
            parts.append(self.categories.transform(table.categories))
        return np.hstack(parts)


def fit_preprocessing(train):
    """A `Preprocessing`, as the training rows suggest."""
    return Preprocessing(
        _for_numbers().fit(train.numbers) if train.numbers.shape[1] else None,
        _for_categories().fit(train.categories) if train.categories.shape[1] else None,
    )


def preprocessed(tables):
    """The features of training rows, and of those to certify.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    X_train, X_test : ndarray
    """
    preprocessing = fit_preprocessing(tables.train)
    X_train, X_test = (preprocessing.apply(part, tables.names(NUMBER)) for part in (tables.train, tables.test))
    return X_train, X_test


def as_it_is(table):
    """The rows of a table as they are, numbers and then categories; of dtype object, if there are any."""
    if not table.categories.shape[1]:
        return table.numbers
    return np.hstack([table.numbers.astype(object), table.categories.astype(object)])


def to_preprocess(tables):
    """A transformer that does the same with the rows that it is fitted on, of which each is as `as_it_is` has it.

    For models that fit it on some of the rows, again and again.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    transformer : ColumnTransformer
        Not fitted.
    """
    preprocessed(tables)  # for what it checks
    n_numbers, n_categories = (part.shape[1] for part in (tables.train.numbers, tables.train.categories))
    parts = [("numbers", _for_numbers(), slice(0, n_numbers))] if n_numbers else []
    if n_categories:
        parts.append(("categories", _for_categories(), slice(n_numbers, n_numbers + n_categories)))
    return ColumnTransformer(parts, sparse_threshold=0)


def n_features(tables):
    """An upper bound on the number of features."""
    known = (len(column.known) for column in tables.columns)
    return len(tables.names(NUMBER)) + sum(min(count, _MAX_CATEGORIES) for count in known)


def _for_numbers():
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())


def _for_categories():
    return OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_MAX_CATEGORIES, sparse_output=False)


def _check_distance(table, names, scaled):
    far = np.argwhere(np.abs(scaled) > LARGEST)
    if len(far):
        row, place = far[0]
        raise ValueError(
            f"Column {names[place]!r} of {table.path} has {table.numbers[row, place]:g} in row "
            f"{table.row_number(row)}, counted from 0, too far from the values of the training table to compute "
            "with. Correct it, or leave it empty."
        )
