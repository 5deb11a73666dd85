"""Splits that no label had a part in, the same at every fit."""

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)

from skcert.model_selection._splits import label_free_splits

X = np.zeros((6, 1))


class Halves:
    """A splitter of one's own."""

    def split(self, X, y=None, groups=None):
        yield np.arange(3, 6), np.arange(3)


class VouchedHalves(Halves):
    uses_labels = False

    def split(self, X, y=None, groups=None):
        return super().split(X)


class Moody:
    """Draws without saying so."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def split(self, X, y=None, groups=None):
        order = self.rng.permutation(6)
        yield order[:3], order[3:]


@pytest.mark.parametrize(
    ("cv", "n_splits", "n_caveats"),
    [
        (None, 5, 0),
        (3, 3, 0),
        (np.int64(2), 2, 0),
        (KFold(3, shuffle=True, random_state=0), 3, 0),
        (RepeatedKFold(n_splits=2, n_repeats=3, random_state=np.int64(0)), 6, 0),
        (ShuffleSplit(4, random_state=0), 4, 0),
        (LeaveOneOut(), 6, 0),
        (TimeSeriesSplit(2), 2, 0),
        (Halves(), 1, 1),
        (VouchedHalves(), 1, 0),
        (PredefinedSplit([0, 0, 1, 1, -1, -1]), 2, 1),
        ([([0, 1], [2, 3]), ([3, 4], [0, 5])], 2, 1),
        ([(np.arange(6) < 3, np.arange(6) >= 3)], 1, 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_rows_alone_make_the_splits(cv, n_splits, n_caveats):
    splits, caveats = label_free_splits(cv, X, 6)
    assert len(splits) == n_splits and len(caveats) == n_caveats
    for split in splits:
        assert not np.intersect1d(split.train, split.test).size
    if n_caveats:
        assert "nothing shows that labels had no part" in caveats[0]


@pytest.mark.parametrize(
    "cv",
    [StratifiedKFold(2), RepeatedStratifiedKFold(n_splits=2, random_state=0), StratifiedShuffleSplit(random_state=0)]
    + [StratifiedGroupKFold(2), GroupKFold(2), LeaveOneGroupOut()],
    ids=lambda cv: type(cv).__name__,
)
def test_labels_and_groups_are_refused(cv):
    with pytest.raises(ValueError, match="cannot split rows without their labels or groups.*Use KFold"):
        label_free_splits(cv, X, 6)


@pytest.mark.parametrize(
    "cv",
    [KFold(2, shuffle=True), ShuffleSplit(), RepeatedKFold(), ShuffleSplit(random_state=np.random.RandomState(0))],
    ids=lambda cv: type(cv).__name__,
)
def test_splitters_that_draw_anew_are_refused(cv):
    with pytest.raises(ValueError, match="draws other splits at each fit.*random_state"):
        label_free_splits(cv, X, 6)


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        (Moody(), "makes other splits each time"),
        (iter([([0, 1], [2, 3])]), "only once"),
        ([], "makes no splits"),
        ([([0, 1], [])], "validation part holds no row numbers"),
        ([([], [0, 1])], "training part holds no row numbers"),
        ([([0, 0, 1], [2])], "training part has rows beyond 0 to 5, or one of them twice"),
        ([([0, 1], [6])], "validation part has rows beyond"),
        ([([0.0, 1.0], [2])], "training part holds no row numbers"),
        (7, "n_splits=7 greater than the number of samples"),
        (1, "k-fold cross-validation requires at least one"),
    ],
    ids=["moody", "once", "none", "no validation", "no training", "twice", "beyond", "floats", "many", "one"],
)
def test_what_is_no_split_is_named(cv, message):
    with pytest.raises(ValueError, match=message):
        label_free_splits(cv, X, 6)
