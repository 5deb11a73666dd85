"""What is said after ``fit`` about classes of unequal size. It changes no number and no certificate."""

import warnings

import numpy as np

_MOST_UNEQUAL = 1.1  # largest class through smallest, up to which a shift of all label weights favours nobody much
_FIRST_ROWS_TRIED, _MOST_ROWS_TRIED = 16, 256


def warn_of_shifted_weights(classifier, codes, classes, stacklevel):
    """Warn where a shift of all label weights, which acts through class sizes, meets classes of unequal size."""
    shift = _shift(classifier)
    if shift is not None:
        warn_of_shift(shift, codes, classes, stacklevel + 1)


def warn_of_shift(shift, codes, classes, stacklevel):
    """Warn if classes are of unequal size, where the parameter that `shift` states shifts label weights."""
    counts = np.bincount(codes, minlength=classes.shape[0])
    present = np.flatnonzero(counts)
    if present.size < 2 or counts.max() <= _MOST_UNEQUAL * counts[present].min():
        return
    largest, smallest = counts.argmax(), present[counts[present].argmin()]
    warnings.warn(
        f"{shift} shifts all label weights of a test row alike, which changes the score of each class in proportion "
        f"to its training rows, and these are unequal: {counts[largest]} of {classes.tolist()[largest]!r}, "
        f"{counts[smallest]} of {classes.tolist()[smallest]!r}. Accuracy may be lost. If you know how frequent they "
        "are, pass score_weight={label: 1 / (n_classes * frequency), ...}; otherwise leave out the shift, or use "
        "weight_center='mean' where there is such a parameter.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )


def _shift(classifier):
    """The parameter that shifts label weights, as text, unless score weights make up for it; None without."""
    if getattr(classifier, "score_weight", None) is not None:
        return None
    if getattr(classifier, "weight_center", None) not in (None, "mean"):
        return f"weight_center={classifier.weight_center!r}"
    if getattr(classifier, "far_weight", 0) != 0:
        return f"far_weight={classifier.far_weight!r}"
    return None


def on_some_rows(predict, codes, is_fine):
    """What `predict` makes of a few training rows, or, if that is not fine, of some hundred, of all classes.

    Parameters
    ----------
    predict : callable
        From indices of training rows to an array with as many rows.
    codes : ndarray of shape (n_train,)
        Class indices.
    is_fine : callable
        Whether such an array leaves nothing to warn about.

    Returns
    -------
    predictions : ndarray
    """
    by_class = np.argsort(codes, kind="stable")
    place_in_class = np.arange(codes.shape[0]) - np.searchsorted(codes[by_class], codes[by_class])
    rows = by_class[np.argsort(place_in_class, kind="stable")[:_MOST_ROWS_TRIED]]
    predictions = predict(rows[:_FIRST_ROWS_TRIED])
    if rows.shape[0] > _FIRST_ROWS_TRIED and not is_fine(predictions):
        predictions = np.concatenate([predictions, predict(rows[_FIRST_ROWS_TRIED:])])
    return predictions


def is_varied(predictions):
    """Whether there are different predictions, or too few to tell."""
    return predictions.shape[0] < 2 or (predictions != predictions[0]).any()


def warn_if_constant(predictions, codes, owner, stacklevel):
    """Warn if the predictions are all the same, although the labels are not."""
    if is_varied(predictions) or (codes == codes[0]).all():
        return
    counts = np.bincount(codes)
    unequal = counts.max() > _MOST_UNEQUAL * counts[counts > 0].min()
    advice = "score_weight, for classes of unequal size, or a smaller alpha" if unequal else "a smaller alpha"
    warnings.warn(
        f"{owner} predicts {predictions.tolist()[0]!r} for all of the {predictions.shape[0]} training rows that were "
        f"tried, although there are {np.unique(codes).shape[0]} classes: its radii say nothing about how good it is. "
        f"Try {advice}, and features of similar scale in rows of length sqrt(n_features), which StandardScaler and "
        "skcert.preprocessing.RowScaler make.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )
