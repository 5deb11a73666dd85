"""Which rows of a single table train, and which are certified: by position and a seed, whatever the labels are."""

import numpy as np
from sklearn.model_selection import train_test_split

_FEWEST_TRAINING_ROWS = 2  # of two classes


def split_rows(n_rows, test_size, seed, path):
    """The rows that train and those to certify, as scikit-learn's ``train_test_split`` draws them, in ascending order.

    Parameters
    ----------
    n_rows : int
        Rows of the table.
    test_size : float or int
        Share, or number, of the rows to certify.
    seed : int
    path : str
        The table, for messages.

    Returns
    -------
    train, test : ndarray of int

    Raises
    ------
    ValueError
        If too few rows are left to train on.
    """
    n_test = test_size if isinstance(test_size, int) else int(np.ceil(test_size * n_rows))
    if n_rows - n_test < _FEWEST_TRAINING_ROWS:
        rows = "1 row" if n_rows == 1 else f"{n_rows:,} rows"
        left = max(n_rows - n_test, 0)
        raise ValueError(
            f"{path} has {rows}, and --test-size {test_size} leaves {left} to train on: ask for fewer, give a table "
            "with more rows, or give the rows to certify as a second table."
        )
    train, test = train_test_split(np.arange(n_rows), test_size=n_test, random_state=seed)
    return np.sort(train), np.sort(test)


def split_in_words(parts, seed):
    """One sentence on it."""
    train, test = parts
    n_rows = len(train) + len(test)
    return (
        f"{len(test):,} of the {n_rows:,} rows were drawn to be certified, by position with seed {seed} and whatever "
        "their labels are; the others train the model."
    )
