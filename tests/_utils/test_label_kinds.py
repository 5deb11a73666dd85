"""Labels are compared as they were given: no kind becomes another, and no number becomes its neighbour."""

import enum
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

from skcert import (
    CertifiedKNeighborsClassifier,
    FiniteAggregationEnsemble,
    KernelRegressorClassifier,
    NTKRegressorClassifier,
    PartitionAggregationEnsemble,
)
from skcert._utils import encode_targets, equal_labels, plain_labels
from skcert.baselines import LabelFlipSmoothing, NTKSVMClassifier
from skcert.display import CertifiedAccuracyDisplay, RadiusHistogramDisplay
from skcert.learners import alpha_path
from skcert.metrics import certified_accuracy_score, median_certified_radius

BIG = 2**53
MODELS = [
    NTKRegressorClassifier(),
    KernelRegressorClassifier(),
    CertifiedKNeighborsClassifier(3),
    NTKSVMClassifier(),
    LabelFlipSmoothing(flip_probability=0.1),
    PartitionAggregationEnsemble(n_partitions=2, partition="random", random_state=0),
    PartitionAggregationEnsemble(CertifiedKNeighborsClassifier(3), n_partitions=2, certificate="black-box"),
    FiniteAggregationEnsemble(CertifiedKNeighborsClassifier(1), n_partitions=2, random_state=0),
]
by_model = pytest.mark.parametrize(
    "model", MODELS, ids=[f"{k}-{type(model).__name__}" for k, model in enumerate(MODELS)]
)
X = np.random.default_rng(0).normal(size=(24, 2))
CODES = np.arange(24) % 3


@by_model
@pytest.mark.parametrize(
    ("classes", "y"),
    [
        (["0", "1", "2"], CODES),
        ([0, 1, 2], CODES.astype(str)),
        ([0, 1, 2], CODES.astype("S1")),
        (["0", "1", "2"], CODES.astype("S1")),
        (["False", "True"], CODES > 0),
        ([0, 1, "2"], CODES),
        ([0, 1, 2], ["0", 1, 2] * 8),
        ([0, 1, 2], np.array(["0", 1, 2] * 8, dtype=object)),
        (None, [0, 1, "2"] * 8),
        (None, ["a", float("nan"), "b"] * 8),
        (None, ["a", None, "b"] * 8),
        (None, ["a", b"a", "b"] * 8),
    ],
)
def test_kinds_are_not_mixed_in_training(model, classes, y):
    model.set_params(classes=classes)
    with pytest.raises(ValueError, match="against .* are never equal|mixes .* and |Input y contains NaN"):
        model.fit(X, y)


@by_model
@pytest.mark.parametrize(
    "series",
    [
        lambda y: y,
        lambda y: y.astype(np.uint64),
        lambda y: y.tolist(),
        lambda y: pd.Series(y),
        lambda y: pd.Series(y, dtype="Int64"),
        lambda y: pd.Series(y, dtype="UInt64"),
        lambda y: pd.array(y, dtype="Int64"),
        lambda y: pd.Series(pd.Categorical(y)),
        lambda y: pd.Series(y, dtype="int64[pyarrow]"),
        lambda y: pl.Series(y),
    ],
    ids=["int64", "uint64", "list", "Series", "Int64", "UInt64", "array", "Categorical", "pyarrow", "polars"],
)
def test_large_integers_keep_their_identity(model, series):
    y = BIG + CODES
    fitted = model.set_params(classes=None).fit(X, series(y))
    assert fitted.classes_.tolist() == [BIG, BIG + 1, BIG + 2]
    result = fitted.certify(X[:3])
    prediction = result.prediction
    assert set(prediction.tolist()) <= set(y.tolist()) and prediction.dtype.kind in "iu"
    assert result.certified_accuracy(series(y[:3]), 0) == np.mean(prediction.astype(np.int64) == y[:3])
    wrong = np.where(prediction == BIG, BIG + 1, BIG).astype(np.int64)
    assert result.certified_accuracy(series(wrong), 0) == 0
    assert fitted.set_params(classes=series(np.unique(y))).fit(X, series(y)).classes_.tolist() == np.unique(y).tolist()


@by_model
@pytest.mark.parametrize(
    "labels",
    [
        [float(BIG), BIG + 1, BIG + 2],
        np.array([BIG, 1, 2], dtype=np.float64),
        np.array([2**24, 1, 2], dtype=np.float32),
        np.array([-(2.0**60), 1, 2]),
        np.array([2**11, 1, 2], dtype=np.float16),
        pd.Series([2**55, 1, 2], dtype="Float64"),
        pl.Series([2.0**54, 1.0, 2.0]),
    ],
    ids=["list", "float64", "float32", "negative", "float16", "Float64", "polars"],
)
def test_floats_that_may_stand_for_several_integers_are_refused(model, labels):
    if isinstance(labels, pd.Series):
        y = labels.iloc[CODES]
    else:
        y = [labels[code] for code in CODES] if isinstance(labels, list) else np.asarray(labels)[CODES]
    with pytest.raises(ValueError, match="y holds .* can no longer be told apart; pass integers .int64., or text"):
        model.set_params(classes=None).fit(X, y)
    with pytest.raises(ValueError, match="(y|classes) holds .* can no longer be told apart"):
        model.set_params(classes=labels).fit(X, CODES)


def test_smaller_floats_pass():
    for y in (CODES.astype(float), BIG - 1.0 - CODES, (CODES - 0.0).astype(np.float32)):
        assert fitted(y).certify(X).certified_accuracy(y, 0) == 1.0


def fitted(y):
    return CertifiedKNeighborsClassifier(1).fit(X, y)


READERS = [
    lambda result, y: result.certified_accuracy(y, 0),
    lambda result, y: certified_accuracy_score(y, result, flips=0),
    lambda result, y: median_certified_radius(y, result),
    lambda result, y: CertifiedAccuracyDisplay.from_predictions(y, result),
    lambda result, y: RadiusHistogramDisplay.from_predictions(y, result),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("y", "y_true", "message"),
    [
        (CODES, CODES.astype(str), "text against numbers"),
        (CODES.astype(str), CODES, "numbers against text"),
        (CODES.astype(str), CODES.astype("S1"), "bytes against text"),
        (CODES > 0, (CODES > 0).astype(str), "text against numbers"),
        (CODES.astype(str), [0, "1", 2] * 8, "y.* mixes numbers and text"),
        (CODES, np.array([date(2020, 1, 1)] * 24), "date objects against numbers"),
        (BIG + CODES, (BIG + CODES).astype(float), "can no longer be told apart"),
        (BIG + CODES, [BIG + 1.0, BIG] * 12, "can no longer be told apart"),
    ],
)
def test_scores_compare_like_with_like(read, y, y_true, message):
    pytest.importorskip("matplotlib").use("agg")
    with pytest.raises(ValueError, match=message):
        read(fitted(y).certify(X), y_true)


@pytest.mark.parametrize(
    ("y", "target", "message"),
    [
        (CODES, "1", "target holds text.*text against numbers"),
        (CODES.astype(str), 1, "target holds numbers.*numbers against text"),
        (CODES.astype(str), b"1", "bytes against text"),
        (CODES.astype(str), ["1", 2] * 12, "target mixes numbers and text"),
        (BIG + CODES, float(BIG), "target holds .* can no longer be told apart"),
        (BIG + CODES, BIG + 9, "is not one of the classes"),
    ],
)
def test_so_do_attacks(y, target, message):
    with pytest.raises(ValueError, match=message):
        fitted(y).attack(X, target)
    ensemble = PartitionAggregationEnsemble(n_partitions=2, partition="random", random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=message):
        ensemble.attack(X, target)


def test_attacks_on_large_integers():
    y = BIG + CODES
    for target in (BIG + 1, pd.Series([BIG + 1] * 24, dtype="Int64"), np.uint64(BIG + 1)):
        attack = fitted(y).attack(X, target)
        attacked = attack.relabel(pd.Series(y, dtype="Int64"), 0)
        assert attacked.dtype == np.int64 and fitted(attacked).predict(X[:1]) == BIG + 1
    with pytest.raises(ValueError, match="y holds .* can no longer be told apart"):
        attack.relabel(y.astype(float), 0)
    with pytest.raises(ValueError, match="text against numbers"):
        attack.relabel(y.astype(str), 0)
    with pytest.raises(ValueError, match="y mixes numbers and text"):
        attack.relabel(["a", 1] * 12, 0)


def test_paths_of_ridges():
    for y, message in (([0, "1"] * 12, "mixes"), ((BIG + CODES).astype(float), "told apart")):
        with pytest.raises(ValueError, match=message):
            alpha_path(NTKRegressorClassifier(), X, y, [1.0])
    (model,) = alpha_path(NTKRegressorClassifier(), X, pd.Series(BIG + CODES, dtype="Int64"), [1.0])
    assert model.classes_.tolist() == [BIG, BIG + 1, BIG + 2]


def test_members_answers_are_compared_as_exactly():
    """A member that answers in floats may mean any of several classes."""

    class Floats(CertifiedKNeighborsClassifier):
        def predict(self, X):
            return super().predict(X).astype(float)

    small = PartitionAggregationEnsemble(Floats(1), n_partitions=2, certificate="black-box").fit(X, CODES)
    assert set(small.predict(X)) <= {0, 1, 2}
    big = PartitionAggregationEnsemble(Floats(1), n_partitions=2, certificate="black-box").fit(X, BIG + CODES)
    for method in (big.predict, big.certify, big.votes):
        with pytest.raises(ValueError, match="is not one of the classes"):
            method(X)


def test_equal_labels():
    assert equal_labels(np.array([1.0, 1.5, np.nan]), np.array([1, 1, 1])).tolist() == [True, False, False]
    assert equal_labels(np.array([True, False]), np.array([1, 1])).tolist() == [True, False]
    assert equal_labels(np.array(["a", "b"], dtype=object), np.array(["a", "c"])).tolist() == [True, False]
    assert equal_labels(np.array([BIG + 1]), np.array([float(BIG)])).tolist() == [False]
    assert equal_labels(np.array([2**63], dtype=np.uint64), np.array([-(2**63)])).tolist() == [False]
    assert encode_targets(pd.array([1, 0], dtype="Int64"), np.array([0, 1]), 2).tolist() == [1, 0]


def test_plain_labels():
    assert plain_labels(None, "y") is None
    frame = pd.DataFrame({"y": [1, 2]})
    assert plain_labels(frame, "y") is frame
    missing = plain_labels(pd.Series([1, 2, None], dtype="Int64"), "y")
    assert missing.dtype == np.float64 and np.isnan(missing[2])
    with pytest.raises(ValueError, match="NaN"):
        fitted(pd.Series([1, None] * 12, dtype="Int64"))


class Verdict(str, enum.Enum):
    GOOD = "good"
    GRIM = "grim"


DAY = np.array(["2020-01-01", "2021-01-01"], dtype="M8[ns]")
LEARNER = CertifiedKNeighborsClassifier(3)
ROWS = np.random.default_rng(0).normal(size=(20, 2))
PLACES = np.arange(20) % 2


def certified(labels):
    return clone(LEARNER).fit(ROWS, labels).certify(ROWS)


@pytest.mark.parametrize("container", [list, tuple, lambda labels: np.array(labels, dtype=object)])
def test_text_that_numpy_would_cut_keeps_its_identity(container):
    result = certified(container([list(Verdict)[place] for place in PLACES]))
    assert result.classes.tolist() == ["good", "grim"]
    assert result.certified_accuracy([Verdict(label) for label in result.prediction], 0) == 1.0
    assert result.certified_accuracy([label.value for label in result.prediction], 0) == 1.0
    assert certified([["a", "a\0"][place] for place in PLACES]).classes.tolist() == ["a", "a\0"]


@pytest.mark.parametrize("missing", [np.nan, None, pd.NA, pd.NaT])
def test_missing_true_labels_are_refused(missing):
    for labels in (PLACES, np.array(["a", "b"])[PLACES]):
        result = certified(labels)
        true = [*result.prediction.tolist()[:-1], missing]
        for given in (true, pd.Series(true), pd.Series(true, dtype=object)):
            with pytest.raises(ValueError, match="holds missing values, 1 of 20|mixes|against"):
                result.certified_accuracy(given, 0)
    with pytest.raises(ValueError, match="y holds missing values, 1 of 20"):
        certified(pd.Series([*["a", "b"] * 9, "a", pd.NA], dtype="string"))


def test_missing_dates_are_refused():
    with pytest.raises(ValueError, match="y holds missing values, 10 of 20"):
        certified(np.array(["2020-01-01", "NaT"], dtype="M8[D]")[PLACES])
    result = certified(DAY[PLACES])
    with pytest.raises(ValueError, match="y holds missing values, 1 of 20"):
        result.certified_accuracy(np.append(result.prediction[:-1], np.datetime64("NaT")), 0)


def test_dates_of_another_type_are_no_silent_misses():
    result = certified(DAY[PLACES])
    assert result.certified_accuracy(result.prediction, 0) == 1.0
    with pytest.raises(ValueError, match="date objects against dates"):
        result.certified_accuracy([pd.Timestamp(day) for day in result.prediction], 0)
    with pytest.raises(ValueError, match="date objects"):
        clone(LEARNER).fit(ROWS, DAY[PLACES]).attack(ROWS, target=pd.Timestamp(DAY[0]))


@pytest.mark.skipif(not hasattr(getattr(np, "dtypes", None), "StringDType"), reason="numpy 2 has it")
def test_text_of_any_length():
    kind = np.dtypes.StringDType()
    labels = np.array(["1", "2"])[PLACES]
    learner = clone(LEARNER).fit(ROWS, labels.astype(kind))
    assert learner.classes_.tolist() == ["1", "2"]
    assert learner.certify(ROWS).certified_accuracy(learner.predict(ROWS), 0) == 1.0
    assert clone(LEARNER).fit(ROWS, labels).attack(ROWS, target=np.array(["1"] * 20, dtype=kind)).flips.shape == (20,)
