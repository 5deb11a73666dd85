"""Class labels to class indices, over the fixed, known set of classes of the threat model."""

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d


def encode_labels(y, classes=None):
    """Encode labels as indices into the sorted classes.

    Parameters
    ----------
    y : array-like of shape (n_samples,)
        Labels of any type.
    classes : array-like of shape (n_classes,), default=None
        The known set of classes; ``None`` takes those that occur in ``y``.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
        Sorted, without repetitions.
    codes : ndarray of shape (n_samples,), intp
        ``classes[codes]`` equals ``y``.
    """
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    present, codes = np.unique(y, return_inverse=True)
    if classes is None:
        classes = present
    else:
        classes = np.unique(column_or_1d(classes))
        unknown = np.setdiff1d(present, classes)
        if unknown.size:
            raise ValueError(
                f"y has labels that classes={classes.tolist()} lacks: {unknown[:5].tolist()}. "
                "List every class in `classes`, or leave it at None."
            )
        codes = np.searchsorted(classes, present)[codes]
    if classes.shape[0] < 2:
        raise ValueError(
            f"y has only one class, {classes.tolist()[0]!r}; a certificate is about at least two. "
            "Give labels of two classes or more, or list all known classes in `classes`."
        )
    return classes, codes.astype(np.intp, copy=False)


def encode_targets(target, classes, n_test):
    """Class index that an attack aims at, for each test row.

    Parameters
    ----------
    target : class label, or array-like of shape (n_test,)
        One class for all rows, or one for each.
    classes : ndarray of shape (n_classes,)
        Sorted class labels.
    n_test : int
        Number of test rows.

    Returns
    -------
    targets : ndarray of shape (n_test,), int64
    """
    targets = np.asarray(target)
    if targets.ndim > 1 or (targets.ndim == 1 and targets.shape[0] != n_test):
        raise ValueError(f"target has shape {targets.shape}; give one class, or one for each of the {n_test} rows.")
    unknown = np.setdiff1d(targets, classes)
    if unknown.size:
        raise ValueError(f"target={unknown.tolist()[0]!r} is not one of the classes {classes.tolist()}.")
    return np.broadcast_to(np.searchsorted(classes, targets), (n_test,)).astype(np.int64)
