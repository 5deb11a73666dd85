import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from skcert import UNBOUNDED, AttackResult, CertificationResult


@pytest.fixture
def result():
    return CertificationResult(
        prediction=np.array(["cat", "dog", "cat"]),
        radius=np.array([0, 3, UNBOUNDED]),
        flips_to_class=np.array([[0, 1], [4, 0], [0, UNBOUNDED]]),
        radius_upper=np.array([0, 5, UNBOUNDED]),
        classes=np.array(["cat", "dog"]),
        certificate="white-box",
        n_train=10,
    )


def test_certified(result):
    assert result.certified(0).tolist() == [True, True, True]
    assert result.certified(3).tolist() == [False, True, True]
    assert result.certified(10**6).tolist() == [False, False, True]


def test_certified_accuracy(result):
    y = ["cat", "cat", "cat"]
    assert result.certified_accuracy(y, 0) == pytest.approx(2 / 3)
    assert isinstance(result.certified_accuracy(y, np.int64(1)), float)
    np.testing.assert_allclose(result.certified_accuracy(y, [0, 1, 99]), [2 / 3, 1 / 3, 1 / 3])
    assert result.certified_accuracy(y, np.array([[0, 1]])).shape == (1, 2)


def test_flips_as_a_share_of_the_labels(result):
    np.testing.assert_array_equal(result.certified(0.35), result.certified(3))
    assert result.certified_accuracy(result.prediction, 0.35) == result.certified_accuracy(result.prediction, 3)


@pytest.mark.parametrize("flips", [-1, 0.0, 1.0, 1.5, True, "2", None, np.nan])
def test_bad_flips_are_named(result, flips):
    with pytest.raises(ValueError, match="flips="):
        result.certified(flips)
    with pytest.raises(ValueError, match="flips="):
        result.certified_accuracy(["cat"] * 3, [flips])


def test_bad_y_is_named(result):
    with pytest.raises(ValueError, match=r"y has shape \(2,\)"):
        result.certified_accuracy(["cat", "dog"], 1)


def test_immutable(result):
    with pytest.raises(FrozenInstanceError):
        result.radius = np.array([9, 9, 9])
    for copied in (result, copy.copy(result), copy.deepcopy(result), pickle.loads(pickle.dumps(result))):
        with pytest.raises(ValueError, match="read-only"):
            copied.radius[0] = 9
        assert np.array_equal(copied.radius, result.radius)


def test_arrays_of_the_caller_stay_writable():
    radius = np.zeros(1, dtype=np.int64)
    CertificationResult(np.zeros(1), radius, np.zeros((1, 2)), radius, np.arange(2), "black-box", 5)
    radius[0] = 1


def test_to_frame(result):
    frame = result.to_frame()
    assert list(frame.columns) == ["prediction", "radius", "radius_upper", "certain", "flips_to_cat", "flips_to_dog"]
    assert frame["certain"].tolist() == [False, False, True]
    assert frame["radius"].tolist() == [0, 3, UNBOUNDED]


def test_to_frame_without_pandas(result, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        result.to_frame()


def test_bounds(result):
    assert result.exact.tolist() == [True, False, True]
    assert result.flips_to_change.tolist() == [1, 4, UNBOUNDED]


def test_repr_and_length(result):
    assert len(result) == 3
    assert "median_radius=3" in repr(result)


def radii(*values, prediction=None):
    values = np.array(values)
    prediction = np.zeros(len(values), dtype=int) if prediction is None else np.asarray(prediction)
    away = np.stack([np.zeros_like(values), values], axis=1)
    return CertificationResult(prediction, values, away, values, np.array([0, 1]), "label-linear", 10)


def test_certain(result):
    assert result.certain.tolist() == [False, False, True]
    assert "over all predictions, 33.3% certain)" in repr(result)
    bounded = radii(2, UNBOUNDED - 1)
    assert not bounded.certain.any() and "certain" not in repr(bounded)
    assert ">0 predictions<" in bounded._repr_html_()
    assert "100% certain" in repr(radii(UNBOUNDED, UNBOUNDED))


@pytest.mark.parametrize(
    ("values", "median", "text"),
    [
        ((3, UNBOUNDED), 3, "3"),
        ((UNBOUNDED, UNBOUNDED), UNBOUNDED, "unbounded"),
        ((0, UNBOUNDED, UNBOUNDED), UNBOUNDED, "unbounded"),
        ((1, 2, UNBOUNDED, UNBOUNDED), 2, "2"),
        ((2, 5), 3.5, "3.5"),
        ((1_234_567,), 1_234_567, "1234567"),  # not 1.23457e+06, which is more
    ],
)
def test_median_radius(values, median, text):
    result = radii(*values)
    assert result.median_radius == median and isinstance(result.median_radius, float)
    assert f"median_radius={text} over all predictions" in repr(result)
    assert f" / {text} / " in result._repr_html_()
    for shown in (repr(result), result._repr_html_()):
        assert "107374" not in shown and str(UNBOUNDED) not in shown and "e+0" not in shown


def test_classes_that_no_row_is_predicted_as(result):
    assert result.unpredicted_classes.tolist() == [] and "predicted as" not in repr(result)
    one = radii(3, 4, 5)
    assert one.unpredicted_classes.tolist() == [1]
    assert repr(one).endswith("median_radius=4 over all predictions, no row predicted as 1)")
    many = replace(one, classes=np.array(list("abcdefgh")), prediction=np.array(["c"] * 3), radius=np.arange(3))
    assert many.unpredicted_classes.tolist() == list("abdefgh")
    assert "predicted as" not in repr(many) + many._repr_html_()  # three rows cannot have eight predictions
    long = replace(many, prediction=np.array(["c"] * 9, dtype=object), radius=np.arange(9), radius_upper=np.arange(9))
    assert repr(long).endswith("no row predicted as 'a', 'b', 'd' and 4 more)")


def test_certified_accuracy_per_class():
    result = radii(0, 3, 9, UNBOUNDED, 4, prediction=[0, 0, 1, 0, 1])
    y = [0, 0, 0, 0, 1]
    for given in (y, np.array(y, dtype=float), np.array(y, dtype=object)):
        classes, accuracy = result.certified_accuracy_per_class(given, 1)
        assert classes.tolist() == [0, 1] and accuracy.tolist() == [0.5, 1]
    _, accuracy = result.certified_accuracy_per_class(y, [[0, 4], [5, 0.3]])
    assert accuracy.tolist() == [[[0.75, 1], [0.25, 1]], [[0.25, 0], [0.5, 1]]]
    assert result.certified_accuracy_per_class(y, [])[1].shape == (0, 2)
    assert result.certified_accuracy(y, 1, per_class="mean") == 0.75
    assert isinstance(result.certified_accuracy(y, 1, per_class="worst"), float)
    assert result.certified_accuracy(y, [0, 5], per_class="worst").tolist() == [0.75, 0]
    shuffled = [4, 2, 0, 3, 1]
    other = radii(*result.radius[shuffled], prediction=result.prediction[shuffled])
    assert (
        other.certified_accuracy_per_class(np.array(y)[shuffled], [0, 1, 4])[1] == [[0.75, 1], [0.5, 1], [0.25, 1]]
    ).all()


def test_classes_of_the_true_labels_count_and_no_others():
    result = radii(2, 3, 4)
    assert result.certified_accuracy([0, 0, 0], 1, per_class="mean") == 1  # as if there were no class 1
    classes, accuracy = result.certified_accuracy_per_class([0, 0, 7], 1)  # that the model does not know
    assert classes.tolist() == [0, 7] and accuracy.tolist() == [1, 0]
    assert result.certified_accuracy([0, 0, 7], 1, per_class="mean") == 0.5


@pytest.mark.parametrize("per_class", ["macro", "each", True, ["mean"], 0])
def test_bad_per_class_is_named(result, per_class):
    with pytest.raises(ValueError, match="per_class=.* must be None"):
        result.certified_accuracy(["cat"] * 3, 0, per_class=per_class)


OTHER_KINDS = [
    ([0, 1], ["0", "1"]),
    ([0, 1], np.array(["0", "1"], dtype=object)),
    ([0, 1], np.array([0, "1"], dtype=object)),
    ([0, 1], np.array([0, None], dtype=object)),
    ([0, 1], np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]")),
    (["0", "1"], [0, 1]),
    (["a", "b"], [b"a", b"b"]),
    (["a", "b"], np.array(["a", float("nan")], dtype=object)),
    (np.array(["0", "1"], dtype=object), [0.0, 1.0]),
    ([True, False], ["True", "False"]),
]


@pytest.mark.parametrize(("prediction", "y"), OTHER_KINDS)
def test_labels_of_another_kind_are_refused_everywhere(prediction, y):
    from skcert import metrics
    from skcert.display import RadiusHistogramDisplay

    result = radii(3, 4, prediction=prediction)
    for score in (
        lambda: result.certified_accuracy(y, 0),
        lambda: result.certified_accuracy(y, [0, 1]),
        lambda: result.certified_accuracy(y, 0, per_class="mean"),
        lambda: result.certified_accuracy_per_class(y, 0),
        lambda: metrics.certified_accuracy_score(y, result, flips=1),
        lambda: metrics.median_certified_radius(y, result),
        lambda: metrics.certified_accuracy_curve(y, result),
        lambda: metrics.area_under_certified_accuracy(y, result),
        lambda: RadiusHistogramDisplay.from_predictions(y, result),
    ):
        with pytest.raises(
            ValueError, match=r"holds (.*, but the predictions are .*; pass labels like those|missing values)"
        ):
            score()


@pytest.mark.parametrize(
    ("prediction", "y"),
    [
        (["a", "b"], np.array(["a", "b"], dtype=object)),
        (np.array(["a", "b"], dtype=object), ["a", "b"]),
        ([0, 1], np.array([0, 1], dtype=object)),
        ([0, 1], [0.0, 1.0]),
        ([0, 1], np.array([0, 1], dtype=np.uint8)),
        ([False, True], [0, 1]),
        (np.array([b"a", b"b"]), [b"a", b"b"]),
        (np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]"), np.array(["2020-01-01", "2020-01-02"], "M8[ns]")),
    ],
)
def test_labels_of_one_kind_and_other_types_are_compared(prediction, y):
    assert radii(3, 4, prediction=prediction).certified_accuracy(y, 0) == 1


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_series_of_text_against_numbers(dtype):
    pd = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="y holds text, but the predictions are numbers"):
        radii(3, 4, prediction=[0, 1]).certified_accuracy(pd.Series(["0", "1"], dtype=dtype), 0)
    assert radii(3, 4, prediction=["0", "1"]).certified_accuracy(pd.Series(["0", "1"], dtype=dtype), 0) == 1
    with pytest.raises(ValueError, match="missing values"):
        radii(3, 4, prediction=[0, 1]).certified_accuracy(pd.Series([0, pd.NA], dtype="object"), 0)
    assert radii(3, 4, prediction=[0, 1]).certified_accuracy(pd.Series([0, 1], dtype="Int64"), 0) == 1
    classes, accuracy = radii(3, 4, prediction=["0", "1"]).certified_accuracy_per_class(
        pd.Series(["1", "1"], dtype=dtype, index=[5, 3]), [0, 4]
    )
    assert classes.tolist() == ["1"] and accuracy.tolist() == [[0.5], [0.5]]


def test_no_rows_have_no_accuracy():
    none = np.empty(0, dtype=np.int64)
    empty = CertificationResult(
        prediction=none,
        radius=none,
        flips_to_class=np.empty((0, 2), dtype=np.int64),
        radius_upper=none,
        classes=np.array([0, 1]),
        certificate="label-linear",
        n_train=10,
    )
    assert len(empty) == 0 and repr(empty).endswith("median_radius=none over all predictions)")
    with pytest.raises(ValueError, match="at least one row"):
        empty.certified_accuracy([], 0)
    with pytest.raises(ValueError, match="at least one row"):
        empty.certified_accuracy_per_class([], 0)
    assert empty.unpredicted_classes.tolist() == [0, 1]


def test_attack_says_how_many_it_found():
    attack = AttackResult(
        prediction=np.array([0, 1]),
        attacked_prediction=np.array([1, 1]),
        rows=(np.array([4, 7]), np.empty(0, dtype=np.int64)),
        labels=(np.array([1, 1]), np.empty(0, dtype=np.int64)),
        flips_lower=np.array([2, 5]),
        flips=np.array([2, UNBOUNDED]),
    )
    assert repr(attack) == "AttackResult(n_test=2, found=1, exact=1)"
    assert attack.radius.tolist() == [1, 4] and attack.radius_upper.tolist() == [1, UNBOUNDED]


def test_rows_are_not_taken_for_flips(result):
    pytest.importorskip("pandas")
    of_rows = replace(result, threat="rows")
    assert result.threat == "labels" and result.counted == "label flips"
    assert "threat='rows', median_radius=3 rows inserted, deleted or relabelled, over all predictions" in repr(of_rows)
    assert "rows" not in repr(result)
    html = of_rows._repr_html_()
    assert "rows inserted, deleted or relabelled: least" in html and "training rows" in html and "flip" not in html
    names = ["prediction", "radius_in_rows", "radius_in_rows_upper", "certain", "rows_to_cat", "rows_to_dog"]
    assert of_rows.to_frame().columns.tolist() == names
    for copied in (copy.deepcopy(of_rows), pickle.loads(pickle.dumps(of_rows))):
        assert copied.threat == "rows"
    for threat in ("flips", None, ["rows"]):
        with pytest.raises(ValueError, match="threat=.* must be 'labels', for label flips, or 'rows'"):
            replace(result, threat=threat)
