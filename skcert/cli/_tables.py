"""Two tables: read, checked against each other, and turned into numbers without looking at labels."""

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ._read import read_table, separator_hint

_SHOWN = 5  # names or labels that an error message lists
# Squares of larger numbers, as in variances and lengths of rows, may exceed the largest double.
_LARGEST = 1e150
_MAX_CATEGORIES = 50  # of one column; the rarest share one encoded column


def read_tables(train_path, test_path, label, *, trusted=None, separator=None):
    """Read the training and the test table.

    Parameters
    ----------
    train_path, test_path : str or path-like
        CSV files with a header line, or Parquet files. The test table may lack the label column.
    label : str
        Name of the label column. Labels are taken as text, exactly as in the files.
    trusted : str, default=None
        Name of a column of the training table that is true for rows whose labels the attacker cannot flip.
    separator : str, default=None
        Separator of the fields in CSV files; None means a comma, or a tab in ``.tsv`` files.

    Returns
    -------
    X_train, X_test : pandas.DataFrame
        Features: the same columns in the same order, of the same types.
    y_train : ndarray of str
    y_test : ndarray of str, or None
    trusted_rows : ndarray of bool, or None
        One per training row; None without `trusted`.

    Raises
    ------
    ValueError
        If a table cannot be read, is empty, lacks the label column or some labels, or does not match the other.
    ImportError
        Without pandas, or for Parquet without pyarrow.
    """
    train, test = (read_table(path, label, separator) for path in (train_path, test_path))
    if label not in train.columns:
        raise ValueError(
            f"{train_path} has no column {label!r} (--label); its columns are {_some(train.columns)}."
            + separator_hint(train.columns)
        )
    y_train = _labels(train.pop(label), train_path, label)
    y_test = _labels(test.pop(label), test_path, label) if label in test.columns else None
    trusted_rows = None if trusted is None else _trusted_rows(train, trusted, train_path)
    if trusted is not None and trusted in test.columns:
        del test[trusted]
    if train.shape[1] == 0:
        raise ValueError(f"{train_path} has no column except the labels {label!r}; it needs features.")
    missing = [column for column in train.columns if column not in test.columns]
    extra = [column for column in test.columns if column not in train.columns]
    if missing or extra:
        raise ValueError(
            f"{test_path} must have the feature columns of {train_path}: "
            f"missing {_some(missing)}, unexpected {_some(extra)}."
        )
    test = test[list(train.columns)]
    if y_test is not None:
        unknown = np.setdiff1d(y_test, y_train)
        if unknown.size:
            raise ValueError(
                f"{test_path} has labels in column {label!r} that {train_path} never has: {_some(unknown)}. "
                "Remove those rows, add training rows of that class, or leave the column out."
            )
    for column in train.columns:
        _align_types(train, test, column, train_path, test_path)
    return train, test, y_train, y_test, trusted_rows


def preprocessed(X_train, X_test, test_path):
    """Both tables as numbers, by a preprocessor fitted on the training table.

    Parameters
    ----------
    X_train, X_test : pandas.DataFrame
        Features, as `read_tables` returns them.
    test_path : str or path-like
        Path of the test table, for error messages.

    Returns
    -------
    X_train, X_test : ndarray

    Raises
    ------
    ValueError
        If a number in the test table is too far from those in the training table to compute with.
    """
    preprocessor = table_preprocessor(X_train)
    train = preprocessor.fit_transform(X_train)
    with np.errstate(over="ignore"):  # checked below
        test = preprocessor.transform(X_test)
    numeric = [column for column in X_train.columns if _is_numeric(X_train[column])]  # they come first
    far = np.argwhere(np.abs(test[:, : len(numeric)]) > _LARGEST)
    if len(far):
        row, column = far[0][0], numeric[far[0][1]]
        raise ValueError(
            f"Column {column!r} of {test_path} has {X_test[column].iloc[row]:g} in row {row + 1} below the header, "
            "too far from the values of the training table to compute with. Correct it, or leave it empty."
        )
    return train, test


def table_preprocessor(X):
    """A preprocessor for tables: fills in missing values, scales numbers, one-hot encodes everything else.

    Parameters
    ----------
    X : pandas.DataFrame
        Features of the training table; only their types are used here.

    Returns
    -------
    preprocessor : ColumnTransformer
        Not fitted. None of its steps uses labels.
    """
    numeric = [column for column in X.columns if _is_numeric(X[column])]
    other = [column for column in X.columns if column not in numeric]
    scaled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    encoded = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="(missing)"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_MAX_CATEGORIES, sparse_output=False),
    )
    return ColumnTransformer([("numeric", scaled, numeric), ("categorical", encoded, other)])


def _labels(column, path, label):
    n_missing = int(column.isna().sum())
    if n_missing:
        raise ValueError(
            f"{path}: {n_missing} of {len(column)} rows have no label in column {label!r} (in CSV, words such as NA "
            "and None count as missing). Fill in, rename or remove them."
        )
    if column.dtype.kind == "f" and np.all(column == np.round(column)):  # whole numbers in a column that once had gaps
        column = column.astype(np.int64)
    return column.to_numpy(dtype=object).astype(str)


def _trusted_rows(train, name, path):
    """The mask of trusted rows; its column is removed from the table."""
    if name not in train.columns:
        raise ValueError(f"{path} has no column {name!r} (--trusted); its columns are {_some(train.columns)}.")
    words = train.pop(name).astype(str).str.lower()
    yes = words.isin(["true", "yes", "1", "1.0"]).to_numpy()
    odd = words[~yes & ~words.isin(["false", "no", "0", "0.0"]).to_numpy()]
    if len(odd):
        raise ValueError(
            f"Column {name!r} of {path} (--trusted) must say true or false, yes or no, 1 or 0 in every row, "
            f"but has {_some(odd.unique())}."
        )
    return yes


def _align_types(train, test, column, train_path, test_path):
    """Convert the column in both tables to floats or text, whichever the training table has, in place."""
    if not _is_numeric(train[column]):
        for table in (train, test):
            text = table[column].astype(object)
            table[column] = text.where(text.isna(), text.astype(str)).where(text.notna(), np.nan).astype(object)
        return
    for table, path in ((train, train_path), (test, test_path)):
        if not _is_numeric(table[column]) and not table[column].isna().all():
            raise ValueError(
                f"Column {column!r} is numeric in {train_path}, but has text in {path}. Make both one or the other."
            )
        table[column] = table[column].astype(np.float64)
        if np.isinf(table[column]).any():
            raise ValueError(f"Column {column!r} of {path} has infinite values; replace them or leave them empty.")
        huge = np.flatnonzero(table[column].abs() > _LARGEST)
        if huge.size:
            raise ValueError(
                f"Column {column!r} of {path} has {table[column].iloc[huge[0]]:g} in row {huge[0] + 1} below the "
                f"header, too large to compute with (more than {_LARGEST:g}). Correct it, or leave it empty."
            )


def _is_numeric(column):
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _some(names):
    names = [str(name) for name in names]
    if not names:
        return "none"
    return ", ".join(repr(name) for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
