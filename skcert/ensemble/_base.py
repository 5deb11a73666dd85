"""What a base may be, and what helps one that could not be fitted on some labels."""

import warnings
from contextlib import contextmanager, suppress
from copy import deepcopy

import numpy as np

from ..learners import base_tags

# Errors of the machine, which say nothing about the base or the labels.
MACHINE_ERRORS = (MemoryError, OSError)


def check_is_no_other_kind(estimator, owner):
    """ValueError for a regressor, clusterer, outlier detector or other estimator whose answers are no classes.

    Its tags say so. An estimator of no kind is taken: its answers are checked when it votes.
    """
    kind = base_tags(estimator).estimator_type
    if kind not in (None, "classifier"):
        words = str(kind).replace("_", " ")
        article = "an" if words[0] in "aeiou" else "a"
        raise ValueError(
            f"The 'estimator' parameter of {owner} must be a classifier, but {type(estimator).__name__} is {article} "
            f"{words} here: what it predicts is none of the classes, and no vote. Pass a classifier, such as "
            "LogisticRegression(), or one of your own (ClassifierMixin, BaseEstimator) whose `predict` makes one of "
            f"the classes of it. Given: {estimator!r}"
        )


def warn_of_categories(X, owner):
    """Members get arrays: a base that reads columns of dtype category by itself does not as a member."""
    dtypes = getattr(X, "dtypes", None)
    names = [str(name) for name, dtype in getattr(dtypes, "items", dict)() if str(dtype) == "category"]
    if names:
        warnings.warn(
            f"Members of {owner} get arrays, in which columns of dtype category are plain values: a base that treats "
            f"them in a way of their own, by itself, does not as a member. Encode {names[0]!r} "
            f"{'and others ' if len(names) > 1 else ''}first, for instance with OneHotEncoder.",
            UserWarning,
            stacklevel=5,
        )


def can_be_fitted_on(estimator, X, labels):
    """Whether a black-box base, which is fitted here, can be fitted on these rows and labels."""
    try:
        try_out(estimator.fit(X, labels), X)
    except MACHINE_ERRORS:
        raise
    except Exception:
        return False
    return True


def try_out(member, X):
    """Raise what a fitted member raises when it predicts the first of its own rows, such as for want of neighbours.

    What it draws or keeps meanwhile is forgotten. Errors of the machine say nothing about it.
    """
    if not hasattr(member, "predict"):
        return
    try:
        member = deepcopy(member)
    except Exception:  # then nobody knows
        return
    drawn = np.random.get_state()  # noqa: NPY002 -- the generator of bases without a seed
    try:
        with suppress(*MACHINE_ERRORS):
            member.predict(X[:1])
    finally:
        np.random.set_state(drawn)  # noqa: NPY002


def dealt_out(classes, n_rows):
    """Labels that nobody chose: the classes, assigned in turn."""
    return classes[np.arange(n_rows) % classes.shape[0]]


def are_numbered(labels):
    """Whether the labels of some rows are the numbers 0, 1, ..., k - 1."""
    present = np.unique(labels)
    return labels.dtype.kind in "iuf" and np.array_equal(present, np.arange(present.shape[0]))


def advice_on_labels(new_base, X, labels):
    """What helps a base that fails on these labels because it insists on 0, 1, ..., k - 1; "" if it does not.

    Boosting libraries insist, and partitions lack classes. It is tried out: such a base can be fitted on the same rows
    once their labels are numbered, also on two numbers, 0 and 1, but on no others. One that fails for lack of a label
    that its parameters name (a `class_weight`, a positive label) is not helped by other labels.
    """
    present, codes = np.unique(labels, return_inverse=True)
    if any(_names_labels(value, present.tolist()) for value in new_base().get_params().values()):
        return ""
    second = np.minimum(codes, 1)
    unwanted = (9 * second, 1 + 8 * second) if labels.dtype.kind in "iuf" else ()
    wanted = all(can_be_fitted_on(new_base(), X, other) for other in (codes, second))
    if not wanted or any(can_be_fitted_on(new_base(), X, other) for other in unwanted):
        return ""
    return (
        f"The base can be fitted on these rows once their labels are numbered from 0 to {present.shape[0] - 1}: it "
        "insists on such numbers, without gaps. Wrap it: sklearn.multiclass.OneVsRestClassifier(base) takes any "
        "labels, and shows it 0 and 1 only."
    )


def _names_labels(value, labels):
    """Whether a parameter is a dict by label, such as `class_weight`, and not one by name, such as a grid."""
    return isinstance(value, dict) and any(not isinstance(key, str) or key in labels for key in value)


@contextmanager
def silent_about_classes():
    """Without warnings about how many classes there are, and how unequal: those of a partition are beside the point.

    About the user's labels they are given once.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        warnings.filterwarnings("ignore", ".*(shifts all label weights|training rows that were tried)", UserWarning)
        yield
